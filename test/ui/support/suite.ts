/** One workbench for the tests of a suite, with a picture of each failure. */
import { fileURLToPath } from 'node:url';
import { PATIENCE, Workbench } from './workbench.ts';

export const TINY = fileURLToPath(new URL('../fixtures/tiny.udc.yaml', import.meta.url));

/**
 * Registers hooks that open a workbench on these files before the suite and close it after. Returns it, once it is
 * open.
 */
export function useWorkbench(
  files: readonly string[],
  settings: Readonly<Record<string, unknown>> = {},
): () => Workbench {
  let workbench: Workbench | undefined;
  before(async function () {
    this.timeout(4 * PATIENCE);
    workbench = await Workbench.open(files, settings);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed')
      await workbench?.picture(
        `failed ${this.currentTest
          .fullTitle()
          .replace(/[^\w]+/g, ' ')
          .trim()}`,
      );
  });
  after(async () => workbench?.close());
  return () => {
    if (!workbench) throw new Error('the workbench did not open');
    return workbench;
  };
}
