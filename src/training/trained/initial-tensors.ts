/** Weights of a network that has not been trained. */
import type { Operation } from '../../network/types.ts';
import { SeededRandom } from '../../base/random.ts';
import { atOutset, outsetOf, type Outset } from '../outset.ts';
import type { SearchContext } from '../problem.ts';
import { trainingShape, type OperationTensors } from './weighted-part.ts';

/** Random starting values: He initialisation, unit scale, zero shift; of what makes the output as `outset` says. */
export function freshTensors(seed: number, outset?: Outset): (operation: Operation) => OperationTensors {
  const random = new SeededRandom(seed);
  return (operation) => {
    const shape = trainingShape(operation);
    const fanIn = shape[0] * shape[1] * (operation.kind === 'depthwise' ? 1 : shape[2]);
    const outputs = operation.outChannels;
    const length = shape.reduce((a, b) => a * b, 1);
    const w = Float32Array.from({ length }, () => random.normal() * Math.sqrt(2 / fanIn));
    return { ...atOutset(operation, outset, shape, w, outputs), gamma: new Float32Array(outputs).fill(1) };
  };
}

/** The same for networks of a search. */
export const freshFor = (
  context: Pick<SearchContext, 'network' | 'dataset' | 'seed'>,
): ReturnType<typeof freshTensors> => freshTensors(context.seed, outsetOf(context));
