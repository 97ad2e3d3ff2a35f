/** Random definitions of few, narrow layers: what budgets of a few hundred bytes to a few KiB are given to. */
import type { SeededRandom } from '../../src/base/random.ts';

const WIDTHS = [1, 2, 3, 4, 6, 8, 12, 16, 24];
const OPERATORS = ['conv', 'conv', 'dsconv', 'conv | dsconv', 'dsconv | skip', 'ibn'];
const BITS = [[8], [4], [2, 8], [2, 4, 8]];
const SPARSITIES = [[0], [0], [0, 0.5], [0, 0.5, 0.75]];

const pick = <T>(values: readonly T[], random: SeededRandom): T => values[random.integer(values.length)]!;

/** One to three different widths, the least first. */
function widths(random: SeededRandom): number[] {
  const found = new Set(Array.from({ length: 1 + random.integer(3) }, () => pick(WIDTHS, random)));
  return [...found].sort((a, b) => a - b);
}

/** One to three layers before the last; every kind of choice now and then. */
export function smallDefinition(npu: string, random: SeededRandom): string {
  const layers = Array.from({ length: 1 + random.integer(3) }, (_, i) => {
    // The first has nothing before it that a block could be left out for.
    const op = i === 0 ? 'conv' : pick(OPERATORS, random);
    const kernel = pick(['3x3', '1x1', '3x3 | 5x5'], random);
    const expand = op === 'ibn' ? ', expand: 2' : '';
    const filters = widths(random).join(' | ');
    return `  - { name: layer${i}, op: ${op}, kernel: ${kernel}, stride: 2, filters: ${filters}${expand} }`.replace(
      op.includes('skip') ? 'stride: 2, ' : '\0',
      '',
    );
  });
  return `udc: 1
name: small
task: classification
input: 16x16x1
dataset: { format: generated, generator: shapes, samples: 160, seed: 1 }
target: { npu: ${npu} }
search: { bits: ${pick(BITS, random).join(' | ')}, sparsity: ${pick(SPARSITIES, random).join(' | ')} }
training: { warmup: 1, search: 1, race: 2, sparsify: 1, settle: 1, batch: 16 }
layers:
${layers.join('\n')}
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
}
