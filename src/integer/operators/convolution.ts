/** Convolution, depthwise convolution and dense layers in integer arithmetic. */
import { rescale, rescaleOnce } from '../fixed-point.ts';
import { padsBefore } from '../window-geometry.ts';
import type { IntegerKernels } from '../integer-kernels.ts';
import type { IntegerOperation, IntegerWeights, Quantisation } from '../integer-network.ts';
import type { Step } from './step.ts';

/** Bias with the input's zero point folded in: sum((x - z) * w) + b = sum(x * w) + (b - z * sum(w)). */
function foldedBiases({ codes, biases }: IntegerWeights, zeroPoint: number): Int32Array {
  const depth = codes.length / biases.length;
  return biases.map((bias, o) => {
    let sum = 0;
    for (let k = o * depth; k < (o + 1) * depth; k++) sum += codes[k]!;
    return bias - zeroPoint * sum;
  });
}

function requantise(
  accumulators: Int32Array,
  rows: number,
  biases: Int32Array,
  { weights, output, clamp, rounding }: IntegerOperation,
  target: Int8Array,
): void {
  const { multipliers, shifts } = weights!;
  const channels = biases.length;
  const scaled = rounding === 'once' ? rescaleOnce : rescale;
  for (let o = 0; o < channels; o++) {
    const bias = biases[o]!,
      multiplier = multipliers[o]!,
      shift = shifts[o]!;
    for (let i = o, end = rows * channels; i < end; i += channels) {
      const code = scaled((accumulators[i]! + bias) | 0, multiplier, shift) + output.zeroPoint;
      target[i] = code < clamp.min ? clamp.min : code > clamp.max ? clamp.max : code;
    }
  }
}

/** Copies every window of one map into a row of `patches`; positions outside hold the zero point. */
function gatherPatches(one: IntegerOperation, source: Int8Array, zeroPoint: number, patches: Int8Array): void {
  const {
    operation: { kernel, stride, dilation, inSize, outSize, inChannels },
  } = one;
  const { top, left } = padsBefore(one);
  let to = 0;
  for (let y = 0; y < outSize.height; y++)
    for (let x = 0; x < outSize.width; x++) {
      for (let ky = 0; ky < kernel.height; ky++) {
        const iy = y * stride.height - top + ky * dilation.height;
        if (iy < 0 || iy >= inSize.height) {
          patches.fill(zeroPoint, to, (to += kernel.width * inChannels));
          continue;
        }
        for (let kx = 0; kx < kernel.width; kx++) {
          const ix = x * stride.width - left + kx * dilation.width;
          if (ix < 0 || ix >= inSize.width) {
            patches.fill(zeroPoint, to, (to += inChannels));
            continue;
          }
          let at = (iy * inSize.width + ix) * inChannels;
          for (const end = to + inChannels; to < end; to++, at++) patches[to] = source[at]!;
        }
      }
    }
}

/** CONV_2D: windows as rows of a matrix, then one product. */
export function convolution(one: IntegerOperation, [input]: readonly Quantisation[], kernels: IntegerKernels): Step {
  const { operation, weights } = one;
  const { kernel, stride, inChannels, outChannels, inSize, outSize } = operation;
  const rows = outSize.height * outSize.width,
    depth = kernel.height * kernel.width * inChannels;
  const biases = foldedBiases(weights!, input!.zeroPoint);
  const accumulators = new Int32Array(rows * outChannels);
  const pointwise =
    kernel.height * kernel.width * stride.height * stride.width === 1 &&
    inSize.height === outSize.height &&
    inSize.width === outSize.width;
  const patches = pointwise ? undefined : new Int8Array(rows * depth);
  return ([source], target) => {
    if (patches) gatherPatches(one, source!, input!.zeroPoint, patches);
    kernels.matmul(patches ?? source!, weights!.codes, accumulators, rows, outChannels, depth);
    requantise(accumulators, rows, biases, one, target);
  };
}

/**
 * A dense layer: a 1x1 CONV_2D over a 1x1 map. (LiteRT's FULLY_CONNECTED rounds once: operations read of one say so,
 * `rounding`.)
 */
export function dense(one: IntegerOperation, [input]: readonly Quantisation[], kernels: IntegerKernels): Step {
  const { operation, weights } = one;
  const { inChannels: depth, outChannels: units } = operation;
  const biases = foldedBiases(weights!, input!.zeroPoint);
  const accumulators = new Int32Array(units);
  return ([source], target) => {
    kernels.matmul(source!, weights!.codes, accumulators, 1, units, depth);
    requantise(accumulators, 1, biases, one, target);
  };
}

/** Weights in the order the depthwise loop reads them: [kernel position][output channel]. */
function byPosition(codes: Int8Array, channels: number): Int16Array {
  const positions = codes.length / channels;
  const result = new Int16Array(codes.length);
  for (let o = 0; o < channels; o++)
    for (let p = 0; p < positions; p++) result[p * channels + o] = codes[o * positions + p]!;
  return result;
}

/** DEPTHWISE_CONV_2D: output channel o reads input channel floor(o / multiplier); padding contributes nothing. */
export function depthwise(one: IntegerOperation, [input]: readonly Quantisation[]): Step {
  const { operation, weights } = one;
  const { kernel, stride, dilation, inSize, outSize, inChannels, outChannels, factor } = operation;
  const { top, left } = padsBefore(one);
  const filter = byPosition(weights!.codes, outChannels);
  const accumulators = new Int32Array(outSize.height * outSize.width * outChannels);
  const zeroPoint = input!.zeroPoint;
  return ([source], target) => {
    accumulators.fill(0);
    for (let y = 0; y < outSize.height; y++)
      for (let ky = 0; ky < kernel.height; ky++) {
        const iy = y * stride.height - top + ky * dilation.height;
        if (iy < 0 || iy >= inSize.height) continue;
        for (let x = 0; x < outSize.width; x++)
          for (let kx = 0; kx < kernel.width; kx++) {
            const ix = x * stride.width - left + kx * dilation.width;
            if (ix < 0 || ix >= inSize.width) continue;
            let at = (y * outSize.width + x) * outChannels,
              read = (iy * inSize.width + ix) * inChannels;
            let w = (ky * kernel.width + kx) * outChannels;
            for (let c = 0; c < inChannels; c++, read++) {
              const value = source![read]! - zeroPoint;
              for (let m = 0; m < factor; m++, at++, w++) accumulators[at] = accumulators[at]! + value * filter[w]!;
            }
          }
      }
    requantise(accumulators, outSize.height * outSize.width, weights!.biases, one, target);
  };
}
