/** The vocabulary of data: what a source holds, what a search trains on. Images are NHWC. */
import type { PrepareStep } from '../wire/preparation/step-table.ts';
import type { TaskName } from '../wire/tasks/task-table.ts';
import type { Normalisation, Preparation } from './preparation/preparation.ts';

export interface Shape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Elements of one image. */
export const elementsOf = ({ height, width, channels }: Shape): number => height * width * channels;

/** Values as files store them: bytes stay bytes, so that a data set in memory is as large as on disk. */
export type Pixels = Uint8Array | Float32Array;

/** Samples of one kind (images, or what is to be reached), raw, read when they are asked for. */
export interface Source {
  /** What messages call it: a file or a generator. */
  readonly name: string;
  readonly count: number;
  readonly shape: Shape;
  readonly type: 'uint8' | 'float32';
  /** All samples are in memory: reading them costs nothing. */
  readonly held: boolean;
  /** Tells its samples from others where reading all of them takes long; absent: all are read once. */
  readonly identity?: string;
  /** Numbers of samples that were found to be unsound; others were read in their place. */
  readonly damaged?: ReadonlySet<number> | undefined;
  /**
   * The samples at `indices`, in that order and as often as they are named: height × width × channels values each, in
   * the units of the file. They may be views of shared memory: nobody writes to them.
   * @throws ChangedDataError where the file is not what it was when it was opened
   */
  read(indices: Int32Array): Promise<readonly Pixels[]>;
  /**
   * The same, each brought to the input of a network by `channelNormalisation` of those numbers, where the source has
   * that done beside this thread; absent: nothing is won by it.
   */
  readonly normalised?: (indices: Int32Array, by: Normalisation) => Promise<readonly Float32Array[]>;
  /**
   * The same as training hears or sees them, changed at random; the same for the same indices and seed. Absent where
   * nothing is changed before the preparation.
   */
  readonly varied?: ((indices: Int32Array, seed: number) => Promise<readonly Pixels[]>) | undefined;
  /** Lets go of open files. Nothing is read afterwards. */
  close(): Promise<void>;
}

/** One part of a data set, before splitting and preparing. */
export interface SourcePart {
  readonly samples: Source;
  /** One class index a sample; empty where the task has no classes. */
  readonly labels: Int32Array;
  /** The images or values to reach, where the task has such. */
  readonly targets?: Source;
  /** The recording or image that each sample is a piece of; absent where each stands alone. */
  readonly groups?: Int32Array;
  /**
   * The file of a sample below the folder of the set, with forward slashes, and its line after a colon where the file
   * holds several; undefined of one that is in no file of its own. Absent where none is.
   */
  readonly file?: (index: number) => string | undefined;
}

export interface SourceSet {
  /**
   * Of a source that does the steps of `prepare:` itself, where it decodes, so that its samples are what they make: the
   * same samples after other steps, for an input of another size. Files and their index are shared.
   */
  readonly stepped?: (steps: readonly PrepareStep[], input: Shape) => Promise<SourceSet>;
  readonly train: SourcePart;
  readonly test: SourcePart;
  /** Numbers of the samples of `train` that are for validation, where the data say it: else they are drawn. */
  readonly heldBack?: Int32Array;
  /** Number of classes that the format itself fixes. */
  readonly classes?: number;
  readonly classNames?: ClassNames;
  /**
   * The smallest and the largest sample before the steps of `prepare:`, by pixels, of those that were read so far;
   * absent: they are as `samples` has them.
   */
  readonly stored?: () => readonly [smallest: Shape, largest: Shape];
  /** What a person should know of the files: what is left out. As of now: more may be found while they are read. */
  readonly notes?: () => readonly string[];
  /** What of the data is used and was hardly meant so, in words that say what to change. */
  readonly doubts?: readonly string[];
}

/** Names of classes in the order of their labels, and where they stand. */
export interface ClassNames {
  readonly file: string;
  readonly names: readonly string[];
}

export interface Batch {
  readonly count: number;
  /** NHWC, prepared. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
  /** The images or values to reach, where the task has such. */
  readonly targets?: Float32Array;
  /** How much of each class each sample is, where that is more than its label: [N × classes], rows that sum to 1. */
  readonly soft?: Float32Array;
}

/** Between what prepared values lie, per channel. */
export interface Range {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Prepared samples of one part. */
export interface Split {
  readonly count: number;
  readonly shape: Shape;
  /** One class index a sample; empty where the task has no classes. */
  readonly labels: Int32Array;
  readonly targetShape?: Shape | undefined;
  /** How targets come from those of the files, where the task has such. */
  readonly targetScaling?: Normalisation | undefined;
  /** The recording or image that each sample is a piece of; absent where each stands alone. */
  readonly groups?: Int32Array | undefined;
  /** What a pixel outside the image is: the prepared value of a stored zero, per channel. */
  readonly outside: readonly number[];
  /** Which sample of its file's part each is, and of how many; absent where it comes from no file. */
  readonly origins?: { readonly indices: Int32Array; readonly count: number } | undefined;
  /** As the source's part has it, by the place in this split. */
  fileOf?(place: number): string | undefined;
  /** Between what prepared values lie; absent where a file may hold any number. */
  readonly range?: Range | undefined;
  /** Is all of it in memory, so that nothing is won by reading ahead? */
  readonly held: boolean;
  /**
   * The samples at those places of this split, in that order; the arrays are the caller's.
   * @param seed of the changes at random that the source makes of samples to train on; absent: none are made
   * @throws DataError
   */
  gather(places: Int32Array, seed?: number): Promise<Batch>;
  /**
   * Samples `from`…`from + count`, in order; to be read only. What is asked for again is kept, up to `PREPARED_BYTES`:
   * validation looks at the same samples after each epoch.
   * @throws DataError
   */
  slice(from: number, count: number): Promise<Batch>;
}

/** Of the training targets, as prepared. */
export interface OutputStatistics {
  /** Of each channel. */
  readonly mean: readonly number[];
  /** Root mean square of what they are from their mean. */
  readonly deviation: number;
  /** The same from the sample, its pixels repeated; absent where targets are no images of it. */
  readonly beyondInput?: number;
}

export interface Dataset {
  readonly task: TaskName;
  readonly train: Split;
  readonly validation: Split;
  readonly test: Split;
  readonly inputShape: Shape;
  /** Number of classes; 0 where the task has none. */
  readonly classes: number;
  /** In the order of the labels, where the data has them. */
  readonly classNames?: readonly string[];
  /** What outputs have to reach, as prepared; absent where that is not known. */
  readonly targetRange?: { readonly min: number; readonly max: number };
  /** What targets are like; absent where there are labels only. */
  readonly outputs?: OutputStatistics | undefined;
  /** What was done to each sample, and has to be done to what a chip sees. */
  readonly preparation: Preparation;
  /** Of all samples, as `survey` computes it; absent where they come from no source. */
  readonly sha256?: string;
  /** The same samples at each size of the input, where that is a choice: these here are the largest. */
  readonly sizes?: readonly Dataset[] | undefined;
  /** Lets go of open files. */
  close(): Promise<void>;
}

/** The samples at one of their sizes. */
export const atSize = (dataset: Dataset, { height, width }: Pick<Shape, 'height' | 'width'>): Dataset =>
  dataset.sizes?.find(({ inputShape: own }) => own.height === height && own.width === width) ?? dataset;
