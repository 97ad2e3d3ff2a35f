/** What a definition's text means: fields, defaults, choices, places; and that nothing a user may write throws. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { completions } from '../../../../src/language/yaml/definition-completions.ts';
import { LONGEST_TEXT } from '../../../../src/language/yaml/text/document.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import type { ParsedDefinition } from '../../../../src/language/language.ts';
import type { LayerSpec } from '../../../../src/network/types.ts';
import { definitionText, randomDefinition } from '../support/definitions.ts';

const TAIL = '  - { name: pool, op: global-average-pool }\n  - { name: logits, op: dense, units: 10 }\n';

function parsed(text: string): Required<Pick<ParsedDefinition, 'definition' | 'network'>> & ParsedDefinition {
  const result = parseDefinition(text);
  assert.deepEqual(
    result.diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  return { ...result, definition: result.definition!, network: result.network! };
}

/** The first layer of a network that begins with it. */
function layer(keys: string, head = ''): LayerSpec {
  return parsed(definitionText(`  - { name: a, ${keys} }\n${TAIL}`, head)).definition.layers[0]!;
}

describe('parseDefinition', () => {
  it('reads every field of the head', () => {
    const { definition } = parsed(
      definitionText(
        `  - { name: a, op: conv, kernel: 3x3, filters: 8 }\n${TAIL}`,
        [
          'task: classification',
          'dataset: { format: npy, path: data/x, classes: 10, limit: 100, validation: 0.2, augment: { crop: 2, flip: true }, seed: 3 }',
          'training: { warmup: 1, search: 2, learningRate: 0.01, exploration: 1 }',
          '',
        ].join('\n'),
      ).replace('npu: ethos-u55-128', 'npu: max78000, weights: 48 KiB, activations: 1000'),
    );
    assert.equal(definition.name, 'test');
    assert.deepEqual(definition.input, { height: 16, width: 16, channels: 3 });
    assert.deepEqual(definition.dataset, {
      format: 'npy',
      path: 'data/x',
      classes: 10,
      limit: 100,
      validation: 0.2,
      augment: { crop: 2, flip: true },
      seed: 3,
    });
    assert.deepEqual(definition.target, { npu: 'max78000', weights: 49152, activations: 1000 });
    assert.deepEqual(definition.training, {
      warmup: 1,
      search: 2,
      race: 8,
      sparsify: 6,
      settle: 4,
      batch: 32,
      learningRate: 0.01,
      weightDecay: 1e-4,
      exploration: 1,
      seed: 1,
      exitLoss: 0.3,
      labelSmoothing: 0,
      mixup: 0,
      cutmix: 0,
      entropy: 0,
      teaching: 0.5,
      temperature: 2,
    });
  });

  it('fills in defaults', () => {
    const spec = layer('op: conv, kernel: 3, filters: 8');
    assert.deepEqual(spec.stride, { height: 1, width: 1 });
    assert.equal(spec.padding, 'same');
    assert.equal(spec.activation, 'relu');
    assert.equal(spec.shortcut, undefined);
    assert.deepEqual([spec.bits.options, spec.bits.inherited, spec.bits.path], [[8], true, ['layers', 0, 'bits']]);
    assert.deepEqual([spec.sparsity.options, spec.sparsity.inherited], [[0], true]);
    const { definition } = parsed(definitionText(TAIL));
    assert.equal(definition.layers[1]!.activation, 'none', 'the logits have no activation');
    assert.equal(definition.dataset, undefined);
  });

  it('layers inherit bits and sparsity from `search:` unless they state their own', () => {
    const head = 'search: { bits: 2 | 4, sparsity: 0 | 0.5 }\n';
    const inherited = layer('op: conv, kernel: 3, filters: 8', head);
    assert.deepEqual(
      [inherited.bits.options, inherited.bits.texts, inherited.bits.inherited, inherited.bits.range],
      [[2, 4], ['2', '4'], true, undefined],
    );
    const own = layer('op: conv, kernel: 3, filters: 8, bits: 8, sparsity: 0.9', head);
    assert.deepEqual([own.bits.options, own.bits.inherited, own.sparsity.options], [[8], false, [0.9]]);
  });

  it('reads choices, ranges, and mixtures of both, in plain and quoted scalars', () => {
    const options = (text: string): readonly number[] =>
      layer(`op: conv, kernel: 3, filters: ${text}`).filters!.options;
    assert.deepEqual(options('16 | 32 | 64'), [16, 32, 64]);
    assert.deepEqual(options('16|32'), [16, 32]);
    assert.deepEqual(options('"16 | 32"'), [16, 32]);
    assert.deepEqual(options('16..64 step 16'), [16, 32, 48, 64]);
    assert.deepEqual(options('16 .. 40 step 16'), [16, 32]);
    assert.deepEqual(options('8 | 16..32 step 8'), [8, 16, 24, 32]);
    assert.deepEqual(options("'8'"), [8]);
    assert.deepEqual(
      layer('op: conv, kernel: 3, filters: 8, sparsity: 0..0.9 step 0.3').sparsity.options,
      [0, 0.3, 0.6, 0.9],
    );
    assert.deepEqual(layer('op: conv, kernel: 3, filters: 8, bits: 2..4').bits.options, [2, 3, 4]);
    const kernel = layer('op: conv, kernel: 3 | 5x3, filters: 8').kernel;
    assert.deepEqual(kernel.options, [
      { height: 3, width: 3 },
      { height: 5, width: 3 },
    ]);
    assert.deepEqual(kernel.texts, ['3', '5x3']);
  });

  it('strides and dilations are squares or height x width; a pool moves by its kernel', () => {
    assert.deepEqual(layer('op: conv, kernel: 3, filters: 8, stride: 2x1').stride, { height: 2, width: 1 });
    assert.deepEqual(layer('op: max-pool, kernel: 2x4').stride, { height: 2, width: 4 });
    assert.deepEqual(layer('op: max-pool, kernel: 2, stride: 1').stride, { height: 1, width: 1 });
  });

  it('ranges are offsets into the text, also after a byte order mark and with CR LF', () => {
    const text = `\uFEFF${definitionText(`  - name: a\n    op: conv\n    kernel: 3x3\n    filters: "8 | 16" # wide\n${TAIL}`).replaceAll('\n', '\r\n')}`;
    const { definition, layerRanges } = parsed(text);
    const { filters, op, range } = definition.layers[0]!;
    assert.equal(text.slice(filters!.range!.start, filters!.range!.end), '"8 | 16"');
    assert.equal(text.slice(op.range!.start, op.range!.end), 'conv');
    assert.equal(
      text.slice(range.start, range.end),
      'name: a\r\n    op: conv\r\n    kernel: 3x3\r\n    filters: "8 | 16"',
    );
    assert.deepEqual(layerRanges[0], range);
    const wrong = parseDefinition(text.replace('8 | 16', '8 | 1.6')).diagnostics[0]!;
    assert.deepEqual([wrong.line, wrong.column], [9, 19]);
  });

  it('reads aliases and merge keys', () => {
    const { definition } = parsed(
      definitionText(
        `  - &base { name: a, op: conv, kernel: 3x3, filters: &width 8 | 16 }\n  - { <<: *base, name: b, stride: 2 }\n  - { name: c, op: pwconv, filters: *width }\n${TAIL}`,
      ),
    );
    assert.deepEqual(
      definition.layers.map(({ name, stride, filters }) => [name, stride.height, filters?.texts.join()]).slice(0, 3),
      [
        ['a', 1, '8,16'],
        ['b', 2, '8,16'],
        ['c', 1, '8,16'],
      ],
    );
  });
});

describe('parseDefinition of hostile text', () => {
  const fill = (piece: string): string => piece.repeat(Math.floor((LONGEST_TEXT - 200) / piece.length));
  const around = (filters: string): string =>
    definitionText(`  - { name: a, op: conv, kernel: 3, filters: ${filters} }\n${TAIL}`);
  const bomb = `a: &a [x, x]\n${'bcdefghijklmnopqrstuvwxyz'
    .split('')
    .map(
      (name, i) =>
        `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefghijklmnopqrstuvwxyz'[i]!}`).join(', ')}]`,
    )
    .join('\n')}\n`;
  const hostile: Readonly<Record<string, string>> = {
    'five megabytes': 'x'.repeat(5_000_000),
    'an alias bomb': `${bomb}layers: *z\n`,
    'an alias bomb as a layer': definitionText(`  - { name: a, op: *z }\n${TAIL}`, bomb),
    'an alias of itself': 'layers: &l [*l]\n',
    'a merge of itself': '&a { <<: *a, layers: *a }\n',
    brackets: fill('['),
    braces: fill('{'),
    'lists in lists': fill('- '),
    'keys in keys': fill('? '),
    'values in values': fill('a: '),
    anchors: fill('&a '),
    quotes: fill('"'),
    comments: fill('#\n'),
    'one key again and again': fill('a:\n'),
    bars: around(`"${fill('|').slice(200)}"`),
    dots: around(`"${fill('.').slice(200)}"`),
    options: around(`"${fill('1|').slice(200)}"`),
    'the names of object members':
      '__proto__: 1\nconstructor: 2\nlayers: [{ __proto__: { a: 1 }, toString: 3, op: __proto__ }]\n',
    'control characters': '\u0000\u0001\uFFFF',
    'half a surrogate pair': '\uD800: \uDC00',
    'a tagged document': '!!binary {a: !foo b}',
    'a key without a name': ': a\n? [a, b]\n: c\n',
    directives: '%YAML 1.1\n%FOO\n---\nudc: yes\n',
    'numbers out of range': definitionText(
      `  - { name: a, op: conv, kernel: 0x3, filters: 9e99, stride: 1e400, bits: .nan, sparsity: .inf, multiplier: -0 }\n${TAIL}`,
    ),
    'layers that are none': 'layers:\n-\n- ~\n- []\n- a\n',
  };
  for (const [name, text] of Object.entries(hostile)) {
    it(`${name}: errors, no exception`, () => {
      const { diagnostics, network } = parseDefinition(text);
      assert.equal(network, undefined);
      assert.ok(diagnostics.some(({ severity }) => severity === 'error'));
      assert.ok(diagnostics.length <= 200);
      for (const { range, line, column, message } of diagnostics) {
        assert.ok(range.start >= 0 && range.start <= range.end && range.end <= text.length && line >= 1 && column >= 1);
        assert.ok(message.length < 1000, message.slice(0, 200));
      }
      assert.ok(Array.isArray(completions(text, Math.min(text.length, 60))));
    });
  }

  it('a definition with random damage gives diagnostics inside the text', () => {
    const damage = [
      '',
      '|',
      ':',
      '{',
      '}',
      '[',
      '"',
      "'",
      '\n',
      '\t',
      ' ',
      '-',
      '*a',
      '&a',
      '!t',
      '#',
      '..',
      '0',
      '\r',
      '\u0000',
      '<<: *x',
      '---\n',
      '%',
    ];
    fc.assert(
      fc.property(fc.gen(), (g) => {
        let { text } = randomDefinition(g, 3);
        for (let i = 0; i < 3; i++) {
          const at = g(fc.nat, { max: text.length });
          text =
            text.slice(0, at) +
            g(fc.constantFrom, ...damage) +
            text.slice(Math.min(text.length, at + g(fc.nat, { max: 3 })));
        }
        const { diagnostics, network } = parseDefinition(text);
        assert.equal(
          network === undefined,
          diagnostics.some(({ severity }) => severity === 'error'),
        );
        for (const { range } of diagnostics)
          assert.ok(range.start >= 0 && range.start <= range.end && range.end <= text.length);
        completions(text, g(fc.nat, { max: text.length }));
      }),
      { seed: 2, numRuns: 300, endOnFailure: true },
    );
  });
});
