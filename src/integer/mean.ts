/**
 * What an operation of a network stores on a target: its weights, or those that a compiler gives to a MEAN, which
 * becomes depthwise convolutions with filters of ones.
 */
import type { Operation } from '../network/types.ts';
import type { Target } from '../targets/find-target.ts';
import type { WeightTensor } from '../targets/weight-tensor.ts';
import { weightTensor } from './quantise-network.ts';
import type { IntegerOperation } from './integer-network.ts';

/** The tallest filter of such a convolution, and the largest. */
const MOST_ROWS = 64;
const MOST_ELEMENTS = 4096;

/** The tensors that an operation stores. */
export function storedTensors({ operation, weights, mean }: IntegerOperation, target: Target): WeightTensor[] {
  if (weights) return [weightTensor(operation, weights.codes)!];
  return mean && target.format === 'mlw' ? meanTensors(operation) : [];
}

/**
 * Filters of ones over the whole map: one, or several over parts of its rows that are added up. A map whose rows are
 * longer than a filter stays on the processor.
 */
export function meanTensors(operation: Operation): WeightTensor[] {
  const { inSize, inChannels } = operation;
  const inRow = inSize.height > MOST_ROWS && inSize.height * inSize.width <= MOST_ELEMENTS;
  const { height, width } = inRow ? { height: 1, width: inSize.height * inSize.width } : inSize;
  const most = Math.min(Math.floor(MOST_ELEMENTS / width), MOST_ROWS, height);
  if (most < 1) return [];
  const tensors: WeightTensor[] = [];
  for (let row = 0; row < height; row += most) {
    const kernel = { height: Math.min(most, height - row), width };
    const filters: Operation = {
      ...operation,
      kind: 'depthwise',
      kernel,
      inSize: kernel,
      outSize: { height: 1, width: 1 },
      padding: 'valid',
    };
    tensors.push(weightTensor(filters, new Int8Array(inChannels * kernel.height * width).fill(1))!);
  }
  return tensors;
}
