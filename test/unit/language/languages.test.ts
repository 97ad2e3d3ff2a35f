/** What holds for every language of definitions, and which one a file is written in. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyEdits } from '../../../src/language/edit-plan.ts';
import type { Language } from '../../../src/language/language.ts';
import { LANGUAGES, languageOf } from '../../../src/language/language-table.ts';
import { nodeAt } from '../../../src/language/tree.ts';
import { isDefinitionName } from '../../../src/wire/definition-names.ts';

/** One network in every language: two layers, the second a choice of 8 and 16 filters. */
const SAMPLES: Readonly<Record<keyof typeof LANGUAGES, { readonly file: string; readonly text: string }>> = {
  yaml: {
    file: 'model.udc.yaml',
    text: `udc: 1
name: small
input: 8x8x1
target: { npu: ethos-u55-128 }
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 8 } # kept
  - { name: block, op: conv, kernel: 3x3, filters: 8 | 16 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`,
  },
};

const planned = (plan: ReturnType<Language['edit']>): Exclude<typeof plan, { refused: string }> => {
  assert.ok(!('refused' in plan), 'refused' in plan ? plan.refused : '');
  return plan;
};

describe('the language of a file', () => {
  it('is found by its name, in any folder; YAML where no language claims it', () => {
    for (const [id, { file }] of Object.entries(SAMPLES))
      for (const folder of ['', '/a/b/', 'C:\\models\\'])
        assert.equal(languageOf(`${folder}${file}`), LANGUAGES[id as keyof typeof LANGUAGES]);
    for (const other of ['', 'model', 'model.yaml', 'notes.txt', '/a/udc.yaml/x'])
      assert.equal(languageOf(other), LANGUAGES.yaml, other);
  });

  it('is one of those whose files are definitions, and no file is claimed twice', () => {
    fc.assert(
      fc.property(fc.constantFrom('a', 'udc', 'udc.yaml', 'x.udc.yml', '.udc.yaml', 'a.udc.py', 'b.yaml'), (name) => {
        const claims = Object.values<Language>(LANGUAGES).filter((language) => language.isFile(name));
        assert.equal(claims.length, isDefinitionName(name) ? 1 : 0, name);
      }),
    );
  });
});

for (const [id, language] of Object.entries<Language>(LANGUAGES)) {
  const { text } = SAMPLES[id as keyof typeof LANGUAGES];

  describe(`definitions in ${id}`, () => {
    const place = ['layers', 0, 'filters'];
    const read = language.read(text);
    const valueAt = (of: typeof read, path: readonly (string | number)[], from: string): string => {
      const { node, depth } = nodeAt(of.tree, path);
      assert.equal(depth, path.length);
      return from.slice(node!.range.start, node!.range.end);
    };

    it('are read with the place of every value and layer', () => {
      assert.deepEqual(read.diagnostics, []);
      assert.deepEqual(
        read.network!.definition.layers.map(({ name }) => name),
        ['stem', 'block', 'pool', 'logits'],
      );
      assert.equal(valueAt(read, place, text), '8');
      assert.equal(read.layerRanges.length, 4);
      read.layerRanges.forEach(({ start, end }, i) =>
        assert.ok(text.slice(start, end).includes(['stem', 'block', 'pool', 'logits'][i]!)),
      );
    });

    it('become other definitions by edits of that place alone', () => {
      const plan = planned(language.edit(text, place, ['4', '8', '12']));
      const after = applyEdits(text, plan.edits);
      const again = language.read(after);
      assert.deepEqual(plan.paths, [place]);
      assert.deepEqual(again.network!.definition.layers[0]!.filters!.options, [4, 8, 12]);
      assert.deepEqual(again.network!.definition.layers[1], {
        ...read.network!.definition.layers[1],
        ...again.network!.definition.layers[1],
      });
      assert.equal(after.length - text.length, valueAt(again, place, after).length - 1);
    });

    it('become what was decided, and are then without a choice', () => {
      for (const [k, filters] of [8, 16].entries()) {
        const assignment = read.network!.decisions.map(() => k);
        const after = applyEdits(text, planned(language.decide(text, read.network!, assignment)).edits);
        const decided = language.read(after).network!;
        assert.equal(decided.decisions.length, 0);
        assert.deepEqual(decided.definition.layers[1]!.filters!.options, [filters]);
        assert.deepEqual(planned(language.decide(after, read.network!, assignment)).edits, []);
      }
    });

    it('say what is wrong with a place, and refuse edits with one', () => {
      const wrong = text.replace('filters: 8 }', 'filters: many }');
      const { network, diagnostics } = language.read(wrong);
      assert.equal(network, undefined);
      const [first] = diagnostics;
      assert.equal(wrong.slice(first!.range.start, first!.range.end), 'many');
      const plan = language.edit(wrong, place, ['4', '8']);
      assert.ok('refused' in plan && plan.line === first!.line && plan.column === first!.column);
      const part = language.readSizable(wrong)!;
      assert.ok(part.known.size > 0 && !part.known.has(0), 'sizes do not depend on layers whose values are known');
    });

    it('are completed and widened by the same words', () => {
      assert.ok(language.suggest('filters', '8')!.includes('8'));
      assert.equal(language.suggest('filters', 'many'), undefined);
      const at = nodeAt(read.tree, ['target', 'npu']).node!.range;
      const found = language.complete(text, at.end, { targets: ['ethos-u55-128', 'ethos-u65-256'] });
      assert.ok(found.some(({ label }) => label === 'ethos-u65-256'));
    });

    it('never throw, whatever the text', () => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: text.length }), fc.string({ maxLength: 12 }), (cut, junk) => {
          const broken = `${text.slice(0, cut)}${junk}${text.slice(cut + junk.length)}`;
          language.read(broken);
          language.readSizable(broken);
          language.edit(broken, place, ['4', '8']);
          language.complete(broken, cut, {});
        }),
        { numRuns: 200 },
      );
    });
  });
}
