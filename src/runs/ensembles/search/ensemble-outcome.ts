/** The members of a search together, held against the single network of the same budget: who wins, and by how much. */
import { atSize, type Dataset } from '../../../data/dataset.ts';
import type { EnsembleSpec } from '../../../network/types.ts';
import type { EnsembleResult, EnsembleSide } from '../../../wire/ensemble-result.ts';
import type { EnsembleReport } from '../../../wire/ensemble.ts';
import type { Limit } from '../../../wire/limits.ts';
import { limitOn } from '../../../wire/limits.ts';
import { combineBy, type Combined } from '../combine-runs.ts';
import { ask, type Asked } from '../member-logits.ts';
import type { MemberNetwork } from '../read-member.ts';

/** All of them about the validation and the test part, which are at hand. */
async function askAll(
  members: readonly MemberNetwork[],
  dataset: Dataset,
  breathe: () => Promise<void>,
): Promise<Asked<MemberNetwork>> {
  const asked: Asked<MemberNetwork>['members'][number][] = [];
  for (const member of members)
    asked.push(await ask(member, atSize(dataset, member.network.architecture.input), breathe));
  return {
    members: asked,
    labels: { validation: dataset.validation.labels, test: dataset.test.labels },
    classes: dataset.classes,
    classNames: dataset.classNames,
  };
}

/**
 * @param limits joint ones
 * @param breathe called between samples; rejects to abort
 */
export function combineMembers(
  members: readonly MemberNetwork[],
  single: MemberNetwork,
  { spec: { rule, cycles, latency }, limits }: { readonly spec: EnsembleSpec; readonly limits: readonly Limit[] },
  dataset: Dataset,
  breathe: () => Promise<void>,
): Promise<Combined<MemberNetwork>> {
  const joint = { weights: limitOn(limits, 'weights'), cycles, latency };
  return combineBy(members, { rule, limits: joint, against: single }, (all) => askAll(all, dataset, breathe));
}

export function ensembleOutcome({ report, members }: Combined<MemberNetwork>, single: MemberNetwork): EnsembleResult {
  const { rival, decider, unit, certificate } = report;
  const { validation, test } = report.points[report.chosen]!;
  const ensemble: EnsembleSide = {
    validation: validation.accuracy,
    test: test.accuracy,
    error: test.error,
    bytes: report.members.reduce((sum, { bytes }) => sum + bytes, 0),
    work: validation.work,
    steps: members.reduce((sum, { chosen }) => sum + chosen.steps, 0),
  };
  const { alone: accuracy, bytes, work } = rival;
  const alone: EnsembleSide = { ...accuracy, bytes, work, steps: single.chosen.steps };
  return {
    rule: decider.rule,
    unit,
    members: report.members.map(({ network }) => network),
    single: single.chosen.name,
    winner: winnerOf(ensemble, alone),
    ensemble,
    alone,
    mostWork: mostWork(report),
    samples: test.samples,
    certificate,
  };
}

const mostWork = ({ members }: EnsembleReport): number => members.reduce((sum, { work }) => sum + work, 0);

/** The test part has no say. */
const winnerOf = (ensemble: EnsembleSide, alone: EnsembleSide): EnsembleResult['winner'] =>
  ensemble.validation > alone.validation || (ensemble.validation === alone.validation && ensemble.work < alone.work)
    ? 'ensemble'
    : 'single';
