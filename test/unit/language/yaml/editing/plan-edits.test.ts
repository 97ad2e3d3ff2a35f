/** Write-back by example: what an edit looks like in each style, and what is refused and why. */

import assert from 'node:assert/strict';
import { applyEdits, type EditPlan } from '../../../../../src/language/edit-plan.ts';
import {
  planEdits,
  planWiden,
  suggestOptions,
  verifyEdits,
} from '../../../../../src/language/yaml/editing/plan-edits.ts';
import { parseDefinition } from '../../../../../src/language/yaml/parse-definition.ts';
import type { Network, ScalarPath } from '../../../../../src/network/types.ts';
import { definitionText } from '../../support/definitions.ts';

const TAIL = '  - { name: pool, op: global-average-pool }\n  - { name: logits, op: dense, units: 10 }\n';
const SEARCH = 'search: { bits: 2 | 4, sparsity: 0 | 0.5 } # for all\n';

function networkOf(text: string): Network {
  const { network, diagnostics } = parseDefinition(text);
  assert.ok(network, diagnostics.map(({ message }) => message).join('\n'));
  return network;
}

/** The text after the last option of every decision is written. */
function decided(text: string, layers?: readonly number[]): string {
  const network = networkOf(text);
  const plan = planEdits(
    text,
    network,
    network.decisions.map(({ labels }) => labels.length - 1),
    layers ? { layers } : {},
  );
  if ('refused' in plan) assert.fail(plan.refused);
  return applyEdits(text, plan.edits);
}

function refusal(plan: EditPlan): string {
  assert.ok('refused' in plan, 'the plan is refused');
  assert.ok(plan.line >= 1 && plan.column >= 1);
  return `${plan.line}:${plan.column} ${plan.refused}`;
}

describe('planEdits', () => {
  const styles: readonly (readonly [string, string, string])[] = [
    [
      'flow style',
      '  - { name: a,  op: conv | dsconv , kernel: 3x3|5x5, filters: 8..24 step 8 } # 8 | 16\n',
      '  - { name: a,  op: dsconv , kernel: 5x5, filters: 24, bits: 4, sparsity: 0.5 } # 8 | 16\n',
    ],
    [
      'a trailing comma',
      '  - {name: a, op: conv, kernel: 3, filters: 8,}\n',
      '  - {name: a, op: conv, kernel: 3, filters: 8, bits: 4, sparsity: 0.5,}\n',
    ],
    [
      'flow style over lines',
      '  - { name: a, # first\n      op: conv, kernel: 3,\n      filters: 8 # last\n    }\n',
      '  - { name: a, # first\n      op: conv, kernel: 3,\n      filters: 8, bits: 4, sparsity: 0.5 # last\n    }\n',
    ],
    [
      'block style',
      '  - name: a\n    op: conv   # 1\n    kernel: 3\n    filters: "8 | 16"   # 2\n\n  # next\n',
      '  - name: a\n    op: conv   # 1\n    kernel: 3\n    filters: "16"   # 2\n    bits: 4\n    sparsity: 0.5\n\n  # next\n',
    ],
    [
      'single quotes, wide indent',
      "  -    name: a\n       op: 'conv | skip'\n       kernel: 3\n       filters: 8\n       bits: 8\n",
      "  -    name: a\n       op: 'skip'\n       kernel: 3\n       filters: 8\n       bits: 8\n",
    ],
    [
      'a value folded over lines',
      '  - name: a\n    op: conv\n    kernel: 3\n    filters: 8 |\n      16\n    bits: 8\n    sparsity: 0\n',
      '  - name: a\n    op: conv\n    kernel: 3\n    filters: 16\n    bits: 8\n    sparsity: 0\n',
    ],
  ];
  for (const [name, before, after] of styles) {
    it(`keeps ${name}`, () => {
      const logits = ['units: 10 }', 'units: 10, bits: 4, sparsity: 0.5 }'] as const;
      const text = definitionText(before + TAIL, SEARCH);
      assert.equal(decided(text), definitionText(after + TAIL.replace(...logits), SEARCH));
      assert.equal(
        decided(text.replaceAll('\n', '\r\n')),
        definitionText(after + TAIL.replace(...logits), SEARCH).replaceAll('\n', '\r\n'),
      );
    });
  }

  it('adds a key at the end of a file without a last line end', () => {
    const text = definitionText('  - { name: p, op: flatten }\n  - name: l\n    op: dense\n    units: 10', SEARCH);
    assert.equal(decided(text), `${text}\n    bits: 4\n    sparsity: 0.5`);
  });

  it('for one layer writes its decisions, and those that an addition joins with them', () => {
    const text = definitionText(
      `  - { name: s, op: conv, kernel: 3 | 5, filters: 8 | 16 }\n  - { name: a, op: residual, kernel: 3, filters: 8 | 16 }\n${TAIL}`,
    );
    assert.equal(decided(text, [1]), text.replaceAll('8 | 16', '16'));
    assert.equal(decided(decided(text, [1]), [0]), decided(text));
  });

  it('writes to a definition whose comments, order of keys and search defaults have changed, and to a partly decided one', () => {
    const text = definitionText(`  - { name: a, op: conv, kernel: 3 | 5, filters: 8 | 16 }\n${TAIL}`, SEARCH);
    const network = networkOf(text);
    const assignment = network.decisions.map(({ labels }) => labels.length - 1);
    const edited = definitionText(
      `# new\n  - { name: a, filters: 16, op: conv, kernel: 5 | 3 }\n${TAIL}`,
      'search: { bits: 4, sparsity: 0.5 }\n',
    );
    const plan = planEdits(edited, network, assignment);
    assert.ok('edits' in plan);
    assert.equal(applyEdits(edited, plan.edits), edited.replace('5 | 3', '5'));
  });

  const refused: readonly (readonly [string, (text: string) => string, RegExp])[] = [
    [
      'an alias',
      (text) => text.replace('bits: 2 | 4 }', 'bits: &w 2 | 4 }').replace('bits: 2 | 4,', 'bits: *w,'),
      /`layers.0.bits` is an alias/,
    ],
    ['an anchor', (text) => text.replace('filters: 8 | 16', 'filters: &w 8 | 16'), /`layers.0.filters` has an anchor/],
    ['an anchor on the layer', (text) => text.replace('- { name: a', '- &a { name: a'), /`layers.0` has an anchor/],
    [
      'a merge key',
      (text) => text.replace('{ name: a,', '{ <<: { stride: 1 }, name: a,'),
      /`layers.0` takes values from elsewhere by a merge key/,
    ],
    ['a tag', (text) => text.replace('filters: 8 | 16', 'filters: !!str 8 | 16'), /`layers.0.filters` has a tag/],
    ['a tag on the list', (text) => text.replace('layers:\n', 'layers: !!seq\n'), /`layers` has a tag/],
    [
      'a block scalar',
      (text) =>
        text.replace(
          '{ name: a, op: conv, kernel: 3, bits: 2 | 4, filters: 8 | 16 }',
          'name: a\n    op: conv\n    kernel: 3\n    bits: 2 | 4\n    filters: >-\n      8 | 16',
        ),
      /written over several lines as a block/,
    ],
    ['several documents', (text) => `${text}---\nudc: 1\n`, /several YAML documents/],
    ['a key twice', (text) => text.replace('kernel: 3,', 'kernel: 3, kernel: 3,'), /written twice/],
    ['broken YAML', (text) => text.replace('bits: 8 }', 'bits: 8'), /YAML/],
    [
      'a choice that lost the decided value',
      (text) => text.replace('8 | 16', '8 | 24'),
      /`filters` was 8 \| 16 and became 16/,
    ],
    ['another fixed value', (text) => text.replace('8 | 16', '8'), /`filters` was 8 \| 16 and became 16/],
    [
      'a layer that is gone',
      (text) =>
        text.replace('  - { name: pool, op: global-average-pool }\n', '  - { name: pool2, op: global-average-pool }\n'),
      /layer 2 was `pool`, now it is `pool2`/,
    ],
    ['a new layer', (text) => `${text}  - { name: more, op: flatten }\n`, /`more` is new/],
    [
      'a fixed value that changed',
      (text) => text.replace('kernel: 3', 'kernel: 5'),
      /changed since it was searched: `a` is not the same/,
    ],
    ['another input', (text) => text.replace('16x16x3', '16x16x1'), /input has another shape/],
    [
      'a new choice',
      (text) => text.replace('kernel: 3', 'kernel: 3 | 5'),
      /a choice that was not searched: `a.kernel`/,
    ],
  ];
  for (const [name, change, reason] of refused) {
    it(`refuses ${name}`, () => {
      const text = definitionText(
        `  - { name: a, op: conv, kernel: 3, bits: 2 | 4, filters: 8 | 16 }\n${TAIL.replace('10', '10, bits: 8')}`,
        'search: { bits: 2 | 4 }\n',
      );
      const changed = change(text);
      assert.notEqual(changed, text);
      assert.match(refusal(planEdits(changed, networkOf(text), [1, 1])), reason);
    });
  }

  it('the place of a refusal is that of its cause', () => {
    const text = definitionText(`  - name: a\n    op: conv\n    kernel: 3\n    filters: !!str 8 | 16\n${TAIL}`);
    assert.match(refusal(planEdits(text, networkOf(text), [1])), /^9:/);
  });
});

describe('verifyEdits', () => {
  const text = definitionText(`  - { name: a, op: conv, kernel: 3, filters: 8 | 16 } # note\n${TAIL}`);
  const path: ScalarPath = ['layers', 0, 'filters'];

  it('accepts the planned value and nothing else', () => {
    assert.equal(verifyEdits(text, text.replace('8 | 16', '8'), [path]), undefined);
    assert.equal(verifyEdits(text, text.replace('8 | 16', '8, bits: 4'), [path, ['layers', 0, 'bits']]), undefined);
    for (const [after, reason] of [
      [text.replace('8 | 16', '8').replace('kernel: 3', 'kernel: 5'), /layers.0.kernel` changed/],
      [text.replace('8 | 16', '8, bits: 4'), /layers.0.bits` appeared/],
      [text.replace(', filters: 8 | 16', ''), /layers.0.filters` disappeared/],
      [text.replace('8 | 16', '"8"'), /quoted differently/],
      [text.replace('8 | 16', '8').replace('# note', '# other'), /comment/],
      [text.replace('8 | 16', '8').replace('name: a, op: conv', 'op: conv, name: a'), /order/],
      [text.replace('8 | 16', '8 }}'), /no definition/],
    ] as const)
      assert.match(verifyEdits(text, after, [path]) ?? 'clean', reason);
  });
});

describe('planWiden', () => {
  const text = definitionText(
    `  - { name: s, op: conv, kernel: 3x3, filters: 16 } # stem\n  - name: a\n    op: residual\n    kernel: "3x3"\n    filters: 16\n${TAIL}`,
  );
  const widened = (path: ScalarPath, options: readonly string[]): string => {
    const plan = planWiden(text, path, options);
    if ('refused' in plan) assert.fail(plan.refused);
    return applyEdits(text, plan.edits);
  };

  it('makes a fixed value a choice, in the style that it has', () => {
    assert.equal(widened(['layers', 0, 'kernel'], ['3x3', '5x5']), text.replace('kernel: 3x3', 'kernel: 3x3 | 5x5'));
    assert.equal(widened(['layers', 1, 'kernel'], ['3x3', '5x5']), text.replace('"3x3"', '"3x3 | 5x5"'));
    assert.equal(
      widened(['layers', 1, 'op'], ['residual', 'skip']),
      text.replace('op: residual', 'op: residual | skip'),
    );
  });

  it('states an inherited value, and widens filters that an addition joins together', () => {
    assert.equal(
      widened(['layers', 1, 'bits'], ['4', '8']),
      text.replace('    filters: 16\n', '    filters: 16\n    bits: 4 | 8\n'),
    );
    assert.equal(widened(['layers', 0, 'filters'], ['8', '16']), text.replaceAll('filters: 16', 'filters: 8 | 16'));
  });

  it('refuses what would be no definition', () => {
    assert.match(refusal(planWiden(text, ['layers', 0, 'stride'], ['1', '2'])), /cannot be a choice/);
    assert.match(refusal(planWiden(text, ['layers', 0, 'kernel'], ['3x3', '4x4'])), /all odd or all even/);
    assert.match(refusal(planWiden(text, ['layers', 3, 'units'], ['10', '12'])), /cannot be a choice/);
    assert.match(refusal(planWiden(text, ['layers', 2, 'bits'], ['4', '8'])), /no effect/);
    assert.match(refusal(planWiden('udc: 1\n', ['layers', 0, 'bits'], ['4', '8'])), /has an error/);
  });

  it('suggests sensible choices that hold the value', () => {
    assert.deepEqual(suggestOptions('filters', '32'), ['16', '32', '48', '64']);
    assert.deepEqual(suggestOptions('filters', '6'), ['3', '6', '9', '12']);
    assert.deepEqual(suggestOptions('kernel', '3x3'), ['3x3', '5x5']);
    assert.deepEqual(suggestOptions('kernel', '5'), ['3x3', '5', '7x7']);
    assert.deepEqual(suggestOptions('kernel', '1x7'), ['1x5', '1x7', '1x9']);
    assert.deepEqual(suggestOptions('bits', '5'), ['2', '3', '4', '5', '6', '8']);
    assert.deepEqual(suggestOptions('sparsity', '0.25'), ['0', '0.25', '0.5', '0.75', '0.9']);
    assert.deepEqual(suggestOptions('op', 'conv'), ['conv', 'skip']);
    assert.equal(suggestOptions('filters', '8 | 16'), undefined);
    assert.equal(suggestOptions('filters', '8..16'), undefined);
  });
});
