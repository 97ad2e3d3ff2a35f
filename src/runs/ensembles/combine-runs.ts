/** Finished runs as one ensemble: thresholds from the validation part, what they do on the test part, a certificate. */
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
import { askMembers, PARTS, type Asked, type AskedMember, type PartName, type Tell } from './member-logits.ts';
import { CombineError, type Member } from './read-member.ts';

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
  const outputs = members[0]!.outputs;
  const other = asked.members.find((one) => one.outputs !== outputs);
  if (other)
    throw new CombineError(
      `${other.folder.id} has ${other.outputs} logits and ${members[0]!.folder.id} ${outputs}: combine networks with one logit a class each`,
    );
  const work = members.map((one) => workOf(one, runs));
  const scales = members.map(({ network }) => network.operations.at(-1)!.output.scale);
  const decider = deciderOf(wanted.rule, scales, outputs);
  const traces = Object.fromEntries(
    PARTS.map((name) => [
      name,
      tracesOf(
        decider,
        members.map(({ logits }) => logits[name]),
        asked.labels[name],
        work,
      ),
    ]),
  ) as Readonly<Record<PartName, Traces>>;
  const points = pointsOf(decider, traces, asked.classes);
  const chosen = chosenOf(points, wanted, runs);
  const report: EnsembleReport = {
    format: 1,
    version: VERSION,
    target: members[0]!.target.name,
    unit: unitOf(runs),
    decider,
    ...(asked.classNames && { classNames: asked.classNames }),
    members: members.map((one, k) => ({
      run: one.folder.id,
      network: one.chosen.name,
      encodedSha256: one.chosen.certificate.encodedSha256,
      bytes: bytesOf(one),
      peakActivationBytes: one.chosen.totals.peakActivationBytes,
      work: work[k]!,
      alone: aloneOf(one, asked),
    })),
    together: {
      logits: bothParts((name) => rightOf(traces[name], runAll(members.length))),
      probabilities: bothParts((name) => averagedProbabilities(members, name, asked.labels[name])),
    },
    points,
    chosen,
    rival: rivalOf(asked, members, points, traces, runs, wanted.against),
    certificate: certificateOf(members, points[chosen]!, wanted, runs),
  };
  return { report, members };
}

const bytesOf = ({ chosen }: Member): number => chosen.certificate.exactBytes;

/** Cycles where all members' are known. */
const unitOf = (runs: readonly Member[]): EnsembleReport['unit'] =>
  runs.every(({ chosen }) => chosen.totals.cycles > 0) ? 'cycles' : 'MACs';

const workOf = ({ chosen: { totals } }: Member, runs: readonly Member[]): number =>
  unitOf(runs) === 'cycles' ? totals.cycles : totals.macs;

/** What can be said before any data are read. @throws CombineError */
function checkTogether(runs: readonly Member[], { limits = {}, against }: Wanted): void {
  if (runs.length < 2 || runs.length > MOST_MEMBERS)
    throw new CombineError(`an ensemble has 2 to ${MOST_MEMBERS} members, and ${runs.length} runs were given`);
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
function chosenOf(points: readonly EnsemblePoint[], { limits = {} }: Wanted, runs: readonly Member[]): number {
  let chosen = -1;
  points.forEach(({ validation }, i) => {
    const within = (['cycles', 'latency'] as const).every(
      (cost) => limits[cost] === undefined || meanOf(cost, runs)!(validation.work) <= limits[cost],
    );
    if (within && (chosen < 0 || validation.accuracy > points[chosen]!.validation.accuracy)) chosen = i;
  });
  if (chosen < 0)
    throw new JointLimitError(
      `the first member alone is over the limit: it takes ${Math.min(...runs.map((one) => workOf(one, runs)))} ${unitOf(runs)}`,
    );
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

/** Which samples of a part a network alone answers right. */
function rightAlone({ logits, outputs }: AskedMember, name: PartName, labels: Int32Array): Uint8Array {
  return Uint8Array.from(labels, (label, i) => {
    const row = logits[name].subarray(i * outputs, (i + 1) * outputs);
    return row.indexOf(Math.max(...row)) === label ? 1 : 0;
  });
}

const aloneOf = (one: AskedMember, { labels }: Asked): BothParts =>
  bothParts((name) => rightAlone(one, name, labels[name]));

/** The single network that the ensemble is held against: the one named, or the best of the members. */
function rivalOf(
  asked: Asked,
  members: readonly AskedMember[],
  points: readonly EnsemblePoint[],
  { test }: Readonly<Record<PartName, Traces>>,
  runs: readonly Member[],
  against: Member | undefined,
): EnsembleRival {
  const alone = new Map(asked.members.map((one) => [one, aloneOf(one, asked)] as const));
  const best = [...members].sort((a, b) => alone.get(b)!.validation - alone.get(a)!.validation)[0]!;
  const one = against ? asked.members.at(-1)! : best;
  const accuracy = alone.get(one)!;
  const point = points.findIndex(({ validation }) => validation.accuracy >= accuracy.validation);
  const rival = {
    run: one.folder.id,
    network: one.chosen.name,
    bytes: bytesOf(one),
    work: workOf(one, runs),
    alone: accuracy,
    member: !against,
  };
  if (point < 0) return rival;
  const ours = rightOf(test, points[point]!.thresholds);
  const { difference, error } = pairedDifference(ours, rightAlone(one, 'test', asked.labels.test));
  return { ...rival, point, difference, differenceError: error };
}

/** SHA-256 over those of the members, in the order in which they run, and what all of them cost together. */
function certificateOf(
  members: readonly AskedMember[],
  { validation }: EnsemblePoint,
  { limits = {} }: Wanted,
  runs: readonly Member[],
): EnsembleReport['certificate'] {
  const hash = createHash('sha256');
  for (const { chosen } of members) hash.update(Buffer.from(chosen.certificate.encodedSha256, 'hex'));
  const peaks = members.flatMap(({ result }) => limitOn(result.limits, 'activations') ?? []);
  const cost = (name: CostName, value: number, limit = limits[name]): CostReport => ({
    cost: name,
    value,
    ...(limit !== undefined && { limit }),
  });
  return {
    encodedSha256: hash.digest('hex'),
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
