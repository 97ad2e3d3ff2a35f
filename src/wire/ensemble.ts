/** What several networks on one chip do together, as their combination is told to people, files and the panel. */
import { boolean, count, list, number, object, oneOf, share, string, such, type Check } from '../base/validate.ts';
import { costReports, isWork, type CostReport } from './limits.ts';

/**
 * When an ensemble is sure: by the distance of its two largest scores, by the entropy of its answer, or by a distance
 * of its own for each class that it answers.
 */
export const ENSEMBLE_RULES = ['margin', 'entropy', 'per-class'] as const;
export type EnsembleRule = (typeof ENSEMBLE_RULES)[number];

/** What a rule is to people. */
export const RULE_WORDS: Readonly<Record<EnsembleRule, string>> = {
  margin: 'the distance of the two largest logits',
  entropy: 'the entropy of the answer',
  'per-class': 'the distance of the two largest logits, with a threshold for each class',
};

/** More and the scores of int8 logits would not fit into int32. */
export const MOST_MEMBERS = 5;

/** Confidences and thresholds are int32; no confidence reaches this one. */
export const NEVER = 2 ** 31 - 1;

/** Of each member but the last: one threshold, or one for each class that may be answered. */
export type Thresholds = readonly (readonly number[])[];

/**
 * How the chip decides, in whole numbers: scores of a class are the sum over the members that ran of weight × int8
 * logit, or, `alone`, those of the last that ran; it stops where their confidence reaches the threshold.
 */
export interface Decider {
  readonly rule: EnsembleRule;
  /** Logits of each member. */
  readonly classes: number;
  /** One a member: its scale over the largest, as a fraction of 2^20. */
  readonly weights: readonly number[];
  /** Of the entropy: a 64th of a bit in scores, after each member; empty where the rule does not ask for it. */
  readonly units: readonly number[];
  /** Early exits answer alone, without those before them; absent: members answer together. */
  readonly alone?: true;
}

/** What the ensemble does on a part of the data with some thresholds. */
export interface Outcome {
  readonly samples: number;
  readonly accuracy: number;
  /** Standard error of the accuracy. */
  readonly error: number;
  /** Mean of the work of a sample, in the unit of the report. */
  readonly work: number;
  /** Samples that stop at each member. */
  readonly stops: readonly number[];
  /** Of each class of the labels. */
  readonly byClass: readonly ClassOutcome[];
}

export interface ClassOutcome {
  readonly samples: number;
  readonly right: number;
  readonly stops: readonly number[];
}

/** Thresholds that no others beat on the validation part, and what they do. */
export interface EnsemblePoint {
  readonly thresholds: Thresholds;
  readonly validation: Outcome;
  readonly test: Outcome;
  /** Samples of the test part that needed all members, the first of them. */
  readonly hard: readonly HardSample[];
}

export interface HardSample {
  /** Its place in the test part. */
  readonly index: number;
  readonly label: number;
  readonly answer: number;
}

/** Accuracy of all of an ensemble, or of one network, on both parts. */
export interface BothParts {
  readonly validation: number;
  readonly test: number;
  /** Standard error on the test part. */
  readonly error: number;
}

export interface EnsembleMember {
  /** Id of its run, and the network of it. */
  readonly run: string;
  readonly network: string;
  /**
   * The layer of an early exit, or of the end of a network with such: all members are of one network then, and bytes
   * and work are those of what runs from the exit before to this one.
   */
  readonly exit?: string;
  readonly encodedSha256: string;
  readonly bytes: number;
  readonly peakActivationBytes: number;
  readonly work: number;
  /** Alone. */
  readonly alone: BothParts;
}

/** A single network beside the ensemble. */
export interface EnsembleRival {
  readonly run: string;
  readonly network: string;
  readonly bytes: number;
  readonly work: number;
  readonly alone: BothParts;
  /** Is it one of the members? */
  readonly member: boolean;
  /** Of early exits: the one at which every sample stops. */
  readonly exit?: string;
  /**
   * The point of the ensemble with the least work whose accuracy on the validation part is at least the rival's; absent
   * where there is none.
   */
  readonly point?: number;
  /** On the test part, of that point: ensemble minus rival over the same samples, and its standard error. */
  readonly difference?: number;
  readonly differenceError?: number;
}

/** `ensemble.json`, and what `udc combine --json` prints. */
export interface EnsembleReport {
  readonly format: 1;
  readonly version: string;
  readonly target: string;
  /** In what `work` is counted; MACs where the target has no model of cycles. */
  readonly unit: 'cycles' | 'MACs';
  readonly decider: Decider;
  /** Of the labels, in their order; absent where the data does not name them. */
  readonly classNames?: readonly string[];
  /** In the order in which they run. */
  readonly members: readonly EnsembleMember[];
  /** All members on every sample: of averaged logits, as the chip does it, and of averaged probabilities. */
  readonly together: { readonly logits: BothParts; readonly probabilities: BothParts };
  /** No point is better in accuracy and work on the validation part; by work. */
  readonly points: readonly EnsemblePoint[];
  /** Of `points`: the one that is exported. */
  readonly chosen: number;
  readonly rival: EnsembleRival;
  /** Over all members: weights are their sum, activations the largest, work that of the chosen point. */
  readonly certificate: { readonly encodedSha256: string; readonly costs: readonly CostReport[] };
}

const outcome: Check<Outcome> = object<Outcome>({
  samples: count,
  accuracy: share,
  error: number,
  work: number,
  stops: list(count),
  byClass: list(object<ClassOutcome>({ samples: count, right: count, stops: list(count) })),
});

const both: Check<BothParts> = object<BothParts>({ validation: share, test: share, error: number });

const point: Check<EnsemblePoint> = object<EnsemblePoint>({
  thresholds: list(list(count)),
  validation: outcome,
  test: outcome,
  hard: list(object<HardSample>({ index: count, label: count, answer: count })),
});

/** The report as it comes from a process or a file. @throws ValidationError */
export const ensembleReport: Check<EnsembleReport> = object<EnsembleReport>(
  {
    format: oneOf([1]),
    version: string,
    target: string,
    unit: oneOf(['cycles', 'MACs']),
    decider: object<Decider>(
      { rule: oneOf(ENSEMBLE_RULES), classes: count, weights: list(count), units: list(count) },
      { alone: such<true>('true', (value) => value === true) },
    ),
    members: list(
      object<EnsembleMember>(
        {
          run: string,
          network: string,
          encodedSha256: string,
          bytes: count,
          peakActivationBytes: count,
          work: number,
          alone: both,
        },
        { exit: string },
      ),
    ),
    together: object({ logits: both, probabilities: both }),
    points: list(point),
    chosen: count,
    rival: object<EnsembleRival>(
      { run: string, network: string, bytes: count, work: number, alone: both, member: boolean },
      { point: count, difference: number, differenceError: number, exit: string },
    ),
    certificate: object({ encodedSha256: string, costs: costReports }),
  },
  { classNames: list(string) },
);

/** Are the members the early exits of one network, and its end? */
export const hasExits = ({ members }: Pick<EnsembleReport, 'members'>): boolean =>
  members.some(({ exit }) => exit !== undefined);

/** The same with another point chosen: what is certified of the mean work is that of the point. @throws RangeError */
export function atPoint(report: EnsembleReport, index: number): EnsembleReport {
  if (index === report.chosen) return report;
  const [before, now] = [report.points[report.chosen], report.points[index]];
  if (!before || !now) throw new RangeError(`the ensemble has ${report.points.length} points, not one at ${index}`);
  const share = now.validation.work / before.validation.work;
  const costs = report.certificate.costs.map((one) => (isWork(one.cost) ? { ...one, value: one.value * share } : one));
  return { ...report, chosen: index, certificate: { ...report.certificate, costs } };
}
