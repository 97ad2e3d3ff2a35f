/**
 * Once for all (Cai et al., ICLR 2020): weights that architectures of all sizes share are trained once; a predictor
 * learns from measured ones what any will reach; evolution under it finds the best within any limits.
 */
import { metricOfTask } from '../../wire/tasks/metrics.ts';
import { taskSpec } from '../../wire/tasks/task-table.ts';
import type * as tf from '@tensorflow/tfjs-core';
import type { Architecture, Assignment, Operation } from '../../network/types.ts';
import { Batches } from '../../data/batches.ts';
import { outsetOf } from '../../training/outset.ts';
import { taskNamed } from '../../tasks/tasks.ts';
import { batchOptions, type SearchContext } from '../../training/problem.ts';
import { Pace } from '../../training/pace.ts';
import { begin } from '../../training/start-weights.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import { inherit } from '../../training/trained/inherit.ts';
import type { OperationTensors } from '../../training/trained/weighted-part.ts';
import { SHARED_FILE } from '../../wire/offers.ts';
import type { InitialWeightsReport } from '../../wire/run.ts';
import { strategyWords } from '../../wire/strategies.ts';
import type { Chooser, EpochDetails, Kept, Proposal, Strategy, Tell, Trainee } from '../strategy.ts';
import { drawSizes } from './draw-sizes.ts';
import { ONCE_CURVES, onceStages, OFFERS_STAGE, PREDICTOR_STAGE, sharedEpochs } from './once-declaration.ts';
import { onceReport } from './once-report.ts';
import { Predictor, type Measured, type Ranking } from './predictor.ts';
import { FEW, SharedChoice } from './shared-choice.ts';
import { packShared, type Shared } from './shared-file.ts';
import { SharedJudge, stepsOfMeasuring } from './shared-judge.ts';
import { SharedTraining, type SharedTrainingState } from './shared-training.ts';

/** Architectures that are measured: one for so many steps of the shared weights, within bounds. */
const MEASURED = { steps: 12, fewest: 40, most: 400 };

const measuredAfter = (steps: number): number =>
  Math.min(MEASURED.most, Math.max(MEASURED.fewest, Math.round(steps / MEASURED.steps)));

/**
 * After the first fit, the best that the predictor sees of so many sizes are measured and it is fitted again, so many
 * times: what it thinks too much of is what evolution finds.
 */
const ROUNDS = { count: 3, sizes: 12 };

/** Sizes that architectures are looked for to be offered, evenly on a logarithmic scale. */
const OFFERED = 32;

/** How long evolution under the predictor takes for one size, in training steps that take as long, about. */
const EVOLVING = 2;

/** What is there once the shared weights are trained and the predictor is fitted. */
interface Ready {
  readonly host: Shared['host'];
  readonly ranking: Ranking;
  readonly judge: SharedJudge;
  readonly choice: SharedChoice<Predictor>;
  readonly chosen: Assignment;
}

class OnceChooser implements Chooser {
  readonly training: Trainee & { readonly epochs: number };
  readonly initialWeights?: InitialWeightsReport;
  readonly inherits = true;
  private readonly shared: SharedTraining;
  private readonly steps: number;
  private ready: Ready | undefined;

  constructor(
    private readonly context: SearchContext,
    state?: SharedTrainingState,
    tensors?: ReadonlyMap<string, TensorRecord>,
  ) {
    const { network, dataset, target, limits, seed } = context;
    const { training, task } = network.definition;
    const epochs = sharedEpochs(training);
    this.steps = epochs * new Batches(dataset.train, batchOptions(context)).perEpoch;
    const problem = {
      network,
      target,
      task: taskNamed(task),
      seed,
      outset: outsetOf(context),
      steps: this.steps,
      ...(context.recipe && { recipe: context.recipe }),
    };
    const pace = new Pace();
    const shared = new SharedTraining({ ...problem, pace }, state, tensors);
    this.shared = shared;
    const probe = shared.probe(limits);
    this.training = {
      epochs,
      pace,
      compared: () => 'shared weights',
      step: (step: number, images: tf.Tensor4D, targets: tf.Tensor) => shared.step(step, images, targets),
      report: (step: number): Promise<EpochDetails> => onceReport(context, shared, probe, step),
    };
  }

  /** Puts weights that came with the definition into the shared ones. */
  async begin(): Promise<this> {
    const report = await begin(this.shared.supernet, this.context);
    return report ? Object.assign(this, { initialWeights: report }) : this;
  }

  get range(): Chooser['range'] {
    const { size } = this.shared;
    return { smallest: Math.round(size.smallest().bytes), largest: Math.round(size.largest().bytes) };
  }

  get logits(): readonly (readonly number[])[] {
    return this.ready
      ? this.ready.choice.logitsAt(this.ready.chosen)
      : this.context.network.decisions.map(({ labels }) => labels.map(() => 0));
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  async propose(breathe: () => Promise<void>, tell: Tell): Promise<Proposal> {
    const { context } = this;
    const { network, limits, seed } = context;
    const { size } = this.shared;
    const host = await this.shared.supernet.read();
    const judge = await SharedJudge.create(context, host);
    const drawn = drawSizes(context, size, measuredAfter(this.steps), seed + 3);
    const steps = drawn.length + ROUNDS.count * ROUNDS.sizes;
    for (const [i, assignment] of drawn.entries()) {
      await breathe();
      tell(PREDICTOR_STAGE, i + 1, steps, (await judge.measure(assignment)).loss);
    }
    const ranking = Predictor.ranking(network, judge.measured, seed);
    const fitted = (): SharedChoice<Predictor> => {
      const predictor = Predictor.fit(network, judge.measured, seed);
      return new SharedChoice(context, host, predictor, judge, size);
    };
    for (let round = 0; round < ROUNDS.count; round++) {
      await fitted().ofSizes(ROUNDS.sizes, bestFirst(judge.measured), breathe, (step, loss) => {
        tell(PREDICTOR_STAGE, drawn.length + round * ROUNDS.sizes + step, steps, loss);
      });
    }
    const choice = fitted();
    const proposal = await choice.propose(limits, bestFirst(judge.measured), breathe);
    this.ready = { host, ranking, judge, choice, chosen: proposal.candidates[0]!.assignment };
    return { ...proposal, race: false };
  }

  async offer(breathe: () => Promise<void>, tell: Tell): Promise<Kept> {
    const { host, ranking, choice, chosen } = this.ready!;
    const found = await choice.ofSizes(OFFERED, [chosen], breathe, (step, loss) => {
      tell(OFFERS_STAGE, step, OFFERED, loss);
    });
    const list = choice.offers(found);
    const { task } = this.context.network.definition;
    // On the validation part, which has no labels.
    const metric = taskSpec(task).labelledMetric && { metric: metricOfTask(task) };
    const founders = list.map(({ assignment }) => assignment);
    return {
      offers: { weights: SHARED_FILE, ...metric, list, ranking },
      file: packShared(this.context, { host, predictor: choice.predictor, steps: this.steps, founders }),
    };
  }

  variant(): Promise<undefined> {
    // Nothing is raced.
    return Promise.resolve(undefined);
  }

  exactBytes(assignment: Assignment): Promise<number> {
    return Promise.resolve(this.ready!.choice.exactBytes(assignment));
  }

  initial(architecture: Architecture): (operation: Operation) => OperationTensors {
    const { host } = this.ready!;
    return (operation) => inherit(host, architecture, operation);
  }

  save(into: Map<string, TensorRecord>): Promise<SharedTrainingState> {
    return this.shared.save(into);
  }

  dispose(): void {
    this.ready?.judge.dispose();
    this.shared.dispose();
  }
}

/** The first few by loss: what evolution begins with. */
function bestFirst(measured: readonly Measured[]): Assignment[] {
  return [...measured].sort((a, b) => a.loss - b.loss).map(({ assignment }) => assignment);
}

export const onceForAll: Strategy = {
  ...strategyWords('once-for-all'),
  curves: () => ONCE_CURVES,
  stages: ({ definition }) => onceStages(definition.training),
  shown: 1,
  judging: (context) => {
    const { network, dataset } = context;
    const { training } = network.definition;
    const { perEpoch } = new Batches(dataset.train, batchOptions(context));
    const one = stepsOfMeasuring(dataset, training.batch);
    // About half of the finalists were measured before.
    const sized = EVOLVING + (FEW.measured * one) / 2;
    return {
      [PREDICTOR_STAGE]: measuredAfter(sharedEpochs(training) * perEpoch) * one + ROUNDS.count * ROUNDS.sizes * sized,
      [OFFERS_STAGE]: OFFERED * sized,
    };
  },
  plan: () => ({ networks: 1, racers: 1 }),
  create: (context) => new OnceChooser(context).begin(),
  restore: (context, _costs, state, tensors) => new OnceChooser(context, state as SharedTrainingState, tensors),
};
