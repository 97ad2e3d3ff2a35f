/** Multiply-accumulates of an inference: a sum over operations, so that its expectation and its ends are exact. */
import type { Steps } from '../../base/steps.ts';
import { macs } from '../../network/operation-counts.ts';
import type { Network, Operation, Primitive } from '../../network/types.ts';
import type { Cost, SpaceCost } from '../cost.ts';
import type { Target } from '../../targets/find-target.ts';
import { SizeExpression } from '../weights/expression/size-expression.ts';
import { tableOf, type Summand } from '../weights/expression/summand.ts';
import { isWeighted } from '../weights/stored-kind.ts';

/** A primitive as an operation of so many channels; `kernel`: which of its options. */
export function operationAt(
  { id, kind, kernel: kernels, stride, dilation, padding, inSize, outSize, factor, batchNorm, activation }: Primitive,
  [inChannels, outChannels]: readonly [number, number],
  kernel: number,
): Operation {
  return {
    id,
    layer: 0,
    layerName: '',
    kind,
    inputs: [],
    kernel: kernels.options[kernel]!,
    stride,
    dilation,
    padding,
    inChannels,
    outChannels,
    inSize,
    outSize,
    factor,
    bits: 8,
    sparsity: 0,
    batchNorm,
    activation,
  };
}

const MACS: Summand = {
  counts: isWeighted,
  table: (primitive, pairs) =>
    tableOf(primitive, pairs, (channels, kernel) => {
      const count = macs(operationAt(primitive, channels, kernel));
      return () => count;
    }),
};

/** A cost that is the sum of a table over the operations: everything about it is known. */
export function summed(network: Network, target: Target, summand: Summand): SpaceCost {
  return ofSum(new SizeExpression(network, target, summand));
}

/** `summed`, with both ends, in steps. */
export function* summedInSteps(network: Network, target: Target, summand: Summand): Steps<SpaceCost> {
  return ofSum(yield* SizeExpression.inSteps(network, target, summand));
}

function ofSum(sum: SizeExpression): SpaceCost {
  const of = (assignment: readonly number[]): number => sum.estimate(assignment);
  return {
    of,
    smallest: () => {
      const { assignment, bytes } = sum.smallest();
      return { assignment, value: bytes, proven: true };
    },
    largest: () => {
      const { assignment, bytes } = sum.largest();
      return { assignment, value: bytes, proven: true };
    },
    expectation: {
      expected: (probabilities) => sum.expected(probabilities),
      conditional: (probabilities) => sum.conditional(probabilities),
      at: of,
    },
  };
}

export const macsCost: Cost = {
  name: 'macs',
  missing: () => undefined,
  of: ({ operations }) => operations.reduce((sum, operation) => sum + macs(operation), 0),
  over: (network, target) => summed(network, target, MACS),
};
