/**
 * The weights of one operator under sampled kernel, bitwidth and sparsity decisions, with gradients to every option's
 * coefficient.
 */
import * as tf from '@tensorflow/tfjs-core';
import { hasFused } from './fused.ts';
import { largestCode } from '../../base/codes.ts';
import { levels, perChannel } from './levels.ts';

/** One coefficient per option of each decision. Their values are taken to be one-hot and are not read. */
export interface MixCoefficients {
  readonly kernel: tf.Tensor1D;
  readonly bits: tf.Tensor1D;
  readonly sparsity: tf.Tensor1D;
}

export interface MixOptions {
  /** Kernel options: centred crops of the largest, which is the shape of the weights. */
  readonly kernels: readonly { readonly height: number; readonly width: number }[];
  readonly bits: readonly number[];
  /** Number of sparsity options S. */
  readonly sparsities: number;
  readonly chosen: { readonly kernel: number; readonly bits: number; readonly sparsity: number };
  /** [S]: option s keeps |w| >= thresholds[s]. */
  readonly thresholds: tf.Tensor1D;
  /** Scale per output channel. */
  readonly sigma: tf.Tensor1D;
  /** [bits][sparsity], row-major: the step of an option pair is steps[b * S + s] * sigma. */
  readonly steps: Float32Array;
  readonly depthwise: boolean;
}

/**
 * Q_b(w · [|w| >= t_s] · K_k) for the chosen options (b, s, k).
 * Backward: straight through to w inside the grid's range and the chosen crop (pruned weights keep their gradient);
 * each option's coefficient receives the inner product of dy with the weights as that option would make them, the other
 * decisions as chosen.
 */
export function mixWeights(w: tf.Tensor4D, coefficients: MixCoefficients, options: MixOptions): tf.Tensor4D {
  const apply = hasFused('UdcMixWeights') ? fusedMix : composedMix;
  return tf.customGrad((...inputs) => {
    const weights = inputs[0] as tf.Tensor4D;
    const save = inputs[inputs.length - 1] as unknown as tf.GradSaveFunc;
    save([weights, options.thresholds, options.sigma]);
    return apply(weights, options);
  })(w, coefficients.kernel, coefficients.bits, coefficients.sparsity) as tf.Tensor4D;
}

interface Mix {
  value: tf.Tensor4D;
  gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[];
}

function composedMix(w: tf.Tensor4D, options: MixOptions): Mix {
  const { kernel, bits, sparsity } = options.chosen;
  return {
    value: variant(w, options, kernel, bits, sparsity),
    gradFunc: (dy, saved) => {
      const weights = saved[0] as tf.Tensor4D;
      const kept: MixOptions = { ...options, thresholds: saved[1] as tf.Tensor1D, sigma: saved[2] as tf.Tensor1D };
      const inner = (k: number, b: number, s: number): tf.Tensor => tf.sum(tf.mul(dy, variant(weights, kept, k, b, s)));
      const limit = tf.mul(stepOf(weights, kept, bits, sparsity), largestCode(options.bits[bits]!));
      const inside = tf.cast(tf.lessEqual(tf.abs(weights), limit), 'float32');
      return [
        tf.mul(tf.mul(dy, inside), crop(weights.shape, options.kernels[kernel]!)),
        tf.stack(options.kernels.map((_, k) => inner(k, bits, sparsity))),
        tf.stack(options.bits.map((_, b) => inner(kernel, b, sparsity))),
        tf.stack(Array.from({ length: options.sparsities }, (_, s) => inner(kernel, bits, s))),
      ];
    },
  };
}

function stepOf(w: tf.Tensor4D, { steps, sparsities, sigma, depthwise }: MixOptions, b: number, s: number): tf.Tensor {
  return tf.mul(perChannel(sigma, w.shape, depthwise), steps[b * sparsities + s]!);
}

/** The weights as the options (k, b, s) make them. */
function variant(w: tf.Tensor4D, options: MixOptions, k: number, b: number, s: number): tf.Tensor4D {
  const step = stepOf(w, options, b, s);
  const kept = tf.cast(tf.greaterEqual(tf.abs(w), tf.slice(options.thresholds, s, 1)), 'float32');
  const masked = tf.mul(tf.mul(w, kept), crop(w.shape, options.kernels[k]!));
  return tf.mul(levels(tf.div(masked, step), options.bits[b]!), step);
}

/** Rows (or columns) [first, end) of a centred crop; of two centres, the lower. */
export function centred(size: number, cropped: number): [first: number, end: number] {
  const first = (size - cropped) >> 1;
  return [first, first + cropped];
}

/** 1 inside the centred crop, 0 outside: [h, w, 1, 1]. */
function crop(
  [height, width]: readonly number[],
  size: { readonly height: number; readonly width: number },
): tf.Tensor {
  const [top, bottom] = centred(height!, size.height);
  const [left, right] = centred(width!, size.width);
  const inside = Float32Array.from({ length: height! * width! }, (_, i) => {
    const row = Math.floor(i / width!);
    const column = i % width!;
    return row >= top && row < bottom && column >= left && column < right ? 1 : 0;
  });
  return tf.tensor(inside, [height!, width!, 1, 1]);
}

/** The options as a kernel's attributes. */
export interface MixAttributes {
  readonly kernels: readonly (readonly [number, number])[];
  readonly bits: readonly number[];
  readonly sparsities: number;
  /** Kernel, bits, sparsity. */
  readonly chosen: readonly [number, number, number];
  readonly steps: Float32Array;
  readonly depthwise: boolean;
}

function fusedMix(
  w: tf.Tensor4D,
  { kernels, bits, sparsities, chosen, thresholds, sigma, steps, depthwise }: MixOptions,
): Mix {
  const attributes: MixAttributes = {
    kernels: kernels.map(({ height, width }) => [height, width]),
    bits,
    sparsities,
    chosen: [chosen.kernel, chosen.bits, chosen.sparsity],
    steps,
    depthwise,
  };
  const run = (kernel: string, inputs: tf.NamedTensorMap): tf.Tensor | tf.Tensor[] =>
    tf.engine().runKernel(kernel, inputs, attributes as unknown as tf.NamedAttrMap);
  return {
    value: run('UdcMixWeights', { w, thresholds, sigma }) as tf.Tensor4D,
    gradFunc: (dy, saved) =>
      run('UdcMixWeightsGrad', { dy, w: saved[0]!, thresholds: saved[1]!, sigma: saved[2]! }) as tf.Tensor[],
  };
}
