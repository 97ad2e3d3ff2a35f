/** What a generator of example data is. */
import type { SeededRandom } from '../../../base/random.ts';
import type { Shape } from '../../dataset.ts';

export interface Generator {
  readonly shape: Shape;
  /** Class names, in the order of their labels. */
  readonly classes: readonly string[];
  /** Rows are frames and columns bands. */
  readonly spectrogram?: true;
  /** Draws one sample of class `label` into `out` (height × width × channels), values 0..1; the caller clips. */
  draw(label: number, random: SeededRandom, out: Float32Array): void;
}
