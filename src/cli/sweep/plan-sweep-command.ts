/** From the options of `udc sweep` to its plan, and the plan in words. */
import { messageOf } from '../../base/error-text.ts';
import { usualBudgets } from '../../costs/limits/usual-budgets.ts';
import { listed, parseBudgets, parseSeeds } from '../../language/sweep-lists.ts';
import { PlanError, planSweep, wholePlan } from '../../runs/sweep/plan-sweep.ts';
import type { SweepRequest } from '../../runs/sweep/sweep-folder.ts';
import { formatBytes } from '../../text/format.ts';
import { STRATEGY_NAMES, strategyWords, type StrategyName } from '../../wire/strategies.ts';
import { cellsOf, listsOf, type SweepPlan } from '../../wire/sweep-plan.ts';
import { oneOfOption } from '../arguments.ts';
import { targetNamed, targetOf, warnOfIdle, type ReadDefinition } from '../definition-command.ts';
import { givenLimits, type LimitValues } from '../limit-options.ts';
import { CommandError, EXIT, UsageError, type Io } from '../terminal/io.ts';
import { plain } from '../terminal/table.ts';

export interface PlanValues extends LimitValues {
  readonly budgets?: string | undefined;
  readonly seeds?: string | undefined;
  readonly strategies?: string | undefined;
  readonly targets?: string | undefined;
}

/** What an option says, its complaint with its name. */
function option<T>(name: string, text: string | undefined, read: (text: string) => T): T | undefined {
  if (text === undefined) return undefined;
  try {
    return read(text);
  } catch (error) {
    throw new UsageError(`--${name}: ${messageOf(error)}`);
  }
}

function namesOf(text: string, what: string): readonly string[] {
  const names = [...new Set(listed(text))];
  if (names.length === 0) throw new RangeError(`there is no ${what}`);
  return names;
}

/**
 * The request that options and definition come to. Says what of it is left out.
 * @throws UsageError, CommandError: exit code 3 where no budget can be met
 */
export function planned(
  read: ReadDefinition,
  values: PlanValues,
  { backend, baselines }: Pick<SweepRequest, 'backend' | 'baselines'>,
  io: Io,
): SweepRequest {
  targetOf(read);
  const strategies = option('strategies', values.strategies, (text) => namesOf(text, 'strategy'));
  const targets = option('targets', values.targets, (text) => namesOf(text, 'target'));
  const wanted: Partial<SweepPlan> = {
    ...optional('budgets', option('budgets', values.budgets, parseBudgets)),
    ...optional('seeds', option('seeds', values.seeds, parseSeeds)),
    ...optional(
      'strategies',
      strategies?.map((name): StrategyName => oneOfOption('--strategies', name, STRATEGY_NAMES)),
    ),
    ...optional('targets', targets && [...new Set(targets.map((name) => targetNamed(name).name))]),
  };
  const { path, text, definition, network, file } = read;
  let request: SweepRequest;
  try {
    request = planSweep({
      name: definition.name,
      definitionPath: path,
      definitionText: text,
      plan: wholePlan(network, wanted, usualBudgets),
      given: givenLimits(values),
      backend,
      baselines,
    });
  } catch (error) {
    if (error instanceof PlanError) throw new CommandError(`${file}: ${error.message}`);
    throw error;
  }
  tellLeftOut(request, file, io);
  warnOfIdle(read, request.plan.strategies, io);
  return request;
}

const optional = <K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> =>
  (value === undefined ? {} : { [key]: value }) as Partial<Record<K, T>>;

/** @throws CommandError where nothing is left */
function tellLeftOut({ plan, leftOut }: SweepRequest, file: string, io: Io): void {
  if (leftOut.length === 0) return;
  const cells = cellsOf(plan);
  const places = new Map<string, string>();
  for (const { index, reason } of leftOut) {
    const { budget, target } = cells[index]!;
    places.set(`${formatBytes(budget)} on ${target}`, reason);
  }
  const lines = [...places].map(([place, reason]) => `${file}: ${place}: ${reason}`);
  if (leftOut.length < cells.length) {
    io.err(plain(`left out, for it cannot be:\n${lines.map((line) => `  ${line}\n`).join('')}`));
    return;
  }
  throw new CommandError(plain(lines.join('\n')), EXIT.budget);
}

/** What will be run. */
export function planText({ name, plan, leftOut, baselines }: SweepRequest, parallel: number, cores: number): string {
  const out = new Set(leftOut.map(({ index }) => index));
  const cells = cellsOf(plan).filter(({ index }) => !out.has(index));
  // What nothing is run of was said to be left out.
  const { budgets, seeds, strategies, targets } = listsOf(cells);
  const runs = cells.length;
  const beside = parallel === 1 ? 'one after the other' : `${parallel} side by side`;
  return [
    `${name}: ${runs} ${runs === 1 ? 'run' : 'runs'}, ${beside}, ${cores === 1 ? 'one core' : `${cores} cores`} each`,
    `  budgets     ${budgets.map(formatBytes).join(', ')}`,
    `  seeds       ${seeds.join(', ')}`,
    `  strategies  ${strategies.map((id) => strategyWords(id as StrategyName).title).join(', ')}`,
    `  targets     ${targets.join(', ')}`,
    ...(baselines.length > 0 ? [`  compared    ${baselines.join(', ')}, in every run`] : []),
    '',
  ].join('\n');
}
