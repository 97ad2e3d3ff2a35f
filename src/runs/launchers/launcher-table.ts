/** The launchers that there are: where runs can be worked on. */
import type { Launcher } from './launcher.ts';
import { LocalLauncher } from './local-launcher.ts';
import type { WorkerProgram } from './local-worker.ts';

export type LauncherName = 'local';

/** Each is opened with what runs as a worker; by default the worker of this installation. */
export const LAUNCHERS: Readonly<Record<LauncherName, (program?: WorkerProgram) => Launcher>> = {
  local: (program) => new LocalLauncher(program),
};
