/** What a C program of a network does, step by step, and where its tensors lie in one block of memory. */
import { planArena } from '../../costs/activations/arena-plan.ts';
import { liveBuffers } from '../../costs/activations/live-buffers.ts';
import { bytesIn, type MapBytes } from '../../costs/activations/map-layout.ts';
import { outputElements } from '../../network/operation-counts.ts';
import { sameGrid } from '../../integer/activation-grid.ts';
import type { IntegerNetwork, IntegerOperation, Quantisation } from '../../integer/integer-network.ts';

/** A tensor of the network: its input, or the output of an operation. */
export interface Tensor {
  readonly grid: Quantisation;
  /** Of a code in memory. */
  readonly bits: number;
  readonly elements: number;
  /** Byte of the block of memory where its codes begin. */
  readonly offset: number;
}

export interface CPlan {
  readonly input: Tensor;
  /** Of each operation. */
  readonly outputs: readonly Tensor[];
  /** Bytes of the block. */
  readonly arenaBytes: number;
  /** Bytes of tensors that are alive together at the most. */
  readonly peakBytes: number;
}

/** What only imported networks have, and no program is written of. */
const OF_IMPORTS: readonly (readonly [string, (one: IntegerOperation, input: Quantisation) => boolean])[] = [
  ['stands for another operator', ({ standsFor }) => standsFor !== undefined],
  ['requantises its output', ({ stages }) => stages !== undefined],
  ['rounds once', ({ rounding }) => rounding === 'once'],
  [
    'averages onto another grid',
    ({ operation, output }, input) => operation.kind === 'global-average-pool' && !sameGrid(input, output),
  ],
];

/** Codes of which a byte holds a whole number. */
const IN_BYTES: readonly number[] = [1, 2, 4, 8];

function tensorOf(grid: Quantisation, elements: number, name: string): Omit<Tensor, 'offset'> {
  const { bits = 8 } = grid;
  if (!IN_BYTES.includes(bits))
    throw new RangeError(`${name}: activations of ${bits} bits are not written as C, but those of 8, 4, 2 and 1`);
  return { grid, bits, elements };
}

/**
 * Tensors and their places. Operations run in the order of the architecture.
 * @throws RangeError naming an operation that only imported networks have, or whose codes no whole number fills a byte
 */
export function planProgram(network: IntegerNetwork): CPlan {
  const { architecture, operations } = network;
  const { height, width, channels } = architecture.input;
  operations.forEach((one) => {
    const [from] = one.operation.inputs;
    const grid = from! < 0 ? network.input : operations[from!]!.output;
    const odd = OF_IMPORTS.find(([, has]) => has(one, grid));
    if (odd) throw new RangeError(`${one.operation.id}: an operation that ${odd[0]} is not written as C`);
  });
  const input = tensorOf(network.input, height * width * channels, 'the input');
  const outputs = operations.map(({ operation, output }) => tensorOf(output, outputElements(operation), operation.id));
  const bytes = ({ bits, elements }: Omit<Tensor, 'offset'>): MapBytes => ({
    bytes: bytesIn(elements, bits),
    packed: true,
  });
  const buffers = liveBuffers(
    architecture.operations,
    { input: bytes(input), outputs: outputs.map(bytes) },
    operations.map((_, i) => i),
  );
  const all = [...new Set([buffers.source, ...buffers.outputs])];
  // An input that nothing reads still has a place, for the caller writes it.
  const plan = planArena(all.map((one) => ({ ...one, dies: Math.max(one.dies, one.born) })));
  const at = new Map(all.map((buffer, i) => [buffer, plan.offsets[i]!]));
  return {
    input: { ...input, offset: at.get(buffers.source)! },
    outputs: outputs.map((output, i) => ({ ...output, offset: at.get(buffers.outputs[i]!)! })),
    arenaBytes: plan.bytes,
    peakBytes: plan.leastBytes,
  };
}
