/** Optimiser update, elementwise operations, pooling gradients and tiling for the `wasm` backend. */
import * as tf from '@tensorflow/tfjs-core';
import { registerKernels, type KernelModule } from './kernel-module.ts';

type Inputs = Readonly<Record<string, tf.TensorInfo>>;
type Attributes = Readonly<Record<string, unknown>>;

function adam(module: KernelModule, { value, grad, m, v }: Inputs, attributes: Attributes): tf.TensorInfo[] {
  const { learningRate, beta1, beta2, epsilon, step, weightDecay, projectNorm } = attributes as Readonly<
    Record<string, number>
  >;
  const at = (tensor: tf.TensorInfo | undefined): number => module.address(tensor!);
  module.exports.adam(
    at(value),
    at(grad),
    at(m),
    at(v),
    tf.util.sizeFromShape(value!.shape),
    learningRate!,
    beta1!,
    beta2!,
    epsilon!,
    weightDecay!,
    1 / (1 - beta1! ** step!),
    1 / (1 - beta2! ** step!),
    projectNorm!,
  );
  return [];
}

/** Values that one task takes: a fixed number, since tasks may not depend on the number of threads. */
const VALUES_PER_TASK = 16384;
const PARAMETERS = 5;

/** Runs an elementwise kernel on tensors of one shape (src/devices/kernels/assembly/elementwise.ts). */
function elementwise(
  module: KernelModule,
  kernel: 'add' | 'fakeQuant' | 'passBetween' | 'relu',
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  parameters: readonly number[] = [],
): tf.TensorInfo {
  const out = module.output(a.shape);
  const count = tf.util.sizeFromShape(a.shape);
  const job = module.scratch(64);
  module.words.set([module.address(a), module.address(b), module.address(out), count, VALUES_PER_TASK], job >>> 2);
  module.floats.set(parameters, (job >>> 2) + PARAMETERS);
  module.run(kernel, job, Math.ceil(count / VALUES_PER_TASK));
  return out;
}

function fakeQuant(module: KernelModule, { x }: Inputs, attributes: Attributes): tf.TensorInfo {
  const { scale, low, high } = attributes as Readonly<Record<string, number>>;
  return elementwise(module, 'fakeQuant', x!, x!, [scale!, low!, high!]);
}

function passBetween(module: KernelModule, { x, dy }: Inputs, attributes: Attributes): tf.TensorInfo {
  const { low, high } = attributes as Readonly<Record<string, number>>;
  return elementwise(module, 'passBetween', x!, dy!, [low!, high!]);
}

/** The tfjs kernels that this project's own hand the rest of their cases to. */
const originals = new Map<string, tf.KernelFunc>();

function keepOriginal(module: KernelModule, kernelName: string): void {
  if (originals.has(kernelName)) return;
  const { kernelFunc, setupFunc } = tf.getKernel(kernelName, 'wasm');
  setupFunc?.(module.backend);
  originals.set(kernelName, kernelFunc);
}

function original(kernelName: string, inputs: Inputs, module: KernelModule): tf.TensorInfo {
  return originals.get(kernelName)!({
    inputs: inputs as tf.NamedTensorInfoMap,
    backend: module.backend,
  }) as tf.TensorInfo;
}

function add(module: KernelModule, inputs: Inputs): tf.TensorInfo {
  const { a, b } = inputs;
  const plain = a!.dtype === 'float32' && b!.dtype === 'float32' && tf.util.arraysEqual(a!.shape, b!.shape);
  return plain ? elementwise(module, 'add', a!, b!) : original(tf.Add, inputs, module);
}

const relu = (module: KernelModule, inputs: Inputs): tf.TensorInfo =>
  inputs['x']!.dtype === 'float32'
    ? elementwise(module, 'relu', inputs['x']!, inputs['x']!)
    : original(tf.Relu, inputs, module);

/**
 * A second name for the same values: tensors are never written in place, but for variables, which the optimiser first
 * gives memory of their own.
 */
function identity(module: KernelModule, x: tf.TensorInfo): tf.TensorInfo {
  module.backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
}

function poolGradient(
  module: KernelModule,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: Attributes,
  maximum: boolean,
): tf.TensorInfo {
  const info = tf.backend_util.computePool2DInfo(
    x.shape as [number, number, number, number],
    filterSize as [number, number],
    strides as [number, number],
    1,
    pad as 'same' | 'valid' | number,
    dimRoundingMode as 'floor' | 'round' | 'ceil' | undefined,
  );
  const dx = module.output(x.shape);
  const job = module.scratch(128);
  module.words.set(
    [
      module.address(x),
      module.address(dy),
      module.address(dx),
      info.inHeight,
      info.inWidth,
      info.inChannels,
      info.outHeight,
      info.outWidth,
      info.filterHeight,
      info.filterWidth,
      info.strideHeight,
      info.strideWidth,
      info.dilationHeight,
      info.dilationWidth,
      info.padInfo.top,
      info.padInfo.left,
      maximum ? 1 : 0,
    ],
    job >>> 2,
  );
  module.run('poolGradient', job, info.batchSize);
  return dx;
}

/** Copies of `x` along every axis: one pass per repeated axis, innermost first. */
function tile(module: KernelModule, x: tf.TensorInfo, reps: readonly number[]): tf.TensorInfo {
  const bytesPerElement = tf.util.bytesPerElement(x.dtype);
  const result = module.output(
    x.shape.map((size, i) => size * reps[i]!),
    x.dtype,
  );
  const axes = x.shape
    .map((_, i) => i)
    .filter((i) => reps[i]! > 1)
    .reverse();
  if (axes.length === 0) axes.push(0);
  const size = tf.util.sizeFromShape(result.shape);
  const half = axes.length > 1 ? module.scratch(2 * size * bytesPerElement) : 0;
  let source = module.address(x);
  axes.forEach((axis, pass) => {
    const target = pass === axes.length - 1 ? module.address(result) : half + (pass % 2) * size * bytesPerElement;
    const blocks = tf.util.sizeFromShape(x.shape.slice(0, axis));
    const block =
      tf.util.sizeFromShape(x.shape.slice(axis)) * axes.slice(0, pass).reduce((product, i) => product * reps[i]!, 1);
    module.exports.repeatBlocks(source, target, blocks, block * bytesPerElement, reps[axis] ?? 1);
    source = target;
  });
  return result;
}

/** Registers them all. */
export function registerElementwise(module: KernelModule): void {
  for (const name of [tf.Add, tf.Relu]) keepOriginal(module, name);
  registerKernels({
    [tf.Add]: (inputs) => add(module, inputs),
    [tf.Relu]: (inputs) => relu(module, inputs),
    [tf.Identity]: ({ x }) => identity(module, x!),
    UdcAdam: (inputs, attributes) => adam(module, inputs, attributes),
    UdcFakeQuant: (inputs, attributes) => fakeQuant(module, inputs, attributes),
    UdcPassBetween: (inputs, attributes) => passBetween(module, inputs, attributes),
    [tf.Tile]: ({ x }, { reps }) => tile(module, x!, reps as number[]),
    [tf.MaxPoolGrad]: ({ dy, input }, attributes) => poolGradient(module, input!, dy!, attributes, true),
    [tf.AvgPoolGrad]: ({ dy, input }, attributes) => poolGradient(module, input!, dy!, attributes, false),
  });
}
