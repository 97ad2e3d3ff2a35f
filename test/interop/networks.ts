/**
 * The networks that the interop tests export: those of the unit tests, architectures that a search could have found,
 * the examples, and published ones.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readTflite } from '../../src/formats/tflite/read-tflite.ts';
import { quantise } from '../../src/integer/quantise-network.ts';
import type { FoldedNetwork, IntegerNetwork } from '../../src/integer/integer-network.ts';
import { instantiate } from '../../src/network/architecture.ts';
import { parseDefinition } from '../../src/language/yaml/parse-definition.ts';
import { exampleRun, foldedOf } from '../unit/formats/run.ts';
import { NETWORKS, OF_VECTORS } from '../unit/integer/networks.ts';
import { randomGraph } from '../unit/network/support/random-graphs.ts';

/** Networks with branches, by seed. */
const GRAPHS = [2, 9, 10, 20, 22, 25, 36, 40, 60];

export const CASES: Readonly<Record<string, () => FoldedNetwork>> = {
  ...NETWORKS,
  'search-first': () => exampleRun(() => 0).folded,
  'search-mixed': () => exampleRun((i) => i).folded,
  'search-last': () => exampleRun(() => 11).folded,
  ...Object.fromEntries(
    GRAPHS.map((seed) => [`graph-${seed}`, () => foldedOf(instantiate(randomGraph(seed).network, []), seed)]),
  ),
};

/** What runtimes compute: compilers rewrite too much of some for a comparison layer by layer. */
export const COMPUTED: typeof CASES = { ...CASES, ...OF_VECTORS };

/**
 * Most distances, in steps from 0, of runtimes that round in floating point: one more for an addition, and random
 * graphs have many of them, on grids that no training has chosen.
 */
export const mostDistances = (name: string): number => (name.startsWith('graph-') ? 8 : 4);

const definitions = readdirSync('examples', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.udc.yaml'))
  .sort();

/** Options of the decisions, where there are any. */
const CHOICES: readonly (readonly [string, (decision: number) => number])[] = [
  ['first', () => 0],
  ['mixed', (i) => 7 * i + 3],
  ['last', () => -1],
];

/** Every example, at three places of its search space, with weights from a seed. */
export const EXAMPLES: readonly (readonly [string, () => IntegerNetwork])[] = definitions.flatMap((file) => {
  const { network } = parseDefinition(readFileSync(join('examples', file), 'utf8'));
  const name = file.replace(/^.*[/\\]|\.udc\.yaml$/g, '');
  const choices = network!.decisions.length > 0 ? CHOICES : CHOICES.slice(0, 1);
  return choices.map(
    ([place, choose]) =>
      [
        `${name}, ${place}`,
        () =>
          quantise(
            foldedOf(
              instantiate(
                network!,
                network!.decisions.map(({ labels }, i) => (choose(i) + labels.length) % labels.length),
              ),
            ),
          ),
      ] as const,
  );
});

/** Published int8 networks: the .tflite files of this folder, where it exists. */
const PUBLISHED = process.env['UDC_MODELS'] ?? '../shared/models';

export const PUBLISHED_MODELS: readonly {
  readonly name: string;
  readonly file: string;
  readonly network: () => IntegerNetwork;
}[] = (existsSync(PUBLISHED) ? readdirSync(PUBLISHED) : [])
  .filter((name) => name.endsWith('.tflite'))
  .map((name) => {
    const file = join(PUBLISHED, name);
    return { name, file, network: () => readTflite(readFileSync(file)).network };
  });
