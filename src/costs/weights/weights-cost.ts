/** Stored weights with their side data, in bytes: estimated by the rate table, exact where they were encoded. */
import type { Operation } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import type { Cost, StoredOperation } from '../cost.ts';
import { weightShape } from './padding/channel-padding.ts';
import { estimateSize } from './rates/estimate-size.ts';

/** Bytes of an operation's weights by the rate table; undefined for one without. */
export function estimatedBytes(target: Target, operation: Operation): StoredOperation | undefined {
  const shape = weightShape(operation);
  return shape && estimateSize(target, { ...shape, bits: operation.bits, sparsity: operation.sparsity });
}

export const weightsCost: Cost = {
  name: 'weights',
  missing: () => undefined,
  of: ({ operations }, target, stored = operations.map((operation) => estimatedBytes(target, operation))) =>
    stored.reduce((sum, bytes) => sum + (bytes?.totalBytes ?? 0), 0),
  over: (_network, _target, sizes) => ({
    of: (assignment) => sizes.estimate(assignment),
    smallest: () => {
      const { assignment, bytes } = sizes.smallest();
      return { assignment, value: bytes, proven: true };
    },
    largest: () => {
      const { assignment, bytes } = sizes.largest();
      return { assignment, value: bytes, proven: true };
    },
    expectation: {
      expected: (probabilities) => sizes.expected(probabilities),
      conditional: (probabilities) => sizes.conditional(probabilities),
      at: (assignment) => sizes.estimate(assignment),
    },
  }),
};
