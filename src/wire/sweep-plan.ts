/**
 * A sweep: one definition searched under several budgets, seeds, strategies and targets. Its plan, the runs that it
 * consists of, and how they stand: plain data, for disk, panel and reports.
 */
import { count, list, object, oneOf, string, type Check } from '../base/validate.ts';
import { limits, weightLimit, type Limit } from './limits.ts';
import type { RunHeader, RunResult, RunState } from './run.ts';

/** What is varied; each list holds at least one value, none twice. */
export interface SweepPlan {
  /** In bytes. */
  readonly budgets: readonly number[];
  readonly seeds: readonly number[];
  /** Ids. */
  readonly strategies: readonly string[];
  /** Names. */
  readonly targets: readonly string[];
}

/** One run of a sweep. */
export interface SweepCell {
  /** Place in the order of the plan, from 0. */
  readonly index: number;
  readonly budget: number;
  readonly seed: number;
  readonly strategy: string;
  readonly target: string;
}

/** The lists of a plan as far as they are run: a budget of which every run is left out is in none. */
export function listsOf(cells: readonly SweepCell[]): SweepPlan {
  const of = <K extends keyof SweepCell>(key: K): readonly SweepCell[K][] => [...new Set(cells.map((one) => one[key]))];
  return { budgets: of('budget'), seeds: of('seed'), strategies: of('strategy'), targets: of('target') };
}

/** A cell that is not run, and why. */
export interface LeftOut {
  readonly index: number;
  readonly reason: string;
}

/** What holds on one target: the definition's text for it and its limits but for the budget. */
export interface SweepTarget {
  readonly name: string;
  readonly definitionText: string;
  /** All that hold there, with any of the budgets as that of the weights. */
  readonly limits: readonly Limit[];
}

/** `sweep.json`. */
export interface SweepFile {
  readonly format: 1;
  readonly id: string;
  /** ISO 8601. */
  readonly created: string;
  readonly version: string;
  /** Of the definition. */
  readonly name: string;
  /** Absolute. */
  readonly definitionPath: string;
  /** As it was when the sweep was planned. */
  readonly definitionText: string;
  readonly plan: SweepPlan;
  readonly targets: readonly SweepTarget[];
  readonly leftOut: readonly LeftOut[];
  readonly backend: RunHeader['backend'];
  /** Ids of strategies that each run is compared with. */
  readonly baselines: readonly string[];
}

/** How a cell stands. `missing`: nothing was begun for it, or nothing is left of it. */
export type CellState = RunState | 'missing' | 'left out';

/**
 * The cells of a plan: every combination. Those of one seed come together, so that a sweep that is stopped has compared
 * all budgets once before it repeats any.
 */
export function cellsOf({ budgets, seeds, strategies, targets }: SweepPlan): readonly SweepCell[] {
  return seeds
    .flatMap((seed) =>
      targets.flatMap((target) =>
        strategies.flatMap((strategy) => budgets.map((budget) => ({ budget, seed, strategy, target }))),
      ),
    )
    .map((cell, index) => ({ index, ...cell }));
}

function targetOfCell({ targets }: Pick<SweepFile, 'targets'>, { target }: SweepCell): SweepTarget {
  const known = targets.find(({ name }) => name === target);
  if (known === undefined) throw new Error(`the sweep says nothing of ${target}`);
  return known;
}

/** The limits of a cell: those of its target, with its budget for the weights. */
export const limitsOfCell = (file: Pick<SweepFile, 'targets'>, cell: SweepCell): readonly Limit[] =>
  targetOfCell(file, cell).limits.map((one) =>
    one.cost === 'weights' ? { ...one, limit: cell.budget, from: 'given' } : one,
  );

/** The definition's text of a cell. */
export const textOfCell = (file: Pick<SweepFile, 'targets'>, cell: SweepCell): string =>
  targetOfCell(file, cell).definitionText;

/** Does a run's header say what a cell asks for? */
export function isOfCell(header: RunHeader, cell: SweepCell, file: Pick<SweepFile, 'targets'>): boolean {
  const { seed, strategy, definitionText, from } = header;
  return (
    from === undefined &&
    seed === cell.seed &&
    strategy === cell.strategy &&
    weightLimit(header.limits) === cell.budget &&
    definitionText === textOfCell(file, cell)
  );
}

/** No sweep is larger: its table and its folder would be of no use. */
export const MOST_CELLS = 2000;

export const sweepPlanCheck: Check<SweepPlan> = object<SweepPlan>({
  budgets: list(count),
  seeds: list(count),
  strategies: list(string),
  targets: list(string),
});

/** `sweep.json`, checked. @throws ValidationError */
export const sweepFile: Check<SweepFile> = object<SweepFile>({
  format: oneOf([1]),
  id: string,
  created: string,
  version: string,
  name: string,
  definitionPath: string,
  definitionText: string,
  plan: sweepPlanCheck,
  targets: list(object<SweepTarget>({ name: string, definitionText: string, limits })),
  leftOut: list(object<LeftOut>({ index: count, reason: string })),
  backend: oneOf(['auto', 'wasm', 'tensorflow', 'webgpu', 'cpu']),
  baselines: list(string),
});

/** A cell with what came of it. */
export interface SweepRow {
  readonly cell: SweepCell;
  readonly state: CellState;
  /** Of its run. */
  readonly runId?: string;
  /** Why it is left out or failed. */
  readonly reason?: string;
  /** Networks of other budgets can be made of its weights. */
  readonly specialises?: boolean;
  readonly result?: RunResult;
}

/** A sweep as it stands. */
export interface SweepFacts {
  readonly id: string;
  readonly name: string;
  readonly created: string;
  readonly plan: SweepPlan;
  readonly baselines: readonly string[];
  /** One a cell, in the order of the plan. */
  readonly rows: readonly SweepRow[];
  /** What the data come to, as far as a run has told. */
  readonly data?: SweepData;
}

/** What tells which published results stand beside those of a sweep. */
export interface SweepData {
  /** Height, width and channels. */
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly task: string;
  /** Samples of the test part, once a run has said how many. */
  readonly testSamples?: number;
}

/** The same of a sweep as it stands. */
export const listsRun = ({ rows }: Pick<SweepFacts, 'rows'>): SweepPlan =>
  listsOf(rows.flatMap(({ cell, state }) => (state === 'left out' ? [] : cell)));
