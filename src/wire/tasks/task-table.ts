/** The tasks by the names that definitions use; `src/tasks` has a loss for each. */
import { classification } from './classification-spec.ts';
import { reconstruction } from './reconstruction-spec.ts';
import { regression } from './regression-spec.ts';
import { superResolution } from './super-resolution-spec.ts';
import type { TaskSpec } from './task-spec.ts';

/** Asked in this order what a network file is for. */
export const TASK_SPECS = {
  classification,
  regression,
  reconstruction,
  'super-resolution': superResolution,
} as const satisfies Readonly<Record<string, TaskSpec>>;

export type TaskName = keyof typeof TASK_SPECS;

/** What a definition is for that does not say it. */
export const DEFAULT_TASK: TaskName = 'classification';

export const isTaskName = (text: string): text is TaskName => Object.hasOwn(TASK_SPECS, text);

export const taskSpec = (name: TaskName): TaskSpec => TASK_SPECS[name];

export const taskSpecs = (): readonly TaskSpec[] => Object.values(TASK_SPECS);
