/** What is known of a text with errors: sizes of the layers above them, the target's name, remedies. */
import assert from 'node:assert/strict';
import { Analysis } from '../../../src/editor/language/sizes/analysis.ts';
import { applyEdits } from '../../../src/language/yaml/editing/plan-edits.ts';
import { TARGETS } from '../../../src/targets/find-target.ts';

const HEAD = `udc: 1
name: a
task: classification
input: 16x16x1
target: { npu: ethos-u55-128, weights: 8 KiB }
search: { bits: 2 | 4 }
layers:
`;
const LAYERS = [
  '  - { name: stem, op: conv, kernel: 3x3, filters: 8 | 16 }',
  '  - { name: wide, op: dsconv | skip, kernel: 3x3, filters: 8 | 16, sparsity: 0 | 0.5 }',
  '  - { name: pool, op: global-average-pool }',
  '  - { name: logits, op: dense, units: 4 }',
];
const definition = (lines: readonly string[]): string => `${HEAD}${lines.join('\n')}\n`;
const whole = new Analysis(definition(LAYERS));

/** What people leave behind while they type. */
const UNFINISHED: readonly (readonly [string, (line: string) => string])[] = [
  ['a wrong operator', (line) => line.replace(/op: [\w-]+/, 'op: con')],
  ['no operator', (line) => line.replace(/op: [^,}]+/, 'op:')],
  ['an open brace', (line) => line.replace(' }', '')],
  ['half a key', (line) => line.replace(/op:.*/, 'op: conv, ker')],
  ['a dash alone', () => '  -'],
  ['an open quote', (line) => line.replace(/name: /, 'name: "')],
  ['a name alone', (line) => line.replace(/, op.*/, ' }')],
];

describe('sizes beside errors', () => {
  for (const [what, spoil] of UNFINISHED) {
    for (const at of LAYERS.keys()) {
      it(`${what} in layer ${at + 1} leaves those above it`, () => {
        const analysis = new Analysis(definition(LAYERS.map((line, i) => (i === at ? spoil(line) : line))));
        assert.ok(analysis.errors.length > 0);
        assert.equal(analysis.sizes, undefined);
        const sizes = analysis.layerSizes;
        assert.equal(sizes?.network.layers.length ?? 0, at);
        for (let i = 0; i < at; i++) assert.deepEqual(sizes!.layerRange(i), whole.sizes!.layerRange(i));
      });
    }
  }

  it('are all there where nothing is wrong, and none where the error is above the layers', () => {
    assert.equal(whole.layerSizes, whole.sizes);
    assert.equal(new Analysis(definition(LAYERS).replace('task: classification', 'task: no')).layerSizes, undefined);
    assert.equal(new Analysis(definition(LAYERS).replace('input: 16x16x1', 'input: 16x')).layerSizes, undefined);
    assert.equal(new Analysis('').layerSizes, undefined);
  });

  it('hold for layers in block style, too', () => {
    const block = `${HEAD}  - name: stem\n    op: conv\n    kernel: 3x3\n    filters: 8 | 16\n  - name: wide\n    op: con\n    kernel: 3x3\n    filters: 8\n`;
    assert.equal(new Analysis(block).layerSizes?.network.layers.length, 1);
  });

  it('every beginning of a definition has those of its whole layers, and never throws', () => {
    const text = definition(LAYERS);
    for (let length = 0; length <= text.length; length++) {
      const { layerSizes } = new Analysis(text.slice(0, length));
      const lines = text.slice(HEAD.length, length).split('\n').length - 1;
      const known = layerSizes?.network.layers.length ?? 0;
      assert.ok(known >= Math.min(lines, LAYERS.length) && known <= lines + 1, `${length}: ${known} of ${lines}`);
    }
  });
});

describe('the target of a definition with errors', () => {
  const withTarget = (name: string, lines = LAYERS): Analysis =>
    new Analysis(definition(lines).replace('ethos-u55-128', name));
  const unknown = (analysis: Analysis): Analysis['diagnostics'][number] | undefined =>
    analysis.diagnostics.find(({ code }) => code === 'unknown-target');

  it('is told beside other errors, at its place, with all near names as remedies', () => {
    const broken = LAYERS.map((line) => line.replace('op: conv', 'op: con'));
    const analysis = withTarget('ethos-u55', broken);
    const found = unknown(analysis)!;
    assert.deepEqual([found.line, found.column], [5, 16]);
    assert.ok(analysis.errors.length > 1);
    const near = TARGETS.map(({ name }) => name).filter((name) => name.startsWith('ethos-u55'));
    assert.deepEqual(
      found.fixes!.map(({ text }) => text).filter((text) => near.includes(text)),
      near,
    );
    for (const name of near) assert.ok(found.message.includes(`\`${name}\``), found.message);
    for (const { range, text } of found.fixes!) {
      assert.equal(unknown(new Analysis(applyEdits(analysis.text, [{ range, text }]))), undefined);
    }
  });

  it('lists every target where none is near, and is silent where there is no name yet', () => {
    assert.match(unknown(withTarget('qqqqqqqqqqqqqqqqqqq'))!.message, /the targets are ethos-u55-32, /);
    assert.equal(unknown(withTarget('ethos-u55-256')), undefined);
    assert.equal(unknown(withTarget('""')), undefined);
  });
});

describe('a list where a choice belongs', () => {
  const cases = [
    ['layer', definition(LAYERS).replace('sparsity: 0 | 0.5', 'sparsity: [0, 0.5]')],
    [
      'layer in block style',
      `${HEAD}  - name: stem\n    op: conv\n    kernel: 3x3\n    filters:\n      - 8\n      - 16\n${LAYERS.slice(1).join('\n')}\n`,
    ],
    ['defaults', definition(LAYERS).replace('bits: 2 | 4', 'bits: [2, 4]')],
  ] as const;
  for (const [where, text] of cases) {
    it(`is mended by its quick fix: ${where}`, () => {
      const { errors } = new Analysis(text);
      const [fix] = errors.flatMap(({ fixes }) => fixes ?? []);
      assert.ok(fix, errors.map(({ message }) => message).join());
      const mended = new Analysis(applyEdits(text, [{ range: fix.range, text: fix.text }]));
      assert.deepEqual(
        mended.errors.map(({ message }) => message),
        [],
      );
      assert.equal(mended.sizes!.network.architectures, whole.sizes!.network.architectures);
    });
  }

  it('has none where its items are no values', () => {
    for (const list of ['[]', '[[1], 2]', '[0 | 1, 2]']) {
      const { errors } = new Analysis(definition(LAYERS).replace('sparsity: 0 | 0.5', `sparsity: ${list}`));
      assert.deepEqual(
        errors.filter(({ code, fixes }) => code === 'wrong-value' && fixes),
        [],
        list,
      );
    }
  });
});
