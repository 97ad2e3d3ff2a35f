/**
 * What the test part says of a network, sample by sample: kept in `result.json` beside its metrics. What is counted is
 * kept in whole numbers, and shares are worked out where they are shown. Bounded in size, whatever the data.
 */
import {
  count,
  list,
  number,
  object,
  share,
  such,
  tagged,
  ValidationError,
  oneOf,
  type Check,
} from '../../base/validate.ts';
import { metricName, type MetricName } from './metrics.ts';

/** A sample as a small picture: a PNG in base64. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly png: string;
}

/** A sample of the test part. */
export interface TestSample {
  /** Its place there, from 0. */
  readonly index: number;
  /** Its file below the folder of the data, and a line after a colon; absent where it has none of its own. */
  readonly file?: string;
  readonly picture?: Picture;
}

/** A sample that was put into another class. */
export interface Mistake extends TestSample {
  readonly actual: number;
  readonly predicted: number;
  /** Probability of the answer by the softmax of the integer network's outputs. */
  readonly confidence: number;
}

/** A sample by the metric of itself alone. */
export interface Rated extends TestSample {
  readonly value: number;
}

/** Tasks that put out a class. */
export interface ClassDetails {
  readonly type: 'classes';
  /** By class: its samples, how often it was answered, and how often rightly. */
  readonly support: readonly number[];
  readonly predicted: readonly number[];
  readonly right: readonly number[];
  /** Mistakes as [class, answer, how often], the most frequent first: at most `MOST_CELLS`. */
  readonly confused: readonly (readonly [actual: number, predicted: number, samples: number])[];
  /** Mistakes beyond those that are listed. */
  readonly unlisted: number;
  /** Answers of the integer network beside those of the float one. */
  readonly agreement: {
    /** Samples with the same answer. */
    readonly same: number;
    /** Right in float and wrong in integers, and the other way round. */
    readonly lost: number;
    readonly gained: number;
  };
  /** Expected calibration error over `CALIBRATION_BINS` bins of confidence. */
  readonly calibration: { readonly integer: number; readonly float: number };
  /** The most confident mistakes, the worst first: at most `MOST_WORST`. */
  readonly worst: readonly Mistake[];
}

/** Tasks that put out images or values. */
export interface SampleDetails {
  readonly type: 'samples';
  /** That is rated by: not that of the run where only many samples together have one, as an area under a curve. */
  readonly metric: MetricName;
  /** The metric of each sample alone: mean, standard deviation, and quantiles at `QUANTILES`. */
  readonly mean: number;
  readonly deviation: number;
  readonly quantiles: readonly number[];
  /** Mean and deviation of the float network. */
  readonly floatMean: number;
  readonly floatDeviation: number;
  /** The worst first: at most `MOST_WORST`. */
  readonly worst: readonly Rated[];
}

/** What a task says of single samples; another kind is another member. */
export type TestDetails = ClassDetails | SampleDetails;

/** All of the test part, and nothing of another. */
export interface TestReport {
  readonly samples: number;
  /** Standard errors of the metrics over these samples; absent where one sample is too few to tell. */
  readonly integerError?: number;
  readonly floatError?: number;
  readonly details: TestDetails;
}

export const MOST_CELLS = 4096;
export const MOST_WORST = 12;
export const CALIBRATION_BINS = 15;
export const QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1] as const;
/** Of a picture: sides in pixels, and characters of its PNG. */
export const MOST_SIDE = 48;
const MOST_PNG = 16_384;

const PNG_START = 'iVBORw0KGgo';
const png = such<string>(
  `a PNG in base64 of at most ${MOST_PNG} characters`,
  (value) =>
    typeof value === 'string' &&
    value.length <= MOST_PNG &&
    value.startsWith(PNG_START) &&
    /^[A-Za-z0-9+/]+=*$/.test(value),
);
/** Characters of the name of a sample's file. */
export const MOST_FILE = 512;
const file = such<string>(
  `a text of at most ${MOST_FILE} characters`,
  (value) => typeof value === 'string' && value.length <= MOST_FILE,
);
const picture = object<Picture>({ width: count, height: count, png });

/** A list that is no longer than that. */
function atMost<T>(most: number, element: Check<T>): Check<readonly T[]> {
  return (value, path = '') => {
    const all = list(element)(value, path);
    if (all.length > most) throw new ValidationError(path, `an array of ${most} at most`, value);
    return all;
  };
}

const counts = object<ClassDetails>({
  type: oneOf(['classes']),
  support: list(count),
  predicted: list(count),
  right: list(count),
  confused: atMost(MOST_CELLS, list(count, 3) as Check<readonly [number, number, number]>),
  unlisted: count,
  agreement: object({ same: count, lost: count, gained: count }),
  calibration: object({ integer: share, float: share }),
  worst: atMost(
    MOST_WORST,
    object<Mistake>({ index: count, actual: count, predicted: count, confidence: share }, { file, picture }),
  ),
});

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Counts that contradict each other are nobody's result. */
const classes: Check<ClassDetails> = (value, path = '') => {
  const found = counts(value, path);
  const { support, predicted, right, confused, unlisted, worst } = found;
  const expect = (holds: boolean, what: string): void => {
    if (!holds) throw new ValidationError(path, what, value);
  };
  const known = (index: number): boolean => index < support.length;
  expect(
    predicted.length === support.length && right.length === support.length,
    'one support, one answer count and one right count for each class',
  );
  expect(
    right.every((n, k) => n <= support[k]! && n <= predicted[k]!),
    'no more right answers than samples and answers of a class',
  );
  expect(
    confused.every(([actual, answer, n]) => known(actual) && known(answer) && actual !== answer && n > 0) &&
      worst.every((one) => known(one.actual) && known(one.predicted)),
    'mistakes between two of the classes',
  );
  expect(
    sum(confused.map(([, , n]) => n)) + unlisted === sum(support) - sum(right) && sum(support) === sum(predicted),
    'as many answers as samples',
  );
  return found;
};

const samples: Check<SampleDetails> = object<SampleDetails>({
  type: oneOf(['samples']),
  metric: metricName,
  mean: number,
  deviation: number,
  quantiles: list(number, QUANTILES.length),
  floatMean: number,
  floatDeviation: number,
  worst: atMost(MOST_WORST, object<Rated>({ index: count, value: number }, { file, picture })),
});

const details: Check<TestDetails> = tagged<TestDetails>({ classes, samples });

/** `NetworkResult.test`. */
export const testReport: Check<TestReport> = object<TestReport>(
  { samples: count, details },
  { integerError: number, floatError: number },
);

/** The same without pictures: of networks that are not the one that is shown. */
export function withoutPictures(report: TestReport): TestReport {
  const { details: found } = report;
  const bare = <T extends TestSample>({ picture: dropped, ...rest }: T): Omit<T, 'picture'> => (void dropped, rest);
  return {
    ...report,
    details:
      found.type === 'classes'
        ? { ...found, worst: found.worst.map(bare) }
        : { ...found, worst: found.worst.map(bare) },
  };
}
