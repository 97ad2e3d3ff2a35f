/** Who an ensemble is held against, and what networks do alone. */
import { pairedDifference, rightOf } from '../../deploy/ensembles/simulate.ts';
import type { Traces } from '../../deploy/ensembles/traces.ts';
import type { BothParts, EnsemblePoint, EnsembleReport, EnsembleRival } from '../../wire/ensemble.ts';
import { shareError } from '../../wire/tasks/intervals.ts';
import type { Answer, Asked, PartName } from './member-logits.ts';
import { wholeStage, type Stage } from './member-stages.ts';
import type { MemberNetwork } from './read-member.ts';

export const workIn = (unit: EnsembleReport['unit'], { cycles, macs }: Pick<Stage, 'cycles' | 'macs'>): number =>
  unit === 'cycles' ? cycles : macs;

export function bothParts(right: (name: PartName) => Uint8Array): BothParts {
  const share = (all: Uint8Array): number => all.reduce((sum, one) => sum + one, 0) / all.length;
  const test = right('test');
  return {
    validation: share(right('validation')),
    test: share(test),
    error: shareError(share(test), test.length) ?? 0,
  };
}

/** Which samples of a part a member alone answers right. */
function rightAlone({ logits, outputs }: Answer, name: PartName, labels: Int32Array): Uint8Array {
  return Uint8Array.from(labels, (label, i) => {
    const row = logits[name].subarray(i * outputs, (i + 1) * outputs);
    return row.indexOf(Math.max(...row)) === label ? 1 : 0;
  });
}

export const aloneOf = (one: Answer, { labels }: Asked<MemberNetwork>): BothParts =>
  bothParts((name) => rightAlone(one, name, labels[name]));

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
  const { difference, error } = pairedDifference(ours, rightAlone(one, 'test', asked.labels.test));
  return { ...rival, point, difference, differenceError: error };
}
