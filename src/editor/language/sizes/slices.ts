/** Long work in slices, so that what else a process has to do is not kept waiting. */

import type { Steps } from '../../../base/steps.ts';

/** Milliseconds of work before others have their turn. */
const SLICE = 15;

/** Runs steps while somebody wants what they make; between slices the event loop goes on. */
export async function whileWanted(steps: Steps<void>, wanted: () => boolean): Promise<void> {
  await inSlices(
    (function* () {
      while (wanted() && steps.next().done !== true) yield;
    })(),
  );
}

/** Runs all steps and returns what they made; between slices the event loop goes on. */
export async function inSlices<T>(steps: Steps<T>): Promise<T> {
  for (let since = performance.now(); ;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (performance.now() - since < SLICE) continue;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    since = performance.now();
  }
}
