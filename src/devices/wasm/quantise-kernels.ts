/**
 * The weight quantiser with learned steps for the `wasm` backend (src/devices/kernels/assembly/quantise-weights.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import { largestCode } from '../../base/codes.ts';
import { SMALLEST_STEP } from '../operators/fake-quantise.ts';
import { registerKernels, type KernelModule } from './kernel-module.ts';

/** Registers both directions with the `wasm` backend. */
export function registerQuantiser(module: KernelModule): void {
  const at = (tensor: tf.TensorInfo | undefined): number => module.address(tensor!);
  const sizes = (w: tf.TensorInfo, step: tf.TensorInfo): [rows: number, channels: number] => {
    const channels = tf.util.sizeFromShape(step.shape);
    return [tf.util.sizeFromShape(w.shape) / channels, channels];
  };
  registerKernels({
    UdcQuantiseWeights: ({ w, step, mask }, { bits }) => {
      const out = module.output(w!.shape);
      module.exports.quantiseForward(
        at(w),
        at(step),
        at(mask),
        at(out),
        ...sizes(w!, step!),
        largestCode(bits as number),
        SMALLEST_STEP,
        bits === 1 ? 1 : 0,
      );
      return out;
    },
    UdcQuantiseWeightsGrad: ({ dy, w, step, mask }, { bits, gain }) => {
      const dw = module.output(w!.shape);
      const dstep = module.output(step!.shape);
      module.exports.quantiseBackward(
        at(w),
        at(step),
        at(mask),
        at(dy),
        at(dw),
        at(dstep),
        ...sizes(w!, step!),
        largestCode(bits as number),
        SMALLEST_STEP,
        bits === 1 ? 1 : 0,
        gain as number,
      );
      return [dw, dstep];
    },
  });
}
