/** What is said to save storage does, by the target's own coder, and what is said to save none does not. */
import assert from 'node:assert/strict';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import { saves, savingsLabel, savingsText, vainSavings } from '../../../../src/costs/weights/savings.ts';
import { storedSize } from '../../../../src/costs/weights/stored-size.ts';
import { findTarget, TARGETS } from '../../../../src/targets/find-target.ts';
import type { WeightTensor } from '../../../../src/targets/weight-tensor.ts';
import { SeededRandom } from '../../../../src/base/random.ts';

/** Uniform levels of `bits`, every fifth weight kept where it is sparse. */
function tensor(bits: number, sparse: boolean): WeightTensor {
  const random = new SeededRandom(bits);
  const top = 2 ** (bits - 1) - 1;
  const values = Int8Array.from({ length: 64 * 32 }, (_, i) =>
    sparse && i % 5 !== 0 ? 0 : random.integer(2 * top + 1) - top,
  );
  return { kind: 'conv', ohwi: [64, 1, 1, 32], values, bits };
}

const definition = (npu: string, bits: string, sparsity: string): string => `udc: 1
name: net
input: 16x16x1
target: { npu: ${npu}, weights: 8 KiB }
layers:
  - { name: a, op: conv, kernel: 3x3, filters: 8, bits: ${bits}, sparsity: ${sparsity} }
  - { name: p, op: global-average-pool }
  - { name: l, op: dense, units: 4, bits: 8 }
`;

describe('what saves storage', () => {
  it('is what the coder of each target makes smaller', () => {
    for (const target of TARGETS) {
      const bytes = (bits: number, sparse = false): number => storedSize(target, tensor(bits, sparse)).weightBytes;
      assert.equal(bytes(2) < bytes(8), saves(target, 'bits'), `${target.name}: bits`);
      assert.equal(bytes(8, true) < bytes(8), saves(target, 'sparsity'), `${target.name}: zeros`);
      assert.equal(savingsText(target) === undefined, saves(target, 'bits') && saves(target, 'sparsity'), target.name);
    }
  });

  it('is said of every target without compression', () => {
    for (const name of ['stm32n6', 'coral-edge-tpu', 'stm32h743']) {
      assert.match(
        savingsText(findTarget(name))!,
        /Fewer bits and zeros save no storage on .*: every weight counts as a byte/,
      );
      assert.equal(savingsLabel(findTarget(name)), 'neither');
    }
    assert.match(savingsText(findTarget('max78000'))!, /^Zeros save no storage/);
  });

  it('is said of a definition that asks for what saves nothing, and of no other', () => {
    const said = (npu: string, bits: string, sparsity: string): boolean =>
      vainSavings(parseDefinition(definition(npu, bits, sparsity)).network!, findTarget(npu)) !== undefined;
    assert.deepEqual(
      ['8', '4', '2 | 8'].map((bits) => said('stm32n6', bits, '0')),
      [false, true, true],
    );
    assert.deepEqual(
      ['0', '0.5', '0 | 0.9'].map((sparsity) => said('stm32n6', '8', sparsity)),
      [false, true, true],
    );
    assert.deepEqual([said('max78000', '2 | 8', '0'), said('max78000', '8', '0 | 0.5')], [false, true]);
    assert.equal(said('ethos-u55-128', '2 | 8', '0 | 0.5'), false);
  });
});
