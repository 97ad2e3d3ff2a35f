/**
 * The pieces of a measurement of trust, each a job of its own: plain JSON in, plain JSON out, so that they run side by
 * side and are kept.
 */
import { weightLimit } from '../../../src/wire/limits.ts';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { packFolded } from '../../../src/integer/pack-folded.ts';
import { loadTeacher } from '../../../src/runs/load-teacher.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import type { Assignment, AugmentSpec, Network, Operation, TrainingSpec } from '../../../src/network/types.ts';
import type { Dataset, Split } from '../../../src/data/dataset.ts';
import { Batches } from '../../../src/data/batches.ts';
import { legs, type LegsJob, type LegsResult } from './early-legs.ts';
import { trainAlone } from './train-alone.ts';
import type { OperationTensors } from '../../../src/training/trained/weighted-part.ts';
import { ConcretePhase, FROZEN } from '../../../src/training/trained/trained-phase.ts';
import { calibrationBatches, evaluate, withNextBatch } from '../../../src/training/evaluate.ts';
import { evolve, JUDGING } from '../../../src/strategies/udc/shared-evolution.ts';
import { freshTensors } from '../../../src/training/trained/initial-tensors.ts';
import { inherit } from '../../../src/training/trained/inherit.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { batchOptions, silentHooks, type SearchContext } from '../../../src/training/problem.ts';
import { trainLeg } from '../../../src/training/trained/leg.ts';
import { RECIPE, type Recipe } from '../../../src/training/supernet/recipe.ts';
import { StrategySearch } from '../../../src/strategies/strategy-search.ts';
import { SupernetPhase } from '../../../src/strategies/udc/supernet-phase.ts';
import { decimals } from '../statistics.ts';
import { contextOf, readData, readNetwork, type Question } from './problem.ts';

/** A way to train, as it departs from a definition's. */
export interface Lever {
  /** Of it and of everything else that departs: what results are kept under. */
  readonly name: string;
  readonly training?: Partial<TrainingSpec>;
  readonly augment?: Partial<AugmentSpec>;
}

/** One architecture, trained alone. */
export interface AloneJob {
  readonly kind: 'alone';
  readonly question: Question;
  readonly assignment: Assignment;
  readonly seed: number;
  /** What departs from the definition. */
  readonly lever?: Lever;
  /** File for its weights. */
  readonly keep?: string;
}

/** Shared weights, trained as the recipe says, and what they say of architectures. */
export interface SharedJob {
  readonly kind: 'shared';
  readonly question: Question;
  readonly name: string;
  readonly seed: number;
  readonly warmup: number;
  readonly search: number;
  readonly recipe: Partial<Recipe>;
  /** Architectures that evolution may judge; 0: no evolution. */
  readonly trials: number;
  readonly assignments: readonly Assignment[];
  /** Also train each architecture for so many steps, from the shared weights and from random ones. */
  readonly tune?: readonly number[];
  /** Tuning rates as a share of the definition's, from the shared weights. */
  readonly tuneRate?: number;
}

/** A whole search. `training`: what departs from the definition's. */
export interface SearchJob {
  readonly kind: 'search';
  readonly question: Question;
  readonly name: string;
  readonly seed: number;
  readonly training: Readonly<Record<string, number>>;
  readonly recipe?: Partial<Recipe>;
  readonly baselines: boolean;
}

export type Job = AloneJob | SharedJob | SearchJob | LegsJob;

export interface AloneResult {
  readonly testAccuracy: number;
  /** Over validation and test samples. */
  readonly heldAccuracy: number;
  readonly heldLoss: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** What the shared weights say of one architecture: losses over parts of the data. */
export interface Opinion {
  readonly validation: number;
  readonly test: number;
  readonly train: number;
  readonly stale: number;
  readonly theta: number;
}

/** Ranking losses after a little training. */
export interface Tuned {
  readonly steps: number;
  readonly shared: number;
  readonly fresh: number;
}

export interface SharedResult {
  /** For each architecture. */
  readonly tuned?: readonly (readonly Tuned[])[];
  /** At shares of the training. */
  readonly opinions: readonly { readonly at: number; readonly rows: readonly Opinion[] }[];
  readonly passes: number;
  readonly decodes: Readonly<Record<string, Assignment>>;
  readonly decodedLosses: Readonly<Record<string, number>>;
  readonly seconds: { readonly training: number; readonly evolution: number };
}

export interface SearchResult {
  readonly testAccuracy: number;
  readonly bytes: number;
  readonly assignment: Assignment;
  readonly seconds: number;
  readonly baselines: readonly { readonly name: string; readonly accuracy: number; readonly bytes: number }[];
}

const digests = new Map<string, string>();

/** A few digits that change with the definition. */
function digestOf(model: string): string {
  const known = digests.get(model) ?? createHash('sha256').update(readFileSync(model)).digest('hex').slice(0, 8);
  digests.set(model, known);
  return known;
}

/** Key of a job: what its result depends on. */
export const keyOf = (job: Job): string => {
  const { model, budgetBytes } = job.question;
  const name = model
    .split('/')
    .at(-1)!
    .replace(/\.udc\.yaml$/, '');
  const rest =
    job.kind === 'alone'
      ? [job.assignment.join('.'), ...(job.lever ? [job.lever.name] : [])].join('|')
      : job.kind === 'legs'
        ? `${job.assignment.join('.')}|${job.shares.join(' ')}`
        : job.name;
  return [job.kind, `${name} ${digestOf(model)}`, budgetBytes, job.seed, rest].join('|');
};

/** As results are kept. */
const rounded = (value: number): number => decimals(value, 5);
const seconds = (since: number): number => Math.round((performance.now() - since) / 10) / 100;

async function alone(context: SearchContext, { assignment, keep }: AloneJob): Promise<AloneResult> {
  const { network, dataset } = context;
  const { training, task } = network.definition;
  const began = performance.now();
  const per = Math.floor(dataset.train.count / Math.min(training.batch, dataset.train.count));
  const rule = taskNamed(task);
  const { outcome, seen } = await trainAlone(
    context,
    rule,
    instantiate(network, assignment),
    {
      sparsifySteps: training.sparsify * per,
      settleSteps: training.settle * per,
      calibration: () => calibrationBatches(dataset.train, Math.min(training.batch, dataset.train.count)),
      breathe: () => Promise.resolve(),
      report: () => undefined,
    },
    async (phase) => {
      const of = (split: Split): ReturnType<typeof evaluate> =>
        evaluate(rule, split, (images, targets) => phase.predict(FROZEN, images, targets));
      const [a, b] = [await of(dataset.validation), await of(dataset.test)];
      const share = dataset.test.count / (dataset.test.count + dataset.validation.count);
      return {
        heldLoss: rounded(b.loss * share + a.loss * (1 - share)),
        heldAccuracy: rounded(b.metric * share + a.metric * (1 - share)),
      };
    },
  );
  if (keep !== undefined) writeFileSync(keep, packFolded(outcome.folded));
  return {
    testAccuracy: rounded(outcome.integerMetric),
    ...seen!,
    bytes: outcome.encoded.certificate.exactBytes,
    seconds: seconds(began),
  };
}

/** Shares of the training at which opinions are asked for. */
const ASKED = [0.5, 1];
/** Training samples beside the validation part that evolution and ranking may look at. */
const FAMILIAR = 1024;

async function shared(context: SearchContext, job: SharedJob): Promise<SharedResult> {
  const { network, dataset, target, limits, seed } = context;
  const task = taskNamed(network.definition.task);
  const batches = new Batches(dataset.train, batchOptions(context));
  const per = batches.perEpoch;
  const steps = (job.warmup + job.search) * per;
  const phase = new SupernetPhase({
    network,
    target,
    task,
    limits,
    seed,
    warmupSteps: job.warmup * per,
    searchSteps: job.search * per,
    recipe: job.recipe,
  });
  const loss = async (assignment: Assignment, split: Split, limit?: number): Promise<number> =>
    (await evaluate(task, split, (images, targets) => phase.predict(assignment, images, targets), limit)).loss;
  const opinion = async (assignment: Assignment): Promise<Opinion> => {
    const stale = await loss(assignment, dataset.validation);
    await phase.supernet.refresh(assignment);
    return {
      stale: rounded(stale),
      validation: rounded(await loss(assignment, dataset.validation)),
      test: rounded(await loss(assignment, dataset.test)),
      train: rounded(await loss(assignment, dataset.train, FAMILIAR)),
      theta: rounded(assignment.reduce((sum, k, d) => sum + phase.decisions.logits[d]![k]!, 0)),
    };
  };
  const opinions: { at: number; rows: Opinion[] }[] = [];
  let training = 0;
  for (let step = 0; step < steps; step++) {
    const began = performance.now();
    await withNextBatch(batches, dataset.train, (images, targets) => phase.step(step, images, targets));
    // As a search does at an epoch's end: the size expression learns from the encoder.
    if ((step + 1) % per === 0 && step >= job.warmup * per) await phase.decode();
    training += performance.now() - began;
    const at = ASKED.find((share) => Math.round(share * steps) === step + 1);
    if (at === undefined) continue;
    const rows: Opinion[] = [];
    for (const assignment of job.assignments) rows.push(await opinion(assignment));
    opinions.push({ at, rows });
  }
  const began = performance.now();
  const decoded = (await phase.decode()).assignment;
  const judge = async (assignment: Assignment): Promise<number> =>
    (await phase.rank([assignment], [dataset.validation, dataset.train], JUDGING))[0]!;
  const judged =
    job.trials === 0
      ? []
      : await evolve(phase.field(), [decoded], {
          trials: job.trials,
          judge,
          fit: (assignment) => phase.fit(assignment),
        });
  const decodes = { theta: decoded, ...(judged.length > 0 && { evolved: judged[0]!.assignment }) };
  const decodedLosses: Record<string, number> = {};
  for (const [name, assignment] of Object.entries(decodes)) decodedLosses[name] = rounded(await judge(assignment));
  const { samples, wideEvery, guide } = { ...RECIPE, ...job.recipe };
  // A wide network is a step of its own, or comes on top of the others, which it guides.
  const passes = samples + (wideEvery > 0 && guide > 0 ? 1 / wideEvery : 0);
  const tuned: Tuned[][] = [];
  if (job.tune)
    for (const assignment of job.assignments)
      tuned.push(await tuneBoth(context, phase, assignment, job.tune, job.tuneRate ?? 1));
  return {
    opinions,
    passes: Math.round(steps * passes),
    decodes,
    decodedLosses,
    ...(job.tune && { tuned }),
    seconds: { training: Math.round(training / 1000), evolution: seconds(began) },
  };
}

async function tuneBoth(
  context: SearchContext,
  phase: SupernetPhase,
  assignment: Assignment,
  lengths: readonly number[],
  sharedRate: number,
): Promise<Tuned[]> {
  const { network, dataset, target, limits, seed } = context;
  const budgetBytes = weightLimit(limits);
  const { training, task } = network.definition;
  const architecture = instantiate(network, assignment);
  const host = await phase.read();
  const train = async (
    steps: number,
    rate: number,
    initial: (operation: Operation) => OperationTensors,
  ): Promise<number> => {
    const { weightDecay, learningRate } = training;
    const body = new ConcretePhase(
      architecture,
      taskNamed(task),
      target,
      {
        sparsifySteps: steps,
        settleSteps: 1,
        learningRate,
        weightDecay,
        budgetBytes,
        calibration: () => Promise.resolve([]),
      },
      initial,
    );
    const plan = {
      task: taskNamed(task),
      dataset,
      learningRate: learningRate * rate,
      breathe: () => Promise.resolve(),
    };
    const loss = await trainLeg(plan, body.network, new Batches(dataset.train, batchOptions(context)), {
      first: 0,
      goal: steps,
      rampSteps: 0.7 * steps,
    });
    body.dispose();
    return rounded(loss);
  };
  const found: Tuned[] = [];
  for (const steps of lengths) {
    found.push({
      steps,
      shared: await train(steps, sharedRate, (operation) => inherit(host, architecture, operation)),
      fresh: await train(steps, 1, freshTensors(seed)),
    });
  }
  return found;
}

async function search(context: SearchContext, baselines: boolean): Promise<SearchResult> {
  const began = performance.now();
  const found = await (
    await StrategySearch.create(context, { strategy: 'udc', baselines: baselines ? ['uniform'] : [] })
  ).run(silentHooks(new AbortController().signal));
  const [network] = found.networks;
  return {
    testAccuracy: rounded(network.integerMetric),
    bytes: network.certificate.exactBytes,
    assignment: network.decisions.map(({ option }) => option),
    seconds: seconds(began),
    baselines: found.baselines.map(({ name, integerMetric, exactBytes }) => ({
      name,
      accuracy: rounded(integerMetric),
      bytes: exactBytes,
    })),
  };
}

/** Does a job on the present backend. */
/** The network of a definition that is trained in another way. */
function departing(network: Network, { training, augment }: Omit<Lever, 'name'>): Network {
  const { definition } = network;
  const { dataset } = definition;
  return {
    ...network,
    definition: {
      ...definition,
      training: { ...definition.training, ...training },
      ...(dataset && { dataset: { ...dataset, augment: { ...dataset.augment, ...augment } } }),
    },
  };
}

export async function perform(job: Job): Promise<AloneResult | SharedResult | SearchResult | LegsResult> {
  const read = readNetwork(job.question);
  const dataset: Dataset = await readData(read, job.question);
  const lever = job.kind === 'search' ? { training: job.training } : job.kind === 'alone' ? job.lever : undefined;
  const network = lever ? departing(read, lever) : read;
  const teacher = await loadTeacher(network, dataset, dirname(resolve(job.question.model)));
  const context = {
    ...contextOf(network, dataset, job.question, job.seed),
    ...(teacher && { teacher }),
    ...(job.kind === 'search' && job.recipe && { recipe: job.recipe }),
  };
  if (job.kind === 'alone') return alone(context, job);
  if (job.kind === 'legs') return legs(context, job);
  return job.kind === 'shared' ? shared(context, job) : search(context, job.baselines);
}
