/** A combination of runs in words and tables, as command line and panel say it. */
import { RULE_WORDS, type BothParts, type EnsembleReport, type Outcome } from '../wire/ensemble.ts';
import { COST_WORDS, type CostReport } from '../wire/limits.ts';
import { formatMeasured } from '../wire/tasks/metrics.ts';
import { oneLine } from '../text/neutral.ts';
import { formatCount, formatLarge, formatShare, formatUnit } from '../text/format.ts';

/** Cells of text under a head. */
export interface WordTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns whose cells are numbers. */
  readonly numeric: readonly number[];
}

export const accuracyText = (accuracy: number, error?: number, samples?: number): string =>
  formatMeasured('accuracy', { value: accuracy, error, samples });

const testText = ({ test, error }: BothParts, samples: number): string => accuracyText(test, error, samples);

const testSamples = ({ points }: EnsembleReport): number => points[0]!.test.samples;

const stopsText = ({ stops, samples }: Outcome): string =>
  stops.map((count) => formatShare(count / samples)).join(', ');

/** The members, in the order in which they run. */
export function membersTable(report: EnsembleReport): WordTable {
  return {
    title: 'Members, in the order in which they run',
    head: ['member', 'run', 'network', 'weights', 'peak', report.unit, 'validation', 'test'],
    rows: report.members.map((one, k) => [
      String(k + 1),
      one.run,
      one.network,
      `${formatCount(one.bytes)} B`,
      `${formatCount(one.peakActivationBytes)} B`,
      formatLarge(one.work),
      formatShare(one.alone.validation),
      testText(one.alone, testSamples(report)),
    ]),
    numeric: [3, 4, 5, 6, 7],
  };
}

/** The points of which none is better in both; the chosen one is marked. */
export function pointsTable(report: EnsembleReport): WordTable {
  return {
    title: `Accuracy against mean ${report.unit}: no thresholds do better in both on the validation part`,
    head: ['', 'point', `mean ${report.unit}`, 'validation', 'test', `test ${report.unit}`, 'stop at each member'],
    rows: report.points.map(({ validation, test }, i) => [
      i === report.chosen ? '*' : '',
      String(i + 1),
      formatLarge(validation.work),
      accuracyText(validation.accuracy, validation.error, validation.samples),
      accuracyText(test.accuracy, test.error, test.samples),
      formatLarge(test.work),
      stopsText(test),
    ]),
    numeric: [1, 2, 3, 4, 5, 6],
  };
}

/** '5,321 B of 6,144 B, 86.6 %'. */
function costText({ cost, value, limit }: CostReport): string {
  const { unit } = COST_WORDS[cost];
  const written = (one: number): string => (unit === 'bytes' ? `${formatCount(one)} B` : formatUnit(unit, one));
  return limit === undefined ? written(value) : `${written(value)} of ${written(limit)}, ${formatShare(value / limit)}`;
}

const COST_NOTES: Readonly<Record<CostReport['cost'], string>> = {
  weights: 'of all members',
  activations: 'of the largest member',
  cycles: 'mean over the validation part, estimated',
  latency: 'mean over the validation part, estimated',
  macs: 'mean over the validation part',
};

/** What holds of all members together, as label and value. */
export function certificateRows({ certificate, members, unit }: EnsembleReport): (readonly [string, string])[] {
  const all = members.reduce((sum, { work }) => sum + work, 0);
  return [
    ...certificate.costs.map(
      (one) => [COST_WORDS[one.cost].title, `${costText(one)}, ${COST_NOTES[one.cost]}`] as const,
    ),
    [`Most ${unit}`, `${formatLarge(all)}, where all members run`],
    ['SHA-256', `${certificate.encodedSha256}, over those of the members' encoded weights`],
  ];
}

/** What averaging logits instead of probabilities does to all members together. */
export function averagingText(report: EnsembleReport): string {
  const { logits, probabilities } = report.together;
  const samples = testSamples(report);
  return `all members on every sample: ${testText(logits, samples)} on the test part with averaged logits, as the chip does it; ${testText(probabilities, samples)} with averaged probabilities`;
}

/** By how much less work than before: '31.2 % fewer' or '4.1 % more'. */
function savedText(work: number, before: number): string {
  const saved = 1 - work / before;
  return saved >= 0 ? `${formatShare(saved)} fewer` : `${formatShare(-saved)} more`;
}

/** Who wins, the ensemble or one network, in sentences. */
export function verdictText(report: EnsembleReport): string {
  const { rival, members, points, unit } = report;
  const bytes = members.reduce((sum, one) => sum + one.bytes, 0);
  const run = oneLine(rival.run);
  const named = rival.member ? `the best member alone, ${run}` : run;
  const sizes = `${formatCount(rival.bytes)} B of weights, the ensemble ${formatCount(bytes)} B`;
  const alone = `${testText(rival.alone, testSamples(report))} on the test part with ${formatLarge(rival.work)} ${unit}`;
  const about = `against ${named} (${sizes}): it has ${alone}`;
  if (rival.point === undefined)
    return `${about}. The single network wins: on the validation part no thresholds reach its ${formatShare(rival.alone.validation)}.`;
  const { test } = points[rival.point]!;
  const [difference, error] = [rival.difference ?? 0, rival.differenceError ?? 0];
  const reached = `point ${rival.point + 1}, the first to reach its accuracy on the validation part, has ${accuracyText(test.accuracy, test.error, test.samples)} on the test part with ${formatLarge(test.work)} mean ${unit}, ${savedText(test.work, rival.work)}`;
  const points100 = (value: number): string => (100 * value).toFixed(1);
  const gap = `the difference is ${difference >= 0 ? '+' : ''}${points100(difference)} ± ${points100(error)} points over the same samples`;
  return `${about}. Of the ensemble ${reached}; ${gap}. ${winner(difference, error, test.work - rival.work, bytes - rival.bytes)}`;
}

/** @param work of the ensemble in the mean, less that of the single network; `bytes` the same of their weights */
function winner(difference: number, error: number, work: number, bytes: number): string {
  if (difference < -error)
    return 'The single network wins: on the test part the ensemble is less accurate by more than one standard error.';
  if (work < 0) return 'The ensemble wins: as accurate within one standard error, with less work on average.';
  if (difference > error)
    return work > 0
      ? 'Neither wins in both: the ensemble is more accurate by more than one standard error, with more work on average.'
      : 'The ensemble wins: more accurate by more than one standard error, with the same work.';
  if (work > 0) return 'The single network wins: as accurate within one standard error, with less work.';
  return bytes > 0
    ? 'The single network wins: as accurate within one standard error, with the same work and fewer bytes of weights.'
    : 'Neither wins: as accurate within one standard error, with the same work.';
}

/** What decides, in a sentence. */
export const ruleText = ({ decider }: EnsembleReport): string =>
  `sure by ${RULE_WORDS[decider.rule]}; thresholds from the validation part`;
