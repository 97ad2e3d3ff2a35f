/** The tasks that can be trained, by the names of `src/wire/tasks/task-table.ts`. */
import type { TaskName } from '../wire/tasks/task-table.ts';
import { absoluteError } from './absolute-error.ts';
import { crossEntropy } from './cross-entropy.ts';
import { peakSignalToNoise } from './peak-signal-to-noise.ts';
import { reconstructionError } from './reconstruction-error.ts';
import { metricOfTask } from '../wire/tasks/metrics.ts';
import { sampleRecorder } from './sample-recorder.ts';
import type { Task } from './task.ts';

/** What a task has to say itself: of single samples it is its metric of each alone, where it says nothing else. */
export type Half = Omit<Task, 'id' | 'recorder'> & Partial<Pick<Task, 'recorder'>>;

export const TASKS: Readonly<Record<TaskName, Half>> = {
  classification: crossEntropy,
  regression: absoluteError,
  reconstruction: reconstructionError,
  'super-resolution': peakSignalToNoise,
};

export function taskNamed(id: TaskName): Task {
  const half = TASKS[id];
  return { recorder: (part) => sampleRecorder(half, metricOfTask(id), part), ...half, id };
}
