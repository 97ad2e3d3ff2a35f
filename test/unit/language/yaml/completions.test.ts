/** Completion at a place marked `^` in unfinished definitions. */

import assert from 'node:assert/strict';
import { completions } from '../../../../src/language/yaml/definition-completions.ts';
import { OPERATOR_NAMES } from '../../../../src/network/operators.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import { STRATEGIES } from '../../../../src/wire/strategies.ts';
import { definitionText } from '../support/definitions.ts';

function at(marked: string): ReturnType<typeof completions> {
  const offset = marked.indexOf('^');
  return completions(marked.replace('^', ''), offset, {
    targets: ['ethos-u55-128', 'max78000'],
    presets: (npu, system) => ({ system: [`${npu}-system`], memory: [`${system}-mode`] }),
  });
}

const labels = (marked: string): string[] => at(marked).map(({ label }) => label);

/** The text after the first item is taken. */
function taken(marked: string, label: string): string {
  const item = at(marked).find((candidate) => candidate.label === label);
  assert.ok(item, `${label} is offered`);
  const text = marked.replace('^', '');
  return text.slice(0, item.range.start) + item.insertText + text.slice(item.range.end);
}

describe('completions', () => {
  it('offers the keys of the root that are not there yet, needed ones first', () => {
    assert.deepEqual(labels('udc: 1\nname: a\n^'), [
      'input',
      'target',
      'layers',
      'task',
      'dataset',
      'prepare',
      'ensemble',
      'search',
      'training',
    ]);
    assert.deepEqual(labels('^').slice(0, 2), ['udc', 'name']);
  });

  it("offers the keys that a layer's operators use, in flow and block style, in unfinished text", () => {
    const needed = ['filters', 'expand'];
    for (const layer of [
      '  - { name: a, op: dsconv | ibn, kernel: 3x3, ^ }\n',
      '  - { name: a, op: dsconv | ibn, kernel: 3x3, ^\n',
      '  - name: a\n    op: dsconv | ibn\n    kernel: 3x3\n    ^\n',
      '  - name: a\n    op: dsconv | ibn\n    kernel: 3x3\n    f^\n  - { name: b, op: flatten }\n',
    ]) {
      const offered = labels(definitionText(layer));
      assert.deepEqual(offered.slice(0, 2), needed, layer);
      assert.ok(!offered.includes('units') && !offered.includes('kernel') && !offered.includes('from'), layer);
    }
  });

  it('says of each strategy what it does and what it costs, also where one is written already', () => {
    for (const written of ['^', 'ra^', 'udc^']) {
      const offered = at(`udc: 1\nname: a\nsearch: { bits: 2 | 4, strategy: ${written} }\n`);
      assert.deepEqual(
        offered.map(({ label, documentation }) => [label, documentation]),
        STRATEGIES.map(({ id, about, price }) => [id, `${about} ${price}`]),
        written,
      );
    }
  });

  it('replaces the word that is being written and keeps a colon that is there', () => {
    assert.equal(
      taken(definitionText('  - { name: a, op: conv, fil^ }\n'), 'filters'),
      definitionText('  - { name: a, op: conv, filters:  }\n'),
    );
    assert.equal(
      taken(definitionText('  - { name: a, op: conv, ker^: 3x3 }\n'), 'kernel'),
      definitionText('  - { name: a, op: conv, kernel: 3x3 }\n'),
    );
  });

  it('offers operators with their summary, and among options only those not yet there', () => {
    assert.deepEqual(labels(definitionText('  - { name: a, op: ^ }\n')), OPERATOR_NAMES);
    const offered = labels(definitionText('  - { name: a, op: dsconv | ^, kernel: 3x3 }\n'));
    assert.ok(offered.includes('ibn') && offered.includes('skip') && !offered.includes('dsconv'));
    assert.ok(at(definitionText('  - { name: a, op: ^ }\n'))[0]!.documentation);
  });

  it('offers values: enumerations, targets, typical choices, earlier layers', () => {
    assert.deepEqual(labels(definitionText('  - { name: a, op: conv, padding: ^ }\n')), ['same', 'valid']);
    assert.deepEqual(labels('udc: 1\ntarget: { npu: ^ }\n'), ['ethos-u55-128', 'max78000']);
    assert.deepEqual(labels('udc: 1\ntarget: { npu: a1, system: ^ }\n'), ['a1-system']);
    assert.deepEqual(labels('udc: 1\ntarget: { npu: a1, system: b2, memory: ^ }\n'), ['b2-mode']);
    assert.ok(labels(definitionText('  - { name: a, op: conv, bits: ^ }\n')).includes('2 | 4 | 8'));
    assert.ok(
      labels(definitionText('  - { name: a, op: conv, bits: 2 | ^ }\n')).every((label) => !label.includes('|')),
    );
    for (const key of ['op: add, from', 'op: conv, input'])
      assert.deepEqual(
        labels(
          definitionText(
            `  - { name: a, op: flatten }\n  - { name: b, op: flatten }\n  - { name: c, ${key}: ^ }\n  - { name: d, op: flatten }\n`,
          ),
        ),
        ['b', 'a', 'input'],
        key,
      );
    assert.deepEqual(labels('udc: 1\ndataset: { format: idx, augment: { flip: ^ } }\n'), ['true', 'false']);
  });

  it('offers `input` for a layer of any operator', () => {
    for (const op of ['conv', 'flatten', 'add | skip'])
      assert.ok(labels(definitionText(`  - { name: a, op: ${op}, ^ }\n`)).includes('input'), op);
  });

  it('offers whole layers for an empty item; they are valid once the network around them is', () => {
    const text = taken(
      definitionText(
        '  - { name: stem, op: conv, kernel: 3x3, filters: 16 | 32 }\n  - ^\n  - { name: pool, op: global-average-pool }\n  - { name: logits, op: dense, units: 10 }\n',
      ),
      'ibn layer',
    );
    assert.deepEqual(parseDefinition(text).diagnostics, []);
  });

  it('offers nothing in comments and in places that the format does not have', () => {
    assert.deepEqual(labels('udc: 1\n# ^'), []);
    assert.deepEqual(labels('udc: 1 # ^'), []);
    assert.deepEqual(labels('udc: 1\nnothing: { ^ }'), []);
  });

  it('answers at every offset of a definition', () => {
    const text = definitionText(
      '  - { name: stem, op: conv | skip, kernel: "3x3", filters: 16..32 step 8 } # hi\n  - name: b\n    op: flatten\n',
    );
    for (let offset = 0; offset <= text.length; offset++) assert.ok(Array.isArray(completions(text, offset)));
  });
});
