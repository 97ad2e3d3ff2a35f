/** Weights for an architecture that has none: a measurement needs a network, and its time hardly depends on values. */
import { largestCode } from '../../base/codes.ts';
import { SeededRandom } from '../../base/random.ts';
import type { FoldedNetwork, FoldedOperation, Range } from '../../integer/integer-network.ts';
import { filterShape } from '../../network/operation-counts.ts';
import type { Activation, Architecture, Operation } from '../../network/types.ts';

const SEED = 5;

/** Ranges of activations as normalised layers have them. */
const INPUT: Range = { min: -2, max: 2.5 };
const rangeOf = (activation: Activation): Range => ({
  min: activation === 'none' ? -4 : 0,
  max: activation === 'relu6' ? 6 : 4,
});

/** OHWI codes on the grid of the operation's bits, as many zeros as its sparsity says; steps keep the variance. */
function drawn(operation: Operation, random: SeededRandom): Omit<FoldedOperation, 'operation' | 'output'> {
  const shape = filterShape(operation);
  if (!shape) return {};
  const [outputs, height, width, inputs] = shape;
  const fan = height * width * inputs;
  const limit = largestCode(operation.bits);
  const code = (): number =>
    random.next() < operation.sparsity ? 0 : (1 + Math.floor(random.next() * limit)) * (random.next() < 0.5 ? -1 : 1);
  return {
    codes: Int8Array.from({ length: outputs * fan }, code),
    steps: Float32Array.from({ length: outputs }, () => ((0.5 + random.next()) * 2) / (limit * Math.sqrt(fan))),
    bias: Float32Array.from({ length: outputs }, () => random.next() - 0.5),
  };
}

/** The same weights for the same architecture. */
export function withRandomWeights(architecture: Architecture): FoldedNetwork {
  const random = new SeededRandom(SEED);
  return {
    architecture,
    input: INPUT,
    operations: architecture.operations.map((operation) => ({
      operation,
      output: rangeOf(operation.activation),
      ...drawn(operation, random),
    })),
  };
}
