/** Random definitions whose architectures differ in time: operators, kernels, widths, depth, bits and zeros. */
import type { SeededRandom } from '../../src/base/random.ts';
import { splitTargetName, statedText } from '../../src/wire/target-name.ts';

const OPERATORS = ['conv', 'dsconv', 'conv | dsconv', 'ibn | fused-ibn', 'ibn', 'dsconv | skip', 'residual'];
const WIDTHS = [8, 12, 16, 24, 32, 48, 64];
const BITS = ['8', '4 | 8', '2 | 4 | 8'];
const SPARSITIES = ['0', '0 | 0.5', '0 | 0.5 | 0.75'];

const pick = <T>(values: readonly T[], random: SeededRandom): T => values[random.integer(values.length)]!;

/** Two or three different widths, the least first. */
function widths(random: SeededRandom): string {
  const found = new Set<number>();
  const count = 2 + random.integer(2);
  while (found.size < count) found.add(pick(WIDTHS, random));
  return [...found].sort((a, b) => a - b).join(' | ');
}

/** @param target its whole name, presets included */
export function latencyDefinition(target: string, random: SeededRandom): string {
  const layers = Array.from({ length: 2 + random.integer(3) }, (_, i) => {
    const op = i === 0 ? 'conv' : pick(OPERATORS, random);
    const stride = op.includes('skip') || random.next() < 0.4 ? '' : ', stride: 2';
    const expand = op.includes('ibn') ? ', expand: 2 | 4' : '';
    const kernel = pick(['3x3', '3x3', '3x3 | 5x5'], random);
    return `  - { name: layer${i}, op: ${op}, kernel: ${kernel}${stride}, filters: ${widths(random)}${expand} }`;
  });
  return `udc: 1
name: timed
task: classification
input: 16x16x1
dataset: { format: generated, generator: shapes, samples: 64, seed: 1 }
target: { ${statedText(target)} }
search: { bits: ${pick(BITS, random)}, sparsity: ${pick(SPARSITIES, random)} }
training: { warmup: 1, search: 1, race: ${pick([1, 1, 2], random)}, sparsify: 1, settle: 1, batch: 16 }
layers:
${layers.join('\n')}
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
}

/** The chip of a target, as Vela names it. */
export const chipOf = (target: string): string => splitTargetName(target).npu;
