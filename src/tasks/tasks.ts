/** The tasks that can be trained, by the names of `src/wire/tasks/task-table.ts`. */
import type { TaskName } from '../wire/tasks/task-table.ts';
import { crossEntropy } from './cross-entropy.ts';
import { psnr, squaredError } from './squared-error.ts';
import type { Task } from './task.ts';

export const TASKS: Readonly<Record<TaskName, Omit<Task, 'id'>>> = {
  classification: crossEntropy,
  'super-resolution': squaredError(psnr),
};

export const taskNamed = (id: TaskName): Task => ({ id, ...TASKS[id] });
