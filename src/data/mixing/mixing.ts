/** What a mixing is: two samples made into one that is partly of either class. */
import type { SeededRandom } from '../../base/random.ts';
import type { Shape } from '../dataset.ts';

export interface Mixing {
  /** One sentence. */
  readonly about: string;
  /**
   * Mixes each image of a batch with its partner, in place.
   * @param partners place in the batch of each image's partner
   * @param share how much of its own each image should keep, from 0 to 1
   * @returns how much it has kept
   */
  mix(images: Float32Array, shape: Shape, partners: Int32Array, share: number, random: SeededRandom): number;
}
