/** The tasks that can be trained, by the names of `src/wire/tasks/task-table.ts`. */
import type { TaskName } from '../wire/tasks/task-table.ts';
import { absoluteError } from './absolute-error.ts';
import { crossEntropy } from './cross-entropy.ts';
import { peakSignalToNoise } from './peak-signal-to-noise.ts';
import { reconstructionError } from './reconstruction-error.ts';
import type { Task } from './task.ts';

export const TASKS: Readonly<Record<TaskName, Omit<Task, 'id'>>> = {
  classification: crossEntropy,
  regression: absoluteError,
  reconstruction: reconstructionError,
  'super-resolution': peakSignalToNoise,
};

export const taskNamed = (id: TaskName): Task => ({ id, ...TASKS[id] });
