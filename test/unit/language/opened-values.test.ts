/** Choices around a network that a definition fixes. */
import assert from 'node:assert/strict';
import { openedValues } from '../../../src/language/opened-values.ts';
import { applyEdits } from '../../../src/language/edit-plan.ts';
import { LANGUAGES } from '../../../src/language/language-table.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { largestOption } from '../../../src/network/largest-option.ts';

const HEAD = `udc: 1
name: net
input: 16x16x3
target: { npu: ethos-u55-128, weights: 8 KiB }
`;
const { yaml } = LANGUAGES;

function opened(text: string): string {
  const { network, tree, diagnostics } = yaml.read(text);
  assert.ok(network, diagnostics.map(({ message }) => message).join('\n'));
  const plan = yaml.set(text, openedValues(network, tree, [1, 2, 3, 4, 5, 6, 7, 8]));
  assert.ok(!('refused' in plan), JSON.stringify(plan));
  return applyEdits(text, plan.edits);
}

describe('opening a network for compression', () => {
  for (const [name, body] of Object.entries({
    'bits of layers': `layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 32, bits: 8 }
  - { name: block, op: residual, kernel: 3x3, filters: 32, bits: 4 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 10, bits: 8 }
`,
    'bits of all': `search: { bits: 8 }
layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 16 }
  - { name: deep, op: dwconv, kernel: 3x3 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 10, sparsity: 0 }
`,
    'bits of none': `layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 16 }
  - { name: skip, op: add, from: stem }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 10 }
`,
  }))
    it(`makes channels, bits and sparsities choices of which the network is the largest: ${name}`, () => {
      const text = `${HEAD}${body}`;
      const before = yaml.read(text).network!;
      const { network } = yaml.read(opened(text));
      assert.ok(network);
      const kinds = new Set(network.decisions.map(({ kind }) => kind));
      assert.deepEqual([...kinds].sort(), ['bits', 'sparsity', 'width']);
      const shape = ({ operations }: ReturnType<typeof instantiate>): unknown =>
        operations.map(({ id, inChannels, outChannels }) => [id, inChannels, outChannels]);
      const largest = instantiate(network, network.decisions.map(largestOption));
      assert.deepEqual(shape(largest), shape(instantiate(before, before.decisions.map(largestOption))));
      assert.equal(opened(opened(text)), opened(text), 'nothing is left to open');
    });

  it('leaves choices and the network’s output as they are', () => {
    const text = opened(`${HEAD}layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 8 | 64, bits: 2 | 8 }
  - { name: out, op: conv, kernel: 3x3, filters: 4 }
  - { name: pool, op: global-average-pool }
`);
    assert.match(text, /filters: 8 \| 64, bits: 2 \| 8/);
    assert.match(text, /filters: 4,/);
  });
});
