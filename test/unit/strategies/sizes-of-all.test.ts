/**
 * Small spaces are decided by what the encoder says of each of their architectures: against brute force over random
 * definitions.
 */
import { limitsOf } from '../../fixtures/run-parts.ts';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instantiate } from '../../../src/network/architecture.ts';
import type { Network } from '../../../src/network/types.ts';
import { SizeExpression } from '../../../src/costs/weights/expression/size-expression.ts';
import { activationMemory } from '../../../src/costs/activations/activation-memory.ts';
import { everyAssignment } from '../../../src/network/space-moves.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { allowedOptions } from '../../../src/strategies/space/allowed-options.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { SupernetPhase } from '../../../src/strategies/udc/supernet-phase.ts';
import { SPENT } from '../../../src/strategies/space/budget-use.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { networkOf, openTestBackend } from './support.ts';

const layer = fc.record({
  op: fc.constantFrom('conv', 'dsconv | conv', 'dsconv | skip', 'ibn | skip'),
  filters: fc.constantFrom('3', '12 | 2', '1 | 4 | 20'),
  grid: fc.constantFrom('', ', bits: 8 | 2', ', sparsity: 0.75 | 0', ', bits: 8 | 3, sparsity: 0 | 0.5'),
});

/** Spaces of at most a few dozen architectures; options do not stand in the order of their sizes. */
const small = fc
  .tuple(layer, layer)
  .map(([first, second]) =>
    networkOf(`layers:
  - { name: a, op: conv, kernel: 3x3, stride: 2, filters: ${first.filters}${first.grid} }
  - { name: b, op: ${second.op}, kernel: 3x3, filters: ${second.filters}${second.op.includes('ibn') ? ', expand: 4 | 2' : ''}${second.grid} }
  - { name: p, op: global-average-pool }
  - { name: d, op: dense, units: 4 }
`),
  )
  .filter((network) => [...everyAssignment(network)!].length <= 64);

const TARGETS = ['ethos-u55-128', 'ethos-u85-256', 'generic-npu', 'mcu-packed'];

/** What a decode has to find, by encoding every architecture. */
async function bruteForce(
  phase: SupernetPhase,
  network: Network,
  budget: number,
  fits: (a: readonly number[]) => boolean,
): Promise<{ bytes: number; score: number } | undefined> {
  const { allowed, logits } = phase.decisions;
  const found: { bytes: number; score: number }[] = [];
  for (const assignment of everyAssignment(network)!) {
    if (!fits(assignment) || assignment.some((k, d) => !allowed[d]![k])) continue;
    const { totalBytes } = await phase.sizeOf(assignment);
    if (totalBytes <= budget)
      found.push({ bytes: totalBytes, score: assignment.reduce((sum, k, d) => sum + logits[d]![k]!, 0) });
  }
  const most = Math.max(...found.map(({ bytes }) => bytes));
  return found.filter(({ bytes }) => bytes >= SPENT * most).sort((a, b) => b.score - a.score)[0];
}

describe('a small space', () => {
  before(openTestBackend);

  it('is decided by the exact size of every architecture', async function () {
    this.timeout(60_000);
    let met = 0;
    await fc.assert(
      fc.asyncProperty(
        small,
        fc.constantFrom(...TARGETS),
        fc.nat(),
        fc.boolean(),
        async (network, npu, seed, limited) => {
          const target = findTarget(npu);
          const random = new SeededRandom(seed);
          const size = new SizeExpression(network, target);
          const [least, most] = [size.smallest().bytes, size.largest().bytes];
          const budgetBytes = Math.ceil(least + random.next() * (most - least));
          const peaks = [...everyAssignment(network)!].map(
            (a) => activationMemory(instantiate(network, a), target).peakBytes,
          );
          const activations = limited ? peaks[seed % peaks.length]! : undefined;
          const phase = new SupernetPhase({
            network,
            target,
            task: taskNamed('classification'),
            limits: limitsOf(budgetBytes, activations),
            seed: seed % 100,
            warmupSteps: 0,
            searchSteps: 1,
          });
          try {
            for (const row of phase.decisions.logits)
              row.forEach((_, k) => {
                row[k] = random.normal();
              });
            await phase.sizeAll();
            const expected = await bruteForce(
              phase,
              network,
              budgetBytes,
              (a) => activationMemory(instantiate(network, a), target).peakBytes <= (activations ?? Infinity),
            );
            const { assignment, sized } = await phase.decode();
            assert.equal(phase.field().constraint.bytes(assignment), sized.totalBytes);
            if (!expected) return;
            met++;
            assert.ok(sized.totalBytes <= budgetBytes);
            assert.equal(sized.totalBytes, (await phase.sizeOf(assignment)).totalBytes);
            assert.equal(
              assignment.reduce((sum, k, d) => sum + phase.decisions.logits[d]![k]!, 0),
              expected.score,
            );
            assert.ok(await phase.fit(assignment), 'what was found goes on to the race');
          } finally {
            phase.dispose();
          }
        },
      ),
      { numRuns: 16, seed: 7, endOnFailure: true },
    );
    assert.ok(met >= 8, `${met} of 16 budgets could be met`);
  });

  it('rules out the options that no architecture near the budget has, and no others', () => {
    fc.assert(
      fc.property(
        small,
        fc.constantFrom(...TARGETS),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (network, npu, share) => {
          const size = new SizeExpression(network, findTarget(npu));
          const [smallest, largest] = [size.smallest(), size.largest()];
          const budget = smallest.bytes + share * (largest.bytes - smallest.bytes);
          const allowed = allowedOptions(network, budget, size);
          const near = [...everyAssignment(network)!].filter((assignment) => size.estimate(assignment) <= 1.1 * budget);
          const options = network.decisions.map(({ labels }, d) =>
            labels.map((_, k) => near.some((assignment) => assignment[d] === k)),
          );
          assert.deepEqual(allowed, options);
        },
      ),
      { numRuns: 60, seed: 3, endOnFailure: true },
    );
  });

  it('keeps options of layers that the smallest architecture leaves out, also where their first options are large', () => {
    const blocks = Array.from(
      { length: 6 },
      (_, i) =>
        `  - { name: b${i}, op: skip | ibn, kernel: 5x5 | 3x3, filters: 8, expand: 8 | 2, bits: 8 | 2, sparsity: 0 | 0.75 }\n`,
    ).join('');
    const network = networkOf(
      `layers:\n  - { name: a, op: conv, kernel: 3x3, filters: 8 }\n${blocks}  - { name: p, op: global-average-pool }\n  - { name: d, op: dense, units: 4 }\n`,
    );
    const size = new SizeExpression(network, findTarget('ethos-u55-128'));
    assert.equal(everyAssignment(network), undefined);
    const smallest = size.smallest();
    const operator = network.decisions.findIndex(({ kind }) => kind === 'operator');
    const least = [...smallest.assignment];
    network.decisions.forEach(({ kind, labels, sites }, d) => {
      if (sites[0]!.layer === network.decisions[operator]!.sites[0]!.layer)
        least[d] = kind === 'operator' ? 1 : labels.length - 1;
    });
    const budget = size.estimate(least);
    assert.ok(allowedOptions(network, budget, size)[operator]!.every(Boolean), 'the block fits with its small options');
    assert.ok(!allowedOptions(network, budget / 1.2, size)[operator]!.every(Boolean), 'the block does not fit');
  });
});
