/** Options for the worker of a search: how many networks it trains at once, and whether Vela is asked at its end. */
import { LAUNCHERS } from '../runs/launchers/launcher-table.ts';
import type { Launcher } from '../runs/launchers/launcher.ts';
import { defaultWorker, withoutVela, withParallel } from '../runs/launchers/local-worker.ts';
import { wholeNumber } from './arguments.ts';
import { UsageError } from './terminal/io.ts';

export const WORKER_OPTIONS = {
  parallel: {
    type: 'string',
    value: 'N',
    about:
      'networks that are trained at once where a search compares several; by default, and with 0, as cores and memory allow',
  },
  'no-vela': {
    type: 'boolean',
    about: 'does not have an installed Vela compile the result; else a result that it contradicts is not issued',
  },
} as const;

export interface WorkerValues {
  readonly parallel?: string | undefined;
  readonly 'no-vela'?: boolean | undefined;
}

const MOST = 64;

/** A launcher whose workers keep to the options. @throws UsageError */
export function launcherFor({ parallel, 'no-vela': unasked = false }: WorkerValues): Launcher {
  const networks = parallel === undefined ? 0 : wholeNumber('--parallel', parallel, 0);
  if (networks > MOST) throw new UsageError(`--parallel needs a whole number up to ${MOST}, not '${parallel}'`);
  const program = withParallel(defaultWorker(), networks);
  return LAUNCHERS.local(unasked ? withoutVela(program) : program);
}
