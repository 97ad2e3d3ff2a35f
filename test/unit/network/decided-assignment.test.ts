/** From the decisions of a result back to an assignment. */
import assert from 'node:assert/strict';
import { decidedAssignment } from '../../../src/network/decided-assignment.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';

const { network } = parseDefinition(`udc: 1
name: net
input: 8x8x1
target: { npu: ethos-u55-128, weights: 8 KiB }
layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, filters: 8 | 16 | 32, bits: 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 10, bits: 8 }
`);
const decided = network!.decisions.map(({ id, labels }) => ({ id, option: labels.length - 1, label: labels.at(-1)! }));

describe('decidedAssignment', () => {
  it('follows the order of the network, whatever that of the result', () => {
    assert.deepEqual(decided.map(({ option }) => option).sort(), [1, 2]);
    assert.deepEqual(decidedAssignment(network!, decided), { assignment: decided.map(({ option }) => option) });
    assert.deepEqual(decidedAssignment(network!, [...decided].reverse()), {
      assignment: decided.map(({ option }) => option),
    });
  });

  it('names the decision that the result leaves open, or decides for another network', () => {
    const [first, second] = decided;
    assert.deepEqual(decidedAssignment(network!, [first!]), { undecided: second!.id });
    assert.deepEqual(decidedAssignment(network!, [{ ...first!, option: 9 }, second!]), { undecided: first!.id });
    assert.deepEqual(decidedAssignment(network!, [{ ...first!, label: 'something else' }, second!]), {
      undecided: first!.id,
    });
  });
});
