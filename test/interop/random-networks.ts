/**
 * Random networks for the comparison with Vela: every operator, kernel, stride, dilation and padding, odd channel
 * counts, bitwidths, sparsities and shapes of weights.
 */
import { largestCode } from '../../src/base/codes.ts';
import { filterShape } from '../../src/network/operation-counts.ts';
import { instantiate } from '../../src/network/architecture.ts';
import { parseDefinition } from '../../src/language/yaml/parse-definition.ts';
import type { Architecture, Operation } from '../../src/network/types.ts';
import { supports, type Target } from '../../src/targets/find-target.ts';
import { quantise } from '../../src/integer/quantise-network.ts';
import type { FoldedNetwork, FoldedOperation, IntegerNetwork } from '../../src/integer/integer-network.ts';
import { SeededRandom } from '../../src/base/random.ts';

export interface RandomNetwork {
  readonly name: string;
  readonly definition: string;
  readonly network: IntegerNetwork;
}

type Pick = <T>(values: readonly T[]) => T;

const CHANNELS = [
  3, 5, 8, 12, 16, 17, 20, 24, 31, 32, 40, 48, 56, 64, 72, 80, 96, 100, 128, 144, 160, 192, 256,
] as const;
const KERNELS = [
  '1x1',
  '3x3',
  '3x3',
  '3x3',
  '5x5',
  '1x3',
  '3x1',
  '2x2',
  '4x4',
  '3x5',
  '5x2',
  '7x3',
  '7x7',
  '10x4',
  '9x1',
] as const;
const STRIDES = ['1', '1', '1', '2', '2', '3', '2x1', '1x2', '3x2'] as const;
const DILATIONS = ['2', '3', '4', '6', '2x1', '1x3', '4x2', '1x5'] as const;
const BITS = [2, 3, 4, 5, 6, 7, 8, 8] as const;
const SPARSITIES = [0, 0, 0.2, 0.5, 0.6, 0.75, 0.9, 0.95] as const;

/** The keys of one random layer. */
function layerKeys(pick: Pick, last: boolean): string {
  const op = pick(
    last
      ? ['conv', 'pwconv', 'dsconv']
      : [
          'conv',
          'conv',
          'conv',
          'dwconv',
          'dsconv',
          'pwconv',
          'ibn',
          'fused-ibn',
          'residual',
          'max-pool',
          'average-pool',
        ],
  );
  const keys = [`op: ${op}`];
  const kernel = pick(KERNELS);
  const pool = op.endsWith('pool');
  if (op !== 'pwconv') keys.push(`kernel: ${pool ? pick(['2', '3', '3x2']) : kernel}`);
  if (pool) return [...keys, `padding: ${pick(['same', 'valid'])}`].join(', ');
  if (op !== 'dwconv')
    keys.push(`filters: ${pick(op === 'ibn' || op === 'fused-ibn' ? CHANNELS.slice(0, 16) : CHANNELS)}`);
  if (op.endsWith('ibn')) keys.push(`expand: ${pick([1, 2, 3, 4])}`);
  const dilated = op !== 'pwconv' && pick([0, 1, 2, 3, 4]) === 0;
  keys.push(dilated ? `dilation: ${pick(DILATIONS)}` : `stride: ${pick(STRIDES)}`);
  if (op !== 'pwconv' && op !== 'residual') keys.push(`padding: ${pick(['same', 'same', 'valid'])}`);
  keys.push(`bits: ${pick(BITS)}`, `sparsity: ${pick(SPARSITIES)}`, `activation: ${pick(['relu', 'relu6', 'none'])}`);
  return keys.join(', ');
}

/** The text of a random definition: most of these are possible. */
function definitionText(name: string, pick: Pick): string {
  const kind = pick(['convolutions', 'convolutions', 'convolutions', 'dense'] as const);
  const head = `udc: 1\nname: ${name}\ntarget: { npu: ethos-u55-128 }\n`;
  const dense = (i: number, units: number): string =>
    `  - { name: dense${i}, op: dense, units: ${units}, bits: ${pick(BITS)}, sparsity: ${pick(SPARSITIES)} }\n`;
  const logits = `  - { name: logits, op: dense, units: ${pick([2, 4, 10, 12, 35, 100])}, bits: ${pick([4, 8])} }\n`;
  if (kind === 'dense') {
    const layers = Array.from({ length: pick([1, 2, 3]) }, (_, i) =>
      dense(i, pick([16, 24, 40, 64, 100, 128, 144, 256, 320, 640])),
    );
    return `${head}input: ${pick(['1x1x64', '1x1x640', '7x3x8', '5x5x16'])}\nlayers:\n  - { name: flat, op: flatten }\n${layers.join('')}${logits}`;
  }
  const size = `${pick([8, 12, 20, 29, 33, 49, 64])}x${pick([8, 10, 20, 26, 32, 40])}x${pick([1, 2, 3, 4, 8, 13, 16])}`;
  const layers = Array.from(
    { length: pick([2, 3, 4, 5, 6]) },
    (_, i) => `  - { name: l${i}, ${layerKeys(pick, i === 0)} }\n`,
  );
  if (pick([0, 1, 2]) === 0)
    layers.push(
      `  - { name: same, op: conv, kernel: 3x3, filters: 48, bits: 4, sparsity: ${pick(SPARSITIES)} }\n  - { name: again, op: conv, kernel: 1x1, filters: 48 }\n  - { name: sum, op: add, from: same }\n`,
    );
  const end =
    pick([0, 0, 1]) === 0 ? '  - { name: gap, op: global-average-pool }\n' : '  - { name: flat, op: flatten }\n';
  return `${head}input: ${size}\nlayers:\n${layers.join('')}${end}${logits}`;
}

type Shaper = (random: SeededRandom, operation: Operation, fan: number) => (index: number) => number;

/**
 * Codes of one layer on the grid of its bits: even, bell-shaped, and with filters that differ, as training leaves them.
 */
const SHAPERS: readonly Shaper[] = [
  (random, { bits, sparsity }) =>
    () =>
      random.next() < sparsity ? 0 : (1 + random.integer(largestCode(bits))) * (random.next() < 0.5 ? -1 : 1),
  (random, { bits, sparsity }) => {
    const limit = largestCode(bits);
    const bell = (): number => Math.max(-limit, Math.min(limit, Math.round((random.normal() * limit) / 2.5)));
    return () => (random.next() < sparsity ? 0 : bell());
  },
  (random, { bits, sparsity, outChannels }, fan) => {
    const limit = largestCode(bits);
    const filters = Array.from({ length: outChannels }, () => ({
      spread: random.next(),
      dead: random.next() < sparsity / 2,
    }));
    return (index) => {
      const { spread, dead } = filters[Math.floor(index / fan)]!;
      return dead || random.next() < sparsity / 2
        ? 0
        : Math.max(-limit, Math.min(limit, Math.round(random.normal() * limit * spread)));
    };
  },
];

function folded(architecture: Architecture, random: SeededRandom): FoldedNetwork {
  return {
    architecture,
    input: { min: -2, max: 2.5 },
    operations: architecture.operations.map((operation): FoldedOperation => {
      const output = { min: operation.activation === 'none' ? -4 : 0, max: operation.activation === 'relu6' ? 6 : 5 };
      const shape = filterShape(operation);
      if (!shape) return { operation, output };
      const fan = shape[1] * shape[2] * shape[3];
      const code = SHAPERS[random.integer(SHAPERS.length)]!(random, operation, fan);
      const limit = largestCode(operation.bits);
      return {
        operation,
        output,
        codes: Int8Array.from({ length: shape[0] * fan }, (_, i) => code(i)),
        steps: Float32Array.from({ length: shape[0] }, () => ((0.5 + random.next()) * 2) / (limit * Math.sqrt(fan))),
        bias: Float32Array.from({ length: shape[0] }, () => random.next() - 0.5),
      };
    }),
  };
}

/**
 * Network number `seed`, one that `target` runs and of at most `mostWeights` weights. Equal seeds make equal networks.
 */
export function randomNetwork(seed: number, target: Target, mostWeights = 600_000): RandomNetwork {
  const random = new SeededRandom(seed);
  const pick: Pick = (values) => values[random.integer(values.length)]!;
  const name = `random-${seed}`;
  for (;;) {
    const definition = definitionText(name, pick);
    const { network } = parseDefinition(definition);
    if (!network) continue;
    const architecture = instantiate(network, []);
    const weights = architecture.operations.reduce((sum, o) => sum + (filterShape(o)?.reduce((a, b) => a * b) ?? 0), 0);
    if (weights > mostWeights || architecture.operations.some((o) => supports(target, o) !== undefined)) continue;
    return { name, definition, network: quantise(folded(architecture, random)) };
  }
}
