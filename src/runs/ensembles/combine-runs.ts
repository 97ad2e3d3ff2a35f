/**
 * Finished runs as one ensemble, or one with its early exits: thresholds from the validation part, what they do on the
 * test part, a certificate.
 */
import { createHash } from 'node:crypto';
import { VERSION } from '../../base/version.ts';
import type { GivenLimits } from '../../costs/limits/holding-limits.ts';
import { classThresholds } from '../../deploy/ensembles/class-thresholds.ts';
import { deciderOf, runAll } from '../../deploy/ensembles/decide.ts';
import { hardSamples, outcomeOf, pairedDifference, rightOf } from '../../deploy/ensembles/simulate.ts';
import { commonThresholds, stageLevels } from '../../deploy/ensembles/thresholds.ts';
import { tracesOf, type Traces } from '../../deploy/ensembles/traces.ts';
import { clockOf } from '../../targets/find-target.ts';
import {
  MOST_MEMBERS,
  type BothParts,
  type Decider,
  type EnsemblePoint,
  type EnsembleReport,
  type EnsembleRival,
  type EnsembleRule,
} from '../../wire/ensemble.ts';
import { limitOn, type CostName, type CostReport } from '../../wire/limits.ts';
import { shareError } from '../../wire/tasks/intervals.ts';
import { averagedProbabilities } from './averaged-probabilities.ts';
import {
  askMembers,
  PARTS,
  type Answer,
  type Asked,
  type AskedMember,
  type PartName,
  type Tell,
} from './member-logits.ts';
import { CombineError, type Member } from './read-member.ts';
import { checkExits, stagesOf, wholeStage, type Stage } from './member-stages.ts';

/** Samples that needed all members which are named for each point. */
const MOST_HARD = 24;

export interface Wanted {
  readonly rule: EnsembleRule;
  /** Joint limits: bytes of all members' weights, and the mean of the work or seconds of an inference. */
  readonly limits?: GivenLimits;
  /** A single network to compare with; absent: the best of the members. */
  readonly against?: Member | undefined;
}

/** The joint limits cannot be met. */
export class JointLimitError extends CombineError {}

export interface Combined {
  readonly report: EnsembleReport;
  /** In the order in which they run. */
  readonly members: readonly AskedMember[];
}

/**
 * @throws CombineError where the runs do not belong together, JointLimitError where they are over a limit
 */
export async function combine(runs: readonly Member[], wanted: Wanted, tell?: Tell): Promise<Combined> {
  checkTogether(runs, wanted);
  const ordered = [...runs].sort((a, b) => workOf(a, runs) - workOf(b, runs) || bytesOf(a) - bytesOf(b));
  const asked = await askMembers([...ordered, ...(wanted.against ? [wanted.against] : [])], tell);
  const members = asked.members.slice(0, ordered.length);
  const stages = stagesOf(members);
  const { outputs } = stages[0]!;
  const other = asked.members.find(({ answers }) => answers.at(-1)!.outputs !== outputs);
  if (other)
    throw new CombineError(
      `${other.folder.id} has ${other.answers.at(-1)!.outputs} logits and ${members[0]!.folder.id} ${outputs}: combine networks with one logit a class each`,
    );
  const unit = unitOf(runs);
  const work = stages.map((one) => workIn(unit, one));
  const scales = stages.map(({ scale }) => scale);
  const decider = deciderOf(wanted.rule, scales, outputs, members.length === 1);
  const traces = Object.fromEntries(
    PARTS.map((name) => [
      name,
      tracesOf(
        decider,
        stages.map(({ logits }) => logits[name]),
        asked.labels[name],
        work,
      ),
    ]),
  ) as Readonly<Record<PartName, Traces>>;
  const points = pointsOf(decider, traces, asked.classes);
  const chosen = chosenOf(points, wanted, runs, work[0]!);
  const report: EnsembleReport = {
    format: 1,
    version: VERSION,
    target: members[0]!.target.name,
    unit,
    decider,
    ...(asked.classNames && { classNames: asked.classNames }),
    members: stages.map((one, k) => ({
      run: one.member.folder.id,
      network: one.member.chosen.name,
      ...(one.exit !== undefined && { exit: one.exit }),
      encodedSha256: one.member.chosen.certificate.encodedSha256,
      bytes: one.bytes,
      peakActivationBytes: one.peakActivationBytes,
      work: work[k]!,
      alone: aloneOf(one, asked),
    })),
    together: {
      logits: bothParts((name) => rightOf(traces[name], runAll(stages.length))),
      probabilities: bothParts((name) => averagedProbabilities(stages, name, asked.labels[name])),
    },
    points,
    chosen,
    rival: rivalOf(asked, stages, points, traces, unit, wanted.against !== undefined),
    certificate: certificateOf(members, points[chosen]!, wanted, runs),
  };
  return { report, members };
}

const bytesOf = ({ chosen }: Member): number => chosen.certificate.exactBytes;

/** Cycles where all members' are known. */
const unitOf = (runs: readonly Member[]): EnsembleReport['unit'] =>
  runs.every(({ chosen }) => chosen.totals.cycles > 0) ? 'cycles' : 'MACs';

const workIn = (unit: EnsembleReport['unit'], { cycles, macs }: Pick<Stage, 'cycles' | 'macs'>): number =>
  unit === 'cycles' ? cycles : macs;

const workOf = ({ chosen: { totals } }: Member, runs: readonly Member[]): number => workIn(unitOf(runs), totals);

/** What can be said before any data are read. @throws CombineError */
function checkTogether(runs: readonly Member[], { limits = {}, against }: Wanted): void {
  if (runs.length < 1 || runs.length > MOST_MEMBERS)
    throw new CombineError(`an ensemble has 2 to ${MOST_MEMBERS} members, and ${runs.length} runs were given`);
  checkExits(runs, against);
  const [first] = runs as [Member];
  const twice = runs.find((one, i) =>
    runs.some((before, j) => j < i && before.folder.id === one.folder.id && before.chosen.name === one.chosen.name),
  );
  if (twice) throw new CombineError(`${twice.folder.id} is given twice: a copy of a member knows nothing more`);
  for (const one of [...runs, ...(against ? [against] : [])])
    if (one.target.name !== first.target.name)
      throw new CombineError(
        `${first.folder.id} is for ${first.target.name} and ${one.folder.id} for ${one.target.name}: the members of an ensemble share one chip`,
      );
  const bytes = runs.reduce((sum, one) => sum + bytesOf(one), 0);
  if (limits.weights !== undefined && bytes > limits.weights)
    throw new JointLimitError(
      `together the members take ${bytes} bytes of weights (${runs.map(bytesOf).join(' + ')}), over the budget of ${limits.weights}: combine smaller networks`,
    );
  const unknown = (['cycles', 'latency'] as const).find((cost) => limits[cost] !== undefined && !meanOf(cost, runs));
  if (unknown !== undefined)
    throw new CombineError(`there is no model of the ${unknown} of ${first.target.name}: leave that limit out`);
}

/** From the mean work to a cost; undefined where it is unknown. */
function meanOf(cost: CostName, runs: readonly Member[]): ((work: number) => number) | undefined {
  const clock = clockOf(runs[0]!.target);
  if (cost === 'macs') return unitOf(runs) === 'MACs' ? (work) => work : undefined;
  if (unitOf(runs) === 'MACs') return undefined;
  if (cost === 'cycles') return (work) => work;
  return cost === 'latency' && clock ? (work) => work / clock.hz : undefined;
}

function pointsOf(decider: Decider, traces: Readonly<Record<PartName, Traces>>, classes: number): EnsemblePoint[] {
  const { validation, test } = traces;
  const common = commonThresholds(validation, stageLevels(validation));
  const found = decider.rule === 'per-class' ? classThresholds(validation, decider.classes, common) : common;
  return found.map(({ thresholds }) => ({
    thresholds,
    validation: outcomeOf(validation, thresholds, classes),
    test: outcomeOf(test, thresholds, classes),
    hard: hardSamples(test, thresholds, MOST_HARD),
  }));
}

/** The most accurate point on the validation part within the limits. @throws JointLimitError */
function chosenOf(
  points: readonly EnsemblePoint[],
  { limits = {} }: Wanted,
  runs: readonly Member[],
  least: number,
): number {
  let chosen = -1;
  points.forEach(({ validation }, i) => {
    const within = (['cycles', 'latency'] as const).every(
      (cost) => limits[cost] === undefined || meanOf(cost, runs)!(validation.work) <= limits[cost],
    );
    if (within && (chosen < 0 || validation.accuracy > points[chosen]!.validation.accuracy)) chosen = i;
  });
  if (chosen < 0)
    throw new JointLimitError(`the first member alone is over the limit: it takes ${least} ${unitOf(runs)}`);
  return chosen;
}

function bothParts(right: (name: PartName) => Uint8Array): BothParts {
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

const aloneOf = (one: Answer, { labels }: Asked): BothParts => bothParts((name) => rightAlone(one, name, labels[name]));

/**
 * What the ensemble is held against: the single network that was named, or the best of the members; of early exits, the
 * one at which every sample stops is best.
 */
function rivalOf(
  asked: Asked,
  stages: readonly Stage[],
  points: readonly EnsemblePoint[],
  { test }: Readonly<Record<PartName, Traces>>,
  unit: EnsembleReport['unit'],
  named: boolean,
): EnsembleRival {
  const alone = new Map(stages.map((one) => [one, aloneOf(one, asked)] as const));
  const best = [...stages].sort((a, b) => alone.get(b)!.validation - alone.get(a)!.validation)[0]!;
  const one = named ? wholeStage(asked.members.at(-1)!) : best;
  // To an exit everything before it runs too.
  const run = one.exit === undefined ? [one] : stages.slice(0, stages.indexOf(one) + 1);
  const sum = (of: (stage: Stage) => number): number => run.reduce((total, stage) => total + of(stage), 0);
  const accuracy = alone.get(one) ?? aloneOf(one, asked);
  const point = points.findIndex(({ validation }) => validation.accuracy >= accuracy.validation);
  const rival = {
    run: one.member.folder.id,
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

/**
 * SHA-256 over those of the members, in the order in which they run, or that of the one network with its exits, and
 * what all of it costs together.
 */
function certificateOf(
  members: readonly AskedMember[],
  { validation }: EnsemblePoint,
  { limits = {} }: Wanted,
  runs: readonly Member[],
): EnsembleReport['certificate'] {
  const each = members.map(({ chosen }) => chosen.certificate.encodedSha256);
  const hash = createHash('sha256');
  for (const one of each) hash.update(Buffer.from(one, 'hex'));
  const peaks = members.flatMap(({ result }) => limitOn(result.limits, 'activations') ?? []);
  const cost = (name: CostName, value: number, limit = limits[name]): CostReport => ({
    cost: name,
    value,
    ...(limit !== undefined && { limit }),
  });
  return {
    encodedSha256: each.length === 1 ? each[0]! : hash.digest('hex'),
    costs: [
      cost(
        'weights',
        members.reduce((sum, one) => sum + bytesOf(one), 0),
      ),
      cost(
        'activations',
        Math.max(...members.map(({ chosen }) => chosen.totals.peakActivationBytes)),
        peaks.length === members.length ? Math.min(...peaks) : undefined,
      ),
      ...(['macs', 'cycles', 'latency'] as const).flatMap((name) => {
        const mean = meanOf(name, runs);
        return mean ? [cost(name, mean(validation.work))] : [];
      }),
    ],
  };
}
