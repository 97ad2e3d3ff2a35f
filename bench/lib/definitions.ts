/**
 * Model definitions that benchmarks search: supernets around the plain networks of networks.ts, and one with many
 * layers.
 */

const HEAD = (name: string, input: string, bits: string, sparsity: string): string => `udc: 1
name: ${name}
task: classification
input: ${input}
target: { npu: ethos-u55-128, weights: 40 KiB }
search: { bits: ${bits}, sparsity: ${sparsity} }
training: { batch: 32, warmup: 0, search: 1, sparsify: 1, settle: 1 }
layers:
`;

const BITS = '2 | 3 | 4 | 6 | 8';
const SPARSITY = '0 | 0.5 | 0.75 | 0.9';

export interface SearchDefinition {
  /** The plain network (of networks.ts) that is the widest of this space. */
  readonly plain: string;
  readonly what: string;
  readonly text: string;
}

const RESNET_LAYERS = `  - { name: stem, op: conv, kernel: 3x3, filters: 8 | 16 }
  - { name: block1, op: residual, kernel: 3x3, filters: 8 | 16 }
  - { name: block2, op: residual, kernel: 3x3, stride: 2, filters: 16 | 24 | 32 }
  - { name: block3, op: residual, kernel: 3x3, stride: 2, filters: 32 | 48 | 64 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 10 }
`;

const DSCNN_LAYERS = (
  operator: string,
): string => `  - { name: stem, op: conv, kernel: 10x4, stride: 2, filters: 16 | 32 | 64 }
${[1, 2, 3, 4].map((i) => `  - { name: block${i}, op: ${operator}, kernel: 1x1 | 3x3, filters: 16 | 32 | 48 | 64 }`).join('\n')}
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 12 }
`;

export const SEARCHES: readonly SearchDefinition[] = [
  { plain: 'resnet8', what: 'width, bits, sparsity', text: HEAD('resnet8', '32x32x3', BITS, SPARSITY) + RESNET_LAYERS },
  {
    plain: 'dscnn',
    what: 'width, kernel, bits, sparsity',
    text: HEAD('dscnn', '49x10x1', BITS, SPARSITY) + DSCNN_LAYERS('dsconv'),
  },
  {
    plain: 'dscnn',
    what: 'the same and depth (two paths a layer)',
    text: HEAD('dscnn', '49x10x1', BITS, SPARSITY) + DSCNN_LAYERS('dsconv | skip'),
  },
];

/** A definition of `layers` separable blocks with every kind of choice. `filters`: of each block. */
export function manyLayers(layers: number, filters: (block: number) => string = () => '16 | 32 | 48 | 64'): string {
  const blocks = Array.from(
    { length: layers - 2 },
    (_, i) => `  - { name: block${i + 1}, op: dsconv | skip, kernel: 3x3 | 5x5, filters: ${filters(i + 1)} }\n`,
  ).join('');
  return `${HEAD('many', '32x32x3', BITS, SPARSITY)}${blocks}  - { name: pool, op: global-average-pool }\n  - { name: logits, op: dense, units: 10 }\n`;
}
