/** The limit on activation memory: what the decode is told is what reports say, whatever it was asked before. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instantiate } from '../../../src/network/architecture.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import { activationMemory } from '../../../src/costs/activations/activation-memory.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { activationLimit } from '../../../src/strategies/space/activation-peaks.ts';
import { randomAssignment, randomDefinition } from '../language/support/definitions.ts';

describe('activationLimit', () => {
  it('holds for an assignment where its peak on the target is within the budget', () => {
    let held = 0;
    let broken = 0;
    fc.assert(
      fc.property(fc.gen(), fc.constantFrom('ethos-u55-128', 'mcu-packed'), (g, name) => {
        const { network } = parseDefinition(randomDefinition(g).text);
        if (!network) return;
        const target = findTarget(name);
        const assignments = Array.from({ length: 12 }, () => randomAssignment(g, network));
        const peaks = assignments.map(
          (assignment) => activationMemory(instantiate(network, assignment), target).peakBytes,
        );
        const activationBudgetBytes = peaks[0]!;
        const fits = activationLimit({ network, target, activationBudgetBytes });
        for (const [i, assignment] of [...assignments, ...assignments].entries()) {
          const expected = peaks[i % peaks.length]! <= activationBudgetBytes;
          assert.equal(fits(assignment), expected);
          if (expected) held += 1;
          else broken += 1;
        }
      }),
      { numRuns: 200 },
    );
    assert.ok(held > 100 && broken > 100, `${held} held, ${broken} broken`);
  });

  it('asks for nothing without a budget', () => {
    const { network } = parseDefinition(
      'udc: 1\nname: a\ninput: 8x8x1\ntarget: { npu: ethos-u55-128 }\nlayers:\n  - { name: p, op: global-average-pool }\n  - { name: l, op: dense, units: 2 }\n',
    );
    assert.equal(activationLimit({ network: network!, target: findTarget('ethos-u55-128') })([]), true);
  });
});
