/** An applied layer has the keys of the operator that was chosen, and no others. */
import assert from 'node:assert/strict';
import { instantiate } from '../../../../../src/network/architecture.ts';
import { applyEdits, invertEdits } from '../../../../../src/language/edit-plan.ts';
import { planEdits, planWiden } from '../../../../../src/language/yaml/editing/plan-edits.ts';
import { parseDefinition } from '../../../../../src/language/yaml/parse-definition.ts';
import { OPERATOR_NAMES, OPERATORS, uses, type LayerKey } from '../../../../../src/network/operators.ts';
import { nodeAt } from '../../../../../src/language/tree.ts';
import type { Network, OperatorName } from '../../../../../src/network/types.ts';
import { cases } from '../../../../cases.ts';
import { definitionText } from '../../support/definitions.ts';

/** What a layer with any of these keys may say, its input having 8 channels. */
const VALUES: Readonly<Partial<Record<LayerKey, string>>> = {
  kernel: '3x3',
  stride: '1',
  dilation: '1',
  padding: 'same',
  filters: '8',
  expand: '2 | 4',
  multiplier: '1',
  bits: '2 | 4',
  sparsity: '0 | 0.5',
  activation: 'relu6',
  shortcut: 'none',
};

/** How a layer may be written; the last of its lines is a comment's. */
const STYLES: Readonly<Record<string, (keys: readonly (readonly [string, string])[]) => string>> = {
  flow: (keys) => `  - { ${keys.map((pair) => pair.join(': ')).join(', ')} } # kept`,
  'flow, a line each': (keys) =>
    `  - {\n${keys.map((pair, i) => `      ${pair.join(': ')}, # ${i}`).join('\n')}\n    }`,
  'flow, commas first': (keys) => `  - { ${keys.map((pair) => pair.join(': ')).join('\n    , ')} }`,
  block: (keys) => `  - ${keys.map((pair) => `${pair.join(': ')}   `).join('\n    ')}`,
  'block with comments': (keys) =>
    `  - ${keys.map((pair, i) => `${pair.join(': ')} # ${i}`).join('\n    # next\n    ')}`,
};

const CHOICES = OPERATOR_NAMES.filter((op) => !OPERATORS[op].alone && op !== 'global-average-pool').flatMap(
  (op, i, all) => all.slice(i + 1).map((other): readonly OperatorName[] => [op, other]),
);

function layerOf(ops: readonly OperatorName[]): readonly (readonly [string, string])[] {
  const keys = Object.entries(VALUES).filter(([key]) => ops.some((op) => uses(op, key as LayerKey)));
  return [['name', 'a'], ['op', ops.join(' | ')], ...keys];
}

function networkOf(text: string): Network {
  const { network, diagnostics } = parseDefinition(text);
  assert.ok(network, `${text}\n${diagnostics.map(({ message }) => message).join('\n')}`);
  return network;
}

/** `search`: what layers inherit that state nothing. */
const around = (layer: string, search?: string): string =>
  definitionText(
    `  - { name: stem, op: conv, kernel: 3x3, filters: 8, bits: 8, sparsity: 0 }\n${layer}\n  - { name: pool, op: global-average-pool }\n  - { name: logits, op: dense, units: 4, bits: 8, sparsity: 0 }\n`,
    search,
  );

const ORDERS = ['as usual', 'backwards', 'bits inherited'];
/** Each style in each order takes one pair of so many: every pair has its turn in each style and in each order. */
const EACH = cases(ORDERS.length, 1);

describe('an applied choice of operators', () => {
  for (const [at, [style, write]] of Object.entries(STYLES).entries())
    for (const [first, order] of ORDERS.entries())
      it(`leaves what the chosen one takes: ${style}, keys ${order}`, () => {
        for (const ops of CHOICES.filter((_, i) => (i + at + first) % EACH === 0)) {
          const inherits = order === 'bits inherited';
          const stated = layerOf(ops).filter(([key]) => !inherits || (key !== 'bits' && key !== 'sparsity'));
          const keys = order === 'backwards' ? stated.toReversed() : stated;
          const text = around(write(keys), inherits ? 'search: { bits: 2 | 4, sparsity: 0 | 0.5 }\n' : '');
          const network = networkOf(text);
          for (const [option, op] of ops.entries()) {
            const assignment = network.decisions.map(({ kind, labels }) =>
              kind === 'operator' ? option : labels.length - 1,
            );
            const plan = planEdits(text, network, assignment);
            if ('refused' in plan) assert.fail(`${plan.refused}\n${text}`);
            const after = applyEdits(text, plan.edits);
            const { diagnostics, network: applied, tree } = parseDefinition(after);
            assert.deepEqual(
              diagnostics.map(({ message }) => message),
              [],
              after,
            );
            assert.deepEqual(instantiate(applied!, []).operations, instantiate(network, assignment).operations);
            const { node } = nodeAt(tree, ['layers', 1]);
            assert.ok(node?.kind === 'map');
            for (const { key } of node.entries)
              assert.ok(op === 'skip' || key === 'name' || key === 'op' || uses(op, key as LayerKey), `${op}: ${key}`);
            assert.equal((after.match(/#/g) ?? []).length, (text.match(/#/g) ?? []).length, after);
            assert.equal(applyEdits(after, invertEdits(text, plan.edits)), text);
            assert.deepEqual(planEdits(after, network, assignment), { edits: [], paths: [], removed: [] });
            if (op === 'skip') continue;
            const widened = planWiden(after, ['layers', 1, 'op'], [op, 'skip']);
            assert.ok('edits' in widened, after);
            assert.ok(networkOf(applyEdits(after, widened.edits)).decisions.length > 0);
          }
        }
      });

  it('drops a width that it shared with others, in whatever order layers are applied', () => {
    const text = definitionText(
      '  - { name: stem, op: conv, kernel: 3x3, filters: 8 | 16 }\n  - { name: a, op: conv | max-pool, kernel: 3x3, stride: 1, filters: 8 | 16 }\n  - { name: pool, op: global-average-pool }\n  - { name: logits, op: dense, units: 4 }\n',
    );
    const network = networkOf(text);
    const assignment = network.decisions.map(() => 1);
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      let now = text;
      for (const layer of order) {
        const plan = planEdits(now, network, assignment, { layers: [layer] });
        if ('refused' in plan) assert.fail(plan.refused);
        now = applyEdits(now, plan.edits);
      }
      assert.match(now, /\{ name: a, op: max-pool, kernel: 3x3, stride: 1 \}/);
      assert.match(now, /\{ name: stem, op: conv, kernel: 3x3, filters: 16 \}/);
    }
  });
});
