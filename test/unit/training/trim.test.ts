/**
 * Keeping more weights than were decided where the budget has room: never over it, never below the sparsities on offer.
 */
import assert from 'node:assert/strict';
import { instantiate } from '../../../src/network/architecture.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { exactBytes, grow } from '../../../src/training/trained/trim.ts';
import { ConcreteNetwork } from '../../../src/training/trained/trained-network.ts';
import { freshTensors } from '../../../src/training/trained/initial-tensors.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { leastSparsities } from '../../../src/strategies/session/use-rest.ts';
import { networkOf, openTestBackend } from '../strategies/support.ts';

const NETWORK = networkOf(`layers:
  - { name: free, op: conv, kernel: 3x3, filters: 12, bits: 4, sparsity: 0.25 | 0.9 }
  - { name: fixed, op: conv, kernel: 3x3, filters: 12, bits: 4, sparsity: 0.75 }
  - { name: p, op: global-average-pool }
  - { name: d, op: dense, units: 4, bits: 8 }
`);
/** Ids of the operators whose sparsity is a choice, and is not. */
const [FREE, FIXED] = ['free/conv/conv', 'fixed/conv/conv'];

type Masks = ReadonlyMap<string, { readonly mask: Float32Array }>;
const zeros = (masks: Masks, id: string): number => {
  const { mask } = masks.get(id)!;
  return mask.reduce((sum, kept) => sum + (kept === 0 ? 1 : 0), 0) / mask.length;
};

describe('keeping more weights', () => {
  before(openTestBackend);

  const sparse = NETWORK.decisions.map(({ labels }) => labels.length - 1);

  /** The pruned network grown to a limit, with its masks and bytes before and after. */
  async function grown(
    npu: string,
    seed: number,
    limitOf: (before: number) => number,
  ): Promise<{ before: Masks; after: Masks; bytes: number; reported: number; start: number; limit: number }> {
    const target = findTarget(npu);
    const network = new ConcreteNetwork(
      instantiate(NETWORK, sparse),
      taskNamed('classification'),
      freshTensors(seed),
      0,
    );
    try {
      await network.pruneTo(1);
      await network.fitSteps();
      const [start, before] = [await exactBytes(network, target), await network.masks()];
      const limit = limitOf(start);
      const reported = await grow(network, target, limit, leastSparsities(NETWORK));
      return { before, after: await network.masks(), bytes: await exactBytes(network, target), reported, start, limit };
    } finally {
      network.dispose();
    }
  }

  it('fills what the limit leaves, but for a few granules of the encoding', async function () {
    this.timeout(30_000);
    for (const npu of ['ethos-u55-128', 'ethos-u85-256', 'generic-npu', 'generic-bitmask']) {
      for (const seed of [1, 2]) {
        const { before, after, bytes, reported, start, limit } = await grown(npu, seed, (size) =>
          Math.round(1.1 * size),
        );
        assert.equal(reported, bytes);
        assert.ok(bytes <= limit && bytes > start, `${npu}: from ${start} to ${bytes} of ${limit}`);
        assert.ok(bytes >= limit - 48, `${npu}: ${bytes} of ${limit}`);
        for (const [id, { mask }] of before)
          mask.forEach((kept, i) => {
            assert.ok(after.get(id)!.mask[i]! >= kept, `${id} loses weight ${i}`);
          });
        assert.equal(zeros(after, FIXED), zeros(before, FIXED), 'what is no choice stays');
      }
    }
  });

  it('keeps the sparsity that is the least on offer, however much room there is', async () => {
    const { after, bytes, start } = await grown('ethos-u55-128', 1, () => 1e6);
    assert.ok(bytes > start);
    assert.equal(zeros(after, FREE), Math.round(0.25 * 108) / 108);
  });

  it('does nothing over the limit, at it, and where zeros save nothing', async () => {
    const limits: readonly (readonly [npu: string, share: number])[] = [
      ['ethos-u55-128', 0.9],
      ['ethos-u55-128', 1],
      ['mcu-packed', 2],
    ];
    for (const [npu, share] of limits) {
      const { before, after, bytes, start } = await grown(npu, 1, (size) => share * size);
      assert.equal(bytes, start);
      for (const [id, { mask }] of before) assert.deepEqual(after.get(id)!.mask, mask);
    }
  });
});
