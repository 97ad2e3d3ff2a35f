/** A sweep as CSV (RFC 4180): a line for each run and each baseline, plain numbers; no cell is a formula. */
import { csvCell } from '../text/neutral.ts';
import type { Effort } from '../wire/effort.ts';
import type { NetworkResult } from '../wire/run.ts';
import type { SweepFacts, SweepRow } from '../wire/sweep-plan.ts';

type Cell = string | number;

const HEAD = [
  'budget_bytes',
  'target',
  'strategy',
  'seed',
  'kind',
  'network',
  'state',
  'metric',
  'integer_metric',
  'float_metric',
  'stored_bytes',
  'peak_activation_bytes',
  'macs',
  'cycles',
  'parameters',
  'training_steps',
  'steps_in_all',
  'seconds_of_work',
  'run',
  'reason',
] as const;

const before = ({ cell: { budget, target, strategy, seed } }: SweepRow): readonly Cell[] => [
  budget,
  target,
  strategy,
  seed,
];

const EMPTY: readonly Cell[] = ['', '', '', '', '', '', '', '', '', '', ''];

const took = (effort: Effort | undefined): readonly Cell[] =>
  effort ? [effort.steps, Math.round(10 * effort.measured.seconds) / 10] : ['', ''];

const network = ({ integerMetric, floatMetric, totals, certificate, steps }: NetworkResult): readonly Cell[] => [
  integerMetric,
  floatMetric,
  certificate.exactBytes,
  totals.peakActivationBytes,
  totals.macs,
  totals.cycles > 0 ? totals.cycles : '',
  totals.parameters,
  steps,
];

function linesOf(row: SweepRow): readonly (readonly Cell[])[] {
  const { state, result, runId = '', reason = '' } = row;
  if (!result) return [[...before(row), 'search', '', state, ...EMPTY, runId, reason]];
  const { metric, networks, baselines, effort } = result;
  return [
    ...networks.map((one) => [
      ...before(row),
      'search',
      one.name,
      state,
      metric,
      ...network(one),
      ...took(networks.length === 1 ? effort : undefined),
      runId,
      '',
    ]),
    ...baselines.map(({ name, integerMetric, floatMetric, exactBytes, effort: own }) => [
      ...before(row),
      'baseline',
      name,
      state,
      metric,
      integerMetric,
      floatMetric,
      exactBytes,
      ...['', '', '', '', ''],
      ...took(own),
      runId,
      '',
    ]),
  ];
}

export function sweepCsv({ rows }: SweepFacts): string {
  return [HEAD, ...rows.flatMap(linesOf)].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}
