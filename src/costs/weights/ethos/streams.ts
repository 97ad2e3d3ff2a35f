/** The weight streams of one operator on an Ethos-U, and of a range of its output channels. */
import { hardwareTensor } from './dilation.ts';
import { coreShares, coreValues } from './ethos-order.ts';
import { encodeStream, streamBytes } from '../mlw/encode-stream.ts';
import { reorder } from '../mlw/reorder.ts';
import { ALIGNMENT } from '../mlw/stream-format.ts';
import { roundUp } from '../../../base/round.ts';
import type { Target } from '../../../targets/find-target.ts';
import type { WeightTensor } from '../../../targets/weight-tensor.ts';

/** Weights in the order of each stream: one a core. */
function codedStreams(target: Target, logical: WeightTensor): Int16Array[] {
  const tensor = hardwareTensor(logical);
  return coreShares(tensor, target.engine!).map((share) =>
    reorder(coreValues(tensor.values, share), share.ohwi, share.order),
  );
}

/** The streams of a tensor, one after another for several cores. */
export function encodeStreams(target: Target, tensor: WeightTensor): Uint8Array {
  return concatenate(codedStreams(target, tensor).map((weights) => encodeStream(weights, target.encoder!)));
}

/** Bytes of `encodeStreams`, without writing them. */
export function streamsBytes(target: Target, tensor: WeightTensor): number {
  return codedStreams(target, tensor).reduce((sum, weights) => sum + streamBytes(weights, target.encoder!), 0);
}

/** Bytes of biases and scales of so many output channels on an Ethos-U55 or U65: a table a core. */
export function scaleBytes({ engine, sideBytesPerChannel }: Target, outputs: number): number {
  const cores = Math.min(engine!.cores, outputs);
  let bytes = 0;
  for (let core = 0; core < cores; core++)
    bytes += roundUp(Math.ceil((outputs - core) / cores) * sideBytesPerChannel.value, ALIGNMENT);
  return bytes;
}

/** Output channels [from, to) of a tensor. */
export function outputsOf(tensor: WeightTensor, from: number, to: number): WeightTensor {
  const [outputs, height, width, inputs] = tensor.ohwi;
  if (from === 0 && to === outputs) return tensor;
  const filter = height * width * inputs;
  return {
    ...tensor,
    ohwi: [to - from, height, width, inputs],
    values: tensor.values.subarray(from * filter, to * filter),
  };
}

/** One stream behind the other. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
