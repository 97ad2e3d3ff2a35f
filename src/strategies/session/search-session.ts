/**
 * A search from its first step to its result: the strategy's own epochs, what it proposes, the training of that, and
 * the certificate. Resumable at every step.
 */
import { boundedBy } from '../../costs/activations/bounded-target.ts';
import { Batches } from '../../data/batches.ts';
import type { Architecture, Assignment, Operation } from '../../network/types.ts';
import { taskNamed } from '../../tasks/tasks.ts';
import type { Task } from '../../tasks/task.ts';
import {
  batchOptions,
  breathe,
  TrainingError,
  UntrainedError,
  type SearchContext,
  type SearchHooks,
} from '../../training/problem.ts';
import { naiveMetric } from '../../training/finish.ts';
import { packState, unpackState, type TensorRecord } from '../../training/tensor-checkpoint.ts';
import { freshFor } from '../../training/trained/initial-tensors.ts';
import type { OperationTensors } from '../../training/trained/weighted-part.ts';
import { WorkClock, type WorkLeft } from '../../training/work-clock.ts';
import type { BaselineReport, NetworkResult, RunResult } from '../../wire/run.ts';
import { metricOfTask } from '../../wire/tasks/metrics.ts';
import { Objective, scored } from '../space/objective.ts';
import type { Chooser, Proposal, Proposed, Strategy, Trainee } from '../strategy.ts';
import { startedEvent } from './announcement.ts';
import { CandidateLedger } from './candidate-ledger.ts';
import { Epochs, type TraineeStages } from './epochs.ts';
import { Race, type RaceHost, type RacePlan } from './race.ts';
import { racePlan } from './race-plan.ts';
import { withFiles } from './named-samples.ts';
import { checkBudgets, checkTarget } from './refusals.ts';
import { bestFirst, networkName, searchResult } from './search-result.ts';
import { currentState, type Chosen, type Finished, type SessionState } from './session-state.ts';
import { wholeWork } from './work-left.ts';
import { wholeOrder, type WholeAnswer } from './whole-order.ts';
import { SessionPlan } from './session-plan.ts';
import type { StoppingState } from './stopping.ts';
import { SessionProgress, stepsPlanned, type OtherWork, type Where } from './session-progress.ts';
import { TrainedBeside } from './trained-beside.ts';
import { TrainedStage } from './trained-stage.ts';

/** Where a search is: each place has what it needs, and nothing of another. */
type Place =
  | { readonly at: 'choosing'; readonly chooser: Chooser }
  | { readonly at: 'racing'; readonly chooser: Chooser; readonly race: Race }
  | { readonly at: 'training'; readonly stage: TrainedStage }
  | { readonly at: 'done' };

/** Trains what a result is compared with. */
export type Compare = (best: NetworkResult) => Promise<readonly BaselineReport[]>;

/** What a search shares with others of the same run: the clock, and how much work they are. */
export interface Beside extends OtherWork {
  readonly clock: WorkClock;
}

/** A search that is all of its run. */
const alone = ({ side }: SearchContext): Beside => ({ clock: new WorkClock(side), before: {}, after: {} });

/** All that a search would have to do. */
export function plannedWork(context: SearchContext, strategy: Strategy): WorkLeft {
  const { perEpoch } = new Batches(context.dataset.train, batchOptions(context));
  const plan = new SessionPlan(context.network, strategy, perEpoch);
  return wholeWork(stepsPlanned(plan, strategy.judging?.(context) ?? {}, context.side !== undefined));
}

export class SearchSession {
  private readonly task: Task;
  private readonly objective: Objective | undefined;
  private readonly epochs: Epochs;
  private place: Place | undefined;
  private chosen: Chosen | undefined;
  private finished: readonly Finished[] = [];
  private candidates = new CandidateLedger();
  private readonly progress: SessionProgress;
  private beside: TrainedBeside | undefined;
  /** Seconds that the last network took that was trained here, and when the present one began. */
  private secondsOfOne: number | undefined;
  private oneBegan = performance.now();
  private started = false;

  private constructor(
    private readonly context: SearchContext,
    private readonly strategy: Strategy,
    { clock, ...others }: Beside,
    stopping?: StoppingState,
  ) {
    this.task = taskNamed(context.network.definition.task);
    this.objective = Objective.of(context);
    const { network } = context;
    this.epochs = new Epochs(context, (steps, lengths) => new SessionPlan(network, strategy, steps, lengths), stopping);
    this.progress = new SessionProgress(
      () => this.plan,
      () => this.where(),
      clock,
      strategy.judging?.(context) ?? {},
      context.side !== undefined,
      others,
    );
  }

  /**
   * A new search.
   * @throws TargetError where the target cannot run an operator, BudgetError where no architecture is within the
   *   limits;
   *   both before any training
   */
  static async create(given: SearchContext, strategy: Strategy, beside = alone(given)): Promise<SearchSession> {
    const context = { ...given, target: boundedBy(given.target, given.limits) };
    checkTarget(context);
    checkBudgets(context);
    const session = new SearchSession(context, strategy, beside);
    session.place = { at: 'choosing', chooser: await strategy.create(context, session.plan.costs) };
    return session;
  }

  /** Takes up a search from `state()`: it goes on with the same events as if it had never stopped. */
  static async restore(
    given: SearchContext,
    strategy: Strategy,
    bytes: Uint8Array,
    beside = alone(given),
  ): Promise<SearchSession> {
    const context = { ...given, target: boundedBy(given.target, given.limits) };
    const { json, tensors } = unpackState(bytes);
    const state = currentState(json);
    const session = new SearchSession(context, strategy, beside, state.stopping);
    if (state.chooser !== null && state.epoch > session.plan.epochsBefore)
      throw new TrainingError(
        'an earlier version began this run with stages that its definition no longer has: start a new run',
      );
    session.epochs.restore(state);
    const { started, finished } = state;
    Object.assign(session, { started, finished });
    if (state.chosen) session.chosen = state.chosen;
    const begun = state.race !== null || state.chosen !== null;
    session.candidates = new CandidateLedger(state.candidates, begun && !state.candidates);
    session.place = await session.placeOf(state, tensors);
    session.trainee?.pace.restore(state.pace ?? []);
    return session;
  }

  private async placeOf(state: SessionState, tensors: ReadonlyMap<string, TensorRecord>): Promise<Place> {
    if (state.trained && state.chosen) {
      // Its tensors are those of the checkpoint, whatever it began with.
      const stage = this.trainedStage(state.trained.assignment, state.chosen, () => freshFor(this.context));
      stage.load(tensors, state.trained.phase);
      return { at: 'training', stage };
    }
    if (state.chooser === null) return { at: 'done' };
    const chooser = this.strategy.restore(this.context, this.plan.costs, state.chooser, tensors);
    if (!state.race) return { at: 'choosing', chooser };
    await chooser.prepare();
    return { at: 'racing', chooser, race: new Race(this.racePlan(chooser), [], state.race, tensors) };
  }

  /** A checkpoint. Call between steps only (in `SearchHooks.checkpoint`). */
  async state(): Promise<Uint8Array> {
    const tensors = new Map<string, TensorRecord>();
    const { place, chosen } = this;
    const state: SessionState = {
      format: 2,
      strategy: this.strategy.id,
      ...this.epochs.state(),
      started: this.started,
      chooser: place && 'chooser' in place ? await place.chooser.save(tensors) : null,
      race: place?.at === 'racing' ? place.race.save(tensors) : null,
      chosen: chosen ?? null,
      trained:
        place?.at === 'training'
          ? { assignment: place.stage.assignment, phase: await place.stage.save(tensors) }
          : null,
      finished: this.finished,
      candidates: this.candidates.state(),
      stopping: this.epochs.stoppingState(),
      pace: this.trainee?.pace.state(),
    };
    return packState(state, tensors);
  }

  /** All that it has to do. */
  get work(): WorkLeft {
    return this.progress.whole;
  }

  private get plan(): SessionPlan {
    return this.epochs.plan;
  }

  /** What is being trained. */
  private get trainee(): Trainee | undefined {
    const { place } = this;
    return place?.at === 'choosing' ? place.chooser.training : place?.at === 'training' ? place.stage : undefined;
  }

  get stepsPerEpoch(): number {
    return this.epochs.perEpoch;
  }

  /** Of networks that are done, in the order in which they were trained. */
  get validationLosses(): readonly number[] {
    return this.finished.map(({ validationLoss }) => validationLoss);
  }

  /** Runs to the end. @throws an AbortError after a checkpoint when the signal aborts */
  async run(hooks: SearchHooks, compare: Compare = () => Promise.resolve([])): Promise<RunResult> {
    if (!this.started) {
      await this.announce(hooks);
      this.started = true;
      await hooks.checkpoint();
    }
    while (this.place!.at !== 'done') {
      await this.advance(hooks);
      await hooks.checkpoint();
    }
    return this.conclude(hooks, compare);
  }

  /** One epoch, one leg of a race, or the step from one place to the next. */
  private async advance(hooks: SearchHooks): Promise<void> {
    const place = this.place!;
    if (place.at === 'choosing') {
      const { chooser } = place;
      if (chooser.training && this.epochs.done < this.plan.epochsBefore)
        await this.trainEpoch(hooks, chooser.training, 0);
      else await this.propose(hooks, chooser);
    } else if (place.at === 'racing') {
      const { chooser, race } = place;
      if (!race.winner) await race.advance(this.raceHost(hooks, chooser));
      else {
        // Nobody waits with memory in his hands for a race that is over.
        await this.context.side?.drop();
        await this.choose(hooks, chooser, { candidates: [{ assignment: race.winner, origin: { kind: 'choice' } }] });
      }
    } else if (place.at === 'training') {
      const first = this.firstEpoch;
      const epochs = this.plan.epochsOf(this.finished.length);
      const { done, step } = this.epochs;
      if (done === first && step === 0 && this.trainsBeside(hooks)) await this.takeTurn(hooks, place.stage);
      else if (done < first + epochs) await this.trainEpoch(hooks, place.stage, first);
      else await this.finishNetwork(hooks, place.stage);
    }
  }

  /** First epoch of the network that is trained now. */
  private get firstEpoch(): number {
    return this.plan.firstEpoch(this.finished.length);
  }

  /** Training steps that a network's weights have been through: as many as a baseline gets. */
  private get stepsOfResult(): number {
    const { inherits, inheritedSteps } = this.chosen ?? {};
    const before = inheritedSteps ?? this.plan.epochsBefore * this.stepsPerEpoch;
    return this.plan.stepsOf(this.finished.length) + (inherits ? before : 0);
  }

  private async announce(hooks: SearchHooks): Promise<void> {
    const place = this.place!;
    if (place.at !== 'choosing') throw new Error('a search is announced before it chooses');
    const { chooser } = place;
    await hooks.emit(
      startedEvent(this.context, {
        strategy: { id: this.strategy.id, title: this.strategy.title },
        curves: this.plan.ownStages.length > 0 ? this.strategy.curves(this.context.limits) : [],
        stages: this.plan.stages,
        metric: metricOfTask(this.task.id),
        stepsPerEpoch: this.stepsPerEpoch,
        range: chooser.range,
        initialWeights: chooser.initialWeights,
      }),
    );
  }

  /** The rest of the present epoch. @param first epoch at which the trainee's own steps begin */
  private async trainEpoch(hooks: SearchHooks, trainee: Trainee, first: number): Promise<void> {
    await this.epochs.train(hooks, trainee, { first, ...this.stagesOf(trainee) }, this.progress);
  }

  /** Stages that a trainee goes through. */
  private stagesOf(trainee: Trainee): Omit<TraineeStages, 'first'> {
    const { plan } = this;
    const [from, to] =
      trainee instanceof TrainedStage ? plan.stagesOf(this.finished.length) : [0, plan.ownStages.length];
    return { from, to };
  }

  private where(): Where {
    const { place, epochs } = this;
    return {
      at: place?.at ?? 'choosing',
      epoch: epochs.done,
      step: epochs.step,
      finished: this.finished.length,
      networks: this.chosen?.assignments.length,
      doneBeside: this.beside?.done ?? 0,
      raceLeft: () => (place?.at === 'racing' ? place.race.stepsLeft() : 0),
    };
  }

  /** The end of the strategy's own epochs: its candidates, and a race between them where they are raced. */
  private async propose(hooks: SearchHooks, chooser: Chooser): Promise<void> {
    await chooser.prepare();
    const proposal = await chooser.propose(() => breathe(hooks, false), this.progress.ofJudging(hooks));
    const { candidates, race, judged } = proposal;
    const races = race && candidates.length > 1;
    const bytes = (assignment: Assignment): Promise<number> => chooser.exactBytes(assignment);
    const stage = this.plan.stageOfProposal(races);
    if (judged) await this.candidates.judged(hooks.emit, stage, judged, candidates, bytes);
    if (!races) {
      await this.choose(hooks, chooser, proposal);
      return;
    }
    await this.candidates.enter(hooks.emit, stage, candidates, bytes);
    const assignments = candidates.map(({ assignment }) => assignment);
    this.place = { at: 'racing', chooser, race: new Race(this.racePlan(chooser), assignments) };
  }

  private racePlan(chooser: Chooser): RacePlan {
    return racePlan(this.context, chooser, this.plan.stepsOf(0), this.objective);
  }

  private raceHost(hooks: SearchHooks, chooser: Chooser): RaceHost {
    return {
      breathe: () => breathe(hooks, false),
      tell: (news) => this.candidates.race(hooks.emit, 'race', news, (assignment) => chooser.exactBytes(assignment)),
      report: this.progress.ofRace(hooks),
    };
  }

  /** The strategy's part is done: from here on its choice is trained. */
  private async choose(
    hooks: SearchHooks,
    chooser: Chooser,
    { candidates, names, fixed }: Pick<Proposal, 'candidates' | 'names' | 'fixed'>,
  ): Promise<void> {
    const { logits, inherits, inheritedSteps } = chooser;
    const assignments = candidates.map(({ assignment }) => assignment);
    const kept = await chooser.offer?.(() => breathe(hooks, false), this.progress.ofJudging(hooks));
    if (kept) await hooks.keep(kept.offers.weights, kept.file);
    this.chosen = {
      assignments,
      origins: candidates.map(({ origin }) => origin),
      names,
      // Bytes that are left are spent on nothing that an objective was asked to save.
      fixed: fixed ?? (this.objective !== undefined || undefined),
      logits,
      inherits,
      inheritedSteps,
      offers: kept?.offers,
    };
    await this.epochs.chosen(hooks, assignments.length);
    const [first] = assignments;
    const stage = this.trainedStage(first!, this.chosen, (architecture) => chooser.initial(architecture));
    const exactBytes = await chooser.exactBytes(first!);
    await this.enterNext(hooks, candidates[0]!, () => Promise.resolve(exactBytes));
    const candidate = assignments.length === 1 ? this.candidates.idOf(first!) : undefined;
    await hooks.emit({
      type: 'decoded',
      assignment: first!,
      exactBytes,
      ...(candidate !== undefined && { candidate }),
      ...(this.epochs.done > 0 && { anew: !inherits }),
    });
    chooser.dispose();
    this.place = { at: 'training', stage };
  }

  /** A candidate that is trained whole has its event before its first epoch. */
  private async enterNext(
    { emit }: SearchHooks,
    candidate: Proposed,
    bytes?: (assignment: Assignment) => Promise<number>,
  ): Promise<void> {
    const { done, plan } = this.epochs;
    const stage = done < plan.totalEpochs ? plan.stageOf(done).id : plan.stageOfProposal(false);
    await this.candidates.enter(emit, stage, [candidate], bytes);
  }

  private trainedStage(
    assignment: Assignment,
    { logits, fixed }: Chosen,
    initial: (architecture: Architecture) => (operation: Operation) => OperationTensors,
  ): TrainedStage {
    const { context, task, epochs } = this;
    const decided = fixed === true ? undefined : logits;
    const stage = new TrainedStage(context, task, epochs.batches, assignment, decided, initial);
    stage.pace.follow(0, epochs.knots(this.stagesOf(stage)));
    return stage;
  }

  /** A network is trained: its certificate, and the next one. */
  private async finishNetwork(hooks: SearchHooks, stage: TrainedStage): Promise<void> {
    if (this.stepsOfResult === 0)
      throw new UntrainedError(
        `\`sparsify\` and \`settle\` are 0, and ${this.strategy.title} trains its result in these alone: give one of them an epoch.`,
      );
    await this.networkDone(
      hooks,
      stage,
      await stage.finish(hooks.emit, this.named, this.plan.stepsOf(this.finished.length)),
    );
    this.secondsOfOne = (performance.now() - this.oneBegan) / 1000;
    this.oneBegan = performance.now();
  }

  /** What the network that is trained now is called. */
  private get named(): Pick<NetworkResult, 'name' | 'weights' | 'steps'> {
    const { network } = this.context;
    return { ...networkName(network.definition.name, this.chosen!, this.finished.length), steps: this.stepsOfResult };
  }

  /** Networks that are compared are trained at once where that is worth while: known once one was trained alone. */
  private trainsBeside(hooks: SearchHooks): boolean {
    const { side } = this.context;
    const { assignments } = this.chosen!;
    const [index, left] = [this.finished.length, assignments.length - this.finished.length];
    // Rules that shorten a training look at it as it goes on.
    if (!side || this.epochs.mayShorten) return false;
    if (this.beside?.has(index)) return true;
    const atOnce = Math.min(side.most, left);
    if (atOnce < 2 || (this.secondsOfOne ?? 0) * left * (1 - 1 / atOnce) <= side.startSeconds) return false;
    this.beside ??= new TrainedBeside(side, this.progress.ofNetworks(hooks));
    for (let i = index; i < assignments.length; i++)
      this.beside.begin(i, () => wholeOrder(this.context, this.chosen!, assignments[i]!));
    return true;
  }

  /** The turn of a network that others train: its epochs are told, and it is done. There is no checkpoint within it. */
  private async takeTurn(hooks: SearchHooks, stage: TrainedStage): Promise<void> {
    const index = this.finished.length;
    const { result, file, validationLoss } = await this.beside!.turn(index, {
      breathe: () => breathe(hooks, false),
      emit: async (event) => {
        if (event.type === 'epoch') {
          const { id } = this.plan.stageOf(this.epochs.done);
          await hooks.emit({ ...event, stage: id, epoch: this.epochs.next() });
        } else if (event.type === 'repaired') await hooks.emit(event);
      },
    });
    if (index + 1 === this.chosen!.assignments.length) await this.context.side?.drop();
    await this.networkDone(hooks, stage, { result: { ...result, ...this.named }, file, validationLoss });
  }

  /** A network is trained and measured: what is told of that, and the next one. */
  private async networkDone(
    hooks: SearchHooks,
    stage: TrainedStage,
    { result, file, validationLoss }: WholeAnswer,
  ): Promise<void> {
    const { assignments, origins } = this.chosen!;
    const index = this.finished.length;
    await hooks.keep(result.weights, file);
    this.finished = [...this.finished, { result: withFiles(result, this.context.dataset.test), validationLoss }];
    if (assignments.length > 1) {
      const { exactBytes } = result.certificate;
      const trial = { steps: result.steps, loss: this.scoreOf(index), exactBytes };
      await this.candidates.trial(hooks.emit, assignments[index]!, trial);
    }
    stage.dispose();
    const next = assignments[index + 1];
    if (next === undefined) this.place = { at: 'done' };
    else {
      const origin = origins?.[index + 1];
      if (origin) await this.enterNext(hooks, { assignment: next, origin });
      // Each begins with the batches that the first began with.
      this.epochs.beginAnew();
      this.place = { at: 'training', stage: this.trainedStage(next, this.chosen!, () => freshFor(this.context)) };
    }
  }

  /** What a finished network is ranked by. */
  private scoreOf(index: number): number {
    return scored(this.objective, this.chosen!.assignments[index]!, this.finished[index]!.validationLoss);
  }

  private async conclude(hooks: SearchHooks, compare: Compare): Promise<RunResult> {
    const order = bestFirst(this.finished.map((_, i) => this.scoreOf(i)));
    const [best, ...others] = order.map((i) => this.finished[i]!.result);
    const baselines = await compare(best!);
    const naive = await naiveMetric(this.task, this.context.dataset.test);
    const candidate = await this.candidates.conclude(hooks.emit, this.chosen?.assignments ?? [], order);
    const { certificate, integerMetric } = best!;
    const { exactBytes } = certificate;
    await hooks.emit({
      type: 'finished',
      exactBytes,
      metric: integerMetric,
      ...(candidate !== undefined && { candidate }),
    });
    return searchResult(this.context, this.strategy, [best!, ...others], {
      baselines,
      naive,
      offers: this.chosen?.offers,
    });
  }
}
