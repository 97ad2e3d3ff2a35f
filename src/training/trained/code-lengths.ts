/**
 * What weights cost in an ideal code of their own layer's codes, and a pull towards the codes that are common there:
 * weight streams spend fewer bits on those.
 */
import * as tf from '@tensorflow/tfjs-core';
import { largestCode } from '../../base/codes.ts';
import { perChannel } from '../../devices/operators/levels.ts';
import { stepsOf, type Part } from './weighted-part.ts';

/** Added to every count: a code that no weight has can still be paid for. */
const UNSEEN = 0.5;

/** Bits of each code from the lowest to the highest, −log2 of its share of the given ones. */
export function codeLengths(codes: Int8Array, bits: number): Float32Array {
  const limit = largestCode(bits);
  const counts = new Float32Array(2 * limit + 1).fill(UNSEEN);
  for (const code of codes) counts[code + limit]!++;
  const total = codes.length + UNSEEN * counts.length;
  return counts.map((count) => Math.log2(total / count));
}

/** Lengths at real places between the codes, linear from one to the next; beyond the ends, those of the ends. */
function lengthsAt(places: tf.Tensor, lengths: tf.Tensor1D, limit: number): tf.Tensor {
  return tf.customGrad((...inputs) => {
    const at = inputs[0] as tf.Tensor;
    const held = tf.clipByValue(at, -limit, limit);
    const below = tf.clipByValue(tf.floor(held), -limit, limit - 1);
    const index = tf.cast(tf.add(below, limit), 'int32');
    const low = tf.gather(lengths, index);
    const slope = tf.sub(tf.gather(lengths, tf.add(index, tf.scalar(1, 'int32'))), low);
    const inside = tf.cast(tf.lessEqual(tf.abs(at), limit), 'float32');
    (inputs[1] as unknown as tf.GradSaveFunc)([slope, inside]);
    return {
      value: tf.add(low, tf.mul(tf.sub(held, below), slope)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, tf.mul(saved[0]!, saved[1]!)),
    };
  })(places) as tf.Tensor;
}

/**
 * Sum of the code lengths of weights, in bits. Its gradient pulls each weight towards the cheaper one of the codes that
 * it lies between; steps and pruned weights have none.
 * @param lengths as `codeLengths` gives them
 */
export function totalCodeLength(
  w: tf.Tensor4D,
  mask: tf.Tensor4D,
  step: tf.Tensor1D,
  lengths: Float32Array,
  { bits, depthwise }: { readonly bits: number; readonly depthwise: boolean },
): tf.Scalar {
  const places = tf.div(tf.mul(w, mask), perChannel(step, w.shape, depthwise));
  return tf.sum(lengthsAt(places, tf.tensor1d(lengths), largestCode(bits))) as tf.Scalar;
}

/** Mean code length of a weight over parts of a network, in bits. Call inside tf.tidy, with some lengths. */
export function meanCodeLength(lengths: readonly (readonly [Part, Float32Array])[]): tf.Tensor {
  const totals = lengths.map(([{ operation, w, mask, logStep }, each]) =>
    totalCodeLength(w as tf.Tensor as tf.Tensor4D, mask as tf.Tensor as tf.Tensor4D, stepsOf(logStep), each, {
      bits: operation.bits,
      depthwise: operation.kind === 'depthwise',
    }),
  );
  return tf.div(
    tf.addN(totals),
    lengths.reduce((sum, [{ w }]) => sum + w.size, 0),
  );
}
