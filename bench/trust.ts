/**
 * How far the shared weights can be trusted: their ranking of architectures beside that of the same architectures
 * trained alone.
 */
import { fileURLToPath } from 'node:url';
import { kendall } from '../src/base/kendall.ts';
import { openBackend } from '../src/devices/open-device.ts';
import type { Assignment } from '../src/network/types.ts';
import { parseBytes } from '../src/language/byte-units.ts';
import { definitionOf, listed, OF_DEFINITION } from './lib/parameters.ts';
import { decimals, mean, median } from './lib/statistics.ts';
import { drawn } from './lib/trust/drawn.ts';
import { drive, drivingBy, type Result } from './lib/trust/drive.ts';
import {
  keyOf,
  type AloneResult,
  type Job,
  type Opinion,
  type SharedJob,
  type SharedResult,
} from './lib/trust/jobs.ts';
import { readData, readNetwork, type Question } from './lib/trust/problem.ts';
import { spearman } from './lib/trust/rank.ts';
import { RECIPES } from './lib/trust/recipes.ts';
import type { Benchmark, Row } from './run.ts';

const PARAMETERS = {
  ...OF_DEFINITION,
  budget: '4KiB',
  near: '20',
  smaller: '4',
  seeds: '1',
  recipes: 'former,landed',
  warmup: '',
  search: '',
  trials: '128',
  jobs: '2',
  cache: fileURLToPath(new URL('../out/trust/results.jsonl', import.meta.url)),
};

/** The correlations of one opinion with accuracy alone: τ and ρ, of losses with their sign turned. */
function agreement(name: string, opinions: readonly number[], accuracies: readonly number[]): Row {
  return {
    [`τ ${name}`]: decimals(kendall(opinions, accuracies)),
    [`ρ ${name}`]: decimals(spearman(opinions, accuracies)),
  };
}

async function measure(parameters: Readonly<Record<keyof typeof PARAMETERS, string>>): Promise<Row[]> {
  const question: Question = { ...definitionOf(parameters), budgetBytes: parseBytes(parameters.budget) };
  await openBackend('wasm', { threads: 1 });
  const network = readNetwork(question);
  const { training } = network.definition;
  const { validation, test } = await readData(network, question);
  const near = Number(parameters.near);
  const assignments = drawn(question, near, Number(parameters.smaller));
  const seeds = listed(parameters.seeds).map(Number);
  const aloneJob = (assignment: Assignment, seed: number): Job => ({ kind: 'alone', question, assignment, seed });
  const stage = (key: 'warmup' | 'search'): number =>
    parameters[key] === '' ? training[key] : Number(parameters[key]);
  const shared = listed(parameters.recipes).flatMap((name) =>
    seeds.map((seed): SharedJob => {
      const recipe = RECIPES[name];
      if (!recipe)
        throw new Error(`--recipes ${name}: there is none of this name; there are ${Object.keys(RECIPES).join(', ')}`);
      return {
        kind: 'shared',
        question,
        name: `${name} ${stage('warmup')}+${stage('search')}`,
        seed,
        warmup: stage('warmup'),
        search: stage('search'),
        recipe,
        trials: Number(parameters.trials),
        assignments,
      };
    }),
  );
  const results = await drive(
    [...shared, ...assignments.flatMap((assignment) => seeds.map((seed) => aloneJob(assignment, seed)))],
    {
      ...drivingBy(parameters),
      follow: (job: Job, result: Result) =>
        'decodes' in result ? Object.values(result.decodes).map((assignment) => aloneJob(assignment, job.seed)) : [],
    },
  );
  const alone = (assignment: Assignment, seed: number): AloneResult | undefined =>
    results.get(keyOf(aloneJob(assignment, seed))) as AloneResult | undefined;
  const over = (assignment: Assignment, of: (result: AloneResult) => number): number =>
    mean(seeds.map((seed) => of(alone(assignment, seed)!)));
  const known = assignments.flatMap((assignment, i) => (seeds.every((seed) => alone(assignment, seed)) ? [i] : []));
  const truth = known.map((i) => over(assignments[i]!, ({ heldAccuracy }) => heldAccuracy));
  const random = known
    .filter((i) => i < near)
    .map((i) => 100 * over(assignments[i]!, ({ testAccuracy }) => testAccuracy));
  const rows: Row[] = shared.flatMap((job): Row[] => {
    const result = results.get(keyOf(job)) as SharedResult | undefined;
    const opinions = result?.opinions.at(-1)?.rows;
    if (!result || !opinions) return [];
    const held = (of: Opinion): number => of.validation * validation.count + of.test * test.count;
    const by = (name: string, of: (opinion: Opinion) => number): Row =>
      agreement(
        name,
        known.map((i) => of(opinions[i]!)),
        truth,
      );
    const decoded = (name: string): Row => {
      const trained = result.decodes[name] && alone(result.decodes[name], job.seed);
      return trained ? { [`${name}, %`]: decimals(100 * trained.testAccuracy, 1) } : {};
    };
    return [
      {
        recipe: job.name,
        seed: job.seed,
        passes: result.passes,
        ...by('held out', (o) => -held(o)),
        ...by('Σθ', (o) => o.theta),
        ...decoded('theta'),
        ...decoded('evolved'),
        seconds: result.seconds.training + Math.round(result.seconds.evolution),
      },
    ];
  });
  rows.push({
    recipe: `${random.length} random networks that fill the budget`,
    'median, %': decimals(median(random), 1),
    'worst, %': decimals(Math.min(...random), 1),
    'best, %': decimals(Math.max(...random), 1),
  });
  if (seeds.length > 1) {
    // No opinion can be trusted further than this.
    const of = (seed: number): number[] => known.map((i) => alone(assignments[i]!, seed)!.heldAccuracy);
    rows.push({
      recipe: 'the same architectures trained alone with another seed',
      ...agreement('held out', of(seeds[0]!), of(seeds[1]!)),
    });
  }
  return rows;
}

export const benchmark: Benchmark = {
  name: 'trust',
  describe:
    'Rank correlations between what shared weights say of architectures and their accuracy trained alone, and accuracies of the decodes. Results are kept in --cache; one thread a process.',
  parameters: Object.keys(PARAMETERS),
  run: ({ parameters = {} }) => measure({ ...PARAMETERS, ...parameters }),
};
