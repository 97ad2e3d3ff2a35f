/**
 * Threads of the `wasm` backend: the same bits for any number of them, through growing memory, failures and many
 * openings; no process is kept alive.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { assetPath, defaultAssetFolder } from '../../../src/devices/assets.ts';
import { openBackend } from '../../../src/devices/open-device.ts';
import { adamStep } from '../../../src/devices/operators/adam.ts';
import { batchNormAct } from '../../../src/devices/operators/batch-norm.ts';
import { conv2d, depthwiseConv2d } from '../../../src/devices/operators/conv.ts';
import { fakeQuantActivation } from '../../../src/devices/operators/fake-quantise.ts';
import { sharingRefused, withSharedMemory } from '../../../src/devices/wasm/shared-memory.ts';
import { ThreadPool } from '../../../src/devices/wasm/threads/thread-pool.ts';
import { FIXED, onBackend, plain, randomValues, type Plain } from './support.ts';

const THREADS = [1, 2, 3] as const;
const OPTIONS = { activation: 'relu', epsilon: 1e-3 } as const;

/** A network with every kernel that is split into tasks. */
class Sample {
  private readonly variables: tf.Variable[];
  private readonly moments: { value: tf.Variable; m: tf.Variable; v: tf.Variable }[];
  private readonly x: tf.Tensor4D;
  private readonly stride: 1 | 2;

  constructor(images: number, size: number, channels: number, filters: number, stride: 1 | 2, seed: number) {
    const shapes = [
      [3, 3, channels, filters],
      [filters],
      [filters],
      [3, 3, filters, 2],
      [2 * filters],
      [2 * filters],
      [1, 1, 2 * filters, filters],
    ];
    this.variables = shapes.map((shape, i) => tf.tidy(() => tf.variable(onBackend(plain(shape, seed + i)))));
    this.moments = this.variables.map((value) =>
      tf.tidy(() => ({ value, m: tf.variable(tf.zerosLike(value)), v: tf.variable(tf.zerosLike(value)) })),
    );
    this.x = onBackend(plain([images, size, size, channels], seed + 20)) as tf.Tensor4D;
    this.stride = stride;
  }

  private loss(): tf.Scalar {
    const [filter, gamma, beta, depthwise, gamma2, beta2, last] = this.variables as tf.Tensor[] as [
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor4D,
    ];
    const geometry = { stride: [this.stride, this.stride], dilation: [1, 1], padding: 'same' } as const;
    const inner = batchNormAct(conv2d(this.x, filter, geometry), gamma, beta, tf.ones(gamma.shape), OPTIONS).y;
    const wide = batchNormAct(
      depthwiseConv2d(inner, depthwise, { ...geometry, stride: [1, 1] }),
      gamma2,
      beta2,
      tf.ones(gamma2.shape),
      OPTIONS,
    ).y;
    const sum = tf.relu(
      tf.add(
        conv2d(fakeQuantActivation(wide, { scale: 0.05, zeroPoint: -100 }), last, { ...geometry, stride: [1, 1] }),
        inner,
      ),
    );
    return tf.mean(tf.square(tf.maxPool(sum as tf.Tensor4D, 2, 2, 'same'))) as tf.Scalar;
  }

  /** Trains for some steps; returns the last loss and all variables. */
  train(steps: number): Float32Array[] {
    let loss = 0;
    for (let step = 1; step <= steps; ++step) {
      const { value, grads } = tf.variableGrads(() => this.loss(), this.variables);
      adamStep(
        this.moments.map((item) => ({ ...item, grad: grads[item.value.name]!, weightDecay: 1e-4 })),
        { learningRate: 1e-2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step },
      );
      loss = value.dataSync()[0]!;
      tf.dispose([value, ...Object.values(grads)]);
    }
    const result = [Float32Array.of(loss), ...this.variables.map((variable) => variable.dataSync<'float32'>())];
    tf.dispose([this.x, ...this.moments.flatMap(({ value, m, v }) => [value, m, v])]);
    return result;
  }
}

async function trained(
  threads: number,
  steps: number,
  ...shape: ConstructorParameters<typeof Sample>
): Promise<Float32Array[]> {
  await openBackend('wasm', { threads });
  return new Sample(...shape).train(steps);
}

/** Compares bits: values that are no number count too. */
const assertSameBits = (actual: Float32Array[], expected: Float32Array[]): void => {
  actual.forEach((values, i) => {
    assert.ok(Buffer.from(values.buffer).equals(Buffer.from(expected[i]!.buffer)), `tensor ${i} differs`);
  });
};

describe('threads of the wasm backend', () => {
  after(() => openBackend('wasm'));

  it('change no bit of a training step, whatever its shapes', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 17 }),
        fc.integer({ min: 2, max: 21 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 21 }),
        fc.constantFrom(1 as const, 2 as const),
        fc.nat(1000),
        async (...shape) => {
          const [one, ...others] = [
            await trained(1, 2, ...shape),
            await trained(2, 2, ...shape),
            await trained(3, 2, ...shape),
          ];
          for (const other of others) assertSameBits(other, one!);
        },
      ),
      { ...FIXED, numRuns: 15 },
    ));

  it('change no bit of a training of many steps while the memory grows', async () => {
    const results: Float32Array[][] = [];
    for (const threads of [...THREADS].reverse()) {
      const filler: tf.Tensor[] = [];
      for (let round = 0; round < 3; ++round) {
        results.push(await trained(threads, 3, 16, 32, 3, 12, 1, 5));
        filler.push(tf.zeros([8 << 20]));
      }
      tf.dispose(filler);
    }
    assert.ok(results[0]![0]![0]! > 0);
    for (const result of results) assertSameBits(result, results[0]!);
  });

  it('keep neither tensors nor memory from opening to opening', async () => {
    await trained(3, 1, 4, 16, 3, 8, 1, 1);
    const before = tf.memory();
    for (let i = 0; i < 30; ++i) await trained(1 + (i % 3), 1, 4, 16, 3, 8, 1, 1);
    assert.equal(tf.memory().numTensors, before.numTensors);
    assert.equal(tf.memory().numBytes, before.numBytes);
  });

  it('are named in the reason and limited by UDC_THREADS', async () => {
    const before = process.env['UDC_THREADS'];
    try {
      process.env['UDC_THREADS'] = '2';
      assert.match((await openBackend('wasm')).reason, /SIMD, 2 threads$/);
      assert.match((await openBackend('wasm', { threads: 1 })).reason, /SIMD, one thread$/);
      process.env['UDC_THREADS'] = 'all';
      await assert.rejects(openBackend('wasm'), /UDC_THREADS\) must be a whole number from 1 to 64, not NaN/);
    } finally {
      if (before === undefined) delete process.env['UDC_THREADS'];
      else process.env['UDC_THREADS'] = before;
    }
  });

  it('keep no process alive', () => {
    const backend = JSON.stringify(path.resolve('src/devices/open-device.ts'));
    const script = `const tf = await import('@tensorflow/tfjs-core'); const { openBackend } = await import(${backend});
      console.log((await openBackend('wasm', { threads: 3 })).reason); console.log(tf.sum(tf.relu(tf.ones([200000]))).dataSync()[0]);`;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      { encoding: 'utf8', timeout: 50_000 },
    );
    assert.equal(status, 0, stderr.slice(0, 2000));
    assert.match(stdout, /3 threads\n200000\n$/);
  });
});

describe('ThreadPool', () => {
  /**
   * `relu` on a shared memory of its own: the job at 0, the input at 64 KiB, the output at 128 KiB; one value a task.
   */
  const INPUT = 65536;
  const OUTPUT = 131072;

  async function makePool(
    tasks: number,
    mainTask?: (floats: Float32Array) => void,
  ): Promise<{ pool: ThreadPool; input: Plain; output: Float32Array }> {
    const memory = new WebAssembly.Memory({ initial: 4, maximum: 65536, shared: true });
    const module = await WebAssembly.compile(
      withSharedMemory(readFileSync(assetPath(defaultAssetFolder(), 'kernels.wasm')))!,
    );
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    const relu = exports['relu'] as (job: number, task: number, scratch: number) => void;
    const input = { shape: [tasks], values: randomValues(tasks, 1) };
    new Float32Array(memory.buffer, INPUT, tasks).set(input.values);
    const output = new Float32Array(memory.buffer, OUTPUT, tasks).fill(NaN);
    new Int32Array(memory.buffer).set([INPUT, INPUT, OUTPUT, tasks, 1]);
    const own = (job: number, task: number, scratch: number): void => {
      mainTask?.(output);
      relu(job, task, scratch);
    };
    return { pool: new ThreadPool({ module, memory, kernels: ['relu'], tasks: [own] }), input, output };
  }

  const JOB = { kernel: 0, address: 0, scratch: 0, scratchBytes: 0 };
  const rectified = ({ values }: Plain): Float32Array => values.map((x) => Math.max(x, 0));

  it('runs every task once, also more of them than a ticket counts', async () => {
    const { pool, input, output } = await makePool(10_000);
    pool.threads = 3;
    for (let i = 0; i < 5; ++i) {
      output.fill(NaN);
      pool.run({ ...JOB, tasks: 10_000 });
      assert.deepEqual(output.slice(), rectified(input));
    }
  });

  it('has its threads do the work that the main thread does not', async () => {
    // The main thread's first task does not end before another thread has done one.
    const { pool, input, output } = await makePool(8, (results) => {
      const end = Date.now() + 30_000;
      while (results.every((value) => Number.isNaN(value)) && Date.now() < end);
    });
    pool.threads = 2;
    pool.run({ ...JOB, tasks: 8 });
    assert.ok(output.slice(1).some((value) => !Number.isNaN(value)));
    assert.deepEqual(output.slice(), rectified(input));
  });

  it('reports a kernel that fails, and works on', async () => {
    const { pool, input, output } = await makePool(64);
    pool.threads = 3;
    assert.throws(() => {
      pool.run({ ...JOB, address: 2 ** 31 - 64, tasks: 64 });
    }, /memory access out of bounds|failed in a thread/);
    pool.run({ ...JOB, tasks: 64 });
    assert.deepEqual(output.slice(), rectified(input));
  });

  it('pauses threads and takes them back', async () => {
    const { pool, input, output } = await makePool(64);
    for (const threads of [3, 1, 2, 3, 1, 3]) {
      pool.threads = threads;
      output.fill(NaN);
      pool.run({ ...JOB, tasks: 64 });
      assert.equal(pool.threads, threads);
      assert.deepEqual(output.slice(), rectified(input));
    }
  });
});

describe('withSharedMemory', () => {
  const HEADER = [0, 97, 115, 109, 1, 0, 0, 0];

  it('shares a memory that has a maximum, imported or not', async () => {
    assert.equal(sharingRefused(), undefined);
    const own = Uint8Array.from([...HEADER, 5, 4, 1, 1, 1, 2, 7, 5, 1, 1, 109, 2, 0]);
    const { instance } = await WebAssembly.instantiate(withSharedMemory(own)!);
    assert.ok((instance.exports['m'] as WebAssembly.Memory).buffer instanceof SharedArrayBuffer);
    const imported = Uint8Array.from([...HEADER, 2, 9, 1, 1, 101, 1, 109, 2, 1, 1, 2]);
    await WebAssembly.instantiate(withSharedMemory(imported)!, {
      e: { m: new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }) },
    });
  });

  it('refuses a module without memory, or with one that has no maximum', () => {
    assert.equal(withSharedMemory(Uint8Array.from(HEADER)), undefined);
    assert.equal(withSharedMemory(Uint8Array.from([...HEADER, 5, 3, 1, 0, 1])), undefined);
  });
});
