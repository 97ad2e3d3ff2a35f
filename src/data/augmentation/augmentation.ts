/** What an augmentation is: a random change of a training sample that its target bears. */
import type { SeededRandom } from '../../base/random.ts';
import type { AugmentSpec } from '../../network/types.ts';
import type { Shape } from '../dataset.ts';

/** What a change has to know of the picture that it is made to. */
export interface Frame {
  readonly shape: Shape;
  /** The prepared value of a stored zero, per channel: what lies beyond the border. */
  readonly outside: readonly number[];
  /** By how many times its sides are longer than those of the sample: a target may be larger. */
  readonly factor: number;
}

/** Changes a picture (height × width × channels) in place. */
export type Change = (picture: Float32Array, frame: Frame) => void;

export interface Augmentation {
  /** One sentence. */
  readonly about: string;
  /** How much of it a definition asks for; 0: none, and no random number is drawn for it. */
  amount(spec: AugmentSpec): number;
  /** Draws what is done to one sample of this shape. */
  draw(amount: number, shape: Shape, random: SeededRandom): Change;
  /** Is a target that is an image changed alike, or left as it is, for the network to restore? */
  readonly targets: 'alike' | 'kept';
}
