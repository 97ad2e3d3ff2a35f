/** Where a running search is, in words and as a share. */
import { formatCount } from '../text/format.ts';
import type { Progress } from './run.ts';

/** 'epoch 3 of 12', or '34 %' where a stage has no epochs. */
export function placeText({ hasEpochs, epoch, epochs, step, steps }: Progress): string {
  return hasEpochs ? `epoch ${epoch} of ${epochs}` : `${Math.floor((100 * step) / Math.max(1, steps))} %`;
}

/** 'step 34 of 120'. */
export function stepText({ step, steps }: Progress): string {
  return `step ${formatCount(step)} of ${formatCount(steps)}`;
}

/** How far a running search is: 0..1; where that is not told, how far its epochs are. */
export function shareDone({ hasEpochs, epoch, epochs, step, steps, done }: Progress): number {
  if (done !== undefined) return done;
  if (epochs === 0) return 0;
  const within = hasEpochs && steps > 0 ? step / steps - 1 : 0;
  return Math.min(1, Math.max(0, (epoch + within) / epochs));
}
