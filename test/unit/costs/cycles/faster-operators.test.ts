/** Operators in a layer's place: what is said of the change is what the changed text takes. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cyclesCost } from '../../../../src/costs/cycles/cycles-cost.ts';
import { fasterOperators } from '../../../../src/costs/cycles/faster-operators.ts';
import { weightsCost } from '../../../../src/costs/weights/weights-cost.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import { definition, networkOf } from '../support/random-networks.ts';

const OPS = ['ibn', 'fused-ibn', 'dsconv', 'conv'];
const PLACE = 1;

const text = (op: string, channels: number, side: number): string =>
  definition(
    [
      `  - { name: stem, op: conv, kernel: 3x3, filters: ${channels} }`,
      `  - { name: block, op: ${op}, kernel: 3x3, filters: ${channels}${op.endsWith('ibn') ? ', expand: 4' : ''} }`,
      '  - { name: pool, op: global-average-pool }',
      '  - { name: logits, op: dense, units: 10 }',
    ].join('\n'),
    { input: `${side}x${side}x3` },
  );

describe('faster operators', () => {
  const target = findTarget('ethos-u55-128');
  const costs = (written: string): [number, number] => {
    const architecture = instantiate(networkOf(written), []);
    return [cyclesCost.of(architecture, target), weightsCost.of(architecture, target)];
  };

  it('are those that the changed text shows to be faster, with its cycles and bytes', () => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...OPS),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 8, max: 48 }),
        (op, n, side) => {
          const [channels, before] = [4 * n, text(op, 4 * n, side)];
          const [cycles, bytes] = costs(before);
          const network = networkOf(before);
          for (const one of fasterOperators(network, [], target)(PLACE)) {
            found++;
            const [after, stored] = costs(text(one.op, channels, side));
            assert.ok(after < cycles);
            assert.ok(Math.abs(one.cycles - (after / cycles - 1)) < 1e-9);
            assert.ok(Math.abs(one.bytes - (stored / bytes - 1)) < 1e-9);
            // Within a budget that it does not meet, it is no remedy.
            assert.ok(!fasterOperators(network, [], target, stored - 1)(PLACE).some((other) => other.op === one.op));
          }
        },
      ),
      { seed: 2, numRuns: 60 },
    );
    assert.ok(found > 10, `${found} were found`);
  });

  it('are none for a choice, for operators without a like one, and where cycles are not known', () => {
    const choice = networkOf(text('ibn | fused-ibn', 8, 32).replace('filters: 8 }', 'filters: 8, expand: 4 }'));
    assert.deepEqual(fasterOperators(choice, [0], target)(PLACE), []);
    assert.deepEqual(fasterOperators(networkOf(text('ibn', 8, 32)), [], target)(2), []);
    assert.deepEqual(fasterOperators(networkOf(text('ibn', 8, 32)), [], findTarget('mcu-packed'))(PLACE), []);
  });
});
