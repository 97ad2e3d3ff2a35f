/** What the tests of the compute room share: random tensors, finite differences, comparison of backends. */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import type { BackendName } from '../../../src/devices/open-device.ts';
import { readAll, readOf } from '../../../src/devices/read-tensor.ts';
import { NAMED, openForTests } from './open.ts';

/** Property runs are the same every time. */
export const FIXED = { seed: 20220105, numRuns: 25 } as const;

/** Values from a small linear congruential generator, roughly normal, seeded. */
export function randomValues(count: number, seed: number): Float32Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => next() + next() + next() - 1.5);
}

/** A tensor as plain data, which can be put on any backend. */
export interface Plain {
  readonly shape: number[];
  readonly values: Float32Array;
}

export const plain = (shape: number[], seed: number): Plain => ({
  shape,
  values: randomValues(tf.util.sizeFromShape(shape), seed),
});
export const onBackend = ({ shape, values }: Plain): tf.Tensor => tf.tensor(values.slice(), shape);

export type Operator = (inputs: tf.Tensor[]) => tf.Tensor;

/** The backends that tests compare; 'wasm-plain' is the build without relaxed SIMD. */
export type TestBackend = 'wasm' | 'wasm-plain' | 'tensorflow' | 'webgpu' | 'cpu';
/** What is compared with the CPU backend. */
export const COMPARED: readonly TestBackend[] = NAMED === undefined ? ['wasm', 'wasm-plain'] : [NAMED];

export async function openForTest(backend: TestBackend): Promise<void> {
  await (backend === 'wasm-plain' ? openForTests('wasm', { relaxedSimd: false }) : openForTests(backend));
  // The GPU's kernels are to be tested, also where the tensors are so small that the package would compute on the
  // processor.
  if (backend === 'webgpu') tf.env().set('WEBGPU_CPU_FORWARD', false);
}

/** For `before`: leaves the tests of a describe out, saying why, where a backend is not installed. */
export async function skipWithout(context: Mocha.Context, backend: BackendName): Promise<void> {
  try {
    await openForTests(backend);
  } catch (error) {
    context.test!.parent!.title += ` (left out: ${error instanceof Error ? error.message : String(error)})`;
    context.skip();
  }
}

/** The operator's output and its gradients to each input for the loss Σ output · probe (probe fixed by `seed`). */
export async function outputAndGradients(
  backend: TestBackend,
  operator: Operator,
  inputs: readonly Plain[],
  seed = 99,
): Promise<{ output: Plain; gradients: Plain[] }> {
  await openForTest(backend);
  const tensors = inputs.map(onBackend);
  const output = tf.tidy(() => operator(tensors));
  const probe = onBackend(plain(output.shape, seed));
  const gradients = tf.grads((...x: tf.Tensor[]) => tf.sum(tf.mul(operator(x), probe)))(tensors);
  const all = [output, ...gradients];
  const [found, ...slopes] = (await readAll(all)).map((values, i): Plain => ({ shape: all[i]!.shape, values }));
  const result = { output: found!, gradients: slopes };
  tf.dispose([tensors, output, probe, gradients]);
  return result;
}

/** Fails unless the values agree within `tolerance` of the larger magnitude in the expected tensor (at least 1). */
export function assertClose(actual: Plain, expected: Plain, tolerance: number, what: string): void {
  assert.deepEqual(actual.shape, expected.shape, `${what}: shape`);
  const scale = Math.max(
    1,
    expected.values.reduce((most, x) => Math.max(most, Math.abs(x)), 0),
  );
  expected.values.forEach((x, i) => {
    const difference = Math.abs(actual.values[i]! - x);
    assert.ok(
      difference <= tolerance * scale,
      `${what}: element ${i} of [${expected.shape.join(', ')}] is ${actual.values[i]!}, expected ${x} (largest ${scale})`,
    );
  });
}

/** Runs the operator on the plain CPU backend and on others and compares output and all gradients. */
export async function assertSameAsCpu(
  operator: Operator,
  inputs: readonly Plain[],
  tolerance = 2e-5,
  others: readonly TestBackend[] = COMPARED,
): Promise<void> {
  const expected = await outputAndGradients('cpu', operator, inputs);
  for (const build of others) {
    const actual = await outputAndGradients(build, operator, inputs);
    assertClose(actual.output, expected.output, tolerance, `${build}: output`);
    expected.gradients.forEach((gradient, i) => {
      assertClose(actual.gradients[i]!, gradient, tolerance, `${build}: gradient of input ${i}`);
    });
  }
}

/**
 * Compares the analytic gradient of Σ output · probe with central differences along a random direction per input.
 * `only` limits it to the inputs in which the operator is smooth.
 */
export async function assertFiniteDifferences(
  backend: TestBackend,
  operator: Operator,
  inputs: readonly Plain[],
  options: { only?: readonly number[]; tolerance?: number; step?: number } = {},
): Promise<void> {
  const { only = inputs.map((_, i) => i), tolerance = 1e-2, step = 1e-2 } = options;
  const { output, gradients } = await outputAndGradients(backend, operator, inputs);
  const probe = plain(output.shape, 99);
  const loss = async (values: readonly Plain[]): Promise<number> => {
    const [result] = await readOf(() => [operator(values.map(onBackend))]);
    return result!.reduce((sum, y, i) => sum + y * probe.values[i]!, 0);
  };
  for (const i of only) {
    const direction = randomValues(inputs[i]!.values.length, 7 + i);
    const moved = (sign: number): Plain[] =>
      inputs.map((input, j) =>
        j !== i ? input : { shape: input.shape, values: input.values.map((x, k) => x + sign * step * direction[k]!) },
      );
    const numeric = ((await loss(moved(1))) - (await loss(moved(-1)))) / (2 * step);
    const analytic = gradients[i]!.values.reduce((sum, g, k) => sum + g * direction[k]!, 0);
    const scale = Math.max(1, Math.hypot(...gradients[i]!.values));
    assert.ok(
      Math.abs(numeric - analytic) <= tolerance * scale,
      `input ${i}: analytic ${analytic}, numeric ${numeric}, gradient norm ${scale}`,
    );
  }
}

/** Geometry of a convolution that has at least one output. */
export const convolution = fc
  .record({
    n: fc.integer({ min: 1, max: 3 }),
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    kh: fc.integer({ min: 1, max: 5 }),
    kw: fc.integer({ min: 1, max: 5 }),
    stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    dilation: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    padding: fc.constantFrom('same' as const, 'valid' as const),
    channels: fc.integer({ min: 1, max: 19 }),
    filters: fc.integer({ min: 1, max: 19 }),
    multiplier: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(1000),
  })
  .filter(
    ({ height, width, kh, kw, dilation, padding }) =>
      padding === 'same' || ((kh - 1) * dilation[0] < height && (kw - 1) * dilation[1] < width),
  );
