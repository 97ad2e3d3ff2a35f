/** Parameters, multiply-accumulates and outputs of one operation. */

import type { Operation } from './types.ts';

/**
 * Filter shape [output channels, height, width, input channels] of a weighted operation (depthwise: [channels x
 * multiplier, h, w, 1]); undefined for the others.
 */
export function filterShape({
  kind,
  kernel,
  inChannels,
  outChannels,
}: Operation): readonly [number, number, number, number] | undefined {
  switch (kind) {
    case 'conv':
      return [outChannels, kernel.height, kernel.width, inChannels];
    case 'depthwise':
      return [outChannels, kernel.height, kernel.width, 1];
    case 'dense':
      return [outChannels, 1, 1, inChannels];
    default:
      return undefined;
  }
}

/** Weights and biases (batch normalisation is folded into them). */
export function parameters(operation: Operation): number {
  const shape = filterShape(operation);
  return shape ? shape[0] * shape[1] * shape[2] * shape[3] + shape[0] : 0;
}

/**
 * Multiply-accumulates of the weighted operations for one input; pooling and additions count 0, as in the vendors'
 * tables.
 */
export function macs(operation: Operation): number {
  const shape = filterShape(operation);
  return shape ? shape[0] * shape[1] * shape[2] * shape[3] * operation.outSize.height * operation.outSize.width : 0;
}

/** Elements of the output tensor. */
export function outputElements({ outSize, outChannels }: Operation): number {
  return outSize.height * outSize.width * outChannels;
}
