/**
 * Once for all (Cai et al., ICLR 2020): weights that architectures of all sizes share are trained once; a predictor
 * learns from measured ones what any will reach; evolution under it finds the best within any limits.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { feasibility } from '../../costs/limits/feasibility.ts';
import type { Architecture, Assignment, Operation } from '../../network/types.ts';
import { Batches } from '../../data/batches.ts';
import { TASKS } from '../../tasks/task-rules.ts';
import { batchOptions, type SearchContext } from '../../training/problem.ts';
import { begin } from '../../training/start-weights.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import { inherit } from '../../training/trained/inherit.ts';
import type { OperationTensors } from '../../training/trained/trained-network.ts';
import { SHARED_FILE } from '../../wire/offers.ts';
import type { InitialWeightsReport } from '../../wire/run.ts';
import { strategyWords } from '../../wire/strategies.ts';
import type { Chooser, EpochDetails, Kept, Proposal, Strategy, Tell, Trainee } from '../strategy.ts';
import { drawSizes } from './draw-sizes.ts';
import { ONCE_CURVES, onceStages, OFFERS_STAGE, PREDICTOR_STAGE, sharedEpochs } from './once-declaration.ts';
import { onceReport } from './once-report.ts';
import { Predictor, type Measured, type Ranking } from './predictor.ts';
import { SharedChoice } from './shared-choice.ts';
import { packShared, type Shared } from './shared-file.ts';
import { SharedJudge } from './shared-judge.ts';
import { SharedTraining, type SharedTrainingState } from './shared-training.ts';

/** Architectures that are measured: one for so many steps of the shared weights, within bounds. */
const MEASURED = { steps: 12, fewest: 24, most: 400 };

const measuredAfter = (steps: number): number =>
  Math.min(MEASURED.most, Math.max(MEASURED.fewest, Math.round(steps / MEASURED.steps)));

/** What is there once the shared weights are trained and the predictor is fitted. */
interface Ready {
  readonly host: Shared['host'];
  readonly predictor: Predictor;
  readonly ranking: Ranking;
  readonly judge: SharedJudge;
  readonly choice: SharedChoice;
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
      task: TASKS[task],
      seed,
      steps: this.steps,
      ...(context.recipe && { recipe: context.recipe }),
    };
    const shared = new SharedTraining(problem, state, tensors);
    this.shared = shared;
    const probe = feasibility(network, target, limits, shared.size).assignment;
    this.training = {
      epochs,
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
    const host = await this.shared.supernet.onHost();
    const judge = new SharedJudge(context, host);
    const drawn = drawSizes(context, this.shared.size, measuredAfter(this.steps), seed + 3);
    const measured: Measured[] = [];
    for (const [i, assignment] of drawn.entries()) {
      await breathe();
      const one = await judge.measure(assignment);
      measured.push(one);
      tell(PREDICTOR_STAGE, i + 1, drawn.length, one.loss);
    }
    const predictor = Predictor.fit(network, measured, seed);
    const ranking = Predictor.ranking(network, measured, seed);
    const choice = new SharedChoice(context, host, predictor, judge, this.shared.size);
    // What was measured and is within the limits takes part.
    const { assignment: chosen } = await choice.best(limits, bestFirst(measured), breathe);
    this.ready = { host, predictor, ranking, judge, choice, chosen };
    return { assignments: [chosen], race: false };
  }

  async offer(breathe: () => Promise<void>, tell: Tell): Promise<Kept> {
    const { host, predictor, ranking, choice, chosen } = this.ready!;
    const list = await choice.offers([chosen], breathe, (step, steps, loss) => {
      tell(OFFERS_STAGE, step, steps, loss);
    });
    const founders = list.map(({ assignment }) => assignment);
    return {
      offers: { weights: SHARED_FILE, list, ranking },
      file: packShared(this.context, { host, predictor, steps: this.steps, founders }),
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
  stages: onceStages,
  shown: 1,
  plan: () => ({ networks: 1, racers: 1 }),
  create: (context) => new OnceChooser(context).begin(),
  restore: (context, _costs, state, tensors) => new OnceChooser(context, state as SharedTrainingState, tensors),
};
