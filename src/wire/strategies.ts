/** The strategies by the names that definitions, flags and people use; `src/strategies` has the code. */
import type { CostName } from './limits.ts';
import type { StrategyHeader } from './run.ts';

/** How an architecture is searched for. */
export type StrategyName =
  'udc' | 'once-for-all' | 'reinforcement' | 'evolution' | 'random' | 'memory-driven' | 'uniform';

export interface StrategyWords extends StrategyHeader {
  readonly id: StrategyName;
  /** What it does, in a sentence. */
  readonly about: string;
  /** What it costs, in a sentence. */
  readonly price: string;
  /** Does it decide how many bits maps have? */
  readonly decidesActivations?: true;
  /** Does it come to its network without comparing any, so that an objective ranks nothing? */
  readonly comparesNothing?: true;
}

export const STRATEGIES: readonly StrategyWords[] = [
  {
    id: 'udc',
    title: 'UDC',
    about: 'Trains one network that contains all architectures and decides by gradients, under the limits.',
    price:
      'Takes the epochs of `warmup` and `search`, then a race of `race` candidates, then the result’s own training.',
  },
  {
    id: 'once-for-all',
    title: 'Once for all',
    about: 'Trains weights that networks of all sizes share; they are specialised to any budget or target afterwards.',
    price: 'Takes as many training steps as UDC; each further budget takes seconds, or a few epochs of tuning.',
  },
  {
    id: 'reinforcement',
    title: 'Reinforcement',
    about:
      'Compresses the largest network as it is: agents prune its channels, then choose its bits, within the limits.',
    price: 'Takes as many training steps as UDC; without `initialWeights` half of them train the network first.',
  },
  {
    id: 'evolution',
    title: 'Evolution',
    about: 'Races architectures drawn within the limits, and offspring of the best; no shared weights.',
    price:
      'Takes as many training steps as UDC, and those of a race of two at least: those of `warmup` and `search` go to more candidates.',
  },
  {
    id: 'random',
    title: 'Random',
    about: 'Trains architectures drawn at random within the limits, and keeps the best on the validation part.',
    price: 'Takes at most as many training steps as UDC: one whole training for each network drawn.',
  },
  {
    id: 'memory-driven',
    title: 'Memory-driven',
    about:
      'Trains the largest network, from `initialWeights` where there are some, with the bits that the memories leave each layer’s weights and activations.',
    price: 'Takes one whole training; the bits take milliseconds.',
    decidesActivations: true,
    comparesNothing: true,
  },
  {
    id: 'uniform',
    title: 'Uniform',
    about: 'Trains the widest networks of one bitwidth everywhere, dense, that fit: what a search has to beat.',
    price: 'Takes one whole training for each bitwidth.',
  },
];

/** Undefined where there is none of that name. */
export const STRATEGY_NAMES: readonly StrategyName[] = STRATEGIES.map(({ id }) => id);

export const findStrategy = (id: string): StrategyWords | undefined => STRATEGIES.find((one) => one.id === id);

/** A strategy's name for people; its id where this version does not know it. */
export const strategyTitle = (id: string): string => findStrategy(id)?.title ?? id;

export const strategyWords = (id: StrategyName): StrategyWords => findStrategy(id)!;

/** Why an objective on a cost has no effect where a strategy searches; undefined where it ranks by it. */
export const idleObjective = (id: string, cost: CostName): string | undefined =>
  findStrategy(id)?.comparesNothing
    ? `\`objective\` has no effect on \`strategy: ${id}\`, which compares no networks: limit \`${cost}\` in \`target:\`, take another strategy, or remove it`
    : undefined;
