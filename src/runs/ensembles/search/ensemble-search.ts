/**
 * A search for several networks under one budget: a search for each member, of which the later see more often what the
 * earlier are unsure of, then one for the single network of the same budget and as many training steps, and who of the
 * two wins. Resumable at every step of any of them.
 */
import { readSafetensors, writeSafetensors, type NamedTensor } from '../../../base/safetensors-file.ts';
import type { EnsembleSpec } from '../../../network/types.ts';
import { meanLimits } from '../../../costs/limits/member-limits.ts';
import { checkBudgets, checkTarget } from '../../../strategies/session/refusals.ts';
import { withoutItsPictures } from '../../../strategies/session/search-result.ts';
import { plannedWork, type Beside } from '../../../strategies/session/search-session.ts';
import { StrategySearch, type StrategyChoice } from '../../../strategies/strategy-search.ts';
import { strategyOf } from '../../../strategies/strategy-table.ts';
import { breathe, TrainingError, type SearchContext } from '../../../training/problem.ts';
import { WorkClock, workOfAll } from '../../../training/work-clock.ts';
import type { NetworkResult, RunResult } from '../../../wire/run.ts';
import { isWeightsFile, weightsFileOf } from '../../../wire/run-schema.ts';
import type { RunningSearch, SearchHooks } from '../../engine.ts';
import { CombineError, verified, type MemberNetwork } from '../read-member.ts';
import { combineMembers, ensembleOutcome } from './ensemble-outcome.ts';
import { ensembleParts, limitsOfPart, type EnsemblePart } from './ensemble-parts.ts';
import { PartEvents, type ToldState } from './part-events.ts';
import { sampleWeights } from './sample-weights.ts';

/** A member that is done. */
interface Done {
  readonly chosen: NetworkResult;
  readonly file: Uint8Array;
}

/** What a checkpoint says beside its arrays. Plain JSON. */
interface State {
  readonly format: 1;
  readonly done: readonly NetworkResult[];
  readonly told: ToldState;
}

const KEY = 'udc-ensemble';
const SESSION = 'session';
const WEIGHTS = 'sample-weights';
const DONE = 'done/';
const FILE = 'file/';

const bytesTensor = (name: string, values: Uint8Array): NamedTensor => ({ name, shape: [values.length], values });

export class EnsembleSearch implements RunningSearch {
  private readonly parts: readonly EnsemblePart[];
  private readonly events: PartEvents;
  private readonly clock: WorkClock;
  private search: StrategySearch | undefined;
  private done: readonly Done[] = [];
  /** How often the present member sees each training sample. */
  private weights: Float32Array | undefined;
  /** Weights of networks of the present part. */
  private files = new Map<string, Uint8Array>();

  private constructor(
    private readonly context: SearchContext,
    private readonly spec: EnsembleSpec,
    private readonly choice: StrategyChoice,
    told?: ToldState,
  ) {
    this.parts = ensembleParts(context, spec, choice.strategy);
    const limits = limitsOfPart(context.limits, spec, spec.members, []);
    const curves = strategyOf(choice.strategy).curves(limits);
    this.events = new PartEvents(this.parts, { limits: context.limits, curves }, told);
    this.clock = new WorkClock(context.side);
  }

  /**
   * A new search.
   * @throws TargetError, BudgetError, UndecidedError before any training
   */
  static async create(context: SearchContext, spec: EnsembleSpec, choice: StrategyChoice): Promise<EnsembleSearch> {
    const search = new EnsembleSearch(context, spec, choice);
    checkTarget({ ...context, limits: [...context.limits, ...meanLimits(spec)] });
    checkBudgets(context);
    search.search = await StrategySearch.create(search.contextOf(), search.choiceOf(), search.beside());
    return search;
  }

  /** Takes up a search from `state()`: it goes on with the same events as if it had never stopped. */
  static async restore(
    context: SearchContext,
    spec: EnsembleSpec,
    choice: StrategyChoice,
    bytes: Uint8Array,
  ): Promise<EnsembleSearch> {
    const { metadata, tensors } = readSafetensors(bytes);
    const text = metadata[KEY];
    if (text === undefined)
      throw new TrainingError('an earlier version began this run, without its ensemble: start a new run');
    const { done, told } = JSON.parse(text) as State;
    const byName = new Map(tensors.map(({ name, values }) => [name, values] as const));
    const search = new EnsembleSearch(context, spec, choice, told);
    search.done = done.map((chosen, k) => ({ chosen, file: byName.get(`${DONE}${k}`) as Uint8Array }));
    search.weights = byName.get(WEIGHTS) as Float32Array | undefined;
    for (const [name, values] of byName)
      if (name.startsWith(FILE)) search.files.set(name.slice(FILE.length), values as Uint8Array);
    const state = byName.get(SESSION) as Uint8Array;
    search.search = await StrategySearch.restore(search.contextOf(), search.choiceOf(), state, search.beside());
    return search;
  }

  /** A checkpoint. Call between steps only. */
  async state(): Promise<Uint8Array> {
    const { weights } = this;
    const state: State = { format: 1, done: this.done.map(({ chosen }) => chosen), told: this.events.saved() };
    const tensors: NamedTensor[] = [
      bytesTensor(SESSION, await this.search!.state()),
      ...this.done.map(({ file }, k) => bytesTensor(`${DONE}${k}`, file)),
      ...Array.from(this.files, ([name, file]) => bytesTensor(`${FILE}${name}`, file)),
      ...(weights ? [{ name: WEIGHTS, shape: [weights.length], values: weights }] : []),
    ];
    return writeSafetensors(tensors, { [KEY]: JSON.stringify(state) });
  }

  /** Runs to the end. @throws an AbortError after a checkpoint when the signal aborts */
  async run(hooks: SearchHooks): Promise<RunResult> {
    for (;;) {
      const result = await this.search!.run(this.hooksOf(hooks));
      const [best] = result.networks;
      const chosen = { ...best, name: this.part.name, weights: weightsFileOf((this.index + 1) % this.parts.length) };
      const done = [...this.done, { chosen, file: this.files.get(best.weights)! }];
      if (done.length === this.parts.length) return this.conclude(hooks, result, done);
      await this.next(hooks, done);
    }
  }

  /** Of the present part. */
  private get index(): number {
    return this.done.length;
  }

  private get part(): EnsemblePart {
    return this.parts[this.index]!;
  }

  private get isSingle(): boolean {
    return this.index === this.spec.members;
  }

  /** What the present part is asked to solve. */
  private contextOf(): SearchContext {
    const { context, spec, index, weights, part } = this;
    const costs = this.done.map(({ chosen }) => chosen.certificate.costs);
    return {
      ...context,
      network: part.network,
      limits: limitsOfPart(context.limits, spec, index, costs),
      // Members that begin alike would end alike.
      seed: this.isSingle ? context.seed : context.seed + index,
      ...(weights && { sampleWeights: weights }),
    };
  }

  /** Other strategies are compared with the single network. */
  private choiceOf(): StrategyChoice {
    return this.isSingle ? this.choice : { ...this.choice, baselines: [] };
  }

  /** What the run has to do before and after the present part. */
  private beside(): Beside {
    const works = this.parts.map(({ network }) =>
      plannedWork({ ...this.context, network }, strategyOf(this.choice.strategy)),
    );
    const { index, clock } = this;
    return { clock, before: workOfAll(works.slice(0, index)), after: workOfAll(works.slice(index + 1)) };
  }

  /** Hooks of the present part. */
  private hooksOf(hooks: SearchHooks): SearchHooks {
    const { index, events, files } = this;
    return {
      ...hooks,
      emit: async (event) => {
        const told = events.event(index, event);
        if (told) await hooks.emit(told);
      },
      progress: (progress) => {
        hooks.progress(events.progress(index, progress));
      },
      keep: async (file, bytes) => {
        if (isWeightsFile(file)) files.set(file, bytes);
        // What else can be made of a member is of no use to the run.
        else if (this.isSingle) await hooks.keep(file, bytes);
      },
    };
  }

  /** A member is done: the next part begins, which has no checkpoint before its first event. */
  private async next(hooks: SearchHooks, done: readonly Done[]): Promise<void> {
    const { context, spec } = this;
    const members = done.map((one) => this.memberOf(one));
    this.weights =
      done.length < spec.members
        ? await sampleWeights(members, context.dataset, () => breathe(hooks, false))
        : undefined;
    this.done = done;
    this.files = new Map();
    this.events.turn();
    this.search = await StrategySearch.create(this.contextOf(), this.choiceOf(), this.beside());
  }

  private memberOf({ chosen, file }: Done): MemberNetwork {
    const { target, limits } = this.context;
    const refuse = (why: string): never => {
      throw new CombineError(`${chosen.name}: ${why}`);
    };
    return { run: chosen.name, chosen, target, limits, ...verified({ chosen, weights: file }, target, refuse) };
  }

  /** All are done: together against the single network, and all files of the result. */
  private async conclude(hooks: SearchHooks, result: RunResult, done: readonly Done[]): Promise<RunResult> {
    const { context, spec } = this;
    const members = done.slice(0, spec.members).map((one) => this.memberOf(one));
    const single = this.memberOf(done.at(-1)!);
    const combined = await combineMembers(members, single, { spec, limits: context.limits }, context.dataset, () =>
      breathe(hooks, false),
    );
    for (const { chosen, file } of done) await hooks.keep(chosen.weights, file);
    const others = members.map(({ chosen }) => withoutItsPictures(chosen));
    return {
      ...result,
      limits: context.limits,
      networks: [single.chosen, ...others],
      ensemble: ensembleOutcome(combined, single),
    };
  }
}
