/** Fused batch normalisation, activation and mask for the `wasm` backend (src/compute/kernels/assembly/batch-norm.ts). */
import * as tf from '@tensorflow/tfjs-core';
import type { FusedActivation, NormOptions } from '../ops/batch-norm.ts';
import type { KernelModule } from './kernel-module.ts';

const FIELD = { x: 0, dy: 1, y: 2 } as const;
const HEADER_BYTES = 64;
const TABLE_VECTORS = 8;
const SUMS = 3;
const ACTIVATION_CODES: Readonly<Record<FusedActivation, number>> = { none: 0, relu: 1, relu6: 2 };
/** The rows are shared among so many tasks, if each then has at least so many values: fixed numbers, so that results do not depend on the number of threads. */
const MOST_TASKS = 8;
const VALUES_PER_TASK = 8192;

interface Job { readonly address: number; readonly tasks: number }

/** A multiple of the channels that is whole vectors of 4 floats. */
const periodOf = (channels: number): number => (channels % 4 === 0 ? channels : channels % 2 === 0 ? 2 * channels : 4 * channels);

function writeJob(module: KernelModule, x: tf.TensorInfo, { activation }: NormOptions, fields: Readonly<Record<number, number>>): Job {
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
  words.set([module.address(x), 0, 0, channels, period, periods, perTask, size - periods * period, table, table + tableBytes, ACTIVATION_CODES[activation], tasks], address >>> 2);
  for (const [word, value] of Object.entries(fields)) words[(address >>> 2) + Number(word)] = value;
  return { address, tasks };
}

type Named = Readonly<Record<'x' | 'gamma' | 'beta' | 'mask', tf.TensorInfo>>;

function forward(module: KernelModule, { x, gamma, beta, mask }: Named, options: NormOptions): tf.TensorInfo[] {
  const channels = x.shape[x.shape.length - 1]!;
  const [y, mean, variance, sums] = [module.output(x.shape), module.output([channels]), module.output([channels]), module.output([SUMS, channels])];
  const job = writeJob(module, x, options, { [FIELD.y]: module.address(y) });
  module.run('normStatistics', job.address, job.tasks);
  module.exports.normFinish(job.address, module.address(mean), module.address(variance));
  writeTable(module, job, gamma, beta, mask, mean, variance, options);
  module.run('normApply', job.address, job.tasks);
  return [y, mean, variance, sums];
}

function writeTable(module: KernelModule, job: Job, gamma: tf.TensorInfo, beta: tf.TensorInfo, mask: tf.TensorInfo, mean: tf.TensorInfo, variance: tf.TensorInfo, { epsilon }: NormOptions): void {
  const at = (tensor: tf.TensorInfo): number => module.address(tensor);
  module.exports.normTable(job.address, at(gamma), at(beta), at(mask), at(mean), at(variance), epsilon);
}

/** Fills `sums` [3, channels] with the gradients to gamma, beta and mask. */
function gradientSums(module: KernelModule, dy: tf.TensorInfo, saved: readonly tf.TensorInfo[], options: NormOptions): void {
  const [x, gamma, beta, mask, mean, variance, sums] = saved as [tf.TensorInfo, tf.TensorInfo, tf.TensorInfo, tf.TensorInfo, tf.TensorInfo, tf.TensorInfo, tf.TensorInfo];
  const job = writeJob(module, x, options, { [FIELD.dy]: module.address(dy) });
  writeTable(module, job, gamma, beta, mask, mean, variance, options);
  module.run('normGradientSums', job.address, job.tasks);
  module.exports.normGradientFinish(job.address, module.address(sums));
}

/** The gradient to x, given filled sums. */
function gradientToX(module: KernelModule, { dy, x, gamma, beta, mask, mean, variance, sums }: Readonly<Record<string, tf.TensorInfo>>, options: NormOptions): tf.TensorInfo {
  const dx = module.output(x!.shape);
  const job = writeJob(module, x!, options, { [FIELD.dy]: module.address(dy!), [FIELD.y]: module.address(dx) });
  writeTable(module, job, gamma!, beta!, mask!, mean!, variance!, options);
  module.exports.normGradientTable(job.address, module.address(sums!));
  module.run('normGradient', job.address, job.tasks);
  return dx;
}

/** Registers the operator and its gradient with the `wasm` backend. */
export function registerNorm(module: KernelModule): void {
  const backendName = 'wasm';
  tf.registerKernel({
    kernelName: 'UdcBatchNormAct', backendName,
    kernelFunc: ({ inputs, attrs }) => forward(module, inputs as Named, attrs as unknown as NormOptions),
  });
  tf.registerKernel({
    kernelName: 'UdcBatchNormActInput', backendName,
    kernelFunc: ({ inputs, attrs }) => gradientToX(module, inputs as Readonly<Record<string, tf.TensorInfo>>, attrs as unknown as NormOptions),
  });
  tf.registerGradient({
    kernelName: 'UdcBatchNormAct', inputsToSave: ['x', 'gamma', 'beta', 'mask'], outputsToSave: [false, true, true, true],
    gradFunc: (dys, saved, attributes) => {
      const dy = (dys as tf.Tensor[])[0]!;
      const options = attributes as unknown as NormOptions;
      const [x, gamma, beta, mask, mean, variance, sums] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      // All four gradients need the same sums; tfjs asks for each gradient apart and only for those that are wanted.
      let filled = false;
      const ready = (): tf.Tensor => {
        if (!filled) gradientSums(module, dy, saved, options);
        filled = true;
        return sums;
      };
      const row = (index: number) => (): tf.Tensor => tf.reshape(tf.slice(ready(), [index, 0], [1, gamma.size]), gamma.shape);
      return {
        x: () => tf.engine().runKernel('UdcBatchNormActInput', { dy, x, gamma, beta, mask, mean, variance, sums: ready() }, attributes as tf.NamedAttrMap),
        gamma: row(0), beta: row(1), mask: row(2),
      };
    },
  });
}
