/**
 * Does a learned correction of the model of cycles pay? Trains coefficients, boosted trees and a graph network on what
 * scripts/make-perf-data.ts has made, and prints the mean error of the total beside that of the model alone: on
 * networks that nothing was learned from, or on spaces that were left out.
 *
 *     npx tsx scripts/make-perf-model.ts [--data out/perf.ndjson] [--targets ethos-u55-128,…] [--left-out branches,…]
 *       [--epochs 6] [--seed 1]
 *
 * `--left-out`: trains once without each of these spaces (`all`: without each one) and judges on it. The graph network
 * learns all targets together, the others each by itself.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openBackend } from '../src/devices/open-device.ts';
import { fitTrees } from './perf/boosted-trees.ts';
import { fitCoefficients, type Predictor } from './perf/coefficients.ts';
import { errorsOf, errorTable, relativeError } from './perf/errors.ts';
import { fitGraphNetwork } from './perf/graph-network.ts';
import { exampleOf, type Example } from './perf/perf-examples.ts';
import { perfRecords } from './perf/perf-record.ts';
import { SPACE_NAMES } from './perf/perf-spaces.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: join('out', 'perf.ndjson') },
    targets: { type: 'string', default: 'ethos-u55-128,ethos-u65-512,ethos-u85-256,ethos-u85-2048' },
    'left-out': { type: 'string' },
    epochs: { type: 'string', default: '6' },
    seed: { type: 'string', default: '1' },
  },
});
const targets = options.targets.split(',');
const learning = { epochs: Number(options.epochs), seed: Number(options.seed) };

const records = perfRecords(readFileSync(options.data, 'utf8'));
const examples = records.flatMap((record) => targets.map((name) => exampleOf(record, name)));
const spaced = examples.filter(({ record }) => record.space !== 'mlperf-tiny');
const part = (from: readonly Example[], name: string): Example[] => from.filter(({ record }) => record.part === name);

const analytic: Predictor = () => 0;
type Models = Readonly<Record<string, Predictor>>;

/** A predictor of each kind. */
function fitted(from: readonly Example[]): Models {
  const [train, validation] = [part(from, 'train'), part(from, 'validation')];
  const each = (fit: (train: readonly Example[], validation: readonly Example[]) => Predictor): Predictor => {
    const own = (name: string, list: readonly Example[]): Example[] => list.filter(({ target }) => target === name);
    const byTarget = new Map(targets.map((name) => [name, fit(own(name, train), own(name, validation))]));
    return (example) => byTarget.get(example.target)!(example);
  };
  return {
    'the model alone': analytic,
    coefficients: each((own) => fitCoefficients(own)),
    'boosted trees': each(fitTrees),
    'graph network': fitGraphNetwork(train, validation, learning),
  };
}

interface Judged {
  readonly example: Example;
  readonly errors: Readonly<Record<string, number>>;
}

const judged = (models: Models, on: readonly Example[]): Judged[] =>
  on.map((example) => ({
    example,
    errors: Object.fromEntries(
      Object.entries(models).map(([name, predict]) => [
        name,
        relativeError(example.analytic * Math.exp(predict(example)), example.said),
      ]),
    ),
  }));

function print(title: string, found: readonly Judged[]): void {
  const groups = [...targets, 'all'];
  const names = Object.keys(found[0]?.errors ?? {});
  const rows = names.map((name) => {
    const errors = groups.map((group) =>
      errorsOf(
        found.filter(({ example }) => group === 'all' || example.target === group).map((one) => one.errors[name]!),
      ),
    );
    return [name, errors] as const;
  });
  console.log(`${errorTable(`${title}, ${found.length / targets.length} networks`, groups, rows)}\n`);
}

const { reason } = await openBackend('wasm');
console.log(`${records.length} networks; the graph network is trained on wasm, ${reason}\n`);
const wanted = options['left-out'];
const unknown = wanted?.split(',').find((name) => name !== 'all' && !SPACE_NAMES.some((space) => space === name));
if (unknown !== undefined)
  throw new RangeError(`--left-out ${unknown}: there is no such space; they are ${SPACE_NAMES.join(', ')}, or all`);
if (wanted === undefined) {
  const models = fitted(spaced);
  print('held out', judged(models, part(spaced, 'test')));
  print(
    "MLPerf Tiny's",
    judged(
      models,
      examples.filter(({ record }) => record.space === 'mlperf-tiny'),
    ),
  );
}
for (const space of wanted === 'all' ? SPACE_NAMES : (wanted?.split(',') ?? [])) {
  const models = fitted(spaced.filter(({ record }) => record.space !== space));
  print(
    `without ${space}`,
    judged(
      models,
      spaced.filter(({ record }) => record.space === space),
    ),
  );
}
