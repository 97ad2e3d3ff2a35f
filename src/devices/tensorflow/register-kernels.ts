/** Registers this project's kernels with the `tensorflow` backend, and their gradients. */
import * as tf from '@tensorflow/tfjs-core';
import { kernelsOf } from './handles.ts';
import { mixKernels } from './tensorflow-mix.ts';
import { NORM_KERNELS, registerNormGradients } from './tensorflow-norm.ts';
import { SMALL_KERNELS } from './tensorflow-small.ts';

let registered = false;

/** May be called again. @param kernels path of the project's WebAssembly kernels */
export function registerNativeKernels(kernels: string): void {
  if (registered) return;
  for (const kernel of kernelsOf({ ...mixKernels(kernels), ...NORM_KERNELS, ...SMALL_KERNELS }))
    tf.registerKernel(kernel);
  registerNormGradients();
  registered = true;
}
