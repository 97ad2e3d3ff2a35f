/** The whole search: four stages of training, decoding, the budget repair and the result; resumable at every step. */
import * as tf from '@tensorflow/tfjs-core';
import { Batches } from '../data/batches.ts';
import type { BatchState } from '../data/batches.ts';
import { packFolded } from '../integer/pack.ts';
import type { FoldedNetwork } from '../integer/types.ts';
import { instantiate } from '../model/architecture.ts';
import type { Architecture, Operation } from '../model/types.ts';
import type { BaselineReport, InitialWeightsReport, RunResult, StageName } from '../shared/run.ts';
import { STAGES } from '../shared/run.ts';
import { BASELINE_BITS, widestUniform } from './baselines.ts';
import { packState, unpackState } from './checkpoint.ts';
import type { TensorRecord } from './checkpoint.ts';
import { ConcretePhase } from './concrete-phase.ts';
import type { ConcretePhaseState } from './concrete-phase.ts';
import { batchTensors, evaluate, slice, withNextBatch } from './evaluate.ts';
import { conclude, finetune, repair } from './finish.ts';
import { checkBudgets, checkTarget } from './gates.ts';
import { inherit } from './inherit.ts';
import { begin } from './initial.ts';
import { TASKS } from './losses.ts';
import type { TaskRule } from './losses.ts';
import { race, winnerSteps } from './race.ts';
import type { RacePlan } from './race.ts';
import { TrainingError } from './problem.ts';
import type { SearchContext, SearchHooks } from './problem.ts';
import { freshTensors, trainUniform } from './uniform.ts';
import { layerReports, sizeExactly, totalsOf } from './sizing.ts';
import { FLOOR, SupernetPhase } from './supernet-phase.ts';
import type { PhaseProblem, Situation, SupernetPhaseState } from './supernet-phase.ts';
import { topUp } from './top-up.ts';

/** Neighbours of the decode that are judged on validation samples before it is trained. */
const REFINEMENTS = 48;
const REFINEMENT_SAMPLES = 256;
/** The race's learning rate as a share of the training's. */
const RACE_RATE = 0.5;
const CALIBRATION_BATCHES = 16;
const VALIDATION_SAMPLES = 1024;

/** Everything beside the tensors; plain JSON. */
interface State {
  readonly format: 1;
  readonly epoch: number;
  readonly step: number;
  readonly lossSum: number;
  readonly batches: BatchState;
  readonly secondsPerStep: number;
  readonly assignment: readonly number[] | null;
  /** Logits at the end of the search stage. */
  readonly logits: readonly (readonly number[])[] | null;
  readonly supernet: SupernetPhaseState | null;
  readonly concrete: ConcretePhaseState | null;
  readonly started: boolean;
  readonly raceSteps: number;
}

type StageEpochs = Readonly<Record<StageName, number>>;

export class Search {
  private readonly task: TaskRule;
  private readonly batches: Batches;
  private readonly epochs: StageEpochs;
  private readonly problem: PhaseProblem;
  private supernetPhase: SupernetPhase | undefined;
  private concretePhase: ConcretePhase | undefined;
  private assignment: readonly number[] | undefined;
  private logits: readonly (readonly number[])[] | undefined;
  /** Completed epochs over the whole run, and completed steps of the present one. */
  private epoch = 0;
  private step = 0;
  private lossSum = 0;
  private started = false;
  private secondsPerStep = 0;
  private raceSteps = 0;
  private folded: FoldedNetwork | undefined;
  private initialWeights: InitialWeightsReport | undefined;

  private constructor(private readonly context: SearchContext) {
    const { network, dataset, target, budgetBytes, activationBudgetBytes, seed } = context;
    const { training, task, dataset: spec } = network.definition;
    this.task = TASKS[task];
    this.batches = new Batches(dataset.train, { batch: training.batch, seed, augment: spec?.augment ?? { crop: 0, flip: false } });
    this.epochs = { warmup: training.warmup, search: training.search, sparsify: training.sparsify, settle: training.settle };
    const per = this.batches.perEpoch;
    this.problem = {
      network, target, task: this.task, budgetBytes, seed, warmupSteps: this.epochs.warmup * per, searchSteps: this.epochs.search * per,
      ...(activationBudgetBytes === undefined ? {} : { activationBudgetBytes }),
    };
  }

  /**
   * A new search.
   * @throws TargetError where the target cannot run an operator, BudgetError where the smallest architecture does not fit; both before any training
   */
  static create(context: SearchContext): Search {
    checkTarget(context);
    checkBudgets(context);
    const search = new Search(context);
    search.supernetPhase = new SupernetPhase(search.problem);
    search.initialWeights = begin(search.supernetPhase.supernet, context);
    return search;
  }

  /** Takes up a search from `state()`: it goes on with the same events as if it had never stopped. */
  static restore(context: SearchContext, bytes: Uint8Array): Search {
    const { json, tensors } = unpackState(bytes);
    const state = json as State;
    if (state.format !== 1) throw new Error(`this checkpoint has format ${String(state.format)}; this version reads format 1`);
    const search = new Search(context);
    search.batches.restore(state.batches);
    Object.assign(search, { epoch: state.epoch, step: state.step, lossSum: state.lossSum, started: state.started, raceSteps: state.raceSteps, secondsPerStep: state.secondsPerStep });
    if (state.assignment) search.assignment = state.assignment;
    if (state.logits) search.logits = state.logits;
    if (state.supernet) search.supernetPhase = new SupernetPhase(search.problem, state.supernet, tensors);
    if (state.concrete) {
      search.concretePhase = search.makeConcrete(instantiate(context.network, state.assignment!), freshTensors(context.seed));
      search.concretePhase.load(tensors, state.concrete);
    }
    return search;
  }

  /** A checkpoint. Call between steps only (in `SearchHooks.checkpoint`). */
  state(): Uint8Array {
    const tensors = new Map<string, TensorRecord>();
    const state: State = {
      format: 1, epoch: this.epoch, step: this.step, lossSum: this.lossSum, batches: this.batches.state(), secondsPerStep: this.secondsPerStep, started: this.started, raceSteps: this.raceSteps,
      assignment: this.assignment ?? null, logits: this.logits ?? null,
      supernet: this.supernetPhase?.save(tensors) ?? null,
      concrete: this.concretePhase?.save(tensors) ?? null,
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

  /** Training steps behind the result, in the four stages and in the race: as many as a baseline gets. */
  private get totalSteps(): number {
    return this.totalEpochs * this.batches.perEpoch + this.raceSteps;
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
      this.secondsPerStep = (performance.now() - began) / 1000 / Math.max(1, this.batches.perEpoch - stepsBefore);
      await this.endEpoch(hooks, began);
      await hooks.checkpoint();
    }
    return this.finish(hooks);
  }

  private async announce(hooks: SearchHooks): Promise<void> {
    const { network, dataset, target, backend, seed, budgetBytes, activationBudgetBytes } = this.context;
    const size = this.supernetPhase!.size;
    await hooks.emit({
      type: 'started', name: network.definition.name, metric: this.task.metric, budgetBytes, target: target.name, backend: backend.name, backendReason: backend.reason, seed,
      ...(activationBudgetBytes === undefined ? {} : { activationBudgetBytes }),
      decisions: network.decisions.map(({ id, kind, labels, sites }) => ({ id, kind, labels, layers: sites.map(({ layer }) => network.layers[layer]!.spec.name) })),
      epochs: this.epochs, stepsPerEpoch: this.batches.perEpoch,
      smallestBytes: Math.round(size.smallest().bytes), largestBytes: Math.round(size.largest().bytes),
      samples: { train: dataset.train.count, validation: dataset.validation.count, test: dataset.test.count },
      data: { normalisation: dataset.normalisation, ...(dataset.classNames && { classNames: dataset.classNames }) },
      ...(this.initialWeights && { initialWeights: this.initialWeights }),
    });
  }

  /** Passes on at most four messages a second about steps that belong to no epoch. */
  private reporter(hooks: SearchHooks, stage: StageName): (step: number, steps: number, loss: number) => void {
    let reported = 0;
    return (step, steps, loss) => {
      const now = performance.now();
      if (now - reported < 250) return;
      reported = now;
      const secondsLeft = this.secondsPerStep * ((this.totalEpochs - this.epoch) * this.batches.perEpoch + steps - step);
      hooks.progress({ type: 'progress', stage, epoch: this.epoch, epochs: this.totalEpochs, step, steps, loss, secondsLeft });
    };
  }

  /** The rest of the present epoch's steps. */
  private async runSteps(hooks: SearchHooks): Promise<void> {
    const { stage } = this.stageOf(this.epoch);
    const steps = this.batches.perEpoch;
    let reported = 0;
    const began = performance.now();
    const first = this.step;
    while (this.step < steps) {
      await breathe(hooks);
      const global = this.epoch * steps + this.step;
      const loss = withNextBatch(this.batches, this.context.dataset.train, (images, targets) => (this.supernetPhase
        ? this.supernetPhase.step(global, images, targets)
        : this.concretePhase!.step(global - this.supernetEpochs * steps, images, targets)));
      if (!Number.isFinite(loss)) throw new TrainingError(`the loss became ${loss} in stage ${stage}, epoch ${this.epoch + 1}, step ${this.step + 1}: lower training.learningRate (now ${this.context.network.definition.training.learningRate})`);
      this.lossSum += loss;
      this.step++;
      const now = performance.now();
      if (now - reported > 250) {
        reported = now;
        const perStep = (now - began) / 1000 / (this.step - first);
        hooks.progress({
          type: 'progress', stage, epoch: this.epoch + 1, epochs: this.totalEpochs, step: this.step, steps, loss,
          secondsLeft: perStep * ((this.totalEpochs - this.epoch) * steps - this.step),
        });
      }
    }
  }

  private async endEpoch(hooks: SearchHooks, began: number): Promise<void> {
    const trainLoss = this.lossSum / this.batches.perEpoch;
    const { stage } = this.stageOf(this.epoch);
    const details = this.supernetPhase ? this.judgeSupernet(this.supernetPhase) : this.judgeConcrete(this.concretePhase!);
    this.epoch++;
    this.step = 0;
    this.lossSum = 0;
    await hooks.emit({
      type: 'epoch', stage, epoch: this.epoch, trainLoss, ...details,
      measured: {
        seconds: (performance.now() - began) / 1000, secondsPerStep: this.secondsPerStep,
        residentBytes: process.memoryUsage().rss, tensors: tf.memory().numTensors,
      },
    });
    if (this.concretePhase && this.epoch === this.supernetEpochs + this.epochs.sparsify) await this.spendRest(hooks, this.concretePhase);
  }

  private judgeSupernet(phase: SupernetPhase) {
    const { network, dataset, target } = this.context;
    const searched = (this.epoch + 1) * this.batches.perEpoch - this.problem.warmupSteps;
    const situation: Situation = phase.situate(Math.min(searched, this.problem.searchSteps));
    phase.supernet.refresh(phase.decisions.mostLikely(situation.probabilities));
    const { assignment, sized } = phase.decode();
    const { loss, metric } = evaluate(this.task, dataset.validation, (images, targets) => phase.supernet.predict(images, assignment, targets), VALIDATION_SAMPLES);
    return {
      validationLoss: loss, metric, expectedBytes: Math.round(situation.expectedBytes), exactBytes: sized.totalBytes, tau: situation.tau, entropy: situation.entropy, mu: situation.mu,
      learningRate: network.definition.training.learningRate, probabilities: situation.probabilities, assignment,
      layers: layerReports(network, instantiate(network, assignment), target, sized), norms: phase.supernet.trainables.norms(),
    };
  }

  private judgeConcrete(phase: ConcretePhase) {
    const { network, dataset, target } = this.context;
    const after = (this.epoch + 1 - this.supernetEpochs) * this.batches.perEpoch;
    const codes = phase.network.integerWeights();
    const { architecture } = phase.network;
    const sized = sizeExactly(architecture, target, (operation) => codes.get(operation.id)!);
    const { loss, metric } = evaluate(this.task, dataset.validation, (images, targets) => phase.network.predict(images, targets, phase.mode(after - 1)), VALIDATION_SAMPLES);
    const assignment = this.assignment!;
    return {
      validationLoss: loss, metric, expectedBytes: sized.totalBytes, exactBytes: sized.totalBytes, tau: 0, entropy: 0, mu: 0,
      learningRate: network.definition.training.learningRate,
      probabilities: network.decisions.map((decision, d) => decision.labels.map((_, k) => (assignment[d] === k ? 1 : 0))), assignment,
      layers: layerReports(network, architecture, target, sized, codes), norms: phase.network.trainables.norms(),
    };
  }

  /** The end of the search stage: decode, look around the decode, race it against simple choices, and cut the winner out of the supernet. */
  private async decide(hooks: SearchHooks, phase: SupernetPhase): Promise<void> {
    const { network, dataset } = this.context;
    const judge = (assignment: readonly number[]): number =>
      evaluate(this.task, dataset.validation, (images, targets) => phase.supernet.predict(images, assignment, targets), REFINEMENT_SAMPLES).loss;
    const decoded = phase.decode();
    const refined = phase.refine(decoded.assignment, judge, REFINEMENTS);
    const racers = new Map([decoded.assignment, refined, ...phase.simpleChoices()]
      .map((assignment) => phase.decode(assignment).assignment).map((assignment) => [assignment.join(), assignment]));
    const plan: RacePlan = {
      task: this.task, dataset, batches: this.batches, steps: this.batches.perEpoch, learningRate: network.definition.training.learningRate * RACE_RATE,
      breathe: () => breathe(hooks, false),
      report: this.reporter(hooks, 'search'),
      start: (assignment) => {
        const architecture = instantiate(network, assignment);
        return this.makeConcrete(architecture, (operation) => inherit(phase.supernet, architecture, operation));
      },
    };
    const winner = await race(plan, [...racers.values()]);
    this.raceSteps = winnerSteps(plan);
    this.assignment = winner.assignment;
    this.logits = phase.decisions.logits;
    this.concretePhase = winner.phase;
    await hooks.emit({ type: 'decoded', assignment: winner.assignment, exactBytes: winner.phase.exactBytes() });
    phase.dispose();
    this.supernetPhase = undefined;
  }

  /** Raises bits and lowers sparsities where the weights, as trained, encode to less than was expected of them. Says whether it did. */
  private async spendRest(hooks: SearchHooks, phase: ConcretePhase): Promise<boolean> {
    const { network, target, budgetBytes } = this.context;
    const before = this.assignment!;
    const after = topUp(network, phase.network, target, before, this.logits!, { budgetBytes, floorBytes: FLOOR * budgetBytes });
    if (after.join() === before.join()) return false;
    const beforeBytes = phase.exactBytes();
    phase.network.redecide(instantiate(network, after));
    this.assignment = after;
    await hooks.emit({ type: 'repaired', reason: 'the trained weights encode to less than expected: bits were raised or sparsity lowered to use the budget', beforeBytes, afterBytes: phase.exactBytes() });
    return true;
  }

  private makeConcrete(architecture: Architecture, initial: (operation: Operation) => ReturnType<typeof inherit>): ConcretePhase {
    const { network, target, budgetBytes } = this.context;
    const { learningRate, weightDecay } = network.definition.training;
    const per = this.batches.perEpoch;
    return new ConcretePhase(architecture, this.task, target, {
      sparsifySteps: this.epochs.sparsify * per, settleSteps: this.epochs.settle * per, learningRate, weightDecay, budgetBytes, calibration: () => this.calibration(),
    }, initial);
  }

  private calibration(): tf.Tensor4D[] {
    const { train } = this.context.dataset;
    const size = this.batches.size;
    const batches = Math.min(CALIBRATION_BATCHES, Math.floor(train.count / size));
    return Array.from({ length: batches }, (_, i) => {
      const { images, targets } = batchTensors(slice(train, i * size, size), train);
      targets.dispose();
      return images;
    });
  }

  private async finish(hooks: SearchHooks): Promise<RunResult> {
    const { network, dataset, target, budgetBytes, activationBudgetBytes, backend, seed } = this.context;
    const phase = this.concretePhase!;
    const { training } = network.definition;
    if (phase.exactBytes() < FLOOR * budgetBytes && await this.spendRest(hooks, phase)) {
      finetune(phase, this.batches, dataset.train, training.learningRate, this.batches.perEpoch);
    }
    const repaired = repair(phase, this.batches, dataset.train, budgetBytes, training.learningRate, Math.ceil(this.batches.perEpoch / 2));
    if (repaired) await hooks.emit({ type: 'repaired', reason: 'the trained weights encoded to more than the budget; the smallest were pruned', ...repaired });
    const outcome = conclude(phase, this.task, dataset, target);
    this.folded = outcome.folded;
    const { architecture } = phase.network;
    const sized = sizeExactly(architecture, target, (operation) => outcome.codes.get(operation.id)!);
    const layers = layerReports(network, architecture, target, sized, outcome.codes);
    const baselines = this.context.baselines ? await this.trainBaselines(hooks) : [];
    const assignment = this.assignment!;
    const result: RunResult = {
      format: 1, name: network.definition.name, metric: this.task.metric, target: target.name, backend: backend.name, seed, budgetBytes,
      ...(activationBudgetBytes === undefined ? {} : { activationBudgetBytes }),
      decisions: network.decisions.map(({ id, kind, labels }, d) => ({ id, kind, option: assignment[d]!, label: labels[assignment[d]!]! })),
      layers, totals: totalsOf(architecture, target, layers, sized),
      floatMetric: outcome.floatMetric, integerMetric: outcome.integerMetric,
      certificate: { ...outcome.certificate, budgetBytes },
      baselines, steps: this.totalSteps,
    };
    await hooks.emit({ type: 'finished', exactBytes: outcome.certificate.exactBytes, metric: outcome.integerMetric });
    return result;
  }

  private async trainBaselines(hooks: SearchHooks): Promise<BaselineReport[]> {
    const { network, target, budgetBytes } = this.context;
    const reports: BaselineReport[] = [];
    for (const bits of BASELINE_BITS) {
      const plan = widestUniform(network.definition, target, bits, budgetBytes);
      if (plan) reports.push(await trainUniform(this.context, this.task, plan, this.totalSteps, () => this.calibration(), () => breathe(hooks, false)));
    }
    return reports;
  }
}

/** Lets messages in, and answers an abort, with a checkpoint where the state is one. */
async function breathe(hooks: SearchHooks, atCheckpoint = true): Promise<void> {
  await new Promise((resolve) => { setImmediate(resolve); });
  if (!hooks.signal.aborted) return;
  if (atCheckpoint) await hooks.checkpoint();
  throw hooks.signal.reason instanceof Error ? hooks.signal.reason : new DOMException('the search was cancelled', 'AbortError');
}

export { FLOOR };
