/** What a search took, from its events. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EffortCount } from '../../../src/wire/effort.ts';
import type { RunEvent } from '../../../src/wire/run.ts';

const event = (fields: object): RunEvent => ({ seq: 0, ...fields }) as unknown as RunEvent;
const measured = (seconds: number): object => ({ measured: { seconds } });

describe('effort of a search', () => {
  it('counts the steps of epochs, and of each candidate those that its last trial says', () => {
    const trial = fc.record({ candidate: fc.nat(3), steps: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.nat(6), fc.array(trial), (perEpoch, epochs, legs) => {
        const done = new Map<number, number>();
        const trials = legs.map(({ candidate, steps }) => {
          const all = (done.get(candidate) ?? 0) + steps;
          done.set(candidate, all);
          return event({ type: 'trial', candidate, steps: all, ...measured(2) });
        });
        const count = new EffortCount();
        for (const told of [
          event({ type: 'started', stepsPerEpoch: perEpoch }),
          ...Array.from({ length: epochs }, () => event({ type: 'epoch', ...measured(3) })),
          ...trials,
          event({ type: 'decoded' }),
          // The epochs of what was chosen are counted as such.
          event({ type: 'trial', candidate: 9, steps: 77 }),
          // What came between is what it was compared with.
          event({ type: 'finished', ...measured(1000) }),
        ])
          count.add(told);
        const { steps, measured: took } = count.effort;
        assert.equal(steps, perEpoch * epochs + legs.reduce((sum, leg) => sum + leg.steps, 0));
        assert.equal(took.seconds, 3 * epochs + 2 * legs.length);
      }),
      { seed: 1, numRuns: 60 },
    );
  });
});
