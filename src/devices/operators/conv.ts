/** Convolutions with any stride, padding and dilation, differentiable on every backend. */
import * as tf from '@tensorflow/tfjs-core';
import { hasFused } from './fused.ts';

export interface ConvolutionOptions {
  /** Height, width. */
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** As TensorFlow pads: 'same' gives ceil(size / stride) outputs, the odd row or column of zeros at the end. */
  readonly padding: 'same' | 'valid';
}

/**
 * Convolution of NHWC `x` with an HWIO filter.
 * @returns [n, outHeight, outWidth, o]
 */
export function conv2d(x: tf.Tensor4D, filter: tf.Tensor4D, options: ConvolutionOptions): tf.Tensor4D {
  if (hasFused('UdcConv2D'))
    return tf.engine().runKernel('UdcConv2D', { x, filter }, attributes(options)) as tf.Tensor4D;
  return tf.conv2d(x, dilated(filter, options.dilation), [...options.stride], options.padding);
}

/**
 * Depthwise convolution of NHWC `x` with a filter [height, width, channels, multiplier].
 * @returns [n, outHeight, outWidth, channels * multiplier], the multiplier varying fastest
 */
export function depthwiseConv2d(x: tf.Tensor4D, filter: tf.Tensor4D, options: ConvolutionOptions): tf.Tensor4D {
  if (hasFused('UdcDepthwiseConv2D'))
    return tf.engine().runKernel('UdcDepthwiseConv2D', { x, filter }, attributes(options)) as tf.Tensor4D;
  return tf.depthwiseConv2d(x, dilated(filter, options.dilation), [...options.stride], options.padding);
}

function attributes({ stride, dilation, padding }: ConvolutionOptions): tf.NamedAttrMap {
  return { stride: [...stride], dilation: [...dilation], padding };
}

/**
 * The filter with its gaps filled with zeros: tfjs has neither gradients of dilated convolutions nor stride and
 * dilation together.
 */
function dilated(filter: tf.Tensor4D, [down, across]: readonly [number, number]): tf.Tensor4D {
  if (down === 1 && across === 1) return filter;
  const [height, width, channels, last] = filter.shape;
  const rows = spaced(tf.reshape(filter, [1, height, width * channels * last]), down);
  const columns = spaced(tf.reshape(rows, [rows.shape[1], width, channels * last]), across);
  return tf.reshape(columns, [rows.shape[1], columns.shape[1], channels, last]);
}

/** [a, n, b] to [a, (n − 1)·step + 1, b] with zeros between. */
function spaced(x: tf.Tensor3D, step: number): tf.Tensor3D {
  if (step === 1) return x;
  const [a, n, b] = x.shape;
  const gaps = tf.zeros([a, n, (step - 1) * b]);
  const wide: tf.Tensor3D = tf.reshape(tf.concat([x, gaps], 2), [a, n * step, b]);
  return tf.slice3d(wide, [0, 0, 0], [a, (n - 1) * step + 1, b]);
}
