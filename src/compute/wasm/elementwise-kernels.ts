/** Optimiser update, activation quantiser and pooling gradients for the `wasm` backend. */
import * as tf from '@tensorflow/tfjs-core';
import type { KernelModule } from './kernel-module.ts';

type Inputs = Readonly<Record<string, tf.TensorInfo>>;
type Attributes = Readonly<Record<string, unknown>>;
type Kernel = (inputs: Inputs, attributes: Attributes) => tf.TensorInfo | tf.TensorInfo[];

function adam(module: KernelModule, { value, grad, m, v }: Inputs, attributes: Attributes): tf.TensorInfo[] {
  const { learningRate, beta1, beta2, epsilon, step, weightDecay, projectNorm } = attributes as Readonly<Record<string, number>>;
  const at = (tensor: tf.TensorInfo | undefined): number => module.address(tensor!);
  module.exports.adam(at(value), at(grad), at(m), at(v), tf.util.sizeFromShape(value!.shape), learningRate!, beta1!, beta2!, epsilon!, weightDecay!,
    1 / (1 - beta1! ** step!), 1 / (1 - beta2! ** step!), projectNorm!);
  return [];
}

function fakeQuant(module: KernelModule, { x }: Inputs, attributes: Attributes): tf.TensorInfo {
  const { scale, low, high } = attributes as Readonly<Record<string, number>>;
  const y = module.output(x!.shape);
  module.exports.fakeQuant(module.address(x!), module.address(y), 0, tf.util.sizeFromShape(x!.shape), scale!, low!, high!);
  return y;
}

function fakeQuantGradient(module: KernelModule, { x, dy }: Inputs, attributes: Attributes): tf.TensorInfo {
  const { scale, low, high } = attributes as Readonly<Record<string, number>>;
  const dx = module.output(x!.shape);
  module.exports.fakeQuantGradient(module.address(x!), module.address(dy!), module.address(dx), 0, tf.util.sizeFromShape(x!.shape), low! * scale!, high! * scale!);
  return dx;
}

function poolGradient(module: KernelModule, x: tf.TensorInfo, dy: tf.TensorInfo, { filterSize, strides, pad, dimRoundingMode }: Attributes, maximum: boolean): tf.TensorInfo {
  const info = tf.backend_util.computePool2DInfo(x.shape as [number, number, number, number], filterSize as [number, number], strides as [number, number], 1,
    pad as 'same' | 'valid' | number, dimRoundingMode as 'floor' | 'round' | 'ceil' | undefined);
  const dx = module.output(x.shape);
  const job = module.scratch(128);
  module.words.set([module.address(x), module.address(dy), module.address(dx), info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth, info.filterHeight, info.filterWidth,
    info.strideHeight, info.strideWidth, info.dilationHeight, info.dilationWidth, info.padInfo.top, info.padInfo.left, maximum ? 1 : 0], job >>> 2);
  module.run('poolGradient', job, info.batchSize);
  return dx;
}

/** Registers them all. */
export function registerElementwise(module: KernelModule): void {
  const kernels: Readonly<Record<string, Kernel>> = {
    UdcAdam: (inputs, attributes) => adam(module, inputs, attributes),
    UdcFakeQuant: (inputs, attributes) => fakeQuant(module, inputs, attributes),
    UdcFakeQuantGrad: (inputs, attributes) => fakeQuantGradient(module, inputs, attributes),
    [tf.MaxPoolGrad]: ({ dy, input }, attributes) => poolGradient(module, input!, dy!, attributes, true),
    [tf.AvgPoolGrad]: ({ dy, input }, attributes) => poolGradient(module, input!, dy!, attributes, false),
  };
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    if (tf.getKernel(kernelName, 'wasm') !== undefined) tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc: ({ inputs, attrs }) => kernel(inputs as Inputs, attrs ?? {}) });
  }
}
