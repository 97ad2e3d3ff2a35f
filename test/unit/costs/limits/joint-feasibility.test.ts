/** Any number of limits at once, against every architecture of small spaces, and what a refusal advises. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { boundedBy } from '../../../../src/costs/activations/bounded-target.ts';
import { COSTS } from '../../../../src/costs/cost-table.ts';
import { feasibility, refusalText } from '../../../../src/costs/limits/feasibility.ts';
import { limitsThatHold, unknownCosts } from '../../../../src/costs/limits/holding-limits.ts';
import { SizeExpression } from '../../../../src/costs/weights/expression/size-expression.ts';
import { parseBytes } from '../../../../src/language/byte-units.ts';
import { parseCount, parseSeconds } from '../../../../src/language/quantity-units.ts';
import type { Network } from '../../../../src/network/types.ts';
import { findTarget, type Target } from '../../../../src/targets/find-target.ts';
import { COST_NAMES, type CostName, type Limit } from '../../../../src/wire/limits.ts';
import { allAssignments, definition, networkOf } from '../support/random-networks.ts';

const U55 = findTarget('ethos-u55-128');
const MAX = findTarget('max78000');

type Costs = Readonly<Record<CostName, number>>;

/** Every cost of every architecture that the target has. */
function costsOfAll(network: Network, target: Target): Partial<Costs>[] {
  const sizes = new SizeExpression(network, target);
  const spaces = COST_NAMES.filter((name) => COSTS[name].missing(target) === undefined).map(
    (name) => [name, COSTS[name].over(network, target, sizes)] as const,
  );
  return [...allAssignments(network)].map(
    (assignment) => Object.fromEntries(spaces.map(([name, space]) => [name, space.of(assignment)])) as Partial<Costs>,
  );
}

const layer = fc.record({
  op: fc.constantFrom('conv', 'ibn | conv', 'ibn | dsconv', 'conv | dsconv | skip'),
  kernel: fc.constantFrom('3x3', '5x5 | 3x3', '1x1 | 5x5'),
  filters: fc.constantFrom('8', '4 | 12', '16 | 6'),
  grid: fc.constantFrom('', ', bits: 8 | 4', ', sparsity: 0.75 | 0'),
});

const small = fc
  .tuple(layer, layer)
  .map(([first, second]) =>
    networkOf(
      definition(`${[first, second]
        .map(({ op, kernel, filters, grid }, i) => {
          const skips = op.includes('skip');
          return `  - { name: l${i}, op: ${op}, kernel: ${kernel}, filters: ${skips ? '8' : filters}, ${op.includes('ibn') ? 'expand: 2, ' : ''}stride: 1${grid} }`;
        })
        .join('\n')}
  - { name: p, op: global-average-pool }
  - { name: d, op: dense, units: 3 }`),
    ),
  )
  .filter(({ architectures }) => architectures <= 400n);

/** Which costs are limited, by which architecture's, and a little below it or at it. */
const lowest = fc.constant(Array.from({ length: 5 }, () => ({ at: 0, below: false })));
const some = fc.array(fc.record({ at: fc.nat(), below: fc.boolean() }), { minLength: 5, maxLength: 5 });
const picks = fc.oneof({ weight: 2, arbitrary: some }, { weight: 1, arbitrary: lowest });
const limited = fc.subarray([...COST_NAMES], { minLength: 1 });

function limitsFrom(
  all: readonly Partial<Costs>[],
  names: readonly CostName[],
  from: readonly { at: number; below: boolean }[],
): Limit[] {
  return names.map((cost, i) => {
    const { at, below } = from[i]!;
    // Low ones more often: there limits get into each other's way.
    const values = [...new Set(all.map((one) => one[cost]!))].sort((a, b) => a - b);
    const value = values[(at * at) % Math.ceil(values.length / (1 + (at % 5)))]!;
    return { cost, limit: below ? value * (1 - 1e-6) : value, from: 'definition' };
  });
}

const isWithin = (one: Partial<Costs>, limits: readonly Limit[], without?: CostName): boolean =>
  limits.every(({ cost, limit }) => cost === without || one[cost]! <= limit);

describe('feasibility of several limits', () => {
  it('refuses exactly where trying every architecture finds nothing, and advises what makes room', function () {
    this.timeout(120_000);
    const kinds = { fits: 0, single: 0, together: 0, none: 0 };
    fc.assert(
      fc.property(small, limited, picks, (network, names, from) => {
        const limits = limitsFrom(costsOfAll(network, U55), names, from);
        // A limit on activations decides how much of the weights may be copied, and so the cycles.
        const all = costsOfAll(network, boundedBy(U55, limits));
        const fitting = all.filter((one) => isWithin(one, limits));
        const { assignment, refusal } = feasibility(network, U55, limits);
        assert.equal(refusal === undefined, fitting.length > 0);
        if (!refusal) {
          const index = [...allAssignments(network)].findIndex((one) => one.join() === assignment.join());
          assert.ok(isWithin(all[index]!, limits));
          kinds.fits++;
          return;
        }
        assert.ok(refusalText(refusal).includes('cannot be met'));
        const least = (cost: CostName, among: readonly Partial<Costs>[]): number =>
          Math.min(...among.map((one) => one[cost]!));
        if (refusal.limit !== 'both' && refusal.limit !== 'together') {
          const needed = refusal.needed[refusal.limit]!;
          const lowest = least(refusal.limit, all);
          assert.ok(needed >= lowest && needed <= Math.ceil(lowest * (1 + 1e-9)), `${needed} for ${lowest}`);
          kinds.single++;
          return;
        }
        for (const cost of names) {
          const others = all.filter((one) => isWithin(one, limits, cost));
          if (refusal.proven) assert.equal(cost in refusal.needed, others.length > 0, `${cost}`);
          if (cost in refusal.needed && refusal.proven)
            assert.ok(refusal.needed[cost]! - least(cost, others) < 1 && refusal.needed[cost]! >= least(cost, others));
        }
        const raised = (amounts: Readonly<Partial<Record<CostName, number>>>): readonly Limit[] =>
          limits.map((one) => ({ ...one, limit: Math.max(one.limit, amounts[one.cost] ?? 0) }));
        for (const [cost, amount] of Object.entries(refusal.needed))
          assert.equal(feasibility(network, U55, raised({ [cost]: amount })).refusal, undefined);
        if (Object.keys(refusal.needed).length === 0) {
          assert.equal(feasibility(network, U55, raised(refusal.all!)).refusal, undefined);
          kinds.none++;
        } else kinds.together++;
      }),
      { numRuns: 150, seed: 21, endOnFailure: true },
    );
    // Every kind of answer was met.
    assert.ok(
      Object.values(kinds).every((count) => count > 0),
      JSON.stringify(kinds),
    );
  });

  it('writes what is needed so that, written into the definition, it is enough', () => {
    const text = (limit: string): string =>
      definition(
        '  - { name: a, op: conv, kernel: 5x5, filters: 24 | 16 }\n  - { name: p, op: global-average-pool }\n  - { name: d, op: dense, units: 3 }',
      ).replace('npu: ethos-u55-128', `npu: ethos-u55-128, ${limit}`);
    for (const [limit, read] of [
      ['weights: 100', parseBytes],
      ['activations: 100', parseBytes],
      ['latency: 1 us', parseSeconds],
      ['cycles: 100', parseCount],
      ['macs: 100', parseCount],
    ] as const) {
      const network = networkOf(text(limit));
      const [key] = limit.split(':') as [CostName];
      const limits = limitsThatHold(network.definition.target, U55);
      const { refusal } = feasibility(network, U55, limits);
      assert.equal(refusal?.limit, key);
      const advised = /Raise it to at least ([\d.,]+\s?(?:B|µs|ms)?)/
        .exec(refusalText(refusal))?.[1]
        ?.replaceAll(',', '');
      assert.ok(advised !== undefined, refusalText(refusal));
      const enough = networkOf(text(`${key}: ${advised.replace(' ', ' ')}`));
      assert.equal(enough.definition.target[key], read(advised));
      assert.equal(feasibility(enough, U55, limitsThatHold(enough.definition.target, U55)).refusal, undefined, advised);
    }
  });

  it('finds in large spaces one that was made to be there, and never one that is over', function () {
    this.timeout(120_000);
    const block = fc.constantFrom('conv | dsconv', 'dsconv | ibn', 'conv | ibn | dsconv');
    const large = fc
      .array(block, { minLength: 5, maxLength: 5 })
      .map((ops) =>
        networkOf(
          definition(
            `${ops.map((op, i) => `  - { name: b${i}, op: ${op}, kernel: 3x3 | 5x5, filters: 8 | 16 | 24, ${op.includes('ibn') ? 'expand: 2 | 3, ' : ''}bits: 8 | 4 }`).join('\n')}\n  - { name: p, op: global-average-pool }\n  - { name: d, op: dense, units: 3 }`,
          ),
        ),
      );
    let [met, found] = [0, 0];
    fc.assert(
      fc.property(large, fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), limited, (network, at, names) => {
        assert.ok(network.architectures > 4096n);
        const sizes = new SizeExpression(network, U55);
        const spaces = names.map((name) => ({ name, space: COSTS[name].over(network, U55, sizes) }));
        const planted = network.decisions.map(({ labels }, d) => at[d]! % labels.length);
        const limits = spaces.map(({ name, space }): Limit => ({
          cost: name,
          limit: space.of(planted),
          from: 'given',
        }));
        const { assignment, refusal } = feasibility(network, U55, limits, sizes);
        met++;
        if (refusal) return;
        found++;
        for (const [i, { space }] of spaces.entries()) assert.ok(space.of(assignment) <= limits[i]!.limit);
      }),
      { numRuns: 20, seed: 3, endOnFailure: true },
    );
    assert.ok(found >= 0.9 * met, `${found} of ${met}`);
  });

  it('asks where memories belong to processors for what runs there as a whole', () => {
    const network = networkOf(
      definition(
        '  - { name: a, op: conv, kernel: 3x3, filters: 64 | 256 | 8 }\n  - { name: p, op: global-average-pool }\n  - { name: d, op: dense, units: 4 }',
        { npu: 'max78000', input: '16x16x3' },
      ),
    );
    const macs = COSTS.macs.over(network, MAX, new SizeExpression(network, MAX));
    const { value } = macs.smallest();
    const limits = (limit: number): Limit[] => [{ cost: 'macs', limit, from: 'definition' }];
    assert.equal(feasibility(network, MAX, limits(value)).refusal, undefined);
    assert.equal(feasibility(network, MAX, limits(value - 1)).refusal?.limit, 'macs');
    const unknown = unknownCosts(MAX, [
      ...limits(1),
      { cost: 'latency', limit: 1, from: 'definition' },
      { cost: 'cycles', limit: 1, from: 'given' },
    ]);
    assert.deepEqual(
      unknown.map(({ limit }) => limit.cost),
      ['latency', 'cycles'],
    );
  });

  it('advises to raise no limit where none is known that would do', () => {
    const limits: Limit[] = [
      { cost: 'weights', limit: 1000, from: 'given' },
      { cost: 'macs', limit: 1000, from: 'given' },
    ];
    assert.match(
      refusalText({ limit: 'together', needed: {}, all: {}, limits, proven: false }),
      /by different architectures\. Offer operators that need less of both\.$/,
    );
  });
});
