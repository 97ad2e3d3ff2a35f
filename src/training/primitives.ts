/** Forward rules of the operators without weights, shared by the supernet and concrete networks. */
import * as tf from '@tensorflow/tfjs-core';
import type { Activation, Padding, PrimitiveKind, Size2D } from '../network/types.ts';

interface Unweighted {
  readonly kind: PrimitiveKind;
  readonly stride: Size2D;
  readonly padding: Padding;
  readonly factor: number;
  readonly activation: Activation;
}

const ACTIVATIONS: Readonly<Record<Activation, (x: tf.Tensor4D) => tf.Tensor4D>> = {
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(x),
  none: (x) => x,
};

export function activate(x: tf.Tensor4D, activation: Activation): tf.Tensor4D {
  return ACTIVATIONS[activation](x);
}

/**
 * [N, H, W, C·r²] → [N, H·r, W·r, C], in the channel order of TFLite's DEPTH_TO_SPACE; composed of operators that have
 * gradients.
 */
function depthToSpace(x: tf.Tensor4D, block: number): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const out = c / (block * block);
  const split = tf.reshape(x, [n, h, w, block, block, out]);
  return tf.reshape(tf.transpose(split, [0, 1, 3, 2, 4, 5]), [n, h * block, w * block, out]);
}

/** Pads channels with zeros up to `channels`. */
export function padChannels(x: tf.Tensor4D, channels: number): tf.Tensor4D {
  const missing = channels - x.shape[3];
  return missing > 0
    ? tf.pad(x, [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, missing],
      ])
    : x;
}

const stridePair = (size: Size2D): [number, number] => [size.height, size.width];

/**
 * Applies an operator without weights to NHWC inputs.
 * @param kernel pooling window, elements
 */
export function applyUnweighted(operator: Unweighted, kernel: Size2D, inputs: readonly tf.Tensor4D[]): tf.Tensor4D {
  const x = inputs[0]!;
  switch (operator.kind) {
    case 'max-pool':
      return tf.maxPool(x, stridePair(kernel), stridePair(operator.stride), operator.padding);
    case 'average-pool':
      return tf.avgPool(x, stridePair(kernel), stridePair(operator.stride), operator.padding);
    case 'global-average-pool':
      return tf.mean(x, [1, 2], true);
    case 'flatten':
      return tf.reshape(x, [x.shape[0], 1, 1, -1]);
    case 'depth-to-space':
      return depthToSpace(x, operator.factor);
    case 'add': {
      const channels = Math.max(x.shape[3], inputs[1]!.shape[3]);
      return activate(tf.add(padChannels(x, channels), padChannels(inputs[1]!, channels)), operator.activation);
    }
    default:
      throw new Error(`${operator.kind} has weights`);
  }
}
