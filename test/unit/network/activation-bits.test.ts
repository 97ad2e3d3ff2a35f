/** Bits of maps: stated or chosen for layers, passed on by what keeps a grid, and never those of the output. */
import assert from 'node:assert/strict';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { instantiate } from '../../../src/network/architecture.ts';
import { problemsOf } from '../../../src/targets/runnable.ts';
import { findTarget } from '../../../src/targets/find-target.ts';

const text = (search = '', first = 'activationBits: 2'): string => `udc: 1
name: maps
input: 8x8x1
target: { npu: mcu-packed }
${search}layers:
  - { name: a, op: conv, kernel: 3x3, filters: 4, ${first} }
  - { name: p, op: max-pool, kernel: 2x2 }
  - { name: b, op: dsconv, kernel: 3x3, filters: 4, activationBits: 4 }
  - { name: plus, op: add, from: p, activationBits: 2 }
  - { name: mean, op: global-average-pool }
  - { name: logits, op: dense, units: 10, activationBits: 4 }
`;

describe('bits of maps', () => {
  it('are those of the layer that writes a map, and of pools what they read', () => {
    const { network, diagnostics } = parseDefinition(text());
    assert.deepEqual(diagnostics, []);
    const { operations } = instantiate(network!, []);
    assert.deepEqual(
      operations.map(({ layerName, activationBits }) => [layerName, activationBits]),
      [
        ['a', 2],
        ['p', 2],
        ['b', 4],
        ['b', 4],
        ['plus', 2],
        ['mean', 2],
        ['logits', undefined],
      ],
    );
  });

  it('may come from `search:`, and leave architectures of 8 bits as they were', () => {
    const all = parseDefinition(text('search: { activationBits: 4 }\n', 'bits: 8')).network!;
    assert.equal(instantiate(all, []).operations[0]!.activationBits, 4);
    const none = parseDefinition(text().replace(/, activationBits: \d/g, '')).network!;
    assert.ok(instantiate(none, []).operations.every((operation) => !('activationBits' in operation)));
  });

  it('are a decision where they are a choice, with a warning where the strategy decides none', () => {
    const chosen = parseDefinition(text('', 'activationBits: 2 | 8'));
    assert.deepEqual(
      chosen.network!.decisions.map(({ id, kind, labels }) => [id, kind, labels]),
      [['a.activationBits', 'activation-bits', ['2', '8']]],
    );
    assert.deepEqual(
      chosen.diagnostics.map(({ code, severity }) => [code, severity]),
      [['undecided-choice', 'warning']],
    );
    assert.equal(instantiate(chosen.network!, [1]).operations[0]!.activationBits, undefined);
    const decided = parseDefinition(text('search: { strategy: memory-driven }\n', 'activationBits: 2 | 8'));
    assert.deepEqual(decided.diagnostics, []);
  });

  it('are refused where wrong, or on a target that keeps bytes', () => {
    assert.deepEqual(
      parseDefinition(text('', 'activationBits: 1')).diagnostics.map(({ code }) => code),
      ['bad-activationBits'],
    );
    const architecture = instantiate(parseDefinition(text()).network!, []);
    assert.deepEqual(problemsOf(findTarget('mcu-packed'), architecture), []);
    assert.match(
      problemsOf(findTarget('ethos-u55-128'), architecture).join('; '),
      /a: 2-bit activations: Ethos-U55-128 keeps 8 bits/,
    );
  });
});
