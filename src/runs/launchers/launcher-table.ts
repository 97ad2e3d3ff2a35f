/**
 * The launchers that there are: where runs can be worked on. The editor begins runs on this machine alone, and its
 * bundle does without the table.
 */
import type { Launcher } from './launcher.ts';
import { LocalLauncher } from './local-launcher.ts';
import type { WorkerProgram } from './local-worker.ts';
import { SlurmLauncher, type SlurmOptions } from './slurm/slurm-launcher.ts';

/** Each is opened with what it needs to know of its place. */
export const LAUNCHERS = {
  /** By default with the worker of this installation. */
  local: (program?: WorkerProgram): Launcher => new LocalLauncher(program),
  slurm: (options?: SlurmOptions): SlurmLauncher => new SlurmLauncher(options),
} as const;

export type LauncherName = keyof typeof LAUNCHERS;
