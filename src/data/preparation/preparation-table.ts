/** The preparations that there are, and which of them a task takes. */
import type { Definition } from '../../network/types.ts';
import type { TaskSpec } from '../../wire/tasks/task-spec.ts';
import { taskSpec } from '../../wire/tasks/task-table.ts';
import { channelNormalisation, channelStatistics } from './channel-normalisation.ts';
import type { PreparationRule } from './preparation.ts';

export const PREPARATIONS: Readonly<Record<TaskSpec['inputs'], PreparationRule>> = {
  standardised: {
    about: 'Each channel gets mean 0 and standard deviation 1 over the training samples.',
    inputShape: (sample) => sample,
    fit: async (samples, indices) => channelNormalisation(await channelStatistics(samples, indices)),
  },
  'unit-range': {
    about: 'Bytes become 0..1, floats stay as they are.',
    inputShape: (sample) => sample,
    fit({ shape: { channels }, type }) {
      const each = (value: number): number[] => Array.from({ length: channels }, () => value);
      return Promise.resolve(channelNormalisation({ mean: each(0), std: each(type === 'uint8' ? 255 : 1) }));
    },
  },
};

/** How inputs come to the network, by what the task says. */
export const preparationOf = ({ task }: Pick<Definition, 'task'>): PreparationRule =>
  PREPARATIONS[taskSpec(task).inputs];
