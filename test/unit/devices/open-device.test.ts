/** Opening backends: what the caller learns, what the process keeps, what leaks. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { openBackend } from '../../../src/devices/open-device.ts';
import { WEBGPU_VERSIONS } from '../../../src/devices/folders.ts';
import { batchNormAct } from '../../../src/devices/operators/batch-norm.ts';
import { conv2d, depthwiseConv2d } from '../../../src/devices/operators/conv.ts';
import { loadPackages } from '../../../src/devices/webgpu/packages.ts';

const GEOMETRY = { stride: [1, 1], dilation: [1, 1], padding: 'same' } as const;

describe('openBackend', () => {
  it('names the backend and the reason, and makes it current', async () => {
    const { name, reason } = await openBackend('wasm');
    assert.equal(name, 'wasm');
    assert.match(reason, /SIMD/);
    assert.equal(tf.getBackend(), 'wasm');
    assert.equal((await openBackend('cpu')).name, 'cpu');
    assert.equal(tf.getBackend(), 'cpu');
  });

  it('auto gives a backend that computes', async () => {
    const { name, reason } = await openBackend('auto');
    assert.ok(['tensorflow', 'wasm'].includes(name));
    assert.ok(reason.length > 0);
    assert.deepEqual([...tf.add(1, [1, 2]).dataSync()], [2, 3]);
  });

  it('leaves the process its own handling of uncaught errors', async () => {
    const before = process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection');
    await openBackend('wasm');
    assert.equal(process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection'), before);
    assert.ok(
      process.rawListeners('uncaughtException').every((listener) => !listener.toString().includes('ExitStatus')),
    );
  });

  it('keeps the number of tensors and the memory constant from step to step', async () => {
    await openBackend('wasm');
    const filter = tf.variable(tf.randomNormal([3, 3, 5, 7]));
    const depthwise = tf.variable(tf.randomNormal([3, 3, 7, 2]));
    const [gamma, beta, mask] = [tf.variable(tf.ones([14])), tf.variable(tf.zeros([14])), tf.variable(tf.ones([14]))];
    const x = tf.randomNormal([8, 16, 16, 5]) as tf.Tensor4D;
    const step = (): void => {
      const { value, grads } = tf.variableGrads(() => {
        const y = depthwiseConv2d(
          conv2d(x, filter as tf.Tensor as tf.Tensor4D, GEOMETRY),
          depthwise as tf.Tensor as tf.Tensor4D,
          GEOMETRY,
        );
        return tf.mean(
          batchNormAct(
            y,
            gamma as tf.Tensor as tf.Tensor1D,
            beta as tf.Tensor as tf.Tensor1D,
            mask as tf.Tensor as tf.Tensor1D,
            { activation: 'relu', epsilon: 1e-3 },
          ).y,
        ) as tf.Scalar;
      });
      tf.dispose([value, ...Object.values(grads)]);
    };
    step();
    const before = tf.memory();
    for (let i = 0; i < 20; ++i) step();
    assert.equal(tf.memory().numTensors, before.numTensors);
    assert.equal(tf.memory().numDataBuffers, before.numDataBuffers);
    assert.equal(tf.memory().numBytes, before.numBytes);
    tf.dispose([filter, depthwise, gamma, beta, mask, x]);
  });

  it('refuses WebGPU with the remedy where its packages are missing', () => {
    const { UDC_WEBGPU } = process.env;
    process.env['UDC_WEBGPU'] = '/nowhere';
    try {
      assert.throws(
        () => loadPackages(),
        /webgpu and @tensorflow\/tfjs-backend-webgpu are not installed: run "UDC: Set Up WebGPU" in VS Code, `npm run setup:webgpu` in a checkout, or `npm install --prefix "\/nowhere" webgpu@[\d.]+ @tensorflow\/tfjs-backend-webgpu@[\d.]+`/,
      );
    } finally {
      if (UDC_WEBGPU === undefined) delete process.env['UDC_WEBGPU'];
      else process.env['UDC_WEBGPU'] = UDC_WEBGPU;
    }
  });

  it('names the versions of WebGPU that the set-up script installs', () => {
    const { dependencies } = JSON.parse(
      readFileSync(new URL('../../../scripts/webgpu/package.json', import.meta.url), 'utf8'),
    ) as { dependencies: Record<string, string> };
    for (const [name, version] of Object.entries(WEBGPU_VERSIONS)) assert.equal(dependencies[name], version, name);
  });

  it('refuses with the remedy where its files are missing', async () => {
    const { assetPath } = await import('../../../src/devices/assets.ts');
    assert.throws(() => assetPath('/nowhere', 'kernels.wasm'), /kernels\.wasm is missing: run/);
  });
});
