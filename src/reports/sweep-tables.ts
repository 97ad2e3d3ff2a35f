/** The tables of a sweep: a line for each point of the frontier, a line for each run, and what is missing. */
import { comparisonsOf, type Reference } from '../charts/reference-points.ts';
import { metricOfSweep, sweepGroups, type Spread, type SweepGroup } from '../charts/sweep-groups.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatLarge,
  formatShare,
  formatUncertain,
  formatUnit,
} from '../text/format.ts';
import { clockOf, findTarget } from '../targets/find-target.ts';
import { formatMetric, metricOf, type MetricName } from '../wire/tasks/metrics.ts';
import { listsOf, type SweepCell, type SweepFacts, type SweepRow } from '../wire/sweep-plan.ts';
import type { Row, Table } from './facts.ts';
import { strategyTitle } from '../wire/strategies.ts';

const range = ({ low, high }: Spread, format: (value: number) => string): string =>
  low === high ? '' : `${format(low)} to ${format(high)}`;

/** '74.1 ± 0.8 %', over the seeds; empty of one. */
const deviationOf = (metric: MetricName, { mean, deviation }: Spread): string =>
  deviation === undefined ? '' : formatUncertain(metricOf(metric).unit, mean, deviation);

/** '≈ 0.18 ms', or cycles where the target has no clock. */
function inferenceOf({ cycles, target }: SweepGroup): string {
  if (!cycles) return '';
  const clock = clockOf(findTarget(target));
  return `≈ ${clock ? formatUnit('seconds', cycles.median / clock.hz) : `${formatLarge(cycles.median)} cycles`}`;
}

/** Medians over the seeds, with their spread; undefined while no run is done. */
export function sweepTable(facts: SweepFacts): Table | undefined {
  const metric = metricOfSweep(facts);
  if (metric === undefined) return undefined;
  const { name } = metricOf(metric);
  const several = facts.plan.targets.length > 1;
  const number = (value: number): string => formatMetric(metric, value);
  return {
    title: 'Medians over the seeds, by integer arithmetic on the test part',
    head: [
      'Budget',
      ...(several ? ['Target'] : []),
      'By',
      'Runs',
      `Median ${name}`,
      'Mean ± deviation',
      'Lowest to highest',
      'Stored',
      'Of budget',
      'Inference',
      'Steps in all',
      'Work',
      'On the front',
    ],
    numeric: several ? [0, 3, 4, 5, 6, 7, 8, 9, 10, 11] : [0, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    rows: sweepGroups(facts).map((group) => [
      formatBytes(group.budget),
      ...(several ? [group.target] : []),
      group.kind === 'baseline' ? `baseline: ${group.title}` : group.title,
      String(group.runs),
      number(group.metric.median),
      deviationOf(metric, group.metric),
      range(group.metric, number),
      `${formatCount(Math.round(group.bytes.median))} B`,
      formatShare(group.bytes.median / group.budget),
      inferenceOf(group),
      group.steps ? formatCount(Math.round(group.steps.median)) : '',
      group.seconds ? formatDuration(group.seconds.median) : '',
      group.front ? 'yes' : '',
    ]),
  };
}

/** Every cell, in the order of the plan; why one was not run is told beside the table (`sweepReasons`). */
export function sweepRunsTable({ rows, plan }: SweepFacts): Table {
  const several = plan.targets.length > 1;
  return {
    title: 'Runs',
    head: ['Budget', ...(several ? ['Target'] : []), 'By', 'Seed', 'State', 'Metric', 'Stored', 'Run'],
    numeric: several ? [0, 3, 5, 6] : [0, 2, 4, 5],
    rows: rows.map(({ cell, state, result, runId }): Row => [
      formatBytes(cell.budget),
      ...(several ? [cell.target] : []),
      strategyTitle(cell.strategy),
      String(cell.seed),
      state,
      result ? formatMetric(result.metric, result.networks[0].integerMetric) : '',
      result ? `${formatCount(result.networks[0].certificate.exactBytes)} B` : '',
      runId ?? '',
    ]),
  };
}

/** What tells a run of a sweep from the others. */
export const cellText = ({ budget, seed, strategy, target }: SweepCell, several: boolean): string =>
  `${formatBytes(budget)}, seed ${seed}, ${strategyTitle(strategy)}${several ? `, ${target}` : ''}`;

/** '2 KiB, 4 KiB; seeds 1, 2; UDC', or each by itself where they are not all combinations. */
function cellsText(cells: readonly SweepCell[], several: boolean): string {
  const { budgets, seeds, strategies, targets } = listsOf(cells);
  const isProduct = budgets.length * seeds.length * strategies.length * targets.length === cells.length;
  if (cells.length === 1 || !isProduct) return cells.map((cell) => cellText(cell, several)).join('; ');
  return [
    budgets.map(formatBytes).join(', '),
    `${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`,
    strategies.map(strategyTitle).join(', '),
    ...(several ? [targets.join(', ')] : []),
  ].join('; ');
}

/** Why some cells have no result. */
export interface SweepReason {
  /** The cells, in words. */
  readonly runs: string;
  readonly state: SweepRow['state'];
  readonly reason: string;
}

/** Each reason once, in the order of the plan, with all cells that it holds for. */
export function sweepReasons({ rows, plan }: SweepFacts): readonly SweepReason[] {
  const alike = new Map<string, SweepRow[]>();
  for (const row of rows) {
    if (row.reason === undefined || row.state === 'done') continue;
    const key = `${row.state}\n${row.reason}`;
    alike.set(key, [...(alike.get(key) ?? []), row]);
  }
  return [...alike.values()].map((group) => ({
    runs: cellsText(
      group.map(({ cell }) => cell),
      plan.targets.length > 1,
    ),
    state: group[0]!.state,
    reason: group[0]!.reason!,
  }));
}

const KINDS: Readonly<Record<Reference['kind'], string>> = {
  file: 'size of the file',
  npu: 'as the NPU stores it',
  flash: 'flash of the program',
};

/** Published results of the same task; undefined where none is known. */
export function referenceTable(facts: SweepFacts): Table | undefined {
  const found = facts.data && comparisonsOf(facts.data);
  if (!found || found.points.length === 0) return undefined;
  return {
    title: `Published for ${found.task}: ${found.note}`,
    head: ['Network', found.metric, 'Bytes', 'Which', 'Source'],
    numeric: [1, 2],
    rows: found.points.map(({ network, metricText, bytes, kind, source, certain }) => [
      network,
      metricText,
      bytes === undefined ? '–' : formatCount(bytes),
      bytes === undefined ? '' : KINDS[kind],
      certain ? source : `${source} (from memory, not looked up)`,
    ]),
  };
}

/** '7 of 9 runs done, 1 failed, 1 missing, 3 left out': what is left out is none of those that are to be done. */
export function sweepStanding({ rows }: Pick<SweepFacts, 'rows'>): string {
  const counts = new Map<SweepRow['state'], number>();
  for (const { state } of rows) counts.set(state, (counts.get(state) ?? 0) + 1);
  const done = counts.get('done') ?? 0;
  const others = [...counts].filter(([state]) => state !== 'done').map(([state, n]) => `${n} ${state}`);
  const wanted = rows.length - (counts.get('left out') ?? 0);
  return [`${done} of ${wanted} runs done`, ...others].join(', ');
}
