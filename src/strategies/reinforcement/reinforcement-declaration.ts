/** What the strategy declares of itself: its stages, how many episodes they have, and what it reports. */
import type { TrainingSpec } from '../../network/types.ts';
import type { CurveHeader, StageHeader } from '../../wire/run.ts';
import { raceSteps } from '../session/race.ts';

export const NETWORK_STAGE = 'network';
export const PRUNE_STAGE = 'prune';
export const BITS_STAGE = 'bits';

/** To count a race in epochs, not in steps, it is held in thousandths of one. */
const FINE = 1000;

/** Epochs of each stage: together those of `warmup`, `search` and the race, which is not held. */
export interface StageEpochs {
  /** 0 where weights come with the definition. */
  readonly network: number;
  readonly prune: number;
  readonly bits: number;
}

export function stageEpochs({ warmup, search, sparsify, settle, race, initialWeights }: TrainingSpec): StageEpochs {
  const raced = raceSteps(FINE * (sparsify + settle), race) / FINE;
  const total = Math.round(warmup + search + raced);
  const network = initialWeights === undefined ? Math.max(1, Math.round(total / 2)) : 0;
  const prune = Math.max(1, Math.ceil((total - network) / 2));
  return { network, prune, bits: Math.max(1, total - network - prune) };
}

/** Episodes of a stage that a search on a processor has, and the fewest training steps of one. */
const EPISODES = 100;
const FEWEST_STEPS = 8;

/** Episodes of an epoch. */
export function episodesPerEpoch(epochs: number, stepsPerEpoch: number): number {
  return Math.max(1, Math.min(Math.floor(stepsPerEpoch / FEWEST_STEPS), Math.ceil(EPISODES / epochs)));
}

export function reinforcementStages(training: TrainingSpec): readonly StageHeader[] {
  const epochs = stageEpochs(training);
  const network: StageHeader = {
    id: NETWORK_STAGE,
    title: 'Network',
    about: 'Trains the whole network, since no weights come with the definition.',
    epochs: epochs.network,
    deciding: false,
  };
  return [
    ...(epochs.network > 0 ? [network] : []),
    {
      id: PRUNE_STAGE,
      title: 'Pruning',
      about: 'An agent prunes channels layer by layer; noise that is trained finds the kernels that may go.',
      epochs: epochs.prune,
      deciding: true,
    },
    {
      id: BITS_STAGE,
      title: 'Bits',
      about: 'An agent chooses the bits of each layer of the pruned network, within the budget.',
      epochs: epochs.bits,
      deciding: true,
    },
  ];
}

export const REINFORCEMENT_CURVES: readonly CurveHeader[] = [
  {
    id: 'pruneReward',
    title: 'Reward of pruning',
    line: 'reward',
    about: 'What the agent that prunes is paid for its networks, mean over the episodes of an epoch.',
    unit: 'number',
    column: 'pruning',
  },
  {
    id: 'bitsReward',
    title: 'Reward of bits',
    line: 'reward',
    about: 'What the agent that chooses bits is paid: a tenth of the points of accuracy that they bring or lose.',
    unit: 'number',
    column: 'bits',
  },
  {
    id: 'episodes',
    title: 'Episodes',
    line: 'episodes',
    about: 'Networks that the agents have tried so far.',
    unit: 'count',
    column: 'episodes',
  },
  {
    id: 'noise',
    title: 'Noise of actions',
    line: 'spread',
    about: 'Spread of the noise on actions, which are between 0 and 1; none while they are drawn evenly.',
    unit: 'number',
  },
  {
    id: 'kernelsGone',
    title: 'Kernels without use',
    line: 'share',
    about: 'Share of the best pruned network’s kernels that noise has drowned.',
    unit: 'share',
  },
];
