/** Bits as the editor fits them: to its estimates, or to what the weights take now. */
import assert from 'node:assert/strict';
import { Analysis } from '../../../../../src/editor/language/sizes/analysis.ts';
import { fitted, fittedIfAny } from '../../../../../src/editor/language/sizes/fitted.ts';
import { layerValueText } from '../../../../../src/editor/language/texts/value-text.ts';
import { OpenDecisionError } from '../../../../../src/costs/allocate/fit-bits.ts';
import { applyEdits } from '../../../../../src/language/edit-plan.ts';
import { fittedValues } from '../../../../../src/language/fitted-values.ts';

const text = (weights: string, filters = '32'): string => `udc: 1
name: net
input: 16x16x1
target: { npu: ethos-u55-128, weights: ${weights} }
search: { bits: 8 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 16 }
  - { name: wide, op: conv, kernel: 3x3, filters: ${filters}, bits: 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 10 }
`;

const sized = (of: string): NonNullable<Analysis['sizes']> => new Analysis(of).sizes!;

describe('bits fitted in the editor', () => {
  it('fit by the same estimates that the diagnostics judge by, once they are written', () => {
    const before = new Analysis(text('4 KiB'));
    assert.ok(before.diagnostics.some(({ code }) => code === 'budget-too-small'));
    const fit = fitted(before.sizes!)!;
    assert.equal(fit.impossible, undefined);
    assert.equal(fitted(before.sizes!), fit);
    const plan = before.language.set(before.text, fittedValues(fit.rows));
    assert.ok(!('refused' in plan));
    assert.ok(plan.paths.every(([list, , key]) => list === 'layers' && key === 'bits'));
    const after = new Analysis(applyEdits(before.text, plan.edits));
    assert.deepEqual(
      after.diagnostics.filter(({ code }) => code === 'budget-too-small'),
      [],
    );
    assert.ok(Math.abs(after.sizes!.largest - fit.bytes) < 1);
  });

  it('are told by the hover of a bitwidth, with the reason', () => {
    const hover = layerValueText(sized(text('4 KiB')), 1, 'bits').replaceAll('\u00a0', ' ');
    assert.match(hover, /By memory alone \(\*UDC: Fit Bits\*\), 4 bits: its share of the weights was the largest, \d/);
    assert.doesNotMatch(layerValueText(sized(text('64 KiB')), 1, 'bits'), /Fit Bits/);
    assert.doesNotMatch(layerValueText(sized(text('4 KiB', '16 | 32')), 1, 'bits'), /Fit Bits/);
  });

  it('follow what the weights take now, where that is known', () => {
    const sizes = sized(text('64 KiB'));
    const plain = fitted(sizes)!;
    const twice = fitted(
      sizes,
      plain.rows.map((row) => ({ weightBytes: 2 * row.bytes })),
    )!;
    assert.ok(twice.bytes > 1.8 * plain.bytes);
  });

  it('are not for an open architecture, or one that nothing limits', () => {
    assert.throws(() => fitted(sized(text('4 KiB', '16 | 32'))), OpenDecisionError);
    assert.equal(fittedIfAny(sized(text('4 KiB', '16 | 32'))), undefined);
    assert.equal(fitted(sized(text('4 KiB').replace(', weights: 4 KiB', ''))), undefined);
  });
});
