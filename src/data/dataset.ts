/** The vocabulary of data: what a reader returns, what a search trains on. Images are NHWC. */
import type { TaskName } from '../wire/tasks/task-table.ts';

export interface Shape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Stored pixels: bytes stay bytes, so that a data set in memory is as large as on disk. */
export type Pixels = Uint8Array | Float32Array;

/** One part of a data set as a reader found it, before splitting and normalising. */
export interface RawPart {
  /** What messages call it: a file or a generator. */
  readonly name: string;
  readonly count: number;
  readonly shape: Shape;
  /** `count` × height × width × channels, in the units of the file. */
  readonly pixels: Pixels;
  /** One class index a sample; empty where the task has no classes. */
  readonly labels: Int32Array;
  /** The images or values to reach, where the task has such. */
  readonly targets?: { readonly shape: Shape; readonly pixels: Pixels };
}

export interface RawSet {
  readonly train: RawPart;
  readonly test: RawPart;
  /** Number of classes that the format itself fixes. */
  readonly classes?: number;
  readonly classNames?: ClassNames;
}

/** Names of classes in the order of their labels, and where they stand. */
export interface ClassNames {
  readonly file: string;
  readonly names: readonly string[];
}

/**
 * normalised = (stored − mean[c]) / std[c], in the units of the file. An export needs it to prepare a camera's or
 * microphone's values alike.
 */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Samples of one part. */
export interface Split {
  readonly count: number;
  readonly shape: Shape;
  /**
   * All images, NHWC, normalised. Made on first use and kept: meant for validation and test; training goes through
   * `Batches`.
   */
  readonly images: Float32Array;
  /** One class index a sample; empty where the task has no classes. */
  readonly labels: Int32Array;
  /** The images (normalised like `images`) or values to reach, where the task has such. */
  readonly targets?: Float32Array | undefined;
  readonly targetShape?: Shape | undefined;
  /** Writes sample `index`, normalised, to `into` at `offset`: from its images or from its targets. */
  copy(part: 'images' | 'targets', index: number, into: Float32Array, offset: number): void;
  /** What a pixel outside the image is: the normalised value of a stored zero, per channel. */
  readonly outside: readonly number[];
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
  readonly normalisation: Normalisation;
  /** Of all samples, as `dataDigest` computes it; absent where they come from no reader. */
  readonly sha256?: string;
}
