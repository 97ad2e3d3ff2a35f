/** What padding costs: the bytes that a weight order stores beyond those of the same weights without it. */
import { codedElements } from './channel-padding.ts';
import { streamBytes } from '../mlw/encode-stream.ts';
import { estimateBytes, estimateSize, ratesFor, streamShapes, type WeightSpec } from '../rates/estimate-size.ts';
import { storedSize } from '../stored-size.ts';
import type { Target } from '../../../targets/find-target.ts';
import { isTiny, meanOver } from '../rates/tiny-layers.ts';
import type { StoredSize, WeightTensor } from '../../../targets/weight-tensor.ts';

/**
 * A stored size and the part of its weight bytes that is padding: zeros which fill bricks, as the stream codes them.
 */
export interface SplitSize extends StoredSize {
  readonly paddingBytes: number;
}

const isPadded = (target: Target, shape: Omit<WeightSpec, 'bits' | 'sparsity'>): boolean =>
  target.format === 'mlw' && codedElements(target, shape) > shape.ohwi.reduce((product, size) => product * size, 1);

/**
 * `unpadded`: bytes of the stream without padding. An Ethos-U85 may store as many bits for every element, zeros that
 * fill bricks included.
 */
function withPadding({ u85 }: Target, size: StoredSize, unpadded: number): SplitSize {
  const weights = u85
    ? Math.max(unpadded, Math.ceil((size.weightBytes * size.elements) / size.codedElements))
    : unpadded;
  return { ...size, paddingBytes: Math.max(0, size.weightBytes - weights) };
}

/**
 * `storedSize` with its padding, by encoding the weights a second time without it: in their own order, as one stream.
 */
export function splitSize(target: Target, tensor: WeightTensor): SplitSize {
  return splitOf(target, tensor, storedSize(target, tensor));
}

/** A size of a tensor with its padding. */
export function splitOf(target: Target, tensor: WeightTensor, size: StoredSize): SplitSize {
  return withPadding(
    target,
    size,
    isPadded(target, tensor) ? streamBytes(Int16Array.from(tensor.values), target.encoder!) : size.weightBytes,
  );
}

const tinySplit = meanOver(splitSize);

/** `estimateSize` with its padding, by the same rates for a stream without it. */
export function estimateSplit(target: Target, spec: WeightSpec): SplitSize {
  if (isTiny(spec.ohwi)) return tinySplit(target, spec);
  const size = estimateSize(target, spec);
  if (!isPadded(target, spec)) return withPadding(target, size, size.weightBytes);
  const flat = streamShapes({ ...target, format: 'packed' }, spec);
  return withPadding(target, size, estimateBytes(target, flat, ratesFor(spec.bits, spec.sparsity)));
}
