/** What is left of the budget after training, spent on bits and density: never over it, only upwards, nothing else. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instantiate } from '../../../src/network/architecture.ts';
import type { Assignment, DecisionKind } from '../../../src/network/types.ts';
import { topUp } from '../../../src/strategies/session/top-up.ts';
import type { WorkOf } from '../../../src/strategies/session/work-of.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { freshTensors } from '../../../src/training/trained/initial-tensors.ts';
import { ConcreteNetwork } from '../../../src/training/trained/trained-network.ts';
import { exactBytes } from '../../../src/training/trained/trim.ts';
import { networkOf, openTestBackend } from './support.ts';

const NETWORK = networkOf(`search: { bits: 4 | 2 | 8, sparsity: 0.25 | 0.75 | 0 }
layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, filters: 4 | 8 }
  - { name: block, op: skip | conv, kernel: 3x3, filters: 8 | 12 }
  - { name: fixed, op: conv, kernel: 3x3, filters: 8, bits: 4, sparsity: 0.5 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4, bits: 8 }
`);
/** Formats in which zeros save bytes, and one in which they do not. */
const TARGETS = ['ethos-u55-128', 'generic-npu', 'generic-bitmask', 'mcu-packed'] as const;
/** Which way each kind may go. */
const UPWARDS: Readonly<Partial<Record<DecisionKind, (after: number, before: number) => boolean>>> = {
  bits: (after, before) => after > before,
  sparsity: (after, before) => after < before,
};

const problem = fc.record({
  npu: fc.constantFrom(...TARGETS),
  assignment: fc.tuple(...NETWORK.decisions.map(({ labels }) => fc.nat(labels.length - 1))),
  logits: fc.tuple(
    ...NETWORK.decisions.map(({ labels }) =>
      fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: labels.length, maxLength: labels.length }),
    ),
  ),
  seed: fc.integer({ min: 1, max: 1000 }),
  /** Of the budget beside what the network takes before. */
  room: fc.double({ min: 0.95, max: 3, noNaN: true }),
  floor: fc.double({ min: 0.5, max: 1, noNaN: true }),
});
const FIXED = { seed: 13, numRuns: 16 } as const;

interface Spent {
  readonly before: number;
  readonly budgetBytes: number;
  readonly floorBytes: number;
  readonly after: Assignment;
  /** Exact bytes of the network as it is decided again. */
  readonly bytes: number;
}

type Problem = typeof problem extends fc.Arbitrary<infer T> ? T : never;

/** Tops a pruned network on its grids up, and decides it again. */
async function spent({ npu, assignment, logits, seed, room, floor }: Problem, work?: WorkOf): Promise<Spent> {
  const target = findTarget(npu);
  const network = new ConcreteNetwork(
    instantiate(NETWORK, assignment),
    taskNamed('classification'),
    freshTensors(seed),
    0,
  );
  try {
    await network.pruneTo(1);
    await network.fitSteps();
    const before = await exactBytes(network, target);
    const codes = await network.integerWeights();
    const budgetBytes = Math.round(room * before);
    const limits = { budgetBytes, floorBytes: floor * budgetBytes, work };
    const after = await topUp(NETWORK, network, target, assignment, logits, limits);
    assert.deepEqual(await network.integerWeights(), codes, 'the network itself stays as it is');
    assert.deepEqual(await topUp(NETWORK, network, target, assignment, logits, limits), after, 'the same again');
    await network.redecide(instantiate(NETWORK, after));
    return { before, budgetBytes, floorBytes: limits.floorBytes, after, bytes: await exactBytes(network, target) };
  } finally {
    network.dispose();
  }
}

/** Fails where anything but bits and sparsities of layers that are there has changed, or one downwards. */
function assertUpwards(before: Assignment, after: Assignment): void {
  const there = new Set(instantiate(NETWORK, before).operations.map(({ layer }) => layer));
  NETWORK.decisions.forEach(({ kind, id, options, sites }, d) => {
    if (after[d] === before[d]) return;
    const upwards = UPWARDS[kind];
    assert.ok(upwards, `${id} is neither bits nor sparsity`);
    assert.ok(upwards(options[after[d]!] as number, options[before[d]!] as number), id);
    assert.ok(
      sites.some(({ layer }) => there.has(layer)),
      `${id} decides nothing`,
    );
  });
}

describe('spending the rest of the budget on bits and density', () => {
  before(openTestBackend);

  it('is never over the budget, never takes bytes away, and changes only what it may, only upwards', async () => {
    let changed = 0;
    await fc.assert(
      fc.asyncProperty(problem, async (one) => {
        const { before, after, bytes, budgetBytes, floorBytes } = await spent(one);
        assertUpwards(one.assignment, after);
        if (after.join() === one.assignment.join()) {
          assert.equal(bytes, before);
          return;
        }
        changed++;
        assert.ok(before < floorBytes, 'what uses the budget stays');
        assert.ok(bytes <= budgetBytes, `${bytes} of ${budgetBytes}`);
        assert.ok(bytes >= before, `${before} to ${bytes}`);
      }),
      FIXED,
    );
    assert.ok(changed > 1, `${changed} changed`);
  });

  it('leaves a network that is over the budget, or uses it, as it is', async () => {
    await fc.assert(
      fc.asyncProperty(problem, fc.constantFrom(0.5, 1, 1.3, 1.6), async (one, room) => {
        assert.deepEqual((await spent({ ...one, room, floor: 0.6 })).after, one.assignment);
      }),
      { ...FIXED, numRuns: 8 },
    );
  });

  it('takes nothing away, though the search prefers fewer bits and more zeros', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async (one) => {
        const logits = NETWORK.decisions.map(({ kind, options }) =>
          options.map((value) => Number(value) * (kind === 'bits' ? -1 : kind === 'sparsity' ? 10 : 0) || 0),
        );
        const { before, after, bytes } = await spent({ ...one, logits: logits as never, room: 2, floor: 0.55 });
        assertUpwards(one.assignment, after);
        assert.ok(bytes >= before, `${before} to ${bytes}`);
      }),
      { ...FIXED, numRuns: 6 },
    );
  });

  it('takes the most bits and the least zeros of every layer where there is room for all', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async (one) => {
        // Nothing is preferred, so that only bytes count.
        const logits = one.logits.map((row) => row.map(() => 0)) as Problem['logits'];
        const { after } = await spent({ ...one, npu: 'ethos-u55-128', logits, room: 1e3, floor: 1 });
        for (const { layerName, kind, bits, sparsity } of instantiate(NETWORK, after).operations) {
          const offered = { stem: [8, 0], block: [8, 0], fixed: [4, 0.5], logits: [8, 0] }[layerName];
          if (kind === 'conv') assert.deepEqual([bits, sparsity], offered, layerName);
        }
      }),
      { ...FIXED, numRuns: 3 },
    );
  });

  it('asks the limits on work of every network that it comes to', async () => {
    const one: Problem = {
      ...fc.sample(problem, { seed: 1, numRuns: 1 })[0]!,
      npu: 'ethos-u55-128',
      assignment: NETWORK.decisions.map(({ kind }) => (kind === 'bits' || kind === 'sparsity' ? 1 : 0)) as never,
      room: 4,
      floor: 1,
    };
    const free = await spent(one);
    assert.notDeepEqual(free.after, one.assignment);
    assert.deepEqual((await spent(one, () => false)).after, one.assignment);
    // A limit on what is fetched in all, halfway to what the budget lets it come to.
    const limit = (free.before + free.bytes) / 2;
    const fetched = new Map<string, number>();
    const limited = await spent(one, (architecture, stored) => {
      assert.equal(stored.length, architecture.operations.length);
      const bytes = stored.reduce((sum, size) => sum + (size?.weightBytes ?? 0), 0);
      fetched.set(JSON.stringify(architecture), bytes);
      return bytes <= limit;
    });
    assertUpwards(one.assignment, limited.after);
    assert.notDeepEqual(limited.after, one.assignment);
    assert.ok(fetched.get(JSON.stringify(instantiate(NETWORK, limited.after)))! <= limit);
  });
});
