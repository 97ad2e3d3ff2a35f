/** How values are brought to what networks learn from, and which way a definition takes. */
import type { Definition } from '../../network/types.ts';
import type { NormaliseStep } from '../../wire/preparation/normalise-spec.ts';
import type { PrepareStep } from '../../wire/preparation/step-table.ts';
import { taskSpec } from '../../wire/tasks/task-table.ts';
import type { Source } from '../dataset.ts';
import { channelNormalisation, channelStatistics } from './channel-normalisation.ts';
import type { Normalisation, PreparationRule } from './preparation.ts';

/** How its numbers are found. */
export interface NormalisationRule {
  readonly about: string;
  fit(samples: Source, indices: Int32Array): Promise<Normalisation>;
}

const each = ({ shape: { channels } }: Source, value: number): number[] =>
  Array.from({ length: channels }, () => value);

/** By the names of `normalise:` and of a task's `inputs`. */
export const PREPARATIONS: Readonly<Record<NonNullable<NormaliseStep['by']>, NormalisationRule>> = {
  standardised: {
    about: 'Each channel gets mean 0 and standard deviation 1 over the training samples.',
    fit: channelStatistics,
  },
  'unit-range': {
    about: 'Bytes become 0..1, floats stay as they are.',
    fit: (samples) =>
      Promise.resolve({ mean: each(samples, 0), std: each(samples, samples.type === 'uint8' ? 255 : 1) }),
  },
  symmetric: {
    about: 'Bytes become -1..1, floats stay as they are.',
    fit: (samples) => {
      const [mean, std] = samples.type === 'uint8' ? [127.5, 127.5] : [0, 1];
      return Promise.resolve({ mean: each(samples, mean), std: each(samples, std) });
    },
  },
};

/** Where each sample takes long to read, so many of the training samples are enough for statistics of channels. */
const ENOUGH = 4096;

/** The first of a draw, or all. */
const some = ({ identity, held }: Source, indices: Int32Array): Int32Array =>
  identity === undefined || held ? indices : indices.subarray(0, ENOUGH);

/** The numbers that a definition gives, for every channel. */
const given = (numbers: readonly number[], samples: Source): readonly number[] =>
  numbers.length === 1 ? each(samples, numbers[0]!) : numbers;

/** The steps that are done to each sample for itself: all but `normalise`, which the batch does. */
export const sampleSteps = ({ prepare = [] }: Pick<Definition, 'prepare'>): readonly PrepareStep[] =>
  prepare.filter(({ step }) => step !== 'normalise');

/** How inputs come to the network: by the last step of `prepare:`, or else by what the task says. */
export function preparationOf(definition: Pick<Definition, 'task' | 'prepare'>): PreparationRule {
  const last = definition.prepare?.findLast((step) => step.step === 'normalise');
  const { mean, std } = last ?? {};
  const rule = PREPARATIONS[last?.by ?? taskSpec(definition.task).inputs];
  return {
    about: mean ? 'Numbers that the definition gives.' : rule.about,
    inputShape: (sample) => sample,
    async fit(samples, indices) {
      const numbers =
        mean && std
          ? { mean: given(mean, samples), std: given(std, samples) }
          : await rule.fit(samples, some(samples, indices));
      return channelNormalisation(numbers, definition.prepare && sampleSteps(definition));
    },
  };
}
