/** What Vela does to weights before it encodes them, where UDC does not count on it. */
import type { Operation } from '../../src/network/types.ts';
import type { WeightTensor } from '../../src/targets/weight-tensor.ts';

/** Most input channels after a stride was folded into them. */
const MOST_CHANNELS = 8;

const paddingAcross = (width: number, stride: number, kernel: number): number =>
  Math.max(0, kernel - (width % stride === 0 ? stride : width % stride));

/**
 * A strided convolution at the network's input becomes one of stride 1 along its width: neighbouring pixels become
 * channels, and the filter is padded to match.
 * It never stores more than the filter as it was.
 */
export function foldedStride(
  { kind, stride: { width: stride }, inSize: { width }, padding }: Operation,
  tensor: WeightTensor,
): WeightTensor {
  const [outputs, height, across, channels] = tensor.ohwi;
  if (kind !== 'conv' || stride < 2 || stride > 3 || width % stride !== 0 || channels * stride > MOST_CHANNELS)
    return tensor;
  const outside = paddingAcross(width, stride, across);
  let [left, right] = [0, 0];
  if (padding === 'same') {
    const total = (outside + 1) * stride - across;
    left = outside === 0 ? Math.floor(total / 2) : Math.floor(total / outside) * Math.floor(outside / 2);
    right = total - left;
  }
  if (across % stride !== 0 && (left + right === 0 || outside === 0)) [left, right] = [0, stride - (across % stride)];
  if (
    padding === 'same' &&
    paddingAcross(width / stride, 1, Math.floor((across + 1 + left + right) / stride)) !== outside
  )
    return tensor;
  const wide = across + left + right;
  const values = new Int8Array(outputs * height * wide * channels);
  for (let row = 0; row < outputs * height; row++)
    values.set(
      Int8Array.from(tensor.values.subarray(row * across * channels, (row + 1) * across * channels)),
      (row * wide + left) * channels,
    );
  return { ...tensor, ohwi: [outputs, height, Math.floor(wide / stride), channels * stride], values };
}
