/** Long work in slices, so that what else a process has to do is not kept waiting. */

/** Milliseconds of work before others have their turn. */
const SLICE = 15;

/** Runs all steps; between slices the event loop goes on. */
export async function inSlices(steps: Iterator<undefined, void>): Promise<void> {
  for (let since = performance.now(); steps.next().done !== true;) {
    if (performance.now() - since < SLICE) continue;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    since = performance.now();
  }
}
