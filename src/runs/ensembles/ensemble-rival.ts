/** Who an ensemble is held against, and what networks do alone. */
import { rightAnswers, shareRight, workIn } from '../../deploy/ensembles/right-answers.ts';
import { pairedDifference, rightOf } from '../../deploy/ensembles/simulate.ts';
import type { Traces } from '../../deploy/ensembles/traces.ts';
import type { BothParts, EnsemblePoint, EnsembleReport, EnsembleRival } from '../../wire/ensemble.ts';
import { shareError } from '../../wire/tasks/intervals.ts';
import type { Answer, Asked, PartName } from './member-logits.ts';
import { wholeStage, type Stage } from './member-stages.ts';
import type { MemberNetwork } from './read-member.ts';

export function bothParts(right: (name: PartName) => Uint8Array): BothParts {
  const test = right('test');
  const share = shareRight(test);
  return { validation: shareRight(right('validation')), test: share, error: shareError(share, test.length) ?? 0 };
}

export const aloneOf = ({ logits }: Answer, { labels }: Asked<MemberNetwork>): BothParts =>
  bothParts((name) => rightAnswers(logits[name], labels[name]));

/**
 * What the ensemble is held against: the single network that was named, or the best of the members; of early exits, the
 * one at which every sample stops is best.
 */
export function rivalOf(
  asked: Asked<MemberNetwork>,
  stages: readonly Stage[],
  alone: readonly BothParts[],
  points: readonly EnsemblePoint[],
  { test }: Readonly<Record<PartName, Traces>>,
  unit: EnsembleReport['unit'],
  named: boolean,
): EnsembleRival {
  const best = alone.reduce((most, { validation }, k) => (validation > alone[most]!.validation ? k : most), 0);
  const one = named ? wholeStage(asked.members.at(-1)!) : stages[best]!;
  // To an exit everything before it runs too.
  const run = one.exit === undefined ? [one] : stages.slice(0, stages.indexOf(one) + 1);
  const sum = (of: (stage: Stage) => number): number => run.reduce((total, stage) => total + of(stage), 0);
  const accuracy = named ? aloneOf(one, asked) : alone[best]!;
  const point = points.findIndex(({ validation }) => validation.accuracy >= accuracy.validation);
  const rival = {
    run: one.member.run,
    network: one.member.chosen.name,
    ...(one.exit !== undefined && { exit: one.exit }),
    bytes: sum(({ bytes }) => bytes),
    work: sum((stage) => workIn(unit, stage)),
    alone: accuracy,
    member: !named,
  };
  if (point < 0) return rival;
  const ours = rightOf(test, points[point]!.thresholds);
  const { difference, error } = pairedDifference(ours, rightAnswers(one.logits.test, asked.labels.test));
  return { ...rival, point, difference, differenceError: error };
}
