/** `--parallel N`: how many networks a search trains at once. */
import { LAUNCHERS } from '../runs/launchers/launcher-table.ts';
import type { Launcher } from '../runs/launchers/launcher.ts';
import { defaultWorker, withParallel } from '../runs/launchers/local-worker.ts';
import { wholeNumber } from './arguments.ts';
import { UsageError } from './terminal/io.ts';

export const PARALLEL_OPTION = {
  parallel: {
    type: 'string',
    value: 'N',
    about:
      'networks that are trained at once where a search compares several; by default, and with 0, as cores and memory allow',
  },
} as const;

const MOST = 64;

/** A launcher whose workers keep to the option. @throws UsageError */
export function launcherFor(parallel: string | undefined): Launcher {
  const networks = parallel === undefined ? 0 : wholeNumber('--parallel', parallel, 0);
  if (networks > MOST) throw new UsageError(`--parallel needs a whole number up to ${MOST}, not '${parallel}'`);
  return LAUNCHERS.local(withParallel(defaultWorker(), networks));
}
