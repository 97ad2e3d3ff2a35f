/** Which limits hold: what is given, what the definition states, the memory of the chip. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { limitsThatHold, type GivenLimits } from '../../../../src/costs/limits/holding-limits.ts';
import { limitOn } from '../../../../src/wire/limits.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';

const U55 = findTarget('ethos-u55-128');
const MCU = findTarget('stm32f746');

describe('limits that hold', () => {
  const target = { npu: 'stm32f746' };
  const memory = { weights: MCU.weightMemory!.value, activations: MCU.activationMemory!.value };

  it('are what is given, else what the definition states, else the memory of the chip', () => {
    assert.deepEqual(limitsThatHold(target, MCU), [
      { cost: 'weights', limit: memory.weights, from: 'target' },
      { cost: 'activations', limit: memory.activations, from: 'target' },
    ]);
    assert.deepEqual(limitsThatHold({ ...target, activations: 5 }, MCU, { weights: 7 }), [
      { cost: 'weights', limit: 7, from: 'given' },
      { cost: 'activations', limit: 5, from: 'definition' },
    ]);
    assert.deepEqual(limitsThatHold({ ...target, weights: 9 }, MCU)[0], {
      cost: 'weights',
      limit: 9,
      from: 'definition',
    });
    assert.deepEqual(limitsThatHold(undefined, MCU, { weights: undefined }), limitsThatHold(target, MCU));
    assert.deepEqual(limitsThatHold({ npu: 'ethos-u55-128' }, U55), []);
  });

  it('are one a cost at most, each from the nearest who says one', () => {
    const bytes = fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: undefined });
    const both = fc.record({ weights: bytes, activations: bytes });
    fc.assert(
      fc.property(both, both, fc.constantFrom(U55, MCU), (stated, given, chip) => {
        const known = (limits: GivenLimits): GivenLimits =>
          Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
        const holding = limitsThatHold({ npu: chip.name, ...(known(stated) as object) }, chip, given);
        assert.equal(new Set(holding.map(({ cost }) => cost)).size, holding.length);
        for (const [cost, chips] of [
          ['weights', chip.weightMemory?.value],
          ['activations', chip.activationMemory?.value],
        ] as const) {
          assert.equal(limitOn(holding, cost), given[cost] ?? stated[cost] ?? chips);
          const from = given[cost] !== undefined ? 'given' : stated[cost] !== undefined ? 'definition' : 'target';
          assert.equal(holding.find((one) => one.cost === cost)?.from ?? 'target', from);
        }
      }),
    );
  });
});
