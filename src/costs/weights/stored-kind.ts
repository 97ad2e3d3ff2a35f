/** What kind of weights a compiler makes of an operator's. */
import type { PrimitiveKind } from '../../network/types.ts';
import type { WeightTensor } from '../../targets/weight-tensor.ts';

export type WeightedKind = WeightTensor['kind'];

export function isWeighted(kind: PrimitiveKind): kind is WeightedKind {
  return kind === 'conv' || kind === 'depthwise' || kind === 'dense';
}

/**
 * The kind that an operator of so many input channels is stored as: a depthwise convolution of one channel is a
 * convolution.
 */
export function storedKind(kind: WeightedKind, inChannels: number): WeightedKind {
  return kind === 'depthwise' && inChannels === 1 ? 'conv' : kind;
}
