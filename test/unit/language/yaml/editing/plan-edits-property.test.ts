/**
 * Write-back on random definitions: random decisions in random YAML styles change only what they decide, and can be
 * undone.
 */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse } from 'yaml';
import { instantiate } from '../../../../../src/network/architecture.ts';
import { applyEdits, invertEdits, type Edits } from '../../../../../src/language/edit-plan.ts';
import {
  planEdits,
  planWiden,
  suggestOptions,
  verifyEdits,
} from '../../../../../src/language/yaml/editing/plan-edits.ts';
import { CHOOSABLE, type ChoosableKey } from '../../../../../src/language/language.ts';
import { parseDefinition } from '../../../../../src/language/yaml/parse-definition.ts';
import type { Network, ScalarPath } from '../../../../../src/network/types.ts';
import { randomAssignment, randomDefinition } from '../../support/definitions.ts';
import { randomGraph } from '../../../network/support/random-graphs.ts';
import { cases } from '../../../../cases.ts';

/** Fixed, and without shrinking: a failure prints its definition. */
const OPTIONS = { seed: 20221107, endOnFailure: true } as const;

function networkOf(text: string): Network {
  const { network, diagnostics } = parseDefinition(text);
  assert.ok(network, `${text}\n${diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n')}`);
  return network;
}

function planOf(text: string, network: Network, assignment: readonly number[], layers?: readonly number[]): Edits {
  const plan = planEdits(text, network, assignment, layers ? { layers } : {});
  if ('refused' in plan) assert.fail(`${plan.line}: ${plan.refused}\n${text}`);
  return plan;
}

/** Every leaf of a YAML text by an independent reading, as path → value. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, `${path}/${key}`));
}

describe('planEdits on random definitions', () => {
  it('leaves the names of inputs as they are, and gives the decided graph', () => {
    fc.assert(
      fc.property(fc.nat(9999), fc.gen(), (seed, g) => {
        const { text, network } = randomGraph(seed, { choices: true });
        const assignment = randomAssignment(g, network);
        const after = applyEdits(text, planOf(text, network, assignment).edits);
        const named = (definition: string): RegExpMatchArray | null => definition.match(/(input|from): \w+/g);
        assert.deepEqual(named(after), named(text));
        assert.deepEqual(instantiate(networkOf(after), []), instantiate(network, assignment));
      }),
      { ...OPTIONS, numRuns: cases(30, 60) },
    );
  });

  it('writes of a layer that is left out its operator alone, but for widths that it shares', () => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const { text } = randomDefinition(g);
        const network = networkOf(text);
        const assignment = randomAssignment(g, network);
        const { paths } = planOf(text, network, assignment);
        for (const [index, { kind, sites }] of network.decisions.entries()) {
          if (kind !== 'operator' || sites[0]!.choice.options[assignment[index]!] !== 'skip') continue;
          const { layer } = sites[0]!;
          const shared = network.decisions.filter(
            (other) =>
              other.kind === 'width' && other.sites.length > 1 && other.sites.some((site) => site.layer === layer),
          );
          const keys = paths.filter((path) => path[0] === 'layers' && path[1] === layer).map((path) => path[2]);
          assert.deepEqual(
            keys.filter((key) => key !== 'op' && !(key === 'filters' && shared.length > 0)),
            [],
          );
        }
      }),
      { ...OPTIONS, numRuns: 100 },
    );
  });

  it('changes the planned values only, leaves no choice, gives the decided architecture, and can be undone', () => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const { text, crlf } = randomDefinition(g);
        const network = networkOf(text);
        const assignment = randomAssignment(g, network);
        const plan = planOf(text, network, assignment);
        const after = applyEdits(text, plan.edits);

        const [before, now] = [new Map(leaves(parse(text))), new Map(leaves(parse(after)))];
        const pathOf = (path: ScalarPath): string => `/${path.join('/')}`;
        const planned = new Set(plan.paths.map(pathOf));
        const removed = new Set(plan.removed.map(pathOf));
        for (const [path, value] of before)
          if (!planned.has(path)) assert.deepEqual(now.get(path), removed.has(path) ? undefined : value, path);
        for (const path of now.keys()) assert.ok(before.has(path) || planned.has(path), `${path} appeared`);

        const notes = (of: string): number => parseDefinition(of).diagnostics.length;
        assert.ok(notes(after) <= notes(text), after);
        const decided = networkOf(after);
        assert.equal(decided.decisions.length, 0);
        assert.equal(decided.architectures, 1n);
        assert.deepEqual(instantiate(decided, []).operations, instantiate(network, assignment).operations);
        assert.equal(applyEdits(after, invertEdits(text, plan.edits)), text);
        assert.equal(after.startsWith('\uFEFF'), text.startsWith('\uFEFF'));
        if (crlf) assert.doesNotMatch(after, /(^|[^\r])\n/);
        else assert.doesNotMatch(after, /\r/);
        assert.equal(verifyEdits(text, after, plan.paths, plan.removed), undefined);
        if (plan.removed.length > 0) assert.notEqual(verifyEdits(text, after, plan.paths), undefined);
        if (plan.paths.length > 0)
          assert.notEqual(verifyEdits(text, after, plan.paths.slice(1), plan.removed), undefined);
      }),
      { ...OPTIONS, numRuns: cases(80, 200) },
    );
  });

  it('applied layer by layer in any order ends in the same architecture', () => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        let { text } = randomDefinition(g);
        const network = networkOf(text);
        const assignment = randomAssignment(g, network);
        const order = g(
          fc.shuffledSubarray,
          network.layers.map((_, i) => i),
          { minLength: network.layers.length },
        );
        for (const layer of order) text = applyEdits(text, planOf(text, network, assignment, [layer]).edits);
        assert.equal(planOf(text, network, assignment).edits.length, 0);
        assert.deepEqual(instantiate(networkOf(text), []).operations, instantiate(network, assignment).operations);
      }),
      { ...OPTIONS, numRuns: 40 },
    );
  });

  it('an applied definition can be widened again, value by value', () => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const { text } = randomDefinition(g);
        const network = networkOf(text);
        const fixed = applyEdits(text, planOf(text, network, randomAssignment(g, network)).edits);
        const layer = g(fc.nat, { max: network.layers.length - 1 });
        const key: ChoosableKey = g(fc.constantFrom, ...CHOOSABLE);
        const spec = networkOf(fixed).definition.layers[layer]!;
        const choice = key === 'units' ? (spec.filtersKey === 'units' ? spec.filters : undefined) : spec[key];
        const options = choice && suggestOptions(key, choice.texts[0]!);
        fc.pre(options !== undefined);
        const plan = planWiden(fixed, ['layers', layer, key], options);
        if ('refused' in plan) return;
        const widened = networkOf(applyEdits(fixed, plan.edits));
        assert.deepEqual(
          widened.decisions.filter(({ kind }) => key !== 'op' || kind === 'operator').map(({ labels }) => labels),
          [options],
        );
        // A layer that was left out has all of its choices again; any other had but this one.
        if (widened.decisions.length > 1) assert.equal(spec.op.options[0], 'skip');
        assert.equal(applyEdits(applyEdits(fixed, plan.edits), invertEdits(fixed, plan.edits)), fixed);
      }),
      { ...OPTIONS, numRuns: 100 },
    );
  });
});
