/** Early exits in integers: each answers as the network would that ends there. */
import assert from 'node:assert/strict';
import { SeededRandom } from '../../../src/base/random.ts';
import { evaluateInteger, evaluateOutputs } from '../../../src/integer/evaluate-integer.ts';
import type { FoldedNetwork } from '../../../src/integer/integer-network.ts';
import { quantise } from '../../../src/integer/quantise-network.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { outputsOf } from '../../../src/network/network-outputs.ts';
import { foldedOf } from '../formats/run.ts';

const TEXT = `udc: 1
name: exits
task: classification
input: 12x10x2
target: { npu: mcu-packed, weights: 64 KiB }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 8, bits: 8 }
  - { name: first, op: exit, units: 5, bits: 8 }
  - { name: block, op: residual, kernel: 3x3, filters: 8, bits: 4, activationBits: 4 }
  - { name: second, op: exit, units: 5, bits: 3, sparsity: 0.5 }
  - { name: sum, op: add, from: stem }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 5, bits: 8 }
`;

/** The network whose last operation is that of an output: no other output is left. */
function cutAt({ architecture, operations, ...rest }: FoldedNetwork, output: number): FoldedNetwork {
  const others = new Set(outputsOf(architecture.operations).filter((index) => index !== output));
  const kept = architecture.operations.map((_, i) => i).filter((i) => i <= output && !others.has(i));
  // The mean that an exit reads alone goes with it.
  const used = new Set(kept.flatMap((i) => architecture.operations[i]!.inputs));
  const live = kept.filter((i) => i === output || used.has(i));
  const moved = (i: number): number => (i < 0 ? i : live.indexOf(i));
  const cut = live.map((i) => {
    const operation = architecture.operations[i]!;
    return { ...operations[i]!, operation: { ...operation, inputs: operation.inputs.map(moved) } };
  });
  return {
    ...rest,
    architecture: { ...architecture, operations: cut.map(({ operation }) => operation) },
    operations: cut,
  };
}

describe('outputs of a network with early exits', () => {
  const { network } = parseDefinition(TEXT);
  const architecture = instantiate(network!, []);

  it('are those of the network that ends there, sample for sample', () => {
    for (const seed of [1, 2, 3]) {
      const folded = foldedOf(architecture, seed);
      const random = new SeededRandom(seed);
      const images = Float32Array.from({ length: 7 * 240 }, () => random.normal());
      const found = evaluateOutputs(quantise(folded), images, 7);
      const ends = outputsOf(architecture.operations);
      assert.equal(found.length, 3);
      ends.forEach((end, k) => {
        const alone = quantise(cutAt(folded, end));
        assert.deepEqual(outputsOf(alone.architecture.operations), [alone.operations.length - 1]);
        assert.deepEqual(found[k], evaluateInteger(alone, images, 7));
      });
      assert.ok(found.some((codes) => codes.some((code) => code !== codes[0])));
    }
  });

  it('has 8 bits, whatever the maps between have', () => {
    for (const index of outputsOf(architecture.operations))
      assert.equal(architecture.operations[index]!.activationBits, undefined);
  });

  it('refuses too few images', () => {
    assert.throws(() => evaluateOutputs(quantise(foldedOf(architecture)), new Float32Array(10), 1), RangeError);
  });
});
