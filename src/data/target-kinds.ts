/** What networks are to put out for the samples of a set, by kind: how files have it, and what a set must have. */
import type { DatasetSpec } from '../network/types.ts';
import type { TargetKind, TaskSpec } from '../wire/tasks/task-spec.ts';
import { DataError, checkLabels } from './data-error.ts';
import type { SourcePart, SourceSet } from './dataset.ts';
import type { OpenFiles } from './files/open-bytes.ts';
import { channelNormalisation } from './preparation/channel-normalisation.ts';
import type { Preparation } from './preparation/preparation.ts';
import { openImages, openValues, readLabels } from './sources/npy/array-parts.ts';

/** What the y of a part becomes. */
export type PartTargets = Pick<SourcePart, 'labels' | 'targets'>;

export interface TargetRule {
  /** Opens the array y of a part; absent where there is none. @throws DataError */
  readonly open?: (file: string, files: OpenFiles, classes: number | undefined) => Promise<PartTargets>;
  /** The part with its targets. @throws DataError where its source has none */
  complete(part: SourcePart, task: TaskSpec): SourcePart;
  /** Number of classes; 0 where there are none. @throws DataError */
  classes(raw: SourceSet, spec: DatasetSpec): number;
  /** Do classes have names? */
  readonly named: boolean;
  /** How targets are brought to what the network puts out, given how inputs are. */
  preparation(inputs: Preparation, part: SourcePart): Preparation;
}

const NO_LABELS = new Int32Array(0);

/** Targets that stand in a file: absent where the source has labels only. */
function given(what: 'images' | 'values'): Pick<TargetRule, 'complete' | 'classes' | 'named'> {
  return {
    complete(part, { id }) {
      if (part.targets !== undefined) return part;
      throw new DataError(
        part.samples.name,
        `this data set has class labels, no target ${what}; ${id} needs ${what} to reach (format npy)`,
        {},
        ['task'],
      );
    },
    classes: () => 0,
    named: false,
  };
}

const same = (inputs: Preparation): Preparation => inputs;

export const TARGET_KINDS: Readonly<Record<TargetKind, TargetRule>> = {
  class: {
    async open(file, _, classes) {
      const labels = await readLabels(file);
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
    preparation: same,
  },
  image: {
    ...given('images'),
    open: async (file, files) => ({ labels: NO_LABELS, targets: await openImages(file, files) }),
    preparation: same,
  },
  values: {
    ...given('values'),
    open: async (file, files) => ({ labels: NO_LABELS, targets: await openValues(file, files) }),
    preparation: (_, { targets }) => {
      const all = (value: number): number[] => Array.from({ length: targets?.shape.channels ?? 0 }, () => value);
      return channelNormalisation({ mean: all(0), std: all(1) });
    },
  },
  input: {
    complete: (part) => ({ ...part, labels: NO_LABELS, targets: part.samples }),
    classes: () => 0,
    named: false,
    preparation: same,
  },
};

/** A classifier tells at least two classes apart. */
function checkClasses({ train: { samples, labels } }: SourceSet, classes: number): void {
  const [first] = labels;
  if (classes < 2)
    throw new DataError(
      samples.name,
      `the data has ${classes === 1 ? 'one class' : 'no classes'}; a classifier needs two or more: is a class of "everything else" missing?`,
    );
  if (labels.every((label) => label === first))
    throw new DataError(
      samples.name,
      `all ${samples.count} training labels are ${first}; a classifier needs samples of two or more classes`,
    );
}

function countClasses(raw: SourceSet, spec: DatasetSpec): number {
  if (spec.classes !== undefined && raw.classes !== undefined && spec.classes !== raw.classes) {
    throw new DataError(
      raw.train.samples.name,
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
