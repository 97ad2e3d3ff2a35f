/** What networks are to put out for the samples of a set, by kind: how files have it, and what a set must have. */
import type { DatasetSpec } from '../network/types.ts';
import type { TargetKind, TaskSpec } from '../wire/tasks/task-spec.ts';
import { DataError, checkLabels } from './data-error.ts';
import type { Normalisation, RawPart, RawSet } from './dataset.ts';
import { toImages, toLabels, toValues } from './sources/npy/array-parts.ts';
import type { NpyArray } from './sources/npy/npy.ts';

/** What the y of a part becomes. */
export type PartTargets = Pick<RawPart, 'labels' | 'targets'>;

export interface TargetRule {
  /** From the y of a part; absent where there is none. @throws DataError */
  readonly fromArray?: (y: NpyArray, file: string, classes: number | undefined) => PartTargets;
  /** The part with its targets. @throws DataError where its source has none */
  complete(part: RawPart, task: TaskSpec): RawPart;
  /** Number of classes; 0 where there are none. @throws DataError */
  classes(raw: RawSet, spec: DatasetSpec): number;
  /** Do classes have names? */
  readonly named: boolean;
  /** How targets are brought to what the network puts out, given how inputs are. */
  normalisation(inputs: Normalisation, part: RawPart): Normalisation;
}

const NO_LABELS = new Int32Array(0);

/** Targets that stand in a file: absent where the source has labels only. */
function given(what: 'images' | 'values'): Pick<TargetRule, 'complete' | 'classes' | 'named'> {
  return {
    complete(part, { id }) {
      if (part.targets !== undefined) return part;
      throw new DataError(
        part.name,
        `this data set has class labels, no target ${what}; ${id} needs ${what} to reach (format npy)`,
        {},
        ['task'],
      );
    },
    classes: () => 0,
    named: false,
  };
}

const same = (inputs: Normalisation): Normalisation => inputs;

export const TARGET_KINDS: Readonly<Record<TargetKind, TargetRule>> = {
  class: {
    fromArray: (y, file, classes) => {
      const labels = toLabels(y, file);
      checkLabels(labels, classes, file, (record) => ({ record }));
      return { labels };
    },
    complete: (part) => part,
    classes(raw, spec) {
      const classes = countClasses(raw, spec);
      checkClasses(raw, classes);
      return classes;
    },
    named: true,
    normalisation: same,
  },
  image: {
    ...given('images'),
    fromArray: (y, file) => ({ labels: NO_LABELS, targets: toImages(y, file) }),
    normalisation: same,
  },
  values: {
    ...given('values'),
    fromArray: (y, file) => ({ labels: NO_LABELS, targets: toValues(y, file) }),
    normalisation: (_, { targets }) => {
      const all = (value: number): number[] => Array.from({ length: targets?.shape.channels ?? 0 }, () => value);
      return { mean: all(0), std: all(1) };
    },
  },
  input: {
    complete: (part) => ({ ...part, labels: NO_LABELS, targets: part }),
    classes: () => 0,
    named: false,
    normalisation: same,
  },
};

/** A classifier tells at least two classes apart. */
function checkClasses({ train }: RawSet, classes: number): void {
  const [first] = train.labels;
  if (classes < 2)
    throw new DataError(
      train.name,
      `the data has ${classes === 1 ? 'one class' : 'no classes'}; a classifier needs two or more: is a class of "everything else" missing?`,
    );
  if (train.labels.every((label) => label === first))
    throw new DataError(
      train.name,
      `all ${train.count} training labels are ${first}; a classifier needs samples of two or more classes`,
    );
}

function countClasses(raw: RawSet, spec: DatasetSpec): number {
  if (spec.classes !== undefined && raw.classes !== undefined && spec.classes !== raw.classes) {
    throw new DataError(
      raw.train.name,
      `the data set has ${raw.classes} classes; the definition says ${spec.classes}: write \`classes: ${raw.classes}\` or leave it out`,
      {},
      ['dataset', 'classes'],
    );
  }
  if (spec.classes !== undefined) return spec.classes;
  if (raw.classes !== undefined) return raw.classes;
  const largest = (labels: Int32Array): number => labels.reduce((most, label) => Math.max(most, label), 0);
  return 1 + Math.max(largest(raw.train.labels), largest(raw.test.labels));
}
