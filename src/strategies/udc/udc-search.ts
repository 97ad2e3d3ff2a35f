/** The whole search: four stages of training, decoding, the budget repair and the result; resumable at every step. */
import * as tf from '@tensorflow/tfjs-core';
import { Batches } from '../../data/batches.ts';
import { packFolded } from '../../integer/pack-folded.ts';
import type { FoldedNetwork } from '../../integer/integer-network.ts';
import { instantiate } from '../../network/architecture.ts';
import type { Architecture, Assignment, Operation } from '../../network/types.ts';
import { vainSavings } from '../../costs/weights/savings.ts';
import { clockOf } from '../../targets/find-target.ts';
import type { BaselineReport, InitialWeightsReport, RunResult, StageName } from '../../wire/run.ts';
import { STAGES } from '../../wire/run.ts';
import { BASELINE_BITS, widestUniform } from '../uniform/widest-uniform.ts';
import { packState, unpackState } from '../../training/tensor-checkpoint.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import { ConcretePhase } from '../../training/trained/trained-phase.ts';
import type { OperationTensors } from '../../training/trained/trained-network.ts';
import { calibrationBatches, withNextBatch } from '../../training/evaluate.ts';
import { concreteReport, supernetReport } from './epoch-report.ts';
import { conclude, finetune, repair } from '../../training/finish.ts';
import type { Repair } from '../../training/finish.ts';
import { checkBudgets, checkResult, checkTarget } from './refusals.ts';
import { inherit } from '../../training/trained/inherit.ts';
import { begin } from '../../training/start-weights.ts';
import { TASKS } from '../../tasks/task-rules.ts';
import type { TaskRule } from '../../tasks/task-rules.ts';
import { Race, raceSteps } from './race.ts';
import type { RacePlan, RaceState } from './race.ts';
import { ProgressMeter } from '../../training/progress-meter.ts';
import { RECIPE_OF_GIVEN } from '../../training/supernet/recipe.ts';
import { candidates, variant } from './candidates.ts';
import { evolve, judge, trialsAfter } from './evolve.ts';
import type { State } from './udc-state.ts';
import { batchOptions, breathe, TrainingError } from '../../training/problem.ts';
import type { SearchContext, SearchHooks } from '../../training/problem.ts';
import { resultOf } from './network-result.ts';
import { freshTensors } from '../../training/trained/initial-tensors.ts';
import { trainUniform } from '../uniform/train-uniform.ts';
import { FLOOR, SupernetPhase } from './supernet-phase.ts';
import type { PhaseProblem } from './supernet-phase.ts';
import { SPENT } from './top-up.ts';
import { leastSparsities, raise, useRest } from './use-rest.ts';
import type { Decided } from './use-rest.ts';

type StageEpochs = Readonly<Record<StageName, number>>;

export class Search {
  private readonly task: TaskRule;
  private readonly batches: Batches;
  private readonly epochs: StageEpochs;
  private readonly problem: PhaseProblem;
  private supernetPhase: SupernetPhase | undefined;
  private concretePhase: ConcretePhase | undefined;
  private race: Race | undefined;
  private savedRace: { readonly state: RaceState; readonly tensors: ReadonlyMap<string, TensorRecord> } | undefined;
  private assignment: readonly number[] | undefined;
  private logits: readonly (readonly number[])[] | undefined;
  /** Completed epochs over the whole run, and completed steps of the present one. */
  private epoch = 0;
  private step = 0;
  private lossSum = 0;
  private started = false;
  private folded: FoldedNetwork | undefined;
  private initialWeights: InitialWeightsReport | undefined;

  /** Do the networks in and after the race begin with the supernet's weights? */
  private inherits = false;

  /** @param given did weights come with the definition? */
  private constructor(
    private readonly context: SearchContext,
    private readonly given: boolean,
  ) {
    const { network, dataset, target, budgetBytes, activationBudgetBytes, seed } = context;
    const recipe = context.recipe ?? (given ? RECIPE_OF_GIVEN : undefined);
    const { training, task } = network.definition;
    this.task = TASKS[task];
    this.batches = new Batches(dataset.train, batchOptions(context));
    this.epochs = {
      warmup: training.warmup,
      search: training.search,
      sparsify: training.sparsify,
      settle: training.settle,
    };
    const per = this.batches.perEpoch;
    this.problem = {
      network,
      target,
      task: this.task,
      budgetBytes,
      seed,
      warmupSteps: this.epochs.warmup * per,
      searchSteps: this.epochs.search * per,
      ...(activationBudgetBytes === undefined ? {} : { activationBudgetBytes }),
      ...(recipe && { recipe }),
    };
  }

  /**
   * A new search.
   * @throws TargetError where the target cannot run an operator, BudgetError where the smallest architecture does not
   *   fit; both before any training
   */
  static async create(context: SearchContext): Promise<Search> {
    checkTarget(context);
    checkBudgets(context);
    const search = new Search(context, context.initial !== undefined);
    search.supernetPhase = new SupernetPhase(search.problem);
    // Without steps after the race, the supernet's weights are all that was ever trained.
    search.inherits = context.initial !== undefined || search.stepsAfterRace === 0;
    search.initialWeights = await begin(search.supernetPhase.supernet, context);
    return search;
  }

  /** Takes up a search from `state()`: it goes on with the same events as if it had never stopped. */
  static restore(context: SearchContext, bytes: Uint8Array): Search {
    const { json, tensors } = unpackState(bytes);
    const state = json as State;
    if (state.format !== 1)
      throw new Error(`this checkpoint has format ${String(state.format)}; this version reads format 1`);
    const search = new Search(context, state.given ?? false);
    search.batches.restore(state.batches);
    // Checkpoints of earlier versions do not know that a search without steps after the race inherits; those with a
    // network already have a fresh one.
    const inherits = state.inherits || (state.supernet !== null && search.stepsAfterRace === 0);
    Object.assign(search, {
      epoch: state.epoch,
      step: state.step,
      lossSum: state.lossSum,
      started: state.started,
      inherits,
    });
    if (state.assignment) search.assignment = state.assignment;
    if (state.logits) search.logits = state.logits;
    if (state.supernet) search.supernetPhase = new SupernetPhase(search.problem, state.supernet, tensors);
    if (state.race) search.savedRace = { state: state.race, tensors };
    if (state.concrete) {
      search.concretePhase = search.makeConcrete(
        instantiate(context.network, state.assignment!),
        freshTensors(context.seed),
      );
      search.concretePhase.load(tensors, state.concrete);
    }
    return search;
  }

  /** A checkpoint. Call between steps only (in `SearchHooks.checkpoint`). */
  async state(): Promise<Uint8Array> {
    const tensors = new Map<string, TensorRecord>();
    const state: State = {
      format: 1,
      epoch: this.epoch,
      step: this.step,
      lossSum: this.lossSum,
      batches: this.batches.state(),
      started: this.started,
      assignment: this.assignment ?? null,
      logits: this.logits ?? null,
      supernet: (await this.supernetPhase?.save(tensors)) ?? null,
      concrete: (await this.concretePhase?.save(tensors)) ?? null,
      race: (await this.race?.save(tensors)) ?? null,
      inherits: this.inherits,
      given: this.given,
    };
    return packState(state, tensors);
  }

  /** The trained network as safetensors; after `run`. */
  weights(): Promise<Uint8Array> {
    if (!this.folded) return Promise.reject(new Error('the search has not finished yet'));
    return Promise.resolve(packFolded(this.folded));
  }

  private stageOf(epoch: number): { stage: StageName; inStage: number } {
    let before = 0;
    for (const stage of STAGES) {
      if (epoch < before + this.epochs[stage]) return { stage, inStage: epoch - before };
      before += this.epochs[stage];
    }
    throw new Error(`epoch ${epoch} is past the end`);
  }

  private get totalEpochs(): number {
    return STAGES.reduce((sum, stage) => sum + this.epochs[stage], 0);
  }

  /** Training steps that the result's weights have been through: as many as a baseline gets. */
  private get stepsOfResult(): number {
    return this.stepsAfterRace + (this.inherits ? this.supernetEpochs * this.batches.perEpoch : 0);
  }

  private get supernetEpochs(): number {
    return this.epochs.warmup + this.epochs.search;
  }

  /** Runs to the end. @throws an AbortError after a checkpoint when the signal aborts */
  async run(hooks: SearchHooks): Promise<RunResult> {
    if (!this.started) {
      await this.announce(hooks);
      this.started = true;
      await hooks.checkpoint();
    }
    for (;;) {
      // The race can be aborted: it starts from a checkpoint of its own, and would be run again from there.
      if (this.supernetPhase && this.epoch === this.supernetEpochs) {
        await this.decide(hooks, this.supernetPhase);
        await hooks.checkpoint();
      }
      if (this.epoch === this.totalEpochs) break;
      const began = performance.now();
      const stepsBefore = this.step;
      await this.runSteps(hooks);
      const secondsPerStep = (performance.now() - began) / 1000 / Math.max(1, this.batches.perEpoch - stepsBefore);
      await this.endEpoch(hooks, began, secondsPerStep);
      await hooks.checkpoint();
    }
    return this.finish(hooks);
  }

  private async announce(hooks: SearchHooks): Promise<void> {
    const { network, dataset, target, backend, seed, budgetBytes, activationBudgetBytes } = this.context;
    const size = this.supernetPhase!.size;
    const [clock, savings] = [clockOf(target), vainSavings(network, target)];
    await hooks.emit({
      type: 'started',
      name: network.definition.name,
      metric: this.task.metric,
      budgetBytes,
      target: target.name,
      backend: backend.name,
      backendReason: backend.reason,
      seed,
      ...(activationBudgetBytes === undefined ? {} : { activationBudgetBytes }),
      decisions: network.decisions.map(({ id, kind, labels, sites }) => ({
        id,
        kind,
        labels,
        layers: sites.map(({ layer }) => network.layers[layer]!.spec.name),
      })),
      epochs: this.epochs,
      stepsPerEpoch: this.batches.perEpoch,
      smallestBytes: Math.round(size.smallest().bytes),
      largestBytes: Math.round(size.largest().bytes),
      samples: { train: dataset.train.count, validation: dataset.validation.count, test: dataset.test.count },
      data: {
        normalisation: dataset.normalisation,
        ...(dataset.classNames && { classNames: dataset.classNames }),
        ...(dataset.sha256 !== undefined && { sha256: dataset.sha256 }),
      },
      ...(clock && { clock }),
      ...(savings !== undefined && { savings }),
      ...(this.initialWeights && { initialWeights: this.initialWeights }),
    });
  }

  /** The rest of the present epoch's steps. */
  private async runSteps(hooks: SearchHooks): Promise<void> {
    const { stage } = this.stageOf(this.epoch);
    const steps = this.batches.perEpoch;
    const meter = new ProgressMeter(hooks);
    const stepsLater = (this.totalEpochs - this.epoch) * steps + (this.supernetPhase ? this.stepsOfRace : 0);
    while (this.step < steps) {
      await breathe(hooks);
      const global = this.epoch * steps + this.step;
      const loss = await withNextBatch(this.batches, this.context.dataset.train, (images, targets) =>
        this.supernetPhase
          ? this.supernetPhase.step(global, images, targets)
          : this.concretePhase!.step(global - this.supernetEpochs * steps, images, targets),
      );
      if (!Number.isFinite(loss))
        throw new TrainingError(
          `the loss became ${loss} in stage ${stage}, epoch ${this.epoch + 1}, step ${this.step + 1}: lower training.learningRate (now ${this.context.network.definition.training.learningRate})`,
        );
      this.lossSum += loss;
      this.step++;
      meter.tell(
        { stage, epoch: this.epoch + 1, epochs: this.totalEpochs, step: this.step, steps, loss },
        stepsLater - this.step,
      );
    }
  }

  private async endEpoch(hooks: SearchHooks, began: number, secondsPerStep: number): Promise<void> {
    const trainLoss = this.lossSum / this.batches.perEpoch;
    const { stage } = this.stageOf(this.epoch);
    const done = (this.epoch + 1) * this.batches.perEpoch;
    const details = this.supernetPhase
      ? await supernetReport(this.context, this.task, this.supernetPhase, done - 1)
      : await concreteReport(
          this.context,
          this.task,
          this.concretePhase!,
          this.assignment!,
          done - 1 - this.supernetEpochs * this.batches.perEpoch,
        );
    this.epoch++;
    this.step = 0;
    this.lossSum = 0;
    await hooks.emit({
      type: 'epoch',
      stage,
      epoch: this.epoch,
      trainLoss,
      ...details,
      measured: {
        seconds: (performance.now() - began) / 1000,
        secondsPerStep,
        residentBytes: process.memoryUsage().rss,
        tensors: tf.memory().numTensors,
      },
    });
    if (this.concretePhase && this.epoch === this.supernetEpochs + this.epochs.sparsify)
      await this.spendRest(hooks, this.concretePhase);
  }

  /**
   * The end of the search stage: decode, race the decode against other candidates, and go on with the winner, from the
   * start.
   */
  private async decide(hooks: SearchHooks, phase: SupernetPhase): Promise<void> {
    await phase.sizeAll();
    const plan = await this.racePlan(hooks, phase);
    const assignment = await this.runRace(hooks, phase, plan);
    this.assignment = assignment;
    this.logits = phase.decisions.logits;
    this.concretePhase = plan.start(assignment);
    await hooks.emit({ type: 'decoded', assignment, exactBytes: (await phase.sizeOf(assignment)).totalBytes });
    phase.dispose();
    this.supernetPhase = undefined;
  }

  private async runRace(hooks: SearchHooks, phase: SupernetPhase, plan: RacePlan): Promise<Assignment> {
    if (this.savedRace) this.race = new Race(plan, [], this.savedRace.state, this.savedRace.tensors);
    else {
      const racers = await this.candidates(hooks, phase);
      if (racers.length === 1) return racers[0]!;
      this.race = new Race(plan, racers);
    }
    this.savedRace = undefined;
    for (;;) {
      await hooks.checkpoint();
      const { winner } = this.race;
      if (winner) {
        this.race.dispose();
        this.race = undefined;
        return winner;
      }
      await this.race.advance();
    }
  }

  /**
   * What the race is between: what evolution under the shared weights began from the decode, the decode, and others.
   */
  private async candidates(hooks: SearchHooks, phase: SupernetPhase): Promise<Assignment[]> {
    const {
      network: {
        definition: { training },
      },
      dataset,
    } = this.context;
    // Racers are trained a share of the steps after the race: without those there is none.
    const count = this.stepsAfterRace === 0 ? 1 : training.race;
    const decoded = (await phase.decode()).assignment;
    if (decoded.length === 0) return [decoded];
    const judged = await evolve(phase.field(), [decoded], {
      trials: trialsAfter(this.supernetEpochs * this.batches.perEpoch),
      fit: (assignment) => phase.fit(assignment),
      judge: async (assignment) => {
        await breathe(hooks, false);
        return judge(this.task, dataset, phase.supernet, assignment);
      },
    });
    const found = new Map([[decoded.join(), decoded]]);
    for (const candidate of candidates(
      phase.field(),
      decoded,
      judged.map(({ assignment }) => assignment),
      count,
    )) {
      const fitting = await phase.fit(candidate);
      if (fitting) found.set(fitting.join(), fitting);
    }
    return count === 1 ? [judged[0]?.assignment ?? decoded] : [...found.values()];
  }

  /** Length of the stages after the race, by which its own is measured. */
  private get stepsAfterRace(): number {
    return (this.epochs.sparsify + this.epochs.settle) * this.batches.perEpoch;
  }

  private get stepsOfRace(): number {
    return raceSteps(this.stepsAfterRace, this.context.network.definition.training.race);
  }

  private async racePlan(hooks: SearchHooks, phase: SupernetPhase): Promise<RacePlan> {
    const { network, dataset, seed } = this.context;
    const meter = new ProgressMeter(hooks);
    const steps = this.stepsOfRace;
    // Weights that came with the definition are worth keeping; those of a short search are not (docs/method.md), unless
    // none are trained after it.
    const given = this.inherits ? await phase.supernet.onHost() : undefined;
    return {
      task: this.task,
      dataset,
      batches: batchOptions(this.context),
      steps: this.stepsAfterRace,
      learningRate: network.definition.training.learningRate,
      breathe: () => breathe(hooks, false),
      report: (step, loss) => {
        meter.tell(
          { stage: 'race', epoch: this.epoch, epochs: this.totalEpochs, step: Math.min(step, steps), steps, loss },
          Math.max(0, steps - step) + this.stepsAfterRace,
        );
      },
      start: (assignment) => {
        const architecture = instantiate(network, assignment);
        return this.makeConcrete(
          architecture,
          given ? (operation) => inherit(given, architecture, operation) : freshTensors(seed),
        );
      },
      variant: async (parent) => {
        const found = variant(phase.field(), parent);
        return found && phase.fit(found);
      },
    };
  }

  private get decided(): Decided {
    const { network, target, budgetBytes } = this.context;
    return { network, target, budgetBytes, assignment: this.assignment!, logits: this.logits! };
  }

  /**
   * After pruning: raises bits and lowers sparsities where the weights encode to much less than was expected, or
   * nothing finer can be done.
   */
  private async spendRest(hooks: SearchHooks, phase: ConcretePhase): Promise<void> {
    const beforeBytes = await phase.exactBytes();
    const after = await raise(phase, this.decided, phase.growable ? FLOOR : SPENT);
    if (!after) return;
    this.assignment = after;
    await hooks.emit({
      type: 'repaired',
      reason:
        'the trained weights encode to less than expected: bits were raised or sparsity lowered to use the budget',
      beforeBytes,
      afterBytes: await phase.exactBytes(),
    });
  }

  private makeConcrete(architecture: Architecture, initial: (operation: Operation) => OperationTensors): ConcretePhase {
    const { network, target, budgetBytes } = this.context;
    const { learningRate, weightDecay } = network.definition.training;
    const per = this.batches.perEpoch;
    return new ConcretePhase(
      architecture,
      this.task,
      target,
      {
        sparsifySteps: this.epochs.sparsify * per,
        settleSteps: this.epochs.settle * per,
        learningRate,
        weightDecay,
        budgetBytes,
        leastSparsity: leastSparsities(network),
        calibration: () => this.calibration(),
      },
      initial,
    );
  }

  private calibration(): tf.Tensor4D[] {
    return calibrationBatches(this.context.dataset.train, this.batches.size);
  }

  private async finish(hooks: SearchHooks): Promise<RunResult> {
    const { network, dataset, target, budgetBytes } = this.context;
    const phase = this.concretePhase!;
    const { training } = network.definition;
    if (this.stepsOfResult === 0)
      throw new TrainingError(
        'an earlier version left this search without trained weights (sparsify and settle are 0): start a new run',
      );
    await phase.complete();
    const half = Math.ceil(this.batches.perEpoch / 2);
    const repairing = (): Promise<Repair | undefined> =>
      repair(phase, this.batches, dataset.train, budgetBytes, training.learningRate, half);
    const used = await useRest(phase, this.decided, this.task, dataset, async () => {
      await finetune(phase, this.batches, dataset.train, training.learningRate, this.batches.perEpoch);
      await repairing();
    });
    if (used) {
      const { assignment, ...bytes } = used;
      this.assignment = assignment;
      await hooks.emit({
        type: 'repaired',
        reason: 'the trained weights left some of the budget: more of them were kept, or in more bits',
        ...bytes,
      });
    }
    const repaired = await repairing();
    if (repaired)
      await hooks.emit({
        type: 'repaired',
        reason: 'the trained weights encoded to more than the budget; the smallest were pruned',
        ...repaired,
      });
    const outcome = await conclude(phase, this.task, dataset, target);
    checkResult(this.context, phase.network.architecture, outcome.certificate.exactBytes);
    this.folded = outcome.folded;
    const baselines = this.context.baselines ? await this.trainBaselines(hooks) : [];
    const result = resultOf(this.context, this.task, {
      architecture: phase.network.architecture,
      assignment: this.assignment!,
      outcome,
      baselines,
      steps: this.stepsOfResult,
    });
    await hooks.emit({ type: 'finished', exactBytes: outcome.certificate.exactBytes, metric: outcome.integerMetric });
    return result;
  }

  private async trainBaselines(hooks: SearchHooks): Promise<BaselineReport[]> {
    const { network, target, budgetBytes, seed } = this.context;
    const plans = BASELINE_BITS.flatMap(
      (bits) => widestUniform(network.definition, target, bits, budgetBytes, seed) ?? [],
    );
    const meter = new ProgressMeter(hooks);
    const steps = this.stepsOfResult;
    const reports: BaselineReport[] = [];
    for (const plan of plans) {
      const later = (plans.length - 1 - reports.length) * steps;
      reports.push(
        await trainUniform(this.context, this.task, plan, {
          steps,
          calibration: () => this.calibration(),
          breathe: () => breathe(hooks, false),
          report: (step, loss) => {
            meter.tell(
              { stage: 'baselines', epoch: this.epoch, epochs: this.totalEpochs, step, steps, loss },
              steps - step + later,
            );
          },
        }),
      );
    }
    return reports;
  }
}
