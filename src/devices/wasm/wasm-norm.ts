/**
 * Fused batch normalisation, activation and mask for the `wasm` backend (src/devices/kernels/assembly/batch-norm.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { FusedActivation, NormOptions } from '../operators/batch-norm.ts';
import { registerKernels, type KernelModule } from './kernel-module.ts';

const FIELD = { x: 0, dy: 1, y: 2 } as const;
const HEADER_BYTES = 64;
const TABLE_VECTORS = 8;
const SUMS = 3;
const ACTIVATION_CODES: Readonly<Record<FusedActivation, number>> = { none: 0, relu: 1, relu6: 2 };
/**
 * The rows are shared among so many tasks, if each then has at least so many values: fixed numbers, so that results do
 * not depend on the number of threads.
 */
const MOST_TASKS = 8;
const VALUES_PER_TASK = 8192;

interface Job {
  readonly address: number;
  readonly tasks: number;
}

/** A multiple of the channels that is whole vectors of 4 floats. */
const periodOf = (channels: number): number =>
  channels % 4 === 0 ? channels : channels % 2 === 0 ? 2 * channels : 4 * channels;

function writeJob(
  module: KernelModule,
  x: tf.TensorInfo,
  { activation }: NormOptions,
  fields: Readonly<Record<number, number>>,
): Job {
  const channels = x.shape[x.shape.length - 1]!;
  const size = tf.util.sizeFromShape(x.shape);
  const period = periodOf(channels);
  const periods = Math.floor(size / period);
  const wanted = Math.max(1, Math.min(MOST_TASKS, Math.floor(size / VALUES_PER_TASK)));
  const perTask = Math.max(1, Math.ceil(periods / wanted));
  const tasks = Math.max(1, Math.ceil(periods / perTask));
  const tableBytes = TABLE_VECTORS * period * 4;
  const address = module.scratch(HEADER_BYTES + tableBytes + tasks * SUMS * period * 8);
  const { words } = module;
  const table = address + HEADER_BYTES;
  words.set(
    [
      module.address(x),
      0,
      0,
      channels,
      period,
      periods,
      perTask,
      size - periods * period,
      table,
      table + tableBytes,
      ACTIVATION_CODES[activation],
      tasks,
    ],
    address >>> 2,
  );
  for (const [word, value] of Object.entries(fields)) words[(address >>> 2) + Number(word)] = value;
  return { address, tasks };
}

/**
 * The operator's tensors by the names of the kernels' inputs; `sums` [3, channels] takes the gradients to gamma, beta
 * and mask.
 */
type Tensors<T extends tf.TensorInfo = tf.TensorInfo> = Readonly<
  Record<'x' | 'gamma' | 'beta' | 'mask' | 'mean' | 'variance' | 'sums', T>
>;

function writeTable(
  module: KernelModule,
  job: Job,
  { gamma, beta, mask, mean, variance }: Omit<Tensors, 'x' | 'sums'>,
  { epsilon }: NormOptions,
): void {
  const at = (tensor: tf.TensorInfo): number => module.address(tensor);
  module.exports.normTable(job.address, at(gamma), at(beta), at(mask), at(mean), at(variance), epsilon);
}

/** Normalises with the statistics of this batch: returns y, mean, variance and room for the sums. */
function forwardBatch(
  module: KernelModule,
  inputs: Omit<Tensors, 'mean' | 'variance' | 'sums'>,
  options: NormOptions,
): tf.TensorInfo[] {
  const { x } = inputs;
  const channels = x.shape[x.shape.length - 1]!;
  const [y, mean, variance, sums] = [x.shape, [channels], [channels], [SUMS, channels]].map((shape) =>
    module.output(shape),
  ) as [tf.TensorInfo, tf.TensorInfo, tf.TensorInfo, tf.TensorInfo];
  const job = writeJob(module, x, options, { [FIELD.y]: module.address(y) });
  module.run('normStatistics', job.address, job.tasks);
  module.exports.normFinish(job.address, module.address(mean), module.address(variance));
  writeTable(module, job, { ...inputs, mean, variance }, options);
  module.run('normApply', job.address, job.tasks);
  return [y, mean, variance, sums];
}

/** Normalises with given statistics: returns y and room for the sums. */
function forwardFixed(module: KernelModule, inputs: Omit<Tensors, 'sums'>, options: NormOptions): tf.TensorInfo[] {
  const { x } = inputs;
  const y = module.output(x.shape);
  const sums = module.output([SUMS, x.shape[x.shape.length - 1]!]);
  const job = writeJob(module, x, options, { [FIELD.y]: module.address(y) });
  writeTable(module, job, inputs, options);
  module.run('normApply', job.address, job.tasks);
  return [y, sums];
}

/** Fills `sums`. */
function gradientSums(module: KernelModule, dy: tf.TensorInfo, tensors: Tensors, options: NormOptions): void {
  const job = writeJob(module, tensors.x, options, { [FIELD.dy]: module.address(dy) });
  writeTable(module, job, tensors, options);
  module.run('normGradientSums', job.address, job.tasks);
  module.exports.normGradientFinish(job.address, module.address(tensors.sums));
}

/** The gradient to x: through the batch's statistics, given filled sums, or past them where they are constants. */
function gradientToX(
  module: KernelModule,
  { dy, ...tensors }: Tensors & { readonly dy: tf.TensorInfo },
  options: NormOptions & { readonly fixed: boolean },
): tf.TensorInfo {
  const dx = module.output(tensors.x.shape);
  const job = writeJob(module, tensors.x, options, { [FIELD.dy]: module.address(dy), [FIELD.y]: module.address(dx) });
  writeTable(module, job, tensors, options);
  module.exports.normGradientTable(job.address, options.fixed ? 0 : module.address(tensors.sums));
  module.run('normGradient', job.address, job.tasks);
  return dx;
}

/**
 * Gradients of both operators. All need the same sums; tfjs asks for each gradient apart and only for those that are
 * wanted.
 */
function gradients(
  module: KernelModule,
  dy: tf.Tensor,
  tensors: Tensors<tf.Tensor>,
  options: NormOptions,
  fixed: boolean,
): Record<string, () => tf.Tensor> {
  let filled = false;
  const ready = (): tf.Tensor => {
    if (!filled) gradientSums(module, dy, tensors, options);
    filled = true;
    return tensors.sums;
  };
  const row = (index: number) => (): tf.Tensor =>
    tf.reshape(tf.slice(ready(), [index, 0], [1, tensors.gamma.size]), tensors.gamma.shape);
  const toX = (): tf.Tensor => {
    if (!fixed) ready();
    return tf.engine().runKernel('UdcNormActInput', { ...tensors, dy }, { ...options, fixed });
  };
  return { x: toX, gamma: row(0), beta: row(1), mask: row(2) };
}

/** Registers the operators and their gradients with the `wasm` backend. */
export function registerNorm(module: KernelModule): void {
  registerKernels({
    UdcBatchNormAct: (inputs, options) => forwardBatch(module, inputs as Tensors, options as unknown as NormOptions),
    UdcNormAct: (inputs, options) => forwardFixed(module, inputs as Tensors, options as unknown as NormOptions),
    UdcNormActInput: (inputs, options) =>
      gradientToX(
        module,
        inputs as Tensors & { dy: tf.TensorInfo },
        options as unknown as NormOptions & { fixed: boolean },
      ),
  });
  const names = ['x', 'gamma', 'beta', 'mask', 'mean', 'variance', 'sums'] as const;
  const named = (saved: readonly tf.Tensor[]): Tensors<tf.Tensor> =>
    Object.fromEntries(names.map((name, i) => [name, saved[i]!])) as unknown as Tensors<tf.Tensor>;
  tf.registerGradient({
    kernelName: 'UdcBatchNormAct',
    inputsToSave: names.slice(0, 4),
    outputsToSave: [false, true, true, true],
    gradFunc: (dys, saved, attributes) =>
      gradients(module, (dys as tf.Tensor[])[0]!, named(saved), attributes as unknown as NormOptions, false),
  });
  tf.registerGradient({
    kernelName: 'UdcNormAct',
    inputsToSave: names.slice(0, 6),
    outputsToSave: [false, true],
    gradFunc: (dys, saved, attributes) =>
      gradients(module, (dys as tf.Tensor[])[0]!, named(saved), attributes as unknown as NormOptions, true),
  });
}
