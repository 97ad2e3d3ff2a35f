/** The largest option of a decision, whatever way its values are written in. */
import assert from 'node:assert/strict';
import { instantiate } from '../../../src/network/architecture.ts';
import { largestOption, magnitudes } from '../../../src/network/largest-option.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import type { Network } from '../../../src/network/types.ts';

function networkOf(layer: string): Network {
  const { network, diagnostics } = parseDefinition(`udc: 1
name: m
input: 12x12x4
target: { npu: ethos-u55-128 }
layers:
  - { name: a, ${layer} }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`);
  assert.ok(network, diagnostics[0]?.message);
  return network;
}

/** What is written, the option that computes the most, and its label. */
const CASES: readonly (readonly [layer: string, label: string])[] = [
  ['op: conv, kernel: 3x3 | 5, filters: 8', '5'],
  ['op: conv, kernel: 5 | 3x3, filters: 8', '5'],
  ['op: conv, kernel: 7 | 3x3 | 5x5, filters: 8', '7'],
  ['op: conv, kernel: 1x9 | 3, filters: 8', '1x9'],
  ['op: conv, kernel: 3 | 5, filters: 8', '5'],
  ['op: conv, kernel: 3, filters: 8 | 1e1 | 9', '1e1'],
  ['op: conv, kernel: 3, filters: 8..24 step 8', '24'],
  ['op: conv, kernel: 3, filters: 8, sparsity: 0.5 | .25', '.25'],
  ['op: conv, kernel: 3, filters: 8, bits: 2 | 8.0 | 4', '8.0'],
  ['op: ibn, kernel: 3, filters: 8, expand: 2 | 4', '4'],
  ['op: skip | conv, kernel: 3, filters: 4', 'conv'],
  ['op: conv | skip, kernel: 3, filters: 4', 'conv'],
];

describe('the largest option', () => {
  for (const [layer, label] of CASES) {
    it(`of { ${layer} } is ${label}`, () => {
      const { decisions } = networkOf(layer);
      assert.equal(decisions.length, 1);
      assert.equal(decisions[0]!.labels[largestOption(decisions[0]!)], label);
    });
  }

  it('trains 5x5 as the largest of `3x3 | 5`: the operation has that kernel', () => {
    const network = networkOf('op: conv, kernel: 3x3 | 5, filters: 8');
    const { operations } = instantiate(network, network.decisions.map(largestOption));
    assert.deepEqual(operations[0]!.kernel, { height: 5, width: 5 });
  });

  it('has a number for each option of everything but operators', () => {
    const network = networkOf(
      'op: conv | ibn, kernel: 3x3 | 5, filters: 8 | 16, expand: 2 | 3, bits: 2 | 8, sparsity: 0 | 0.5',
    );
    const found = network.decisions.map((decision) => [decision.kind, magnitudes(decision)]);
    assert.deepEqual(found, [
      ['operator', undefined],
      ['kernel', [9, 25]],
      ['width', [8, 16]],
      ['expansion', [2, 3]],
      ['bits', [2, 8]],
      ['sparsity', [0, 0.5]],
    ]);
    for (const { options, labels } of network.decisions) assert.equal(options.length, labels.length);
  });
});
