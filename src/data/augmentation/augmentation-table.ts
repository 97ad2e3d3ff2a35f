/** The augmentations that there are, and what a definition asks of them put together. */
import type { SeededRandom } from '../../base/random.ts';
import type { AugmentSpec } from '../../network/types.ts';
import type { Range, Shape } from '../dataset.ts';
import type { Augmentation, Change } from './augmentation.ts';
import { brightness } from './brightness.ts';
import { contrast } from './contrast.ts';
import { crop } from './crop.ts';
import { flip } from './flip.ts';
import { frequencyMask } from './frequency-mask.ts';
import { saturation } from './saturation.ts';
import { timeMask } from './time-mask.ts';
import { timeShift } from './time-shift.ts';

/** In the order in which they are drawn and made. */
export const AUGMENTATIONS: Readonly<Record<keyof AugmentSpec, Augmentation>> = {
  crop,
  flip,
  brightness,
  contrast,
  saturation,
  timeShift,
  timeMask,
  frequencyMask,
};

/** What is done to one sample, and to its target. */
export interface Drawn {
  readonly sample: readonly Change[];
  readonly target: readonly Change[];
}

const NOTHING: Drawn = { sample: [], target: [] };

/** Draws what a definition asks for, for one sample after another. */
export function augmenter(spec: AugmentSpec, shape: Shape): (random: SeededRandom) => Drawn {
  const asked = Object.values(AUGMENTATIONS).flatMap((one) => {
    const amount = one.amount(spec);
    return amount === 0 ? [] : [{ one, amount }];
  });
  if (asked.length === 0) return () => NOTHING;
  return (random) => {
    const drawn = asked.map(({ one, amount }) => ({ ...one, change: one.draw(amount, shape, random) }));
    return {
      sample: drawn.map(({ change }) => change),
      target: drawn.flatMap(({ change, targets }) => (targets === 'alike' ? [change] : [])),
    };
  };
}

/** Brings changed values back between those that a file can hold, per channel. */
export function clip(picture: Float32Array, { low, high }: Range): void {
  for (let i = 0; i < picture.length; i++) {
    const c = i % low.length;
    picture[i] = Math.min(high[c]!, Math.max(low[c]!, picture[i]!));
  }
}
