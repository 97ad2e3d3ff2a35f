/** A definition that asks for an ensemble, as one of a single network. */
import assert from 'node:assert/strict';
import { feasibility } from '../../../src/costs/limits/feasibility.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { withoutEnsemble } from '../../../src/network/without-ensemble.ts';
import { findTarget } from '../../../src/targets/find-target.ts';

const text = (ensemble: string): string => `udc: 1
name: small
input: 12x12x1
target: { npu: ethos-u55-128 }
layers:
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
${ensemble}`;

describe('a definition without its ensemble', () => {
  it('has all of its budget for one network, and is otherwise the same', () => {
    const [one, several] = ['', 'ensemble: { members: 3 }\n'].map(
      (ensemble) => parseDefinition(text(ensemble)).network!,
    );
    const target = findTarget('ethos-u55-128');
    const least = feasibility(one!, target, [{ cost: 'weights', limit: 1, from: 'given' }]).refusal!.needed.weights!;
    const limits = [{ cost: 'weights', limit: least, from: 'given' }] as const;
    assert.ok(feasibility(several!, target, limits).refusal);
    assert.equal(feasibility(withoutEnsemble(several!), target, limits).refusal, undefined);
    assert.deepEqual(withoutEnsemble(several!).definition, one!.definition);
    assert.equal(withoutEnsemble(one!), one);
  });
});
