/** The UDC search: shared weights and decisions trained together, then evolution under them, then a race. */
import type * as tf from '@tensorflow/tfjs-core';
import { Batches } from '../../data/batches.ts';
import { architectureKey } from '../../network/architecture.ts';
import type { Architecture, Assignment, Operation } from '../../network/types.ts';
import { taskNamed } from '../../tasks/tasks.ts';
import type { Task } from '../../tasks/task.ts';
import { batchOptions, type SearchContext } from '../../training/problem.ts';
import { Pace } from '../../training/pace.ts';
import { begin } from '../../training/start-weights.ts';
import { RECIPE_OF_GIVEN } from '../../training/supernet/recipe.ts';
import type { HostTensors } from '../../training/trainer.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import { inherit } from '../../training/trained/inherit.ts';
import { outsetOf } from '../../training/outset.ts';
import { freshFor } from '../../training/trained/initial-tensors.ts';
import type { OperationTensors } from '../../training/trained/weighted-part.ts';
import type { InitialWeightsReport } from '../../wire/run.ts';
import { strategyWords } from '../../wire/strategies.ts';
import { candidates, variant } from '../space/candidates.ts';
import { Objective, scored } from '../space/objective.ts';
import type { Chooser, Costs, EpochDetails, Proposal, Proposed, Strategy, Tell, Trainee } from '../strategy.ts';
import { curvesUnder, udcStages } from './declaration.ts';
import { supernetReport } from './epoch-report.ts';
import { evolve, JUDGING, stepsOfJudging, trialsAfter } from './shared-evolution.ts';
import { SupernetPhase, type SupernetPhaseState } from './supernet-phase.ts';

interface UdcState extends SupernetPhaseState {
  /** Did weights come with the definition? */
  readonly given: boolean;
  readonly inherits: boolean;
}

class UdcChooser implements Chooser {
  readonly training: Trainee & { readonly epochs: number };
  readonly initialWeights?: InitialWeightsReport;
  private readonly phase: SupernetPhase;
  private readonly task: Task;
  private readonly sharedSteps: number;
  private readonly objective: Objective | undefined;
  /** The shared weights, where networks begin with them. */
  private host: HostTensors | undefined;

  /**
   * @param given did weights come with the definition?
   * @param inherits do networks begin with the shared weights?
   */
  constructor(
    private readonly context: SearchContext,
    private readonly given: boolean,
    readonly inherits: boolean,
    state?: SupernetPhaseState,
    tensors?: ReadonlyMap<string, TensorRecord>,
  ) {
    const { network, dataset, target, limits, seed } = context;
    const { training, task } = network.definition;
    const { perEpoch } = new Batches(dataset.train, batchOptions(context));
    const recipe = context.recipe ?? (given ? RECIPE_OF_GIVEN : undefined);
    this.task = taskNamed(task);
    this.objective = Objective.of(context);
    this.sharedSteps = (training.warmup + training.search) * perEpoch;
    const problem = {
      network,
      target,
      task: this.task,
      limits,
      seed,
      outset: outsetOf(context),
      warmupSteps: training.warmup * perEpoch,
      searchSteps: training.search * perEpoch,
      ...(this.objective && { objective: this.objective }),
      ...(recipe && { recipe }),
    };
    const pace = new Pace();
    const phase = new SupernetPhase({ ...problem, pace }, state, tensors);
    this.phase = phase;
    this.training = {
      epochs: training.warmup + training.search,
      pace,
      compared: () => 'shared weights',
      step: (step: number, images: tf.Tensor4D, targets: tf.Tensor) => phase.step(step, images, targets),
      report: (step: number): Promise<EpochDetails> => supernetReport(context, this.task, phase, step),
    };
  }

  /** Puts weights that came with the definition into the shared ones. */
  async begin(): Promise<this> {
    const report = await begin(this.phase.supernet, this.context);
    return report ? Object.assign(this, { initialWeights: report }) : this;
  }

  get range(): Chooser['range'] {
    const { size } = this.phase;
    return { smallest: Math.round(size.smallest().bytes), largest: Math.round(size.largest().bytes) };
  }

  get logits(): readonly (readonly number[])[] {
    return this.phase.decisions.logits;
  }

  async prepare(): Promise<void> {
    await this.phase.sizeAll();
    // Weights that came with the definition are worth keeping; those of a short search are not (docs/method.md), unless
    // none are trained after it.
    if (this.inherits) this.host = await this.phase.read();
  }

  /** What evolution under the shared weights began from the decode, the decode, and others. */
  async propose(breathe: () => Promise<void>, tell: Tell): Promise<Proposal> {
    const { network, dataset } = this.context;
    const { training } = network.definition;
    const { phase } = this;
    // Racers are trained a share of the steps after the race: without those there is none.
    const count = training.sparsify + training.settle === 0 ? 1 : training.race;
    const decoded = (await phase.decode()).assignment;
    const choice: Proposed = { assignment: decoded, origin: { kind: 'choice' } };
    if (decoded.length === 0) return { candidates: [choice], race: false };
    const trials = trialsAfter(this.sharedSteps);
    let done = 0;
    const judged = await evolve(phase.field(), [decoded], {
      trials,
      fit: (assignment) => phase.fit(assignment),
      judge: async (assignment) => {
        await breathe();
        // Held-out samples, and training samples: the shared weights have met those in so many networks that they know
        // them little better.
        const [loss] = await phase.rank([assignment], [dataset.validation, dataset.train], JUDGING);
        const score = scored(this.objective, assignment, loss!);
        tell('search', ++done, trials, score);
        return score;
      },
    });
    const evolved = judged.map(({ loss, ...rest }) => ({ ...rest, predictedLoss: loss }));
    const keyOf = (assignment: Assignment): string => architectureKey(network, assignment);
    const known = new Map<string, Proposed>(evolved.map((one) => [keyOf(one.assignment), one]));
    const found = new Map([[keyOf(decoded), known.get(keyOf(decoded)) ?? choice]]);
    for (const { assignment, origin } of candidates(phase.field(), decoded, evolved, count)) {
      const fitting = await phase.fit(assignment);
      const key = fitting && keyOf(fitting);
      if (key && !found.has(key)) found.set(key, known.get(key) ?? { assignment: fitting, origin });
    }
    // Some came to the same architecture, or to none, once they were made to fit.
    for (const [key, one] of known) if (found.size < count && !found.has(key)) found.set(key, one);
    return count === 1
      ? { candidates: [evolved[0] ?? choice], race: false, judged: evolved }
      : { candidates: [...found.values()], race: true, judged: evolved };
  }

  async variant(parent: Assignment): Promise<Assignment | undefined> {
    const found = variant(this.phase.field(), parent);
    return found && this.phase.fit(found);
  }

  async exactBytes(assignment: Assignment): Promise<number> {
    return (await this.phase.sizeOf(assignment)).totalBytes;
  }

  initial(architecture: Architecture): (operation: Operation) => OperationTensors {
    const { host } = this;
    return host ? (operation) => inherit(host, architecture, operation) : freshFor(this.context);
  }

  async save(into: Map<string, TensorRecord>): Promise<UdcState> {
    return { ...(await this.phase.save(into)), given: this.given, inherits: this.inherits };
  }

  dispose(): void {
    this.phase.dispose();
  }
}

/** Without steps after the race, the shared weights are all that was ever trained. */
function trainsAfter({ network }: SearchContext): boolean {
  const { sparsify, settle } = network.definition.training;
  return sparsify + settle > 0;
}

export const udc: Strategy = {
  ...strategyWords('udc'),
  curves: curvesUnder,
  stages: ({ decisions, definition: { training } }) => {
    // Networks begin without the shared weights, so that these are for decisions alone.
    const { sparsify, settle, initialWeights } = training;
    const needless = decisions.length === 0 && initialWeights === undefined && sparsify + settle > 0;
    return needless ? [] : udcStages(training);
  },
  shown: 1,
  judging: (context) => {
    const { network, dataset } = context;
    const { warmup, search, batch } = network.definition.training;
    const { perEpoch } = new Batches(dataset.train, batchOptions(context));
    const trials = network.decisions.length === 0 ? 0 : trialsAfter((warmup + search) * perEpoch);
    return { search: trials * stepsOfJudging(dataset, batch) };
  },
  plan: ({ race }: Costs) => ({ networks: 1, racers: race }),
  create: (context) => {
    const given = context.initial !== undefined;
    return new UdcChooser(context, given, given || !trainsAfter(context)).begin();
  },
  restore: (context, _costs, state, tensors) => {
    const { given, inherits, ...phase } = state as UdcState;
    return new UdcChooser(context, given, inherits || !trainsAfter(context), phase, tensors);
  },
};
