/** When two assignments are one architecture. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { architectureKey, instantiate } from '../../../src/network/architecture.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';

const { network } = parseDefinition(`udc: 1
name: net
input: 8x8x1
target: { npu: ethos-u55-128, weights: 8 KiB }
search: { bits: 2 | 8, sparsity: 0 | 0.5 }
layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, filters: 8 | 16, bits: 8 }
  - { name: block, op: dsconv | ibn | skip, kernel: 3x3 | 5x5, filters: 8 | 16, expand: 2 | 4 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 10, bits: 8 }
`);
const { decisions } = network!;
const assignments = fc.tuple(...decisions.map(({ labels }) => fc.nat(labels.length - 1)));

describe('architectureKey', () => {
  it('is the same exactly where the operations are', () => {
    let same = 0;
    fc.assert(
      // Two draws are seldom one architecture: the second is the first with some decisions drawn again.
      fc.property(assignments, assignments, fc.array(fc.boolean(), { maxLength: decisions.length }), (a, b, drawn) => {
        const other = a.map((k, d) => (drawn[d] ? b[d]! : k));
        const equal = architectureKey(network!, a) === architectureKey(network!, other);
        if (equal && a.join() !== other.join()) same++;
        const [one, two] = [a, other].map((assignment) => JSON.stringify(instantiate(network!, assignment)));
        assert.equal(equal, one === two);
      }),
      { seed: 3, numRuns: 400 },
    );
    assert.ok(same > 10, `${same} pairs of different assignments are one architecture`);
  });
});
