/** The gradient table against finite differences, on both backends. */
import * as tf from '@tensorflow/tfjs-core';
import { openBackend } from '../../../src/devices/open-device.ts';
import { assertFiniteDifferences, assertSameAsCpu, plain, skipWithout, type Operator, type Plain } from './support.ts';

const positive = (shape: number[], seed: number): Plain => ({
  shape,
  values: plain(shape, seed).values.map((v) => 0.5 + Math.abs(v)),
});
const image = (t: tf.Tensor | undefined): tf.Tensor4D => t as tf.Tensor4D;

const CASES: Readonly<Record<string, { operator: Operator; inputs: Plain[] }>> = {
  'add with broadcast': { operator: ([a, b]) => tf.add(a!, b!), inputs: [plain([3, 4], 1), plain([4], 2)] },
  'sub with broadcast': { operator: ([a, b]) => tf.sub(a!, b!), inputs: [plain([1, 4], 1), plain([3, 1], 2)] },
  mul: { operator: ([a, b]) => tf.mul(a!, b!), inputs: [plain([3, 4], 1), plain([3, 1], 2)] },
  div: { operator: ([a, b]) => tf.div(a!, b!), inputs: [plain([3, 4], 1), positive([4], 2)] },
  squaredDifference: {
    operator: ([a, b]) => tf.squaredDifference(a!, b!),
    inputs: [plain([3, 4], 1), plain([3, 4], 2)],
  },
  maximum: { operator: ([a, b]) => tf.maximum(a!, b!), inputs: [plain([30], 1), plain([30], 2)] },
  minimum: { operator: ([a, b]) => tf.minimum(a!, b!), inputs: [plain([30], 1), plain([30], 2)] },
  addN: { operator: (x) => tf.addN(x), inputs: [plain([5], 1), plain([5], 2), plain([5], 3)] },
  neg: { operator: ([x]) => tf.neg(x!), inputs: [plain([5], 1)] },
  square: { operator: ([x]) => tf.square(x!), inputs: [plain([5], 1)] },
  abs: { operator: ([x]) => tf.abs(x!), inputs: [positive([5], 1)] },
  sqrt: { operator: ([x]) => tf.sqrt(x!), inputs: [positive([5], 1)] },
  rsqrt: { operator: ([x]) => tf.rsqrt(x!), inputs: [positive([5], 1)] },
  exp: { operator: ([x]) => tf.exp(x!), inputs: [plain([5], 1)] },
  log: { operator: ([x]) => tf.log(x!), inputs: [positive([5], 1)] },
  sigmoid: { operator: ([x]) => tf.sigmoid(x!), inputs: [plain([5], 1)] },
  tanh: { operator: ([x]) => tf.tanh(x!), inputs: [plain([5], 1)] },
  relu: { operator: ([x]) => tf.relu(x!), inputs: [positive([5], 1)] },
  relu6: { operator: ([x]) => tf.relu6(x!), inputs: [positive([5], 1)] },
  clipByValue: {
    operator: ([x]) => tf.clipByValue(x!, 0, 1),
    inputs: [{ shape: [3], values: Float32Array.of(-2, 0.5, 3) }],
  },
  reshape: { operator: ([x]) => tf.reshape(x!, [6, 2]), inputs: [plain([3, 4], 1)] },
  expandDims: { operator: ([x]) => tf.expandDims(x!, 1), inputs: [plain([3, 4], 1)] },
  transpose: { operator: ([x]) => tf.transpose(x!, [2, 0, 1]), inputs: [plain([2, 3, 4], 1)] },
  tile: { operator: ([x]) => tf.tile(x!, [2, 3]), inputs: [plain([2, 3], 1)] },
  concat: { operator: ([a, b]) => tf.concat([a!, b!], 1), inputs: [plain([2, 3], 1), plain([2, 1], 2)] },
  slice: { operator: ([x]) => tf.slice(x!, [1, 0], [2, 3]), inputs: [plain([4, 5], 1)] },
  pad: {
    operator: ([x]) =>
      tf.pad(x!, [
        [1, 0],
        [2, 1],
      ]),
    inputs: [plain([2, 3], 1)],
  },
  where: {
    operator: ([a, b]) => tf.where(tf.tensor1d([1, 0, 1], 'bool'), a!, b!),
    inputs: [plain([3], 1), plain([3], 2)],
  },
  sum: { operator: ([x]) => tf.sum(x!, [0, 2]), inputs: [plain([2, 3, 4], 1)] },
  mean: { operator: ([x]) => tf.mean(x!, [1, 2]), inputs: [plain([2, 3, 4, 5], 1)] },
  max: { operator: ([x]) => tf.max(x!, 1), inputs: [plain([4, 5], 1)] },
  softmax: { operator: ([x]) => tf.softmax(x!), inputs: [plain([3, 4], 1)] },
  logSoftmax: { operator: ([x]) => tf.logSoftmax(x!), inputs: [plain([3, 4], 1)] },
  matMul: { operator: ([a, b]) => tf.matMul(a!, b!), inputs: [plain([3, 4], 1), plain([4, 2], 2)] },
  'matMul, left transposed': {
    operator: ([a, b]) => tf.matMul(a!, b!, true),
    inputs: [plain([4, 3], 1), plain([4, 2], 2)],
  },
  'matMul, right transposed': {
    operator: ([a, b]) => tf.matMul(a!, b!, false, true),
    inputs: [plain([3, 4], 1), plain([2, 4], 2)],
  },
  'matMul, both transposed': {
    operator: ([a, b]) => tf.matMul(a!, b!, true, true),
    inputs: [plain([4, 3], 1), plain([2, 4], 2)],
  },
  depthToSpace: { operator: ([x]) => tf.depthToSpace(image(x), 2, 'NHWC'), inputs: [plain([2, 3, 4, 8], 1)] },
  maxPool: {
    operator: ([x]) => tf.maxPool(image(x), 3, 2, 'same'),
    inputs: [{ shape: [2, 5, 6, 3], values: plain([180], 1).values.map((v, i) => v + ((i * 37) % 180) / 20) }],
  },
  avgPool: { operator: ([x]) => tf.avgPool(image(x), 2, 2, 'valid'), inputs: [plain([2, 5, 6, 5], 1)] },
  'conv2d of tfjs': {
    operator: ([x, w]) => tf.conv2d(image(x), image(w), [2, 1], 'same'),
    inputs: [plain([2, 5, 6, 3], 1), plain([3, 2, 3, 4], 2)],
  },
  'depthwiseConv2d of tfjs': {
    operator: ([x, w]) => tf.depthwiseConv2d(image(x), image(w), [1, 2], 'valid'),
    inputs: [plain([2, 5, 6, 3], 1), plain([3, 2, 3, 2], 2)],
  },
};

describe('gradients of tfjs operations', () => {
  for (const [name, { operator, inputs }] of Object.entries(CASES)) {
    it(`${name}: equal on wasm and CPU, and as finite differences say`, async () => {
      await assertSameAsCpu(operator, inputs, 1e-5);
      await assertFiniteDifferences('wasm', operator, inputs, { step: 5e-3 });
    });
  }

  it('average pooling shares the gradient among the elements inside the image', () =>
    assertFiniteDifferences('wasm', ([x]) => tf.avgPool(image(x), 3, 2, 'same'), [plain([2, 5, 6, 5], 1)]));
});

describe('gradients of activations on tensorflow', () => {
  before(async function () {
    await skipWithout(this, 'tensorflow');
  });
  after(() => openBackend('wasm'));

  const wide = { shape: [7, 31], values: plain([7, 31], 4).values.map((v) => 8 * v) };
  const activations: Readonly<Record<string, Operator>> = {
    relu: ([x]) => tf.relu(x!),
    relu6: ([x]) => tf.relu6(x!),
    clipByValue: ([x]) => tf.clipByValue(x!, -1, 2),
    bounds: ([x]) => tf.clipByValue(x!, 0, 6),
  };
  for (const [name, operator] of Object.entries(activations))
    it(`${name}: as on the CPU backend`, () => assertSameAsCpu(operator, [wide], 1e-6, ['tensorflow']));
});
