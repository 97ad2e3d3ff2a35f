/** A search by a strategy, and other strategies beside it for comparison. */
import { EffortCount, type Effort } from '../wire/effort.ts';
import { silentHooks, UndecidedError, type SearchContext, type SearchHooks } from '../training/problem.ts';
import type { BaselineReport, NetworkResult, Progress, RunResult } from '../wire/run.ts';
import { WorkClock, workOfAll } from '../training/work-clock.ts';
import { plannedWork, SearchSession, type Beside } from './session/search-session.ts';
import { hooksOfWhole, resultOfWhole, standing } from './session/standing-exits.ts';
import { strategyOf } from './strategy-table.ts';

/** Who searches, and who is compared. */
export interface StrategyChoice {
  readonly strategy: string;
  readonly baselines: readonly string[];
}

/** Share of a baseline's steps in which it is pruned, where the result had more than those of its last two stages. */
const SPARSIFY_SHARE = 0.7;

/** A search that is all of its run. */
const FIRST: Partial<Beside> = {};

/** The definition with stages as long as the training of a result was. */
function ofSameSteps(context: SearchContext, { steps }: NetworkResult, perEpoch: number): SearchContext {
  const { network } = context;
  const { training } = network.definition;
  const epochs = Math.round(steps / perEpoch);
  if (epochs === training.sparsify + training.settle) return context;
  const sparsify = Math.round(SPARSIFY_SHARE * epochs);
  const same = { ...training, sparsify, settle: epochs - sparsify };
  return { ...context, network: { ...network, definition: { ...network.definition, training: same } } };
}

/** Without rules that would shorten it: a baseline has the steps of the result, whatever time they take. */
function unhurried(context: SearchContext): SearchContext {
  const { network } = context;
  const { patience, maxTime, ...training } = network.definition.training;
  void [patience, maxTime];
  return { ...context, network: { ...network, definition: { ...network.definition, training } } };
}

export class StrategySearch {
  private constructor(
    private readonly context: SearchContext,
    private readonly session: SearchSession,
    private readonly baselines: readonly string[],
    private readonly beside: Beside,
  ) {}

  /** The run's clock, and what its baselines have to do after the search. */
  private static beside(context: SearchContext, baselines: readonly string[], others: Partial<Beside>): Beside {
    const { clock = new WorkClock(context.side), before = {}, after = {} } = others;
    const compared = baselines.map((id) => plannedWork(context, strategyOf(id)));
    return { clock, before, after: workOfAll([...compared, after]) };
  }

  /** A strategy is not compared with itself: it would come to the same networks. */
  private static others({ strategy, baselines }: StrategyChoice): readonly string[] {
    return baselines.filter((id) => id !== strategy);
  }

  /** @throws UndecidedError where a strategy does not decide a choice of the definition */
  private static checkDecided({ network }: SearchContext, { strategy, baselines }: StrategyChoice): void {
    const open = network.decisions.find(({ kind }) => kind === 'activation-bits');
    const other = [strategy, ...baselines].map(strategyOf).find(({ decidesActivations }) => !decidesActivations);
    if (open && other)
      throw new UndecidedError(
        `\`${open.id}\` is a choice (${open.labels.join(' | ')}), which ${other.title} does not decide: write one value, or search by memory-driven alone`,
      );
  }

  /**
   * @param others searches of the same run before and after this one
   * @throws UndecidedError, TargetError, BudgetError before any training
   */
  static async create(given: SearchContext, choice: StrategyChoice, others = FIRST): Promise<StrategySearch> {
    const context = standing(given);
    StrategySearch.checkDecided(context, choice);
    const baselines = StrategySearch.others(choice);
    const beside = StrategySearch.beside(context, baselines, others);
    const session = await SearchSession.create(context, strategyOf(choice.strategy), beside);
    return new StrategySearch(context, session, baselines, beside);
  }

  static async restore(
    given: SearchContext,
    choice: StrategyChoice,
    state: Uint8Array,
    others = FIRST,
  ): Promise<StrategySearch> {
    const context = standing(given);
    const baselines = StrategySearch.others(choice);
    const beside = StrategySearch.beside(context, baselines, others);
    const session = await SearchSession.restore(context, strategyOf(choice.strategy), state, beside);
    return new StrategySearch(context, session, baselines, beside);
  }

  state(): Promise<Uint8Array> {
    return this.session.state();
  }

  async run(given: SearchHooks): Promise<RunResult> {
    const hooks = hooksOfWhole(this.context, given);
    return resultOfWhole(this.context, await this.session.run(hooks, (best) => this.compare(best, hooks)));
  }

  /** The other strategies' networks, trained for as many steps as the best. */
  private async compare(best: NetworkResult, hooks: SearchHooks): Promise<BaselineReport[]> {
    const found: BaselineReport[] = [];
    // Weights that came with the definition are the search's alone.
    const { initial, ...fresh } = unhurried(ofSameSteps(this.context, best, this.session.stepsPerEpoch));
    void initial;
    const works = this.baselines.map((id) => plannedWork(fresh, strategyOf(id)));
    for (const [i, id] of this.baselines.entries()) {
      const strategy = strategyOf(id);
      const later = this.baselines.length - 1 - i;
      const count = new EffortCount();
      const began = performance.now();
      const silent: SearchHooks = {
        ...silentHooks(hooks.signal),
        emit: (event) => Promise.resolve(count.add(event)),
        progress: (progress) => {
          hooks.progress(asBaseline(progress, strategy.title, later));
        },
      };
      const before = workOfAll([this.beside.before, this.session.work, ...works.slice(0, i)]);
      const beside = { clock: this.beside.clock, before, after: workOfAll(works.slice(i + 1)) };
      const result = await (await SearchSession.create(fresh, strategy, beside)).run(silent);
      const { shown } = strategy;
      const seconds = (performance.now() - began) / 1000;
      const each: Effort['measured'] = { seconds: seconds / result.networks.length };
      for (const { name, certificate, floatMetric, integerMetric, test, steps } of result.networks.slice(0, shown))
        found.push({
          name: shown === 1 ? strategy.title : name,
          effort: shown === 1 ? { steps: count.effort.steps, measured: { seconds } } : { steps, measured: each },
          details: shown === 1 && result.networks.length > 1 ? `best of ${result.networks.length}` : strategy.title,
          exactBytes: certificate.exactBytes,
          floatMetric,
          integerMetric,
          ...(test?.integerError !== undefined && { integerError: test.integerError }),
          ...(test?.floatError !== undefined && { floatError: test.floatError }),
        });
    }
    return found;
  }
}

/** The epochs of a baseline are no epochs of the run. */
function asBaseline(progress: Progress, title: string, later: number): Progress {
  const { epoch, epochs, step, steps, hasEpochs } = progress;
  const done = hasEpochs ? (epoch - 1) * steps + step : step;
  return {
    ...progress,
    stage: 'baselines',
    title: later > 0 ? `Baselines: ${title}, ${later} more` : `Baselines: ${title}`,
    hasEpochs: false,
    step: done,
    steps: hasEpochs ? epochs * steps : steps,
  };
}
