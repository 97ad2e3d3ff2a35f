/** What is known of a text with errors: sizes of the layers above them, the target's name, remedies. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Analysis } from '../../../../../src/editor/language/sizes/analysis.ts';
import { applyEdits } from '../../../../../src/language/edit-plan.ts';
import { TARGETS } from '../../../../../src/targets/find-target.ts';

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

/**
 * What people leave behind while they type; for each layer that it happens to, the layers that cannot be sized then:
 * itself, and those whose input it makes, also by way of a layer that may be skipped.
 */
const UNFINISHED: readonly (readonly [string, (line: string) => string, readonly (readonly number[])[]])[] = [
  ['a wrong operator', (line) => line.replace(/op: [\w-]+/, 'op: con'), [[0], [1], [2, 3], [3]]],
  ['no operator', (line) => line.replace(/op: [^,}]+/, 'op:'), [[0], [1], [2, 3], [3]]],
  ['an open brace', (line) => line.replace(' }', ''), [[], [], [], []]],
  ['half a key', (line) => line.replace(/op:.*/, 'op: conv, ker'), [[0, 1, 2, 3], [1, 2, 3], [2, 3], [3]]],
  ['a dash alone', () => '  -', [[0, 1, 2, 3], [1, 2, 3], [2, 3], [3]]],
  ['an open quote', (line) => line.replace(/name: /, 'name: "'), [[0, 1, 2, 3], [1, 2, 3], [2, 3], [3]]],
  ['a name alone', (line) => line.replace(/, op.*/, ' }'), [[0, 1, 2, 3], [1, 2, 3], [2, 3], [3]]],
];

/** The layers whose sizes are shown, each as it is in the definition without errors. */
function sized(text: string, correct = whole): readonly number[] {
  const analysis = new Analysis(text);
  const sizes = analysis.layerSizes;
  const known = (sizes?.network.layers ?? []).map(({ spec }) => spec.index).filter((i) => analysis.storesAsSaid(i));
  for (const i of known) assert.deepEqual(sizes!.layerRange(i), correct.sizes!.layerRange(i), text);
  return known;
}
const replaced = (at: number, spoil: (line: string) => string): string =>
  definition(LAYERS.map((line, i) => (i === at ? spoil(line) : line)));
const without = (left: readonly number[]): readonly number[] =>
  [...LAYERS.keys()].filter((index) => !left.includes(index));

describe('sizes beside errors', () => {
  for (const [what, spoil, hidden] of UNFINISHED) {
    for (const at of LAYERS.keys()) {
      it(`${what} in layer ${at + 1} takes away no more than depends on it`, () => {
        const text = replaced(at, spoil);
        assert.ok(new Analysis(text).errors.length > 0);
        assert.equal(new Analysis(text).sizes, undefined);
        assert.deepEqual(sized(text), without(hidden[at]!));
      });
    }
  }

  it('are all there where nothing is wrong, and none where nothing can be read', () => {
    assert.equal(whole.layerSizes, whole.sizes);
    for (const text of ['', '{', 'layers:', HEAD, definition([]), definition(LAYERS).replace(/target:.*/, '')])
      assert.deepEqual(sized(text), [], text);
  });

  for (const [what, was, is] of [
    ['a list for a choice', 'bits: 2 | 4', 'bits: [2, 4]'],
    ['a misspelt default', 'bits: 2 | 4', 'bist: 2 | 4'],
    ['an unknown strategy', 'bits: 2 | 4', 'bits: 2 | 4, strategy: best'],
    ['an unknown setting', 'bits: 2 | 4', 'bits: 2 | 4, colour: red'],
    ['a wrong task', 'task: classification', 'task: no'],
    ['no name', 'name: a', 'name:'],
    ['a wrong version', 'udc: 1', 'udc: one'],
    ['a wrong training key', 'layers:', 'training: { serch: 3 }\nlayers:'],
    ['a wrong training value', 'layers:', 'training: { search: many }\nlayers:'],
    ['training that is no mapping', 'layers:', 'training: 3\nlayers:'],
    ['a data set without a path', 'layers:', 'dataset: { format: npy }\nlayers:'],
    ['an unknown format of data', 'layers:', 'dataset: { format: papyrus, path: data }\nlayers:'],
    ['an unknown key', 'layers:', 'colour: red\nlayers:'],
    ['an open quote', 'name: a', 'name: "a'],
    ['an open brace', '8 KiB }', '8 KiB'],
    ['a brace that was never opened', 'search: {', 'search:'],
    ['a stray text', 'layers:', 'bla bla\nlayers:'],
  ] as const) {
    it(`all stay beside ${what} above the layers`, () => {
      const text = definition(LAYERS).replace(was, is);
      assert.ok(new Analysis(text).errors.length > 0);
      assert.deepEqual(sized(text), without([]));
    });
  }

  it('that depend on an unreadable setting are not shown', () => {
    const unreadable = definition(LAYERS).replace('bits: 2 | 4', 'bits: few');
    assert.deepEqual(sized(unreadable), [2]);
    const own = definition(LAYERS.map((line) => line.replace(/(filters|units): [^,}]*\w/, '$&, bits: 2 | 4'))).replace(
      '{ bits: 2 | 4 }',
      '{ bits: few }',
    );
    assert.deepEqual(sized(own, new Analysis(own.replace('few', '8'))), without([]));
    // Only the first layer stores another number of weights for other channels of the input.
    assert.deepEqual(sized(definition(LAYERS).replace('input: 16x16x1', 'input: 16x')), [1, 2, 3]);
  });

  it('hold for layers in block style, too', () => {
    const block = (op: string): string =>
      `${HEAD}${LAYERS[0]!}\n  - name: wide\n    op: ${op}\n    kernel: 3x3\n    filters: 8\n${LAYERS.slice(2).join('\n')}\n`;
    assert.deepEqual(sized(block('con'), new Analysis(block('conv'))), without([1]));
  });

  it('every beginning of a definition has those of its whole layers, and never throws', () => {
    const text = definition(LAYERS);
    for (let length = HEAD.length; length <= text.length; length++) {
      const lines = text.slice(HEAD.length, length).split('\n').length - 1;
      const analysis = new Analysis(text.slice(0, length));
      for (let i = 0; i < Math.min(lines, LAYERS.length); i++) assert.ok(analysis.isSized(i), `${length}: ${i}`);
    }
  });

  /** Layers with choices that no addition joins, so that each can be broken by itself. */
  const many = (count: number): readonly string[] => [
    ...Array.from(
      { length: count },
      (_, i) =>
        `  - { name: c${i}, op: conv | dsconv, kernel: 3x3 | 5x5, filters: ${8 + i} | 24, bits: 4, sparsity: 0 | 0.5 } # ${i}`,
    ),
    '  - { name: pool, op: global-average-pool }',
    '  - { name: logits, op: dense, units: 4 }',
  ];
  const BREAKS: readonly (readonly [string, (line: string) => string, number])[] = [
    // How many layers below the broken one read what it no longer says.
    ['no closing brace', (line) => line.replace(' }', ''), 0],
    ['no opening brace', (line) => line.replace('{ ', ''), 0],
    ['an unknown key', (line) => line.replace(' }', ', colour: red }'), 0],
    ['a misspelt key', (line) => line.replace('sparsity', 'sparcity'), 0],
    ['garbage for a kernel', (line) => line.replace('3x3', '3y3'), 0],
    ['garbage for bits', (line) => line.replace('bits: 4', 'bits: !!'), 1],
    ['garbage for sparsity', (line) => line.replace('sparsity: 0', 'sparsity: zz'), 0],
    ['garbage for an operator', (line) => line.replace('op: conv', 'op: zzzzzzzz'), 0],
    ['garbage for filters', (line) => line.replace(/filters: \d+/, 'filters: zz'), 1],
    ['no value', (line) => line.replace(/bits: 4/, 'bits:'), 0],
    ['an open quote', (line) => line.replace('name: ', 'name: "'), 1],
  ];
  for (const [what, spoil, readers] of BREAKS) {
    it(`${what} in one of many layers leaves all but ${readers === 0 ? 'it' : 'it and its reader'}`, () => {
      fc.assert(
        fc.property(fc.integer({ min: 2, max: 9 }), fc.nat(), (count, place) => {
          const lines = many(count);
          const at = place % count;
          const correct = new Analysis(definition(lines));
          const broken = sized(definition(lines.map((line, i) => (i === at ? spoil(line) : line))), correct);
          // The channels that a pool passes on are not known either.
          const reading = at === count - 1 ? readers * 2 : readers;
          for (const i of lines.keys())
            if (i < at || i > at + reading) assert.ok(broken.includes(i), `layer ${i} beside layer ${at} of ${count}`);
        }),
        { seed: 11, numRuns: 30 },
      );
    });
  }
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
