/** What a network is for, as far as its shapes tell: a network file does not say it. */
import type { Architecture } from '../../network/types.ts';
import { mapText } from '../../wire/tasks/task-spec.ts';
import { DEFAULT_TASK, taskSpecs, type TaskName } from '../../wire/tasks/task-table.ts';

export interface TaskOf {
  readonly task: TaskName;
  readonly notes: readonly string[];
}

/**
 * The task of a definition around the network: the first whose networks put out such a thing.
 * @throws Error where none does
 */
export function taskOf({ input, operations }: Architecture): TaskOf {
  const last = operations.at(-1);
  if (!last) return { task: DEFAULT_TASK, notes: [] };
  const output = { ...last.outSize, channels: last.outChannels };
  const name = last.layerName === '' ? 'the last layer' : 'logits';
  for (const { id, recognise } of taskSpecs()) {
    const notes = recognise(output, input, name);
    if (notes) return { task: id as TaskName, notes };
  }
  const ends = taskSpecs().map(({ endsIn }) => endsIn);
  throw new Error(
    `the output is a map of ${mapText(output)}, as in segmentation or detection: a definition ends in ${ends.join(', or in ')}`,
  );
}
