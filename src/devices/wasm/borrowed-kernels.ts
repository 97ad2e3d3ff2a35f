/**
 * Lends the `wasm` backend every kernel that only the plain CPU backend has: correct on any shape, at the price of two
 * copies.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';

/** Registers all kernels of 'cpu' that 'wasm' lacks, among them pooling gradients. */
export function borrowCpuKernels(wasm: BackendWasm): void {
  const present = new Set(tf.getKernelsForBackend('wasm').map((kernel) => kernel.kernelName));
  for (const { kernelName, kernelFunc } of tf.getKernelsForBackend('cpu')) {
    if (!present.has(kernelName))
      tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc: borrowed(kernelFunc, wasm) });
  }
}

function borrowed(kernelFunc: tf.KernelFunc, wasm: BackendWasm): tf.KernelFunc {
  return ({ inputs, attrs }) => {
    const cpu = tf.engine().findBackend('cpu');
    if (!(cpu instanceof MathBackendCPU)) throw new Error('The cpu backend is not registered.');
    const moved: tf.NamedTensorInfoMap = {};
    for (const [name, input] of Object.entries(inputs)) {
      if (input !== undefined) moved[name] = cpu.makeTensorInfo(input.shape, input.dtype, wasm.readSync(input.dataId));
    }
    const result = kernelFunc({ inputs: moved, backend: cpu, ...(attrs === undefined ? {} : { attrs }) });
    const results = Array.isArray(result) ? result : [result];
    const outputs = results.map(({ dataId, shape, dtype }) =>
      wasm.makeOutput(shape, dtype, undefined, cpu.readSync(dataId)),
    );
    for (const info of [...Object.values(moved), ...results]) {
      if (info !== undefined && cpu.data.has(info.dataId)) cpu.disposeData(info.dataId, true);
    }
    return Array.isArray(result) ? outputs : outputs[0]!;
  };
}
