/** Which layers count as uncut: those whose weights are read once and take longer to copy than the layer to run. */
import assert from 'node:assert/strict';
import type { Operation } from '../../../../src/network/types.ts';
import { mayBeCut } from '../../../../src/costs/weights/ethos/cuttable.ts';
import { quickSize, storedSize } from '../../../../src/costs/weights/stored-size.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import type { WeightTensor } from '../../../../src/targets/weight-tensor.ts';
import { trainedWeights } from '../support/weight-generators.ts';

const ONE = { height: 1, width: 1 };

function layer(kind: 'conv' | 'dense', side: number, inputs: number, outputs: number): Operation {
  const size = { height: side, width: side };
  return {
    id: 'a/b/c',
    layer: 0,
    layerName: 'a',
    kind,
    inputs: [-1],
    kernel: ONE,
    stride: ONE,
    dilation: ONE,
    padding: 'same',
    inSize: size,
    outSize: size,
    inChannels: inputs,
    outChannels: outputs,
    factor: 1,
    bits: 8,
    sparsity: 0,
    batchNorm: false,
    activation: 'none',
  };
}

function tensorOf(operation: Operation, sparsity: number): WeightTensor {
  const { inChannels, outChannels, outSize, stride } = operation;
  const values = trainedWeights(5, inChannels * outChannels, 8, sparsity);
  return {
    kind: operation.kind as 'conv' | 'dense',
    ohwi: [outChannels, 1, 1, inChannels],
    bits: 8,
    values,
    outSize,
    stride,
  };
}

describe('layers that are not cut', () => {
  /** Kind, side of the map, channels, target, bytes of weights; what Vela 5.2 does with such layers. */
  const cases: readonly (readonly [Operation, string, number, boolean])[] = [
    [layer('dense', 1, 400, 320), 'ethos-u55-128', 130_112, false],
    [layer('conv', 2, 128, 128), 'ethos-u55-256', 16_000, false],
    // Read more than once: the map is larger than a block.
    [layer('conv', 64, 32, 64), 'ethos-u55-128', 2_000, true],
    // Few bytes for many operations.
    [layer('conv', 4, 192, 384), 'ethos-u55-128', 4_720, true],
    // Where weights lie in fast memory, dense layers are cut too.
    [layer('dense', 1, 40, 256), 'ethos-u65-512', 8_768, true],
    [layer('dense', 1, 40, 256), 'ethos-u85-256', 528, true],
    [layer('dense', 1, 400, 320), 'nxp-imx93', 130_112, true],
  ];
  for (const [operation, target, bytes, expected] of cases) {
    it(`${operation.kind} ${operation.inChannels} to ${operation.outChannels} on ${target}: ${expected ? 'may be cut' : 'stays whole'}`, () => {
      assert.equal(mayBeCut(operation, findTarget(target), bytes), expected);
    });
  }

  it('more bytes never make a layer be cut that was not', () => {
    for (const target of ['ethos-u55-64', 'ethos-u65-256', 'ethos-u85-1024'].map(findTarget)) {
      for (const operation of [layer('dense', 1, 64, 128), layer('conv', 3, 64, 128)]) {
        const answers = [16, 256, 4096, 65_536, 1_048_576].map((bytes) => mayBeCut(operation, target, bytes));
        assert.deepEqual(
          answers,
          [...answers].sort((a, b) => Number(b) - Number(a)),
        );
      }
    }
  });

  it('what is promised for a whole layer is no more than for one that may be cut, and at least the quick size', () => {
    for (const target of ['ethos-u55-128', 'ethos-u85-256', 'ethos-u85-2048'].map(findTarget)) {
      for (const operation of [layer('dense', 1, 96, 112), layer('conv', 2, 80, 96), layer('conv', 32, 24, 80)]) {
        const anywhere = tensorOf(operation, 0.5);
        const tensor = { ...anywhere, operation };
        const promised = storedSize(target, tensor).totalBytes;
        assert.ok(promised <= storedSize(target, anywhere).totalBytes);
        const quick = quickSize(target, tensor).totalBytes;
        assert.ok(quick <= promised && quick > 0.9 * promised, `${quick} of ${promised}`);
      }
    }
  });
});
