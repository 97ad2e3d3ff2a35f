/** The strategies that there are. */
import { STRATEGIES, type StrategyName } from '../wire/strategies.ts';
import { evolution } from './evolution/evolution-strategy.ts';
import { memoryDriven } from './memory-driven/memory-driven-strategy.ts';
import { onceForAll } from './once-for-all/once-strategy.ts';
import { random } from './random/random-strategy.ts';
import { reinforcement } from './reinforcement/reinforcement-strategy.ts';
import type { Strategy } from './strategy.ts';
import { udc } from './udc/udc-strategy.ts';
import { uniform } from './uniform/uniform-strategy.ts';

const TABLE: Readonly<Record<StrategyName, Strategy>> = {
  udc,
  'once-for-all': onceForAll,
  reinforcement,
  evolution,
  random,
  'memory-driven': memoryDriven,
  uniform,
};

/** @throws RangeError naming those that there are */
export function strategyOf(id: string): Strategy {
  if (Object.hasOwn(TABLE, id)) return TABLE[id as StrategyName];
  throw new RangeError(`there is no strategy '${id}'; there are ${STRATEGIES.map((one) => one.id).join(', ')}`);
}
