/** Every diagnostic: what is wrong, where, what would be right; and that its quick fixes mend it. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyEdits } from '../../../../src/language/edit-plan.ts';
import { ODD_CHARACTERS } from '../../../../src/language/yaml/text/odd-characters.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import { definitionText } from '../support/definitions.ts';

const TAIL = '  - { name: pool, op: global-average-pool }\n  - { name: logits, op: dense, units: 10 }\n';

/** Layers of a network that is right but for them. */
const layers = (text: string): string => definitionText(`${text}${TAIL}`);
const conv = (keys: string): string => layers(`  - { name: a, op: conv, kernel: 3x3, ${keys} }\n`);
const STEM = '  - { name: stem, op: conv, kernel: 3x3, filters: 16 | 32 }\n';

/** Name of the case, text with the place of the diagnostic between ‹ and ›, code, message. */
const CASES: readonly (readonly [string, string, string, RegExp])[] = [
  ['an empty file', '‹›', 'empty', /empty; start with `udc: 1`/],
  ['only comments', '‹›# nothing\n', 'empty', /empty/],
  ['not a mapping', '‹hello›', 'not-a-mapping', /start with/],
  ['broken YAML', 'udc: 1\nname: "a\n‹›', 'yaml-syntax', /closing|quote/i],
  ['a tab as indent', 'udc: 1\nlayers:\n‹\t›- { name: a }\n', 'yaml-syntax', /spaces/],
  ['a second document', `${conv('filters: 8')}‹---›\nudc: 1\n`, 'several-documents', /one document/],
  ['a key twice', conv('filters: 8, ‹filters›: 16'), 'duplicate-key', /written twice/],
  ['an unknown alias', conv('filters: ‹*width›'), 'unknown-alias', /refers to no value/],
  ['a wrong version', conv('filters: 8').replace('udc: 1', 'udc: ‹2›'), 'wrong-value', /`1`, the version/],
  ['a misspelt key', conv('filters: 8, ‹actvation›: relu'), 'unknown-key', /did you mean `activation`/],
  [
    'a key of a section beside it',
    conv('filters: 8').replace('udc: 1', 'udc: 1\n‹weights›: 4 KiB'),
    'unknown-key',
    /here; it belongs into `target`: `target: \{ …, weights: 4 KiB \}`/,
  ],
  [
    'a missing key of the root',
    conv('filters: 8').replace('input: 16x16x3\n', '').replace('udc', '‹u›dc'),
    'missing-key',
    /no `input`: add height x width x channels/,
  ],
  ['a missing name', layers('  - ‹{› op: flatten }\n'), 'missing-key', /layer has no `name`/],
  ['a wrong input shape', conv('filters: 8').replace('16x16x3', '‹16x16›'), 'wrong-value', /32x32x3/],
  [
    'a misspelt operator',
    layers('  - { name: a, op: ‹dsonv›, kernel: 3x3, filters: 8 }\n'),
    'unknown-operator',
    /did you mean `dsconv`/,
  ],
  [
    'an unknown operator among options',
    layers('  - { name: a, op: conv | ‹qqqqqqqq›, kernel: 3x3, filters: 8 }\n'),
    'unknown-operator',
    /the operators are `conv`/,
  ],
  ['zero filters', conv('filters: ‹0›'), 'bad-filters', /positive whole number/],
  ['negative filters in a choice', conv('filters: 16 | ‹-8›'), 'bad-filters', /positive whole number/],
  ['fractional filters', conv('filters: ‹1.5›'), 'bad-filters', /positive whole number/],
  ['filters in words', conv('filters: ‹many›'), 'bad-filters', /positive whole number/],
  ['filters as a list', conv('filters: ‹[8, 16]›'), 'wrong-value', /a choice is written with `\|`/],
  ['33 bits', conv('filters: 8, bits: ‹33›'), 'bits-out-of-range', /from 1 to 8/],
  ['33 bits in a quoted choice', conv('filters: 8, bits: "4 | ‹33›"'), 'bits-out-of-range', /from 1 to 8/],
  ['sparsity 1.5', conv('filters: 8, sparsity: ‹1.5›'), 'sparsity-out-of-range', /`0.15`/],
  ['sparsity in percent', conv('filters: 8, sparsity: 0 | ‹75%›'), 'sparsity-out-of-range', /`0.75`/],
  ['sparsity 1', conv('filters: 8, sparsity: ‹1›'), 'sparsity-out-of-range', /below 1/],
  [
    'wrong defaults',
    definitionText(`${STEM}${TAIL}`, 'search: { bits: 2 | ‹9› }\n'),
    'bits-out-of-range',
    /from 1 to 8/,
  ],
  ['an empty option', conv('filters: ‹16 |›'), 'empty-option', /between the `\|`/],
  ['an option twice', conv('filters: 16 | ‹16›'), 'duplicate-option', /twice/],
  ['too many options', conv('filters: ‹1..100›'), 'bad-range', /larger step/],
  ['a range that runs down', conv('filters: ‹64..16 step 16›'), 'bad-range', /16\.\.64 step 16/],
  ['a range of three dots', conv('filters: ‹8...16›'), 'bad-range', /two dots; write `8\.\.16`/],
  [
    'a name of digits',
    conv('filters: 8').replace(/name: \w+\n/, 'name: ‹2024›\n'),
    'wrong-value',
    /without quotes it is a number; write `name: "2024"`/,
  ],
  [
    'a name that is a word of YAML',
    conv('filters: 8').replace('name: a', 'name: ‹true›'),
    'wrong-value',
    /without quotes it is true or false; write `name: "true"`/,
  ],
  [
    'a version in quotes',
    conv('filters: 8').replace('udc: 1', 'udc: ‹"1"›'),
    'wrong-value',
    /in quotes it is a text; write `udc: 1`/,
  ],
  [
    'a no-break space after a colon',
    conv('filters: 8').replace(/name: (?=\w+\n)/, 'name:‹\u00a0›'),
    'odd-character',
    /no-break space \(U\+00A0\).*write a plain space/,
  ],
  [
    'a zero-width space in a number',
    conv('filters: 8 | 16‹\u200b›'),
    'odd-character',
    /invisible character.*zero-width space \(U\+200B\): remove it/,
  ],
  [
    'a multiplication sign',
    conv('filters: 8').replace('16x16x3', '16‹\u00d7›16x3'),
    'odd-character',
    /multiplication sign \(U\+00D7\).*write `x`/,
  ],
  ['an ellipsis', conv('filters: 8‹\u2026›16'), 'odd-character', /An ellipsis \(U\+2026\).*write `\.\.`/],
  ['a step of zero', conv('filters: ‹8..16 step 0›'), 'bad-range', /above 0/],
  ['a choice where none is allowed', conv('filters: 8, stride: ‹1 | 2›'), 'choice-not-allowed', /only `op`, `kernel`/],
  ['a wrong padding', conv('filters: 8, padding: ‹sane›'), 'wrong-value', /`same` or `valid`/],
  ['stride zero', conv('filters: 8, stride: ‹0›'), 'wrong-value', /`2x1`/],
  ['a missing kernel', layers('  - { name: a, op: ‹conv›, filters: 8 }\n'), 'missing-key', /`conv` needs `kernel`/],
  ['a missing path', definitionText(`${STEM}${TAIL}`, 'dataset: { ‹format›: idx }\n'), 'missing-key', /needs `path`/],
  [
    'a budget in words',
    conv('filters: 8').replace('ethos-u55-128', 'ethos-u55-128, weights: ‹much›'),
    'wrong-value',
    /48 KiB/,
  ],
  [
    'an unused choice',
    layers('  - { name: a, op: flatten, ‹kernel›: 3 | 5 }\n'),
    'unused-choice',
    /no effect on `flatten`/,
  ],
  [
    'names twice',
    layers(`${STEM}  - { name: ‹stem›, op: conv, kernel: 3x3, filters: 8 }\n`),
    'duplicate-name',
    /`stem-2`/,
  ],
  [
    'a kernel larger than its input',
    conv('filters: 8, padding: valid').replace('3x3', '‹17x3›'),
    'kernel-exceeds-input',
    /larger than its input, 16x16/,
  ],
  ['kernels of mixed parity', conv('filters: 8').replace('3x3', '‹3x3 | 4x4›'), 'kernel-parity', /all odd or all even/],
  [
    'a kernel choice with valid padding',
    conv('filters: 8, padding: valid').replace('3x3', '‹3x3 | 5x5›'),
    'kernel-choice-needs-same',
    /needs `padding: same`/,
  ],
  [
    'kernels that do not share their centre',
    conv('filters: 8, stride: 2').replace('3x3', '‹1x1 | 3x3›'),
    'kernel-off-centre',
    /other pixels/,
  ],
  [
    'a kernel choice of a pool',
    layers(`${STEM}  - { name: p, op: max-pool, kernel: ‹2 | 4› }\n`),
    'kernel-choice-of-pool',
    /cannot be a choice/,
  ],
  ['a stride and a dilation', conv('filters: 8, stride: 2, dilation: ‹2›'), 'stride-and-dilation', /not both/],
  [
    'skip at a stride',
    layers(`${STEM}  - { name: a, op: ‹conv | skip›, kernel: 3x3, stride: 2, filters: 16 | 32 }\n`),
    'skip-changes-size',
    /set `stride: 1`/,
  ],
  [
    'operators of other sizes',
    layers(`${STEM}  - { name: a, op: ‹conv | global-average-pool›, kernel: 3x3, filters: 16 | 32 }\n`),
    'sizes-differ',
    /same size/,
  ],
  [
    'a pool and a convolution without stride',
    layers(`${STEM}  - { name: a, op: ‹max-pool | conv›, kernel: 3x3, filters: 16 | 32 }\n`),
    'stride-not-stated',
    /must state `stride`/,
  ],
  [
    'a pool and a convolution of other widths',
    layers(`${STEM}  - { name: a, op: max-pool | conv, kernel: 3x3, stride: 1, filters: ‹8› }\n`),
    'widths-differ',
    /write `filters: 16 \| 32`/,
  ],
  [
    'dense among others',
    layers(
      `${STEM}  - { name: p, op: flatten }\n  - { name: a, op: ‹dense | conv›, kernel: 1, units: 8, filters: 8 }\n`,
    ),
    'operators-do-not-mix',
    /only with `skip`/,
  ],
  [
    'dense on pixels',
    definitionText(`${STEM}  - { name: l, op: ‹dense›, units: 10 }\n`),
    'dense-needs-vector',
    /add a `global-average-pool` or `flatten`/,
  ],
  [
    'a shortcut of other channels',
    layers(`${STEM}  - { name: a, op: residual, kernel: 3x3, filters: ‹16› }\n`),
    'shortcut-channels',
    /set `shortcut: projection`, or write `filters: 16 \| 32`/,
  ],
  [
    'an identity at a stride',
    layers(`${STEM}  - { name: a, op: residual, kernel: 3x3, stride: 2, filters: 16 | 32, shortcut: ‹identity› }\n`),
    'shortcut-size',
    /brings 16x16.* 8x8/,
  ],
  [
    'add of an unknown layer',
    layers(`${STEM}  - { name: b, op: add, from: ‹stm› }\n`),
    'unknown-layer',
    /did you mean `stem`/,
  ],
  ['add of a later layer', layers(`${STEM}  - { name: b, op: add, from: ‹pool› }\n`), 'unknown-layer', /earlier layer/],
  [
    'add of another size',
    layers(
      `${STEM}  - { name: b, op: conv, kernel: 3, stride: 2, filters: 16 | 32 }\n  - { name: c, op: add, from: ‹stem› }\n`,
    ),
    'add-size',
    /8x8 and, from `stem`, 16x16/,
  ],
  [
    'add of other channels',
    layers(`${STEM}  - { name: b, op: conv, kernel: 3, filters: 16 }\n  - { name: c, op: add, from: ‹stem› }\n`),
    'add-channels',
    /same choice/,
  ],
  [
    'upsample of uneven channels',
    layers(`${STEM}  - { name: u, op: upsample, factor: ‹3› }\n`),
    'depth-to-space',
    /multiple of 9/,
  ],
  [
    'no weights',
    definitionText('‹  - { name: p, op: global-average-pool }›\n').replace('layers:\n‹  -', 'layers:\n  ‹-'),
    'no-weights',
    /nothing to train/,
  ],
  [
    'logits that may be skipped',
    definitionText('  - { name: p, op: flatten }\n  - { name: l, op: ‹dense | skip›, units: 10 }\n'),
    'logits-weightless',
    /remove `skip`/,
  ],
  [
    'a classifier that ends in pixels',
    definitionText('  - { name: l, op: ‹conv›, kernel: 3, filters: 10 }\n'),
    'output-not-vector',
    /one value per class/,
  ],
  [
    'a choice of classes',
    definitionText('  - { name: p, op: flatten }\n  - { name: l, op: dense, units: ‹10 | 12› }\n'),
    'output-is-choice',
    /cannot be a choice/,
  ],
  [
    'other classes than the data',
    definitionText(`${STEM}${TAIL.replace('10', '‹10›')}`, 'dataset: { format: npy, path: data, classes: 12 }\n'),
    'classes-differ',
    /10 values.*12 classes/,
  ],
  [
    'super-resolution that shrinks',
    definitionText('  - { name: a, op: ‹conv›, kernel: 3, stride: 2, filters: 3 }\n', 'task: super-resolution\n'),
    'output-not-scaled',
    /end with `upsample`/,
  ],
  [
    'super-resolution of other channels',
    definitionText(
      '  - { name: a, op: conv, kernel: 3, filters: ‹8› }\n  - { name: u, op: upsample, factor: 2 }\n',
      'task: super-resolution\n',
    ),
    'output-channels',
    /as many channels/,
  ],
];

describe('diagnostics', () => {
  for (const [name, marked, code, message] of CASES) {
    it(`${name}: ${code}`, () => {
      const start = marked.indexOf('‹');
      const end = marked.indexOf('›') - 1;
      const text = marked.replace(/[‹›]/g, '');
      const { diagnostics, network } = parseDefinition(text);
      const first = diagnostics[0];
      assert.ok(first, 'there is a diagnostic');
      assert.equal(first.code, code, first.message);
      assert.match(first.message, message);
      assert.equal(first.severity, 'error');
      assert.equal(network, undefined);
      const lines = text.slice(0, start).split('\n');
      assert.deepEqual(
        { ...first.range, line: first.line, column: first.column },
        { start, end, line: lines.length, column: lines.at(-1)!.length + 1 },
      );
    });
  }

  it('quick fixes take their error away', () => {
    let fixes = 0;
    for (const [name, marked, code] of CASES) {
      const text = marked.replace(/[‹›]/g, '');
      for (const fix of parseDefinition(text).diagnostics[0]!.fixes ?? []) {
        const after = applyEdits(text, [fix]);
        const left = parseDefinition(after).diagnostics.filter((diagnostic) => diagnostic.code === code);
        assert.deepEqual(left, [], `${name}: ${fix.title}\n${after}`);
        fixes += 1;
      }
    }
    assert.ok(fixes >= 20, `${fixes} fixes`);
  });

  it('keys without effect are mentioned, not refused, and not at all in a layer that is left out', () => {
    const { network, diagnostics } = parseDefinition(
      layers(
        `${STEM}  - { name: a, op: skip, kernel: 3x3, filters: 8, expand: 2, bits: 2 | 4 }\n  - { name: b, op: dsconv, kernel: 3, filters: 8, expand: 4 }\n`,
      ),
    );
    assert.ok(network);
    assert.deepEqual(
      diagnostics.map(({ severity, code, path }) => [severity, code, path.join('.')]),
      [['information', 'unused-key', 'layers.2.expand']],
    );
  });

  it('what is said about a teacher has no effect without one', () => {
    const said = (training: string): string[] =>
      parseDefinition(`${definitionText(`${STEM}${TAIL}`)}training: { ${training} }\n`).diagnostics.map(
        ({ severity, code, path }) => `${severity} ${code} ${path.join('.')}`,
      );
    assert.deepEqual(said('teaching: 0.3'), ['warning unused-key training.teaching']);
    assert.deepEqual(said('temperature: 4'), ['warning unused-key training.temperature']);
    assert.deepEqual(said('teaching: 0.3, temperature: 4, teacher: t.npy'), []);
  });

  it('an input that looks channels first is asked about, and no other', () => {
    const warned = (input: string): string[] =>
      parseDefinition(definitionText(`${STEM}${TAIL}`).replace('16x16x3', input)).diagnostics.map(
        ({ severity, code }) => `${severity} ${code}`,
      );
    for (const input of ['3x32x32', '1x28x28']) assert.deepEqual(warned(input), ['warning channels-first']);
    for (const input of ['32x32x3', '49x10x1', '3x32x16', '1x1x1', '3x3x3']) assert.deepEqual(warned(input), []);
  });

  it('an odd character that breaks a definition is named wherever it stands, and its quick fix mends it', () => {
    const sound = conv('filters: 16 | 32');
    assert.ok(parseDefinition(sound).network);
    let broken = 0;
    fc.assert(
      fc.property(fc.constantFrom(...ODD_CHARACTERS), fc.nat(), ([character, { means }], anywhere) => {
        // In the place of what it is taken for, or between any two characters.
        const places = [...sound].flatMap((_, at) => (at > 0 && sound.startsWith(means, at) ? [at] : []));
        fc.pre(places.length > 0);
        const at = places[anywhere % places.length]!;
        const text = sound.slice(0, at) + character + sound.slice(at + means.length);
        const parsed = parseDefinition(text);
        if (parsed.network) return; // within a text, any character may stand
        broken += 1;
        const named = parsed.diagnostics.find(({ code }) => code === 'odd-character');
        assert.ok(named, `${JSON.stringify(text)}\n${parsed.diagnostics.map(({ message }) => message).join('\n')}`);
        assert.deepEqual(named.range, { start: at, end: at + 1 });
        assert.equal(applyEdits(text, [named.fixes![0]!]), sound);
      }),
      { numRuns: 400 },
    );
    assert.ok(broken > 100, `${broken}`);
  });

  it('what odd characters do not explain stays, at its place', () => {
    const text = conv('filters: 8\u200b').replace('op: dense', 'op:\u00a0dnse');
    const { diagnostics } = parseDefinition(text);
    assert.deepEqual(
      diagnostics.map(({ code, range }) => [code, text.slice(range.start, range.end)]),
      [
        ['odd-character', '\u200b'],
        ['odd-character', '\u00a0'],
        ['unknown-operator', 'dnse'],
      ],
    );
  });

  it('several mistakes are all reported, in the order of the text', () => {
    const text = layers(
      '  - { name: a, op: conw, kernel: 3x3, filters: 8 }\n  - { name: b, op: conv, kernel: 3x3, filters: 0, bits: 9 }\n',
    );
    assert.deepEqual(
      parseDefinition(text).diagnostics.map(({ code }) => code),
      ['unknown-operator', 'bad-filters', 'bits-out-of-range'],
    );
  });
});
