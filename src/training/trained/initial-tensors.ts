/** Weights of a network that has not been trained. */
import type { Operation } from '../../network/types.ts';
import { SeededRandom } from '../../base/random.ts';
import { trainingShape, type OperationTensors } from './trained-network.ts';

/** Random starting values: He initialisation, unit scale, zero shift. */
export function freshTensors(seed: number): (operation: Operation) => OperationTensors {
  const random = new SeededRandom(seed);
  return (operation) => {
    const shape = trainingShape(operation);
    const fanIn = shape[0] * shape[1] * (operation.kind === 'depthwise' ? 1 : shape[2]);
    const outputs = operation.outChannels;
    return {
      w: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal() * Math.sqrt(2 / fanIn)),
      gamma: new Float32Array(outputs).fill(1),
      beta: new Float32Array(outputs),
    };
  };
}
