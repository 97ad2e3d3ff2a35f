/** How many samples a data set has: of each part, and of each class in it. */
import type { Shape } from './dataset.ts';
import { partsOf, type Samples } from './load-dataset.ts';

export interface PartCount {
  readonly samples: number;
  /** Of each class, in the order of their labels; absent where the task has none. */
  readonly perClass?: readonly number[];
}

/** Plain data: it crosses a thread, and `udc check --json` prints it. */
export interface DataCounts {
  /** Of one sample, after the steps of `prepare:`. */
  readonly shape: Shape;
  /** 0 where the task has none. */
  readonly classes: number;
  /** In the order of their labels, where the data name them. */
  readonly classNames?: readonly string[];
  readonly training: PartCount;
  readonly validation: PartCount;
  readonly test: PartCount;
}

/** Without those that are known to be unsound: call it after the samples have been looked at. */
export function countsOf(samples: Samples): DataCounts {
  const { raw, classes, classNames } = samples;
  const { training, validation, test } = partsOf(samples);
  const { height, width, channels } = raw.train.samples.shape;
  const count = (indices: Int32Array, labels: Int32Array): PartCount => {
    if (classes === 0) return { samples: indices.length };
    const perClass = Array.from({ length: classes }, () => 0);
    for (const index of indices) perClass[labels[index]!]! += 1;
    return { samples: indices.length, perClass };
  };
  return {
    shape: { height, width, channels },
    classes,
    ...(classNames && { classNames }),
    training: count(training, raw.train.labels),
    validation: count(validation, raw.train.labels),
    test: count(test, raw.test.labels),
  };
}
