/**
 * The project's own WebAssembly kernels, instantiated on the memory of the tfjs backend so that they read and write its
 * tensors in place.
 */
import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import * as tf from '@tensorflow/tfjs-core';
import type { WasmEngine } from './wasm-engine.ts';
import { withSharedMemory } from './shared-memory.ts';
import { ThreadPool, type Task } from './threads/thread-pool.ts';

/** Kernels that are split into tasks, which threads share. */
const TASK_KERNELS = [
  'add',
  'fakeQuant',
  'filterTask',
  'normApply',
  'normGradient',
  'normGradientSums',
  'normStatistics',
  'passBetween',
  'poolGradient',
  'relu',
  'tapTask',
] as const;
export type TaskKernelName = (typeof TASK_KERNELS)[number];

/** What src/devices/kernels/assembly/index.ts exports; numbers are addresses, counts and floats. */
export interface KernelExports extends Readonly<Record<TaskKernelName, Task>> {
  readonly adam: (
    value: number,
    gradient: number,
    m: number,
    v: number,
    count: number,
    rate: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    decay: number,
    correction1: number,
    correction2: number,
    norm: number,
  ) => void;
  readonly addPartials: (
    partials: number,
    partialBytes: number,
    parts: number,
    target: number,
    count: number,
    outChannels: number,
    depthwise: number,
  ) => void;
  readonly mixBackward: (job: number) => void;
  readonly mixForward: (job: number) => void;
  readonly normFinish: (job: number, mean: number, variance: number) => void;
  readonly normGradientFinish: (job: number, sums: number) => void;
  readonly normGradientTable: (job: number, sums: number) => void;
  readonly normTable: (
    job: number,
    gamma: number,
    beta: number,
    mask: number,
    mean: number,
    variance: number,
    epsilon: number,
  ) => void;
  readonly packFilter: (
    source: number,
    target: number,
    order: number,
    rows: number,
    outChannels: number,
    channelStride: number,
  ) => void;
  readonly quantiseBackward: (
    w: number,
    steps: number,
    mask: number,
    dy: number,
    dw: number,
    dsteps: number,
    rows: number,
    channels: number,
    limit: number,
    smallest: number,
    binary: number,
    gain: number,
  ) => void;
  readonly quantiseForward: (
    w: number,
    steps: number,
    mask: number,
    out: number,
    rows: number,
    channels: number,
    limit: number,
    smallest: number,
    binary: number,
  ) => void;
  readonly repeatBlocks: (source: number, target: number, blocks: number, bytes: number, repeats: number) => void;
  readonly sumRepeats: (source: number, target: number, count: number, repeat: number) => void;
}

/** A module of one function that uses a relaxed SIMD instruction: valid only where the engine has them. */
const RELAXED_PROBE = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  15,
  1,
  13,
  0,
  65,
  1,
  253,
  15,
  65,
  2,
  253,
  15,
  253,
  128,
  2,
  11,
);

/** True where this Node runs relaxed SIMD; versions before 22 have it behind a flag, which is set here. */
export function enableRelaxedSimd(): boolean {
  if (WebAssembly.validate(RELAXED_PROBE)) return true;
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(RELAXED_PROBE);
}

/**
 * Two cache lines, which processors fetch together: what one thread writes must not lie in the pair of lines that
 * another one works in.
 */
const ALIGNMENT = 128;
export const align = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

export class KernelModule {
  readonly exports: KernelExports;
  private readonly engine: WasmEngine;
  private integerView: Int32Array;
  private floatView: Float32Array;
  private scratchAt = 0;
  private scratchBytes = 0;
  private readonly pool: ThreadPool | undefined;

  private constructor(engine: WasmEngine, module: WebAssembly.Module, instance: WebAssembly.Instance) {
    this.engine = engine;
    this.exports = instance.exports as unknown as KernelExports;
    if (engine.unshared === undefined)
      this.pool = new ThreadPool({
        module,
        memory: engine.memory,
        kernels: TASK_KERNELS,
        tasks: TASK_KERNELS.map((name) => this.exports[name]),
      });
    this.integerView = new Int32Array(engine.memory.buffer);
    this.floatView = new Float32Array(engine.memory.buffer);
  }

  static async load(engine: WasmEngine, path: string): Promise<KernelModule> {
    const file = await readFile(path);
    const bytes = engine.unshared === undefined ? withSharedMemory(file) : file;
    if (bytes === undefined)
      throw new Error(`${path} imports no memory that can be shared: run \`npm run build:kernels\`.`);
    const { instance, module } = await WebAssembly.instantiate(bytes, { env: { memory: engine.memory } });
    return new KernelModule(engine, module, instance);
  }

  /** Threads that share the tasks of a kernel, the calling one included. */
  get threads(): number {
    return this.pool?.threads ?? 1;
  }

  /** Without shared memory it stays at 1. */
  set threads(count: number) {
    if (this.pool !== undefined) this.pool.threads = count;
  }

  /** The memory as 32-bit words. Memory grows, so ask again after anything that may allocate. */
  get words(): Int32Array {
    if (this.integerView.buffer !== this.engine.memory.buffer)
      this.integerView = new Int32Array(this.engine.memory.buffer);
    return this.integerView;
  }

  /** The memory as floats; the same holds. */
  get floats(): Float32Array {
    if (this.floatView.buffer !== this.engine.memory.buffer)
      this.floatView = new Float32Array(this.engine.memory.buffer);
    return this.floatView;
  }

  get backend(): WasmEngine['backend'] {
    return this.engine.backend;
  }

  /** Address of a tensor's values. */
  address(tensor: tf.TensorInfo): number {
    return this.engine.backend.dataIdMap.get(tensor.dataId).memoryOffset;
  }

  /** A new tensor with undefined values. */
  output(shape: readonly number[], dtype: tf.DataType = 'float32'): tf.TensorInfo {
    return this.engine.backend.makeOutput([...shape], dtype);
  }

  /** At least `bytes` of scratch memory, aligned as `align` does; valid until the next call of this method. */
  scratch(bytes: number): number {
    if (bytes > this.scratchBytes) {
      if (this.scratchAt !== 0) this.engine.free(this.scratchAt);
      this.scratchAt = this.engine.allocate(bytes + ALIGNMENT);
      if (this.scratchAt === 0)
        throw new Error(`The wasm backend has no ${bytes} bytes left for a convolution: use a smaller batch.`);
      this.scratchBytes = bytes;
    }
    return align(this.scratchAt);
  }

  /** Runs all tasks of a job; thread i of `threads` has `scratchBytes` of memory at scratch + i · scratchBytes. */
  run(kernel: TaskKernelName, job: number, tasks: number, scratch = 0, scratchBytes = 0): void {
    if (tasks > 1 && this.pool !== undefined && this.pool.threads > 1) {
      this.pool.run({ kernel: TASK_KERNELS.indexOf(kernel), address: job, tasks, scratch, scratchBytes });
      return;
    }
    const task = this.exports[kernel];
    for (let i = 0; i < tasks; ++i) task(job, i, scratch);
  }
}

/** A kernel of the `wasm` backend, as this project writes them. */
export type Kernel = (
  inputs: Readonly<Record<string, tf.TensorInfo>>,
  attributes: Readonly<Record<string, unknown>>,
) => tf.TensorInfo | tf.TensorInfo[];

/** Registers kernels with the `wasm` backend in place of what it had under these names. */
export function registerKernels(kernels: Readonly<Record<string, Kernel>>): void {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    if (tf.getKernel(kernelName, 'wasm') !== undefined) tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) => kernel(inputs as Readonly<Record<string, tf.TensorInfo>>, attrs ?? {}),
    });
  }
}
