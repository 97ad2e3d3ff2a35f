/** What networks are to put out for the samples of a set, by kind: how files have it, and what a set must have. */
import type { DatasetSpec } from '../network/types.ts';
import type { TargetKind, TaskSpec } from '../wire/tasks/task-spec.ts';
import { DataError, checkLabels } from './data-error.ts';
import type { ClassNames, SourcePart, SourceSet } from './dataset.ts';
import { anomalies, NORMAL } from './anomalies.ts';
import type { OpenFiles } from './files/open-bytes.ts';
import { channelNormalisation, channelStatistics, preparedRange } from './preparation/channel-normalisation.ts';
import type { Preparation } from './preparation/preparation.ts';
import { openImages, openValues, readLabels, type Channels } from './sources/npy/array-parts.ts';

/** What the y of a part becomes. */
export type PartTargets = Pick<SourcePart, 'labels' | 'targets'>;

export interface TargetRule {
  /** Opens the array y of a part; absent where there is none. @throws DataError */
  readonly open?: (
    file: string,
    files: OpenFiles,
    classes: number | undefined,
    channels: Channels | undefined,
  ) => Promise<PartTargets>;
  /** May the array y be absent? */
  readonly optional?: boolean;
  /** The part with its targets. @throws DataError where its source has none */
  complete(part: SourcePart, task: TaskSpec, spec: DatasetSpec, classNames: ClassNames | undefined): SourcePart;
  /** Is a sample of that label to be learnt? Absent: all are. */
  readonly teaches?: (label: number) => boolean;
  /** Number of classes; 0 where there are none. @throws DataError */
  classes(raw: SourceSet, spec: DatasetSpec): number;
  /** Do classes have names? */
  readonly named: boolean;
  /**
   * How targets are brought to what the network puts out, given how inputs are, and what range they have then.
   * @param training which samples of the part are trained on
   */
  fit(inputs: Preparation, part: SourcePart, training: Int32Array): Promise<FittedTargets>;
}

export interface FittedTargets {
  readonly targets: Preparation;
  readonly range?: { readonly min: number; readonly max: number };
}

/** Values that were never seen may lie so far outside those that were, as a share of their range. */
const MARGIN = 0.05;

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

const same = (inputs: Preparation): Promise<FittedTargets> => Promise.resolve({ targets: inputs });

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
    fit: same,
  },
  image: {
    ...given('images'),
    open: async (file, files, _, channels) => ({ labels: NO_LABELS, targets: await openImages(file, files, channels) }),
    // Images are in 0..1, the peak of PSNR.
    fit: (inputs) => Promise.resolve({ targets: inputs, range: { min: 0, max: 1 } }),
  },
  values: {
    ...given('values'),
    open: async (file, files) => ({ labels: NO_LABELS, targets: await openValues(file, files) }),
    async fit(_, { targets }, training) {
      const statistics = await channelStatistics(targets!, training);
      const prepared = channelNormalisation(statistics);
      const range = await preparedRange(targets!, training, prepared);
      if (range.min === range.max)
        throw new DataError(
          targets!.name,
          `all training targets are ${statistics.mean.join(', ')}: there is nothing to learn from them`,
        );
      const beyond = MARGIN * (range.max - range.min);
      return { targets: prepared, range: { min: range.min - beyond, max: range.max + beyond } };
    },
  },
  input: {
    async open(file) {
      try {
        return { labels: await readLabels(file) };
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        throw new DataError(
          file,
          `${error.problem}. An autoencoder takes its input as its target: y may hold labels, 0 normal and 1 anomalous, or be left out`,
          error.place,
        );
      }
    },
    optional: true,
    complete: (part, _, spec, classNames) => ({
      ...part,
      labels: anomalies(part, spec, classNames),
      targets: part.samples,
    }),
    teaches: (label) => label === NORMAL,
    classes: () => 0,
    named: false,
    fit: same,
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
