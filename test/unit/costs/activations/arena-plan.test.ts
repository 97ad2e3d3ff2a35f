/** Places of tensors in one block of memory. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { activationMemory } from '../../../../src/costs/activations/activation-memory.ts';
import { planArena } from '../../../../src/costs/activations/arena-plan.ts';
import { liveBuffers } from '../../../../src/costs/activations/live-buffers.ts';
import { mapBytes } from '../../../../src/costs/activations/map-layout.ts';
import { instantiate } from '../../../../src/network/architecture.ts';
import { randomGraph } from '../../network/support/random-graphs.ts';

const tensor = fc
  .tuple(fc.nat(200), fc.nat(12), fc.nat(6))
  .map(([bytes, born, steps]) => ({ bytes, born, dies: born + steps }));

describe('an arena', () => {
  it('holds tensors that are alive together beside each other, in no less than they take', () => {
    fc.assert(
      fc.property(fc.array(tensor, { maxLength: 14 }), (tensors) => {
        const { offsets, bytes, leastBytes } = planArena(tensors);
        const ends = tensors.map((one, i) => offsets[i]! + one.bytes);
        assert.equal(bytes, Math.max(0, ...ends));
        for (const [i, one] of tensors.entries())
          for (const [j, other] of tensors.entries())
            if (i < j && one.born <= other.dies && other.born <= one.dies && one.bytes > 0 && other.bytes > 0)
              assert.ok(ends[i]! <= offsets[j]! || ends[j]! <= offsets[i]!, `${i} and ${j} overlap`);
        const alive = (step: number): number =>
          tensors.reduce((sum, one) => sum + (one.born <= step && step <= one.dies ? one.bytes : 0), 0);
        assert.equal(leastBytes, Math.max(0, ...tensors.map(({ born }) => alive(born))));
        assert.ok(bytes >= leastBytes);
        assert.deepEqual(planArena(tensors), { offsets, bytes, leastBytes });
      }),
      { numRuns: 200 },
    );
  });

  it('takes the least where one tensor is made of another', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 999 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        const { bytes, leastBytes } = planArena(sizes.map((size, i) => ({ bytes: size, born: i, dies: i + 1 })));
        assert.equal(bytes, leastBytes);
      }),
      { numRuns: 200 },
    );
  });

  it('takes the peak of the activations of random graphs', () => {
    for (let seed = 0; seed < 60; seed++) {
      const architecture = instantiate(randomGraph(seed).network, []);
      const { operations } = architecture;
      const { source, outputs } = liveBuffers(
        operations,
        mapBytes(architecture),
        operations.map((_, i) => i),
      );
      assert.equal(planArena([...new Set([source, ...outputs])]).bytes, activationMemory(architecture).peakBytes);
    }
  });
});
