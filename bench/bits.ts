/**
 * MobileNetV1 within 2,048,000 bytes of flash and 512,000 bytes of RAM, the case of memory-driven mixed precision
 * (Rusci et al., arXiv 1905.13082): which layers get how many bits, without training.
 */
import { allocationProblem } from '../src/costs/allocate/allocation-problem.ts';
import { SCHEMES } from '../src/costs/allocate/auxiliary-schemes.ts';
import { cutActivations } from '../src/costs/allocate/cut-activations.ts';
import { allocateByMemory } from '../src/costs/allocate/memory-rule.ts';
import { parseDefinition } from '../src/language/yaml/parse-definition.ts';
import { instantiate } from '../src/network/architecture.ts';
import type { Network } from '../src/network/types.ts';
import { findTarget } from '../src/targets/find-target.ts';
import type { Benchmark, Row } from './run.ts';

const FLASH = 2_048_000;
const RAM = 512_000;
const WIDTHS = [0.25, 0.5, 0.75, 1];
const SIZES = [128, 160, 192, 224];

/** Output channels at width 1 and strides of the thirteen separable convolutions. */
const BLOCKS = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const;

/** The network with each convolution as a layer of its own, as the authors count them. */
export function mobilenetV1(width: number, size: number): Network {
  const filters = (count: number): number => Math.round(count * width);
  const layers = [
    `name: stem, op: conv, kernel: 3x3, stride: 2, filters: ${filters(32)}`,
    ...BLOCKS.flatMap(([count, stride], i) => [
      `name: dw${i + 1}, op: dwconv, kernel: 3x3, stride: ${stride}`,
      `name: pw${i + 1}, op: pwconv, filters: ${filters(count)}`,
    ]),
    'name: pool, op: global-average-pool',
    'name: logits, op: dense, units: 1000',
  ];
  const { network } = parseDefinition(
    `udc: 1\nname: mobilenet\ntask: classification\ninput: ${size}x${size}x3\ntarget: { npu: mcu-packed }\nlayers:\n${layers.map((layer) => `  - { ${layer} }\n`).join('')}`,
  );
  return network!;
}

/** 'pw11 4, pw13 2'. */
function below8(names: readonly string[], bits: readonly number[]): string {
  const cut = names.flatMap((name, i) => (bits[i]! < 8 ? [`${name} ${bits[i]!}`] : []));
  return cut.length === 0 ? 'none' : cut.join(', ');
}

function row(width: number, size: number): Row[] {
  const network = mobilenetV1(width, size);
  const names = network.layers.map(({ spec }) => spec.name);
  const architecture = instantiate(network, []);
  const target = findTarget('mcu-packed');
  return SCHEMES.map(({ name: scheme }) => {
    const limits = { weights: FLASH, activations: RAM };
    const problem = allocationProblem(architecture, names, target, { scheme, limits });
    const begin = performance.now();
    const { weightBits, activationBits, impossible } = allocateByMemory(problem);
    const took = performance.now() - begin;
    const bytes = problem.layers.reduce(
      (sum, layer, i) =>
        sum +
        (layer.channels === 0
          ? 0
          : layer.weightBytes(weightBits[i]!) + layer.auxiliaryBytes(weightBits[i]!, activationBits[i]!)),
      0,
    );
    return {
      network: `${width.toFixed(2)}, ${size}`,
      scheme,
      'weights below 8 bits': below8(names, weightBits),
      'activations below 8 bits': below8(names, cutActivations(problem).bits),
      'flash, bytes': Math.round(bytes),
      fits: impossible ? `no: ${impossible.at}` : 'yes',
      ms: Number(took.toFixed(1)),
    };
  });
}

export const benchmark: Benchmark = {
  name: 'bits',
  describe: `Bits of MobileNetV1 (width, pixels) within ${FLASH} bytes of flash and ${RAM} bytes of RAM by the memory-driven rule, without training; layers that are not named have 8 bits.`,
  run: () => Promise.resolve(WIDTHS.flatMap((width) => SIZES.flatMap((size) => row(width, size)))),
};
