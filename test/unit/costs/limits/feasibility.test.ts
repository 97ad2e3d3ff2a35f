/** Whether something fits several limits at once, against every architecture of small spaces. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instantiate } from '../../../../src/network/architecture.ts';
import type { Network } from '../../../../src/network/types.ts';
import { limitsThatHold } from '../../../../src/costs/limits/holding-limits.ts';
import type { Limit } from '../../../../src/wire/limits.ts';
import { feasibility, refusalText, type Refusal } from '../../../../src/costs/limits/feasibility.ts';
import { SizeExpression } from '../../../../src/costs/weights/expression/size-expression.ts';
import { workRange } from '../../../../src/costs/limits/work-range.ts';
import { allWithin, leastMemory } from '../../../../src/costs/activations/least-memory.ts';
import { activationMemory } from '../../../../src/costs/activations/activation-memory.ts';
import { checkReport } from '../../../../src/costs/check/check-report.ts';
import { runs } from '../../../../src/targets/runnable.ts';
import { findTarget } from '../../../../src/targets/find-target.ts';
import { allAssignments, definition, networkOf } from '../support/random-networks.ts';

const U55 = findTarget('ethos-u55-128');
const MCU = findTarget('stm32f746');

const limits = (weights: number, activations: number): readonly Limit[] => [
  { cost: 'weights', limit: weights, from: 'definition' },
  { cost: 'activations', limit: activations, from: 'definition' },
];

const peakOf = (network: Network, assignment: readonly number[], target = U55): number =>
  activationMemory(instantiate(network, assignment), target).peakBytes;

/** Both costs of every architecture. */
function costs(network: Network): { weights: number; activations: number }[] {
  const expression = new SizeExpression(network, U55);
  return [...allAssignments(network)].map((assignment) => ({
    weights: expression.estimate(assignment),
    activations: peakOf(network, assignment),
  }));
}

const OPS = ['conv', 'ibn', 'conv | ibn', 'ibn | dsconv', 'conv | fused-ibn | dsconv'];
const layer = fc.record({
  op: fc.constantFrom(...OPS),
  filters: fc.constantFrom('8', '4 | 12', '16 | 6'),
  expand: fc.constantFrom('2', '3 | 2'),
  stride: fc.constantFrom(1, 2),
  grid: fc.constantFrom('', ', bits: 8 | 4', ', sparsity: 0.75 | 0', ', bits: 4 | 2, sparsity: 0 | 0.5'),
  skips: fc.boolean(),
});

/** Spaces of at most a few hundred architectures, in which operators with few weights have large tensors. */
const small = fc
  .tuple(layer, layer)
  .map(([first, second]) =>
    networkOf(
      definition(`${[first, second]
        .map(
          ({ op, filters, expand, stride, grid, skips }, i) =>
            `  - { name: l${i}, op: ${op}${i === 1 && skips ? ' | skip' : ''}, kernel: 3x3, filters: ${skips && i === 1 ? '8' : filters}, ${op.includes('ibn') ? `expand: ${expand}, ` : ''}stride: ${skips && i === 1 ? 1 : stride}${grid} }`,
        )
        .join('\n')}
  - { name: p, op: global-average-pool }
  - { name: d, op: dense, units: 3 }`),
    ),
  )
  .filter(({ architectures }) => architectures <= 256n);

const TRADE = definition(
  `  - { name: stem, op: conv, kernel: 3x3, filters: 8 }
  - { name: block, op: ibn | conv, kernel: 5x5, filters: 16, expand: 2, stride: 2 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6 }`,
  { input: '32x16x1' },
);

describe('feasibility', () => {
  it('names a limit as the chip’s where the definition states none', () => {
    const network = networkOf(
      definition(
        '  - { name: c, op: conv, kernel: 3x3, filters: 24 }\n  - { name: p, op: global-average-pool }\n  - { name: d, op: dense, units: 2 }',
        { input: '160x160x1', npu: 'stm32f746' },
      ),
    );
    const { refusal } = feasibility(network, MCU, limitsThatHold(network.definition.target, MCU));
    assert.equal(refusal?.limit, 'activations');
    assert.match(
      refusalText(refusal),
      /^the budget of 320\sKiB, the memory of the chip, for activations cannot be met: the smallest architecture needs 640,000 B \(625\sKiB\), 312,320 B more\. Raise it to at least 640,000 B/,
    );
    assert.equal(checkReport(network, MCU).refusal, refusalText(refusal));
  });

  it('says of small spaces what trying every architecture says, and how much would do', () => {
    fc.assert(
      fc.property(small, fc.nat(), fc.nat(), (network, a, b) => {
        const all = costs(network);
        // Limits at and just below what architectures need: the edges.
        const [weights, activations] = [
          all[a % all.length]!.weights - (a % 2),
          all[b % all.length]!.activations - (b % 2),
        ];
        const fitting = all.filter((one) => one.weights <= weights && one.activations <= activations);
        const { assignment, refusal } = feasibility(network, U55, limits(weights, activations));
        assert.equal(refusal === undefined, fitting.length > 0);
        if (!refusal) {
          assert.ok(
            new SizeExpression(network, U55).estimate(assignment) <= weights &&
              peakOf(network, assignment) <= activations,
          );
          return;
        }
        const { needed } = refusal;
        const least = (cost: 'weights' | 'activations', among = all): number =>
          Math.min(...among.map((one) => one[cost]));
        if (refusal.limit === 'weights') assert.equal(needed.weights, Math.ceil(least('weights')));
        if (refusal.limit === 'activations') assert.equal(needed.activations, least('activations'));
        if (refusal.limit !== 'both') return;
        if (refusal.proven)
          assert.equal(
            needed.weights,
            Math.ceil(
              least(
                'weights',
                all.filter((one) => one.activations <= activations),
              ),
            ),
          );
        // Each change that is advised makes room by itself.
        assert.ok(!feasibility(network, U55, limits(needed.weights!, activations)).refusal);
        assert.ok(!feasibility(network, U55, limits(weights, needed.activations!)).refusal);
      }),
      { numRuns: 60, seed: 11, endOnFailure: true },
    );
  });

  it('looks at spaces of thousands whole, also where memories belong to processors', function () {
    this.timeout(30_000);
    const wide = fc.record({
      ops: fc.constantFrom('conv | ibn | dsconv', 'dsconv | ibn', 'conv | fused-ibn'),
      expand: fc.constantFrom('3 | 1 | 2', '4 | 2'),
    });
    const spaces = fc
      .tuple(wide, wide)
      .map((blocks) =>
        blocks
          .map(
            ({ ops, expand }, i) =>
              `  - { name: l${i}, op: ${ops}, kernel: 5x5 | 3x3, filters: 12 | 3 | 6, expand: ${expand}, bits: 4 }`,
          )
          .join('\n'),
      );
    fc.assert(
      fc.property(spaces, fc.nat(), fc.nat(), (blocks, a, b) => {
        const network = networkOf(
          definition(`${blocks}\n  - { name: p, op: global-average-pool }\n  - { name: d, op: dense, units: 3 }`),
        );
        const all = costs(network);
        assert.ok(all.length > 512 && all.length <= 4096, `${all.length}`);
        const [weights, activations] = [
          all[a % all.length]!.weights - (a % 2),
          all[b % all.length]!.activations - (b % 2),
        ];
        const within = all.filter((one) => one.activations <= activations).map((one) => one.weights);
        const { assignment, refusal } = feasibility(network, U55, limits(weights, activations));
        assert.equal(
          refusal === undefined,
          within.some((bytes) => bytes <= weights),
        );
        if (!refusal)
          assert.equal(
            new SizeExpression(network, U55).estimate(assignment) <= weights &&
              peakOf(network, assignment) <= activations,
            true,
          );
        if (refusal?.limit === 'both')
          assert.deepEqual([refusal.proven, refusal.needed.weights], [true, Math.ceil(Math.min(...within))]);
      }),
      { numRuns: 6, seed: 4, endOnFailure: true },
    );
    const max = findTarget('max78000');
    const network = networkOf(
      definition(
        '  - { name: a, op: conv, kernel: 3x3, filters: 64 | 256 | 8, bits: 8 | 2 }\n  - { name: b, op: conv, kernel: 3x3, filters: 512 | 16 }\n  - { name: p, op: global-average-pool }\n  - { name: d, op: dense, units: 4 }',
        { npu: 'max78000', input: '16x16x3' },
      ),
    );
    const peaks = [...allAssignments(network)]
      .filter((one) => runs(max, instantiate(network, one)))
      .map((one) => peakOf(network, one, max));
    assert.equal(feasibility(network, max, limits(1e6, Math.min(...peaks))).refusal, undefined);
    assert.deepEqual(feasibility(network, max, limits(1e6, Math.min(...peaks) - 1)).refusal?.needed, {
      activations: Math.min(...peaks),
    });
  });

  it('takes `conv` where `ibn` has fewer weights but more activations', () => {
    const network = networkOf(TRADE);
    const { assignment, refusal } = feasibility(network, U55, limits(16 << 10, 10 << 10));
    assert.equal(refusal, undefined);
    assert.deepEqual(assignment, [1]);
    assert.deepEqual(feasibility(network, U55, limits(16 << 10, 64 << 10)).assignment, [0]);
  });

  it('says of two limits that no architecture meets together how much of either would do', () => {
    const network = networkOf(TRADE);
    const all = costs(network);
    const [ibn, conv] = all as [(typeof all)[0], (typeof all)[0]];
    const { refusal } = feasibility(network, U55, limits(ibn.weights, conv.activations));
    assert.deepEqual(
      [refusal?.limit, refusal?.proven, refusal?.needed],
      ['both', true, { weights: Math.ceil(conv.weights), activations: ibn.activations }],
    );
    assert.match(
      refusalText(refusal!),
      /cannot be met together: each can alone.*Raise the budget for activations to .* or the one for weights to /,
    );
  });

  it('finds the least memory of small spaces, and never more than it proves in large ones', () => {
    fc.assert(
      fc.property(small, (network) => {
        const least = leastMemory(
          network,
          U55,
          network.decisions.map(() => 0),
        );
        assert.equal(least.peakBytes, Math.min(...costs(network).map(({ activations }) => activations)));
        assert.equal(least.boundBytes, least.peakBytes);
      }),
      { numRuns: 40, seed: 3, endOnFailure: true },
    );
    const blocks = Array.from(
      { length: 20 },
      (_, i) => `  - { name: b${i}, op: ibn | dsconv | conv, kernel: 3x3, filters: 8 | 16, expand: 2 | 4 }`,
    ).join('\n');
    const network = networkOf(
      definition(`${blocks}\n  - { name: p, op: global-average-pool }\n  - { name: d, op: dense, units: 4 }`),
    );
    const least = leastMemory(
      network,
      MCU,
      network.decisions.map(() => 0),
    );
    // One convolution from 8 to 8 channels beside its input, everywhere.
    assert.equal(least.peakBytes, 16 * 16 * 16);
    assert.equal(least.boundBytes, least.peakBytes);
    assert.equal(feasibility(network, MCU, limits(1e6, least.peakBytes)).refusal, undefined);
    const refusal = feasibility(network, MCU, limits(1e6, least.peakBytes - 1)).refusal;
    assert.deepEqual([refusal?.limit, refusal?.proven], ['activations', true]);
  });

  it('says that all fit only where the architecture with the most activation memory does', () => {
    fc.assert(
      fc.property(small, (network) => {
        const most = Math.max(...costs(network).map(({ activations }) => activations));
        assert.equal(allWithin(network, U55, most), true);
        assert.equal(allWithin(network, U55, most - 1), false);
      }),
      { numRuns: 40, seed: 5, endOnFailure: true },
    );
    const network = networkOf(TRADE);
    const activations = costs(network).map((cost) => cost.activations);
    const report = (bytes: number): boolean | undefined =>
      checkReport(networkOf(TRADE.replace('npu: ethos-u55-128', `npu: ethos-u55-128, activations: ${bytes}`)), U55, {
        weights: 1e6,
      }).allFit;
    // The one with fewer weights is the one with more activations.
    assert.ok(activations[0]! > activations[1]!);
    assert.deepEqual(
      [report(activations[1]!), report(activations[0]! - 1), report(activations[0]!)],
      [false, false, true],
    );
  });
});

describe('limits that members of an ensemble share', () => {
  const one = definition(`  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }`);
  const several = (members: number, more = ''): Network =>
    networkOf(one.replace('layers:', `ensemble: { members: ${members}${more} }\nlayers:`));

  it('are met where as many of the smallest architecture as there are members meet them', () => {
    for (const members of [2, 3]) {
      const { bytes } = new SizeExpression(networkOf(one), U55).smallest();
      const at = (budget: number): Refusal | undefined =>
        feasibility(several(members), U55, [{ cost: 'weights', limit: budget, from: 'given' }]).refusal;
      const least = members * Math.ceil(bytes);
      assert.equal(at(least), undefined);
      const refusal = at(least - 1)!;
      assert.equal(refusal.members, members);
      assert.ok(refusal.needed.weights! >= members * bytes);
      assert.equal(at(refusal.needed.weights!), undefined);
      assert.match(refusalText(refusal), new RegExp(`${members} members of the smallest architecture need`));
    }
  });

  it('leave the activations whole', () => {
    const network = networkOf(one);
    const peak = leastMemory(network, U55, new SizeExpression(network, U55).smallest().assignment).peakBytes;
    assert.equal(feasibility(several(3), U55, limits(1e6, peak)).refusal, undefined);
    assert.equal(feasibility(several(3), U55, limits(1e6, peak - 1)).refusal!.needed.activations, peak);
  });

  it('on the mean are what the first takes by itself, whatever the number of members', () => {
    const least = workRange('cycles', networkOf(one), U55, new SizeExpression(networkOf(one), U55))!.smallest;
    for (const members of [2, 3]) {
      const at = (cycles: number, joint: readonly Limit[] = limits(1e6, 1e6)): Refusal | undefined =>
        feasibility(several(members, `, cycles: ${cycles}`), U55, joint).refusal;
      assert.equal(at(least), undefined);
      const refusal = at(least - 1)!;
      assert.deepEqual([refusal.limit, refusal.needed, refusal.means], ['cycles', { cycles: least }, ['cycles']]);
      const text = refusalText(refusal);
      assert.match(
        text,
        /for cycles in the mean cannot be met: as the first member the smallest architecture (found )?needs/,
      );
      assert.doesNotMatch(text, /fewer members/);
      // A limit on all members together may be the tighter one, and is then the one that is named.
      const joint: readonly Limit[] = [{ cost: 'cycles', limit: members * (least - 1), from: 'definition' }];
      assert.deepEqual(at(2 * least, joint)!.needed, { cycles: members * least });
      assert.deepEqual(at(2 * least, joint)!.means, []);
    }
  });

  it('on the mean are told by the table of a definition', () => {
    const report = checkReport(several(2, ', cycles: 1'), U55, { weights: 1e6, activations: 1e6 });
    assert.deepEqual([report.feasible, report.allFit], [false, false]);
    assert.match(report.refusal!, /in the mean cannot be met/);
    // No number of cycles is known of this one: who asks says so.
    assert.equal(feasibility(several(2, ', cycles: 1'), MCU, limits(1e6, 1e6)).refusal, undefined);
  });
});
