/**
 * Finished runs as one ensemble, or one with its early exits: thresholds from the validation part, what they do on the
 * test part, a certificate.
 */
import { createHash } from 'node:crypto';
import { VERSION } from '../../base/version.ts';
import type { GivenLimits } from '../../costs/limits/holding-limits.ts';
import { classThresholds } from '../../deploy/ensembles/class-thresholds.ts';
import { deciderOf, runAll } from '../../deploy/ensembles/decide.ts';
import { hardSamples, outcomeOf, rightOf } from '../../deploy/ensembles/simulate.ts';
import { commonThresholds, stageLevels } from '../../deploy/ensembles/thresholds.ts';
import { tracesOf, type Traces } from '../../deploy/ensembles/traces.ts';
import { clockOf } from '../../targets/find-target.ts';
import {
  MOST_MEMBERS,
  type Decider,
  type EnsemblePoint,
  type EnsembleReport,
  type EnsembleRule,
} from '../../wire/ensemble.ts';
import { limitOn, type CostName, type CostReport } from '../../wire/limits.ts';
import { averagedProbabilities } from './averaged-probabilities.ts';
import { workIn } from '../../deploy/ensembles/right-answers.ts';
import { aloneOf, bothParts, rivalOf } from './ensemble-rival.ts';
import { askMembers, PARTS, type Asked, type AskedMember, type PartName, type Tell } from './member-logits.ts';
import { CombineError, type Member, type MemberNetwork } from './read-member.ts';
import { checkExits, stagesOf } from './member-stages.ts';

/** Samples that needed all members which are named for each point. */
const MOST_HARD = 24;

export interface Wanted {
  readonly rule: EnsembleRule;
  /** Joint limits: bytes of all members' weights, and the mean of the work or seconds of an inference. */
  readonly limits?: GivenLimits;
}

/** The same, and who is compared. */
export interface WantedOf<M extends MemberNetwork = Member> extends Wanted {
  /** A single network to compare with; absent: the best of the members. */
  readonly against?: M | undefined;
}

/** The joint limits cannot be met. */
export class JointLimitError extends CombineError {}

export interface Combined<M extends MemberNetwork = Member> {
  readonly report: EnsembleReport;
  /** In the order in which they run. */
  readonly members: readonly AskedMember<M>[];
}

/**
 * @throws CombineError where the runs do not belong together, JointLimitError where they are over a limit
 */
export async function combine(runs: readonly Member[], wanted: WantedOf, tell?: Tell): Promise<Combined> {
  return combineBy(runs, wanted, (all) => askMembers(all, tell));
}

/**
 * The same of networks whose data somebody has at hand.
 * @param asking asks all of them about the validation and the test part
 * @throws CombineError, JointLimitError
 */
export async function combineBy<M extends MemberNetwork>(
  runs: readonly M[],
  wanted: WantedOf<M>,
  asking: (all: readonly M[]) => Promise<Asked<M>>,
): Promise<Combined<M>> {
  checkTogether(runs, wanted);
  const ordered = [...runs].sort((a, b) => workOf(a, runs) - workOf(b, runs) || bytesOf(a) - bytesOf(b));
  const asked = await asking([...ordered, ...(wanted.against ? [wanted.against] : [])]);
  const members = asked.members.slice(0, ordered.length);
  const stages = stagesOf(members);
  const { outputs } = stages[0]!;
  const other = asked.members.find(({ answers }) => answers.at(-1)!.outputs !== outputs);
  if (other)
    throw new CombineError(
      `${other.run} has ${other.answers.at(-1)!.outputs} logits and ${members[0]!.run} ${outputs}: combine networks with one logit a class each`,
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
  const alone = stages.map((one) => aloneOf(one, asked));
  const report: EnsembleReport = {
    format: 1,
    version: VERSION,
    target: members[0]!.target.name,
    unit,
    decider,
    ...(asked.classNames && { classNames: asked.classNames }),
    members: stages.map((one, k) => ({
      run: one.member.run,
      network: one.member.chosen.name,
      ...(one.exit !== undefined && { exit: one.exit }),
      encodedSha256: one.member.chosen.certificate.encodedSha256,
      bytes: one.bytes,
      peakActivationBytes: one.peakActivationBytes,
      work: work[k]!,
      alone: alone[k]!,
    })),
    together: {
      logits: bothParts((name) => rightOf(traces[name], runAll(stages.length))),
      probabilities: bothParts((name) => averagedProbabilities(stages, name, asked.labels[name])),
    },
    points,
    chosen,
    rival: rivalOf(asked, stages, alone, points, traces, unit, wanted.against !== undefined),
    certificate: certificateOf(members, points[chosen]!, wanted, runs),
  };
  return { report, members };
}

const bytesOf = ({ chosen }: MemberNetwork): number => chosen.certificate.exactBytes;

/** Cycles where all members' are known. */
const unitOf = (runs: readonly MemberNetwork[]): EnsembleReport['unit'] =>
  runs.every(({ chosen }) => chosen.totals.cycles > 0) ? 'cycles' : 'MACs';

const workOf = ({ chosen: { totals } }: MemberNetwork, runs: readonly MemberNetwork[]): number =>
  workIn(unitOf(runs), totals);

/** What can be said before any data are read. @throws CombineError */
function checkTogether(runs: readonly MemberNetwork[], { limits = {}, against }: WantedOf<MemberNetwork>): void {
  if (runs.length < 1 || runs.length > MOST_MEMBERS)
    throw new CombineError(`an ensemble has 2 to ${MOST_MEMBERS} members, and ${runs.length} runs were given`);
  checkExits(runs, against);
  const [first] = runs as [MemberNetwork];
  const twice = runs.find((one, i) =>
    runs.some((before, j) => j < i && before.run === one.run && before.chosen.name === one.chosen.name),
  );
  if (twice) throw new CombineError(`${twice.run} is given twice: a copy of a member knows nothing more`);
  for (const one of [...runs, ...(against ? [against] : [])])
    if (one.target.name !== first.target.name)
      throw new CombineError(
        `${first.run} is for ${first.target.name} and ${one.run} for ${one.target.name}: the members of an ensemble share one chip`,
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
function meanOf(cost: CostName, runs: readonly MemberNetwork[]): ((work: number) => number) | undefined {
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
  runs: readonly MemberNetwork[],
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

/**
 * SHA-256 over those of the members, in the order in which they run, or that of the one network with its exits, and
 * what all of it costs together.
 */
function certificateOf(
  members: readonly AskedMember<MemberNetwork>[],
  { validation }: EnsemblePoint,
  { limits = {} }: Wanted,
  runs: readonly MemberNetwork[],
): EnsembleReport['certificate'] {
  const each = members.map(({ chosen }) => chosen.certificate.encodedSha256);
  const hash = createHash('sha256');
  for (const one of each) hash.update(Buffer.from(one, 'hex'));
  const peaks = members.flatMap(({ limits: own }) => limitOn(own, 'activations') ?? []);
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
