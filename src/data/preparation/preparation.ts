/** What a preparation is: from the values of a file to the input of a network, and what a chip must do alike. */
import type { PrepareStep } from '../../wire/preparation/step-table.ts';
import type { Pixels, Shape, Source } from '../dataset.ts';

/**
 * prepared = (value − mean[c]) / std[c], in the units of the file, after the steps before. An export states it, so that
 * a camera's or microphone's values are prepared alike.
 */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A way to prepare, as it is known before any value is read. */
export interface PreparationRule {
  /** One sentence. */
  readonly about: string;
  /** Shape of the input that is made of a sample. */
  inputShape(sample: Shape): Shape;
  /**
   * Takes from the training samples what it needs to know of them.
   * @param indices which samples of the source are trained on
   * @throws DataError
   */
  fit(samples: Source, indices: Int32Array): Promise<Preparation>;
}

export interface Preparation {
  inputShape(sample: Shape): Shape;
  /** Writes the input that `channelNormalisation(normalisation)` makes of a sample to `into` at `offset`. */
  prepare(sample: Pixels, into: Float32Array, offset: number): void;
  /** The prepared value of a stored zero, per channel. */
  readonly outside: readonly number[];
  /** What a chip has to do to what it sees: results and exports state this. */
  readonly normalisation: Normalisation;
  /** The steps of the definition's `prepare:`, the last with its numbers; none where it has none. */
  readonly steps: readonly PrepareStep[];
}
