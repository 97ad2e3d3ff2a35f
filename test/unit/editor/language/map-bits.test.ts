/** Bits of maps that a target does not keep: said at their line, with what would be right and a fix that is. */
import assert from 'node:assert/strict';
import { Analysis } from '../../../../src/editor/language/sizes/analysis.ts';
import { applyEdits } from '../../../../src/language/edit-plan.ts';
import type { Diagnostic } from '../../../../src/network/types.ts';

const textOf = (npu: string, bits: string, search = ''): string => `udc: 1
name: maps
input: 12x12x1
target: { npu: ${npu}, weights: 8 KiB }
search: { strategy: memory-driven${search} }
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 8${bits} }
  - { name: block, op: dsconv | conv, kernel: 3x3, filters: 16, stride: 2 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4, activationBits: 8 }
`;
const found = (text: string): readonly Diagnostic[] =>
  new Analysis(text).errors.filter(({ code }) => code === 'unsupported-by-target');

describe('bits of maps that a target does not keep', () => {
  for (const [npu, choice, lacking, remedy] of [
    ['ethos-u55-128', '2 | 4 | 8', '2- and 4-bit', '8'],
    ['ethos-u55-128', '4', '4-bit', '8'],
    ['mcu-packed', '2 | 3 | 8', '3-bit', '2 | 8'],
    ['mcu-packed', '4 | 6', '6-bit', '4'],
  ] as const)
    it(`${choice} for ${npu}: an error at the value, and ${remedy} as its fix`, () => {
      const text = textOf(npu, `, activationBits: ${choice}`);
      const [problem, ...more] = found(text);
      assert.deepEqual(more, []);
      assert.equal(text.slice(problem!.range.start, problem!.range.end), choice);
      assert.equal(problem!.line, 7);
      assert.ok(problem!.message.startsWith(`\`stem\`: ${lacking} activations: `), problem!.message);
      assert.ok(problem!.message.endsWith(`write \`activationBits: ${remedy}\``), problem!.message);
      const mended = applyEdits(text, problem!.fixes!);
      assert.ok(mended.includes(`activationBits: ${remedy} }`));
      assert.deepEqual(found(mended), []);
    });

  it('are told of once, where layers inherit them', () => {
    const text = textOf('ethos-u55-128', '', ', activationBits: 2 | 8');
    const [problem, ...more] = found(text);
    assert.deepEqual(more, []);
    assert.equal(text.slice(problem!.range.start, problem!.range.end), '2 | 8');
    assert.equal(problem!.line, 5);
    assert.match(problem!.message, /^2-bit activations: .* keeps 8 bits; write `activationBits: 8`$/);
  });

  it('are no error where the target keeps them', () => {
    assert.deepEqual(found(textOf('mcu-packed', ', activationBits: 2 | 4 | 8')), []);
  });
});
