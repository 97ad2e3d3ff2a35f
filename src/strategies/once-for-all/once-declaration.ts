/** What once-for-all declares of itself: its stages, how long its shared weights are trained, and what it reports. */
import type { TrainingSpec } from '../../network/types.ts';
import type { CurveHeader, StageHeader } from '../../wire/run.ts';
import { raceSteps } from '../session/race.ts';
import { passesPerStep, RECIPE_OF_ALL } from './shared-training.ts';

export const SHARED_STAGE = 'shared';
export const PREDICTOR_STAGE = 'predictor';
export const OFFERS_STAGE = 'offers';

/** To count a race in epochs, not in steps, it is held in thousandths of one. */
const FINE = 1000;

/**
 * Epochs of the shared weights: as many networks are trained as in the steps of `warmup` and `search` and of the race,
 * which is not held; some steps train two.
 */
export function sharedEpochs({ warmup, search, sparsify, settle, race }: TrainingSpec): number {
  const raced = raceSteps(FINE * (sparsify + settle), race) / FINE;
  return Math.max(1, Math.round((warmup + search + raced) / passesPerStep(RECIPE_OF_ALL)));
}

export function onceStages(training: TrainingSpec): readonly StageHeader[] {
  return [
    {
      id: SHARED_STAGE,
      title: 'Shared weights',
      about: 'Trains one network that contains all architectures, on architectures of every size; nothing is decided.',
      epochs: sharedEpochs(training),
      deciding: true,
    },
    {
      id: PREDICTOR_STAGE,
      title: 'Predictor',
      about: 'Measures architectures of all sizes with the shared weights, and learns to predict them.',
      epochs: 0,
      deciding: false,
    },
    {
      id: OFFERS_STAGE,
      title: 'Offers',
      about: 'Finds the best architecture of each of many sizes.',
      epochs: 0,
      deciding: false,
    },
  ];
}

export const ONCE_CURVES: readonly CurveHeader[] = [
  {
    id: 'widest',
    title: 'Loss of the widest network',
    line: 'loss',
    about: 'Of the largest architecture with the shared weights, on the validation part.',
    unit: 'number',
    column: 'widest',
  },
  {
    id: 'smallest',
    title: 'Loss of the smallest network',
    line: 'loss',
    about: 'Of the smallest architecture with the shared weights, on the validation part.',
    unit: 'number',
    column: 'smallest',
  },
];
