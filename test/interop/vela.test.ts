/**
 * Vela compiles what UDC exports, every operator on the NPU, and the bytes that it stores are those that UDC counts.
 * UDC promises before it knows the block depth and depth slices that Vela's scheduler will choose, and whether Vela folds the first layer's stride;
 * given these, the numbers are equal to the byte.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { writeTflite } from '../../src/export/tflite/write.ts';
import { quantise, weightTensor, weightTensors } from '../../src/integer/quantise.ts';
import type { IntegerNetwork } from '../../src/integer/types.ts';
import type { WeightTensor } from '../../src/npu/types.ts';
import { storedSize } from '../../src/npu/stored.ts';
import { findTarget, type Target } from '../../src/npu/targets.ts';
import { CASES } from './networks.ts';
import { foldedStride } from './vela-rewrites.ts';
import { python, scratchFolder, writeBytes } from './tools.ts';

interface Compiled { readonly operators: readonly { bytes: number; output: number[]; kernel: number[]; blockDepth: number; slices: number[] }[]; readonly cpu: number | null }

const ACCELERATORS = ['ethos-u55-32', 'ethos-u55-128', 'ethos-u55-256', 'ethos-u65-256', 'ethos-u65-512'];

/** Stored bytes where the output channels are cut into slices of blocks of a given depth. */
function slicedBytes(target: Target, tensor: WeightTensor, slices: readonly number[], blockDepth: number): number {
  const [, height, width, inputs] = tensor.ohwi;
  const filter = height * width * inputs;
  return slices.slice(1).reduce((sum, end, i) => {
    const start = slices[i]!;
    return sum + storedSize(target, { ...tensor, ohwi: [end - start, height, width, inputs], values: tensor.values.subarray(start * filter, end * filter), outputBlockDepth: blockDepth }).totalBytes;
  }, 0);
}

/** Vela's operator for each weighted operation: by output and kernel, in Vela's order among equals. */
function matched(network: IntegerNetwork, { operators }: Compiled): { id: string; promised: WeightTensor; tensor: WeightTensor; compiled: Compiled['operators'][number] }[] {
  const left = [...operators];
  return network.operations.flatMap(({ operation: o, weights }, index) => {
    if (!weights) return [];
    const promised = weightTensor(o, weights.codes)!;
    const tensor = index === 0 ? foldedStride(o, promised) : promised;
    const kernel = [tensor.ohwi[1], tensor.ohwi[2]].sort((a, b) => a - b).join();
    const at = left.findIndex(({ output, kernel: k }) => output.join() === [o.outSize.height, o.outSize.width, o.outChannels].join() && k.join() === kernel);
    assert.ok(at >= 0, `${o.id}: Vela has no such operator`);
    return [{ id: o.id, promised, tensor, compiled: left.splice(at, 1)[0]! }];
  });
}

describe('Vela', () => {
  const folder = scratchFolder('vela');

  for (const accelerator of ACCELERATORS) for (const [name, make] of Object.entries(CASES)) {
    it(`stores ${name} for ${accelerator} in the bytes that UDC counts`, async function () {
      const network = quantise(make()), target = findTarget(accelerator);
      const file = writeBytes(join(folder, `${name}.tflite`), writeTflite(network, { description: 'interop' }));
      const compiled = await python('vela.py', file, accelerator, folder, 'legacy') as Compiled;
      let promised = 0, stored = 0;
      for (const { id, promised: before, tensor, compiled: { bytes, slices, blockDepth } } of matched(network, compiled)) {
        assert.equal(slicedBytes(target, tensor, slices, blockDepth), bytes, `${id}, blocks of ${blockDepth}, slices ${slices.join()}`);
        promised += storedSize(target, before).totalBytes;
        stored += bytes;
      }
      this.test!.title += `: promised ${promised}, stored ${stored}`;
      const onCpu = network.operations.filter(({ operation }) => operation.kind === 'depth-to-space').length;
      if (compiled.cpu !== null) assert.equal(compiled.cpu, onCpu, 'operators on the CPU');
    });
  }

  it('runs every operator on the NPU with its newer core', async function () {
    const counts: string[] = [];
    for (const [name, make] of Object.entries(CASES)) {
      const network = quantise(make());
      const file = writeBytes(join(folder, `${name}.tflite`), writeTflite(network, { description: 'interop' }));
      const compiled = await python('vela.py', file, 'ethos-u55-128', folder, 'regor') as Compiled;
      assert.equal(compiled.cpu, network.operations.filter(({ operation }) => operation.kind === 'depth-to-space').length, name);
      const target = findTarget('ethos-u55-128');
      const promised = weightTensors(network).reduce((sum, tensor) => sum + storedSize(target, tensor).totalBytes, 0);
      const stored = compiled.operators.reduce((sum, { bytes }) => sum + bytes, 0);
      counts.push(`${name} ${promised}/${stored}`);
    }
    // The newer core cuts streams by rules of its own: same weights, same order, other sections.
    this.test!.title += `; promised/stored bytes: ${counts.join(', ')}`;
  });
});
