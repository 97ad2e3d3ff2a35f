/** A combination of runs in words and tables, as command line and panel say it. */
import { hasExits, RULE_WORDS, type BothParts, type EnsembleReport, type Outcome } from '../wire/ensemble.ts';
import { costText, COST_NOTES } from '../wire/ensemble-sentences.ts';
import { COST_WORDS } from '../wire/limits.ts';
import { formatMeasured } from '../wire/tasks/metrics.ts';
import { oneLine } from '../text/neutral.ts';
import type { WordTable } from '../text/word-table.ts';
import { formatCount, formatLarge, formatShare } from '../text/format.ts';

export const accuracyText = (accuracy: number, error?: number, samples?: number): string =>
  formatMeasured('accuracy', { value: accuracy, error, samples });

const testText = ({ test, error }: BothParts, samples: number): string => accuracyText(test, error, samples);

const testSamples = ({ points }: EnsembleReport): number => points[0]!.test.samples;

const stopsText = ({ stops, samples }: Outcome): string =>
  stops.map((count) => formatShare(count / samples)).join(', ');

/** What the members are called: several networks, or the exits of one. */
const WORDS = {
  networks: { one: 'member', whole: 'The ensemble', title: 'Members, in the order in which they run' },
  exits: { one: 'exit', whole: 'Stopping early', title: 'Exits, in the order in which they are asked' },
} as const;

const wordsOf = (report: EnsembleReport): (typeof WORDS)['networks' | 'exits'] =>
  WORDS[hasExits(report) ? 'exits' : 'networks'];

/** The members, in the order in which they run; weights and work of an exit are those of its part. */
export function membersTable(report: EnsembleReport): WordTable {
  const exits = hasExits(report);
  const { one, title } = wordsOf(report);
  return {
    title,
    head: [one, ...(exits ? ['layer'] : ['run', 'network']), 'weights', 'peak', report.unit, 'validation', 'test'],
    rows: report.members.map((member, k) => [
      String(k + 1),
      ...(exits ? [member.exit ?? ''] : [member.run, member.network]),
      `${formatCount(member.bytes)} B`,
      `${formatCount(member.peakActivationBytes)} B`,
      formatLarge(member.work),
      formatShare(member.alone.validation),
      testText(member.alone, testSamples(report)),
    ]),
    numeric: [3, 4, 5, 6, 7].map((column) => (exits ? column - 1 : column)),
  };
}

/** The points of which none is better in both; the chosen one is marked. */
export function pointsTable(report: EnsembleReport): WordTable {
  return {
    title: `Accuracy against mean ${report.unit}: no thresholds do better in both on the validation part`,
    head: [
      '',
      'point',
      `mean ${report.unit}`,
      'validation',
      'test',
      `test ${report.unit}`,
      `stop at each ${wordsOf(report).one}`,
    ],
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

const EXIT_NOTES: typeof COST_NOTES = {
  ...COST_NOTES,
  weights: 'of the network with its exits',
  activations: 'of the whole network',
};

/** What holds of all members together, as label and value. */
export function certificateRows(report: EnsembleReport): (readonly [string, string])[] {
  const { certificate, members, unit } = report;
  const exits = hasExits(report);
  const all = members.reduce((sum, { work }) => sum + work, 0);
  return [
    ...certificate.costs.map(
      (one) =>
        [
          COST_WORDS[one.cost].title,
          `${costText(one)}, ${exits ? EXIT_NOTES[one.cost] : COST_NOTES[one.cost]}`,
        ] as const,
    ),
    [`Most ${unit}`, `${formatLarge(all)}, where ${exits ? 'no exit stops' : 'all members run'}`],
    [
      'SHA-256',
      `${certificate.encodedSha256}, ${exits ? 'of the encoded weights' : "over those of the members' encoded weights"}`,
    ],
  ];
}

/** What averaging logits instead of probabilities does to all members together; of exits, what averaging does. */
export function averagingText(report: EnsembleReport): string {
  const { logits, probabilities } = report.together;
  const samples = testSamples(report);
  const [first, second] = [testText(logits, samples), testText(probabilities, samples)];
  return hasExits(report)
    ? `every sample run to the network's end: ${first} on the test part; averaged with the probabilities of its exits, which the chip does not do, ${second}`
    : `all members on every sample: ${first} on the test part with averaged logits, as the chip does it; ${second} with averaged probabilities`;
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
  const { whole } = wordsOf(report);
  const sizes = `${formatCount(rival.bytes)} B of weights, ${whole.toLowerCase()} ${formatCount(bytes)} B`;
  const alone = `${testText(rival.alone, testSamples(report))} on the test part with ${formatLarge(rival.work)} ${unit}`;
  const about = `against ${rivalText(report)} (${sizes}): it has ${alone}`;
  if (rival.point === undefined)
    return `${about}. ${rivalWins(report)}: on the validation part no thresholds reach its ${formatShare(rival.alone.validation)}.`;
  const { test } = points[rival.point]!;
  const [difference, error] = [rival.difference ?? 0, rival.differenceError ?? 0];
  const reached = `point ${rival.point + 1}, the first to reach its accuracy on the validation part, has ${accuracyText(test.accuracy, test.error, test.samples)} on the test part with ${formatLarge(test.work)} mean ${unit}, ${savedText(test.work, rival.work)}`;
  const points100 = (value: number): string => (100 * value).toFixed(1);
  const gap = `the difference is ${difference >= 0 ? '+' : ''}${points100(difference)} ± ${points100(error)} points over the same samples`;
  return `${about}. ${whole}: ${reached}; ${gap}. ${winner(report, difference, error, test.work - rival.work, bytes - rival.bytes)}`;
}

/**
 * That the ensemble, at its chosen point, is right less often on the test part than the member that is best alone on
 * the validation part, in a sentence; undefined where it is not.
 */
export function worseText(report: EnsembleReport): string | undefined {
  const { members, points, chosen } = report;
  const best = members.reduce((most, one) => (one.alone.validation > most.alone.validation ? one : most));
  const { test, validation } = points[chosen]!;
  if (test.accuracy >= best.alone.test) return undefined;
  const gap = best.alone.test - test.accuracy;
  const sure = gap > Math.hypot(test.error, best.alone.error) ? '' : ', though within one standard error';
  const [beaten, remedy] =
    best.exit === undefined
      ? [`its best member alone (${oneLine(best.network)} of ${oneLine(best.run)})`, 'use that member alone']
      : [`stopping all samples at ${oneLine(best.exit)}`, 'let all samples stop there'];
  return `${wordsOf(report).whole} is worse than ${beaten}: ${formatShare(test.accuracy)} against ${formatShare(best.alone.test)} on the test part${sure}; on the validation part ${formatShare(validation.accuracy)} against ${formatShare(best.alone.validation)}. Unless another point saves enough ${report.unit}, ${remedy}.`;
}

/** The single network, as what it is. */
export function rivalText(report: EnsembleReport): string {
  const { rival, members } = report;
  if (!rival.member)
    return members.some(({ run }) => run === rival.run) ? 'the single network of the same run' : oneLine(rival.run);
  if (rival.exit === undefined) return `the best member alone, ${oneLine(rival.run)}`;
  return rival.exit === members.at(-1)!.exit
    ? 'running the same network to its end'
    : `stopping all samples at ${rival.exit}`;
}

const rivalWins = ({ rival }: EnsembleReport): string =>
  rival.exit === undefined ? 'The single network wins' : 'One exit for all samples wins';

/** @param work of the ensemble in the mean, less that of the single network; `bytes` the same of their weights */
function winner(report: EnsembleReport, difference: number, error: number, work: number, bytes: number): string {
  const ours = wordsOf(report).whole;
  const theirs = rivalWins(report);
  if (difference < -error) return `${theirs}: on the test part it is more accurate by more than one standard error.`;
  if (work < 0) return `${ours} wins: as accurate within one standard error, with less work on average.`;
  if (difference > error)
    return work > 0
      ? `Neither wins in both: ${ours.toLowerCase()} is more accurate by more than one standard error, with more work on average.`
      : `${ours} wins: more accurate by more than one standard error, with the same work.`;
  if (work > 0) return `${theirs}: as accurate within one standard error, with less work.`;
  return bytes > 0
    ? `${theirs}: as accurate within one standard error, with the same work and fewer bytes of weights.`
    : 'Neither wins: as accurate within one standard error, with the same work.';
}

/** What decides, in a sentence. */
export const ruleText = ({ decider }: EnsembleReport): string =>
  `sure by ${RULE_WORDS[decider.rule]}; thresholds from the validation part`;
