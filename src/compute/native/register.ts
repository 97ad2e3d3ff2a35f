/** Registers this project's kernels with the `tensorflow` backend, and their gradients. */
import * as tf from '@tensorflow/tfjs-core';
import { kernelsOf } from './handles.ts';
import { MIX_KERNELS } from './mix-kernels.ts';
import { NORM_KERNELS, registerNormGradients } from './norm-kernels.ts';
import { SMALL_KERNELS } from './small-kernels.ts';

let registered = false;

/** May be called again. */
export function registerNativeKernels(): void {
  if (registered) return;
  for (const kernel of kernelsOf({ ...MIX_KERNELS, ...NORM_KERNELS, ...SMALL_KERNELS })) tf.registerKernel(kernel);
  registerNormGradients();
  registered = true;
}
