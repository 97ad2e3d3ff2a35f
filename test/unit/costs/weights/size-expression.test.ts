/** The size of a network as an expression: equal to the sum of its operators' sizes wherever both can be had. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instantiate } from '../../../../src/network/architecture.ts';
import type { Network } from '../../../../src/network/types.ts';
import { drained } from '../../../../src/base/steps.ts';
import { storedBytesOf } from '../../../../src/costs/weights/expression/summand.ts';
import { SizeExpression } from '../../../../src/costs/weights/expression/size-expression.ts';
import { follow, planMinimum, type Factor, type Minimum } from '../../../../src/costs/weights/expression/eliminate.ts';
import { Extremes } from '../../../../src/costs/weights/expression/extremes.ts';
import { buildSpace } from '../../../../src/costs/weights/expression/space.ts';
import { findTarget, TARGETS } from '../../../../src/targets/find-target.ts';
import {
  allAssignments,
  architectureBytes,
  assignmentFrom,
  definition,
  networkOf,
  networks,
  oneHot,
  operationBytes,
  probabilitiesFrom,
  seeds,
} from '../support/random-networks.ts';
import { cases } from '../../../cases.ts';

const u55 = findTarget('ethos-u55-128');
const near = (actual: number, expected: number, tolerance = 1e-9): void => {
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);
};
const states = (network: Network): number =>
  network.decisions.reduce((product, { labels }) => product * labels.length, 1);

/** Widths joined, mixed by skipping, multiplied, flattened; operators mixed. */
const SMALL = [
  '  - { name: a, op: conv, kernel: 3x3, filters: 8 | 24 }\n  - { name: b, op: conv | skip, kernel: 3x3, filters: 8 | 16 }\n  - { name: c, op: dsconv | skip, kernel: 3x3 | 5x5, filters: 24 | 40 }\n  - { name: p, op: global-average-pool }\n  - { name: d, op: dense, units: 5, sparsity: 0 | 0.9 }',
  '  - { name: a, op: conv, kernel: 3x3, filters: 8 | 16, bits: 2 | 8 }\n  - { name: r, op: residual | skip, kernel: 3x3, filters: 8 | 16 }\n  - { name: i, op: ibn | dsconv, kernel: 3x3, filters: 12, expand: 2 | 3 }\n  - { name: f, op: flatten }\n  - { name: d, op: dense, units: 5 }',
  '  - { name: a, op: conv, kernel: 3x3, filters: 8 | 16 }\n  - { name: b, op: conv | skip, kernel: 3x3, filters: 16 | 32 }\n  - { name: w, op: dwconv, kernel: 3x3, multiplier: 2, bits: 2 | 4 }\n  - { name: p, op: global-average-pool }\n  - { name: d, op: dense, units: 5 }',
];

/** The least sum of the tables; undefined where one on the way would have more than `limit` entries. */
function minimise(sizes: readonly number[], factors: readonly Factor[], limit: number): Minimum | undefined {
  const plan = planMinimum(
    sizes,
    factors.map(({ scope }) => scope),
    limit,
  );
  return (
    plan &&
    drained(
      follow(
        plan,
        factors.map(({ table }) => table),
      ),
    )
  );
}

describe('size expression', () => {
  it('estimate, one-hot expectation and the sum over operators are equal, on every target', () => {
    fc.assert(
      fc.property(networks(6), seeds, fc.constantFrom(...TARGETS), (network, numbers, target) => {
        const expression = new SizeExpression(network, target);
        const assignment = assignmentFrom(network, numbers);
        const sum = architectureBytes(target, instantiate(network, assignment));
        assert.equal(expression.estimate(assignment), sum);
        near(expression.expected(oneHot(network, assignment)), sum);
        near(
          expression.perLayer(assignment).reduce((a, b) => a + b, 0),
          sum,
        );
      }),
      { numRuns: cases(50, 120), seed: 11 },
    );
  });

  it('the expectation is the mean over all architectures', () => {
    for (const layers of SMALL) {
      const network = networkOf(definition(layers));
      assert.ok(states(network) <= 512);
      const expression = new SizeExpression(network, u55);
      const probabilities = probabilitiesFrom(network, [3, 14, 15, 92, 65, 35, 89]);
      let mean = 0;
      for (const assignment of allAssignments(network)) {
        const share = assignment.reduce((product, k, d) => product * probabilities[d]![k]!, 1);
        mean += share * architectureBytes(u55, instantiate(network, assignment));
      }
      near(expression.expected(probabilities), mean);
      near(
        expression.expectedPerLayer(probabilities).reduce((a, b) => a + b, 0),
        mean,
      );
    }
  });

  it('slopes are conditional expectations and, within a row, derivatives', () => {
    fc.assert(
      fc.property(networks(5), seeds, (network, numbers) => {
        const expression = new SizeExpression(network, u55);
        const probabilities = probabilitiesFrom(network, numbers);
        const { bytes, slopes } = expression.gradient(probabilities);
        near(bytes, expression.expected(probabilities));
        probabilities.forEach((row, d) => {
          const at = (replacement: number[]): number =>
            expression.expected(probabilities.map((other, i) => (i === d ? replacement : other)));
          row.forEach((_, k) => {
            near(slopes[d]![k]!, at(row.map((_p, i) => (i === k ? 1 : 0))));
          });
          const step = 1e-4;
          const difference = (at(row.map((p, i) => p + (i === 0 ? step : i === 1 ? -step : 0))) - bytes) / step;
          near(
            slopes[d]![0]! - slopes[d]![1]!,
            difference,
            1e-6 * Math.max(1, bytes / Math.max(1, Math.abs(difference))),
          );
        });
      }),
      { numRuns: 40, seed: 12 },
    );
  });

  it('smallest and largest are exact', () => {
    fc.assert(
      fc.property(
        fc.oneof(networks(3), fc.constantFrom(...SMALL.map((layers) => networkOf(definition(layers))))),
        (network) => {
          fc.pre(states(network) <= 4000);
          const expression = new SizeExpression(network, u55);
          let [least, most] = [Infinity, 0];
          for (const assignment of allAssignments(network)) {
            const bytes = expression.estimate(assignment);
            least = Math.min(least, bytes);
            most = Math.max(most, bytes);
          }
          const [smallest, largest] = [expression.smallest(), expression.largest()];
          assert.equal(smallest.bytes, least);
          assert.equal(largest.bytes, most);
          assert.equal(expression.estimate(smallest.assignment), least);
          assert.equal(expression.estimate(largest.assignment), most);
        },
      ),
      { numRuns: 60, seed: 13 },
    );
  });

  it('the range of a layer is that of its bytes over all architectures', () => {
    for (const layers of SMALL) {
      const network = networkOf(definition(layers));
      const expression = new SizeExpression(network, u55);
      const all = [...allAssignments(network)].map((assignment) => expression.perLayer(assignment));
      network.layers.forEach((_, layer) => {
        const bytes = all.map((row) => row[layer]!);
        assert.deepEqual(expression.layerRange(layer), { smallest: Math.min(...bytes), largest: Math.max(...bytes) });
      });
    }
  });

  it('no architecture of a large space is smaller than the smallest', () => {
    const chain = Array.from(
      { length: 14 },
      (_, i) =>
        `  - { name: b${i}, op: dsconv | ibn | skip, kernel: 3x3 | 5x5, filters: 8 | 12 | 16 | 24, expand: 1 | 2 }`,
    );
    const network = networkOf(
      definition(
        [
          '  - { name: a, op: conv, kernel: 3x3, filters: 8 | 16 | 40 }',
          ...chain,
          '  - { name: p, op: global-average-pool }',
          '  - { name: d, op: dense, units: 5 }',
        ].join('\n'),
        { search: '{ bits: 2 | 4 | 8, sparsity: 0 | 0.9 }' },
      ),
    );
    const expression = new SizeExpression(network, u55);
    const [smallest, largest] = [expression.smallest(), expression.largest()];
    for (let i = 0; i < 300; i++) {
      const bytes = expression.estimate(
        network.decisions.map(({ labels }, d) => (i * 7919 + d * d * 104729 + i * d) % labels.length),
      );
      assert.ok(smallest.bytes <= bytes && bytes <= largest.bytes);
    }
    for (const [extreme, sign] of [
      [smallest, 1],
      [largest, -1],
    ] as const) {
      network.decisions.forEach(({ labels }, d) =>
        labels.forEach((_, k) => {
          const changed = extreme.assignment.map((value, i) => (i === d ? k : value));
          assert.ok(sign * expression.estimate(changed) >= sign * extreme.bytes);
        }),
      );
    }
  });

  it('without room for tables, descent ends where no single decision helps, and mostly at the exact ends', () => {
    let [exact, all] = [0, 0];
    fc.assert(
      fc.property(networks(4), (network) => {
        const space = drained(buildSpace(network, storedBytesOf(u55)));
        for (const sign of [1, -1] as const) {
          const [tables, descent] = [new Extremes(space).network(sign), new Extremes(space, 0).network(sign)];
          assert.ok(sign * descent.bytes >= sign * tables.bytes);
          all++;
          if (descent.bytes === tables.bytes) exact++;
          const expression = new SizeExpression(network, u55);
          assert.equal(expression.estimate(descent.assignment), descent.bytes);
          network.decisions.forEach(({ labels }, d) =>
            labels.forEach((_, k) => {
              assert.ok(
                sign * expression.estimate(descent.assignment.map((value, i) => (i === d ? k : value))) >=
                  sign * descent.bytes,
              );
            }),
          );
        }
      }),
      { numRuns: 40, seed: 15 },
    );
    assert.ok(exact >= 0.9 * all, `${exact} of ${all}`);
  });

  it('a kernel, bits or sparsity decision that two layers share is one decision', () => {
    const base = networkOf(
      definition(
        '  - { name: a, op: conv, kernel: 3x3, filters: 16, bits: 2 | 8 }\n  - { name: b, op: conv, kernel: 3x3 | 5x5, filters: 8 | 16, bits: 2 | 8 }\n  - { name: p, op: global-average-pool }\n  - { name: d, op: dense, units: 5 }',
      ),
    );
    const [shared, own] = [
      base.layers[0]!.paths[0]!.primitives[0]!.bits,
      base.layers[1]!.paths[0]!.primitives[0]!.bits,
    ];
    assert.notEqual(shared.decision, own.decision);
    const layers = base.layers.map((layer, i) =>
      i === 1
        ? {
            ...layer,
            paths: layer.paths.map((path) => ({
              ...path,
              primitives: path.primitives.map((p) => ({ ...p, bits: shared })),
            })),
          }
        : layer,
    );
    const network: Network = { ...base, layers };
    const expression = new SizeExpression(network, u55);
    const all = [...allAssignments(network)];
    for (const assignment of all)
      assert.equal(expression.estimate(assignment), architectureBytes(u55, instantiate(network, assignment)));
    assert.equal(expression.smallest().bytes, Math.min(...all.map((a) => expression.estimate(a))));
    assert.equal(expression.largest().bytes, Math.max(...all.map((a) => expression.estimate(a))));
  });

  it('corrections apply to the weight bytes of one operator', () => {
    const network = networkOf(definition(SMALL[0]!));
    const expression = new SizeExpression(network, u55);
    const assignment = network.decisions.map(() => 0);
    const operation = instantiate(network, assignment).operations[0]!;
    const before = expression.estimate(assignment);
    expression.setRates(operation.id, (bits, sparsity) =>
      bits === operation.bits && sparsity === operation.sparsity ? 1.5 : 1,
    );
    const side = Math.ceil((operation.outChannels * 10) / 16) * 16;
    near(expression.estimate(assignment), before + 0.5 * (operationBytes(u55, operation) - side));
    expression.setRates(operation.id, () => 1);
    assert.equal(expression.estimate(assignment), before);
    assert.throws(() => {
      expression.setRates('nothing/conv/conv', () => 1);
    }, /no weighted operator 'nothing\/conv\/conv'/);
  });
});

describe('elimination', () => {
  it('finds the minimum of random sums of tables', () => {
    const factors = fc.array(
      fc.record({
        scope: fc.uniqueArray(fc.nat({ max: 5 }), { maxLength: 3 }),
        values: fc.array(fc.nat({ max: 50 }), { minLength: 27, maxLength: 27 }),
      }),
      { minLength: 1, maxLength: 8 },
    );
    const sizes = [2, 3, 1, 3, 2, 3];
    fc.assert(
      fc.property(factors, (list) => {
        const tables = list.map(({ scope, values }) => ({
          scope,
          table: Float64Array.from(
            values.slice(
              0,
              scope.reduce((n, v) => n * sizes[v]!, 1),
            ),
          ),
        }));
        const cost = (choice: ArrayLike<number>): number =>
          tables.reduce(
            (sum, { scope, table }) => sum + table[scope.reduce((at, v) => at * sizes[v]! + choice[v]!, 0)]!,
            0,
          );
        let least = Infinity;
        for (let i = 0; i < 108; i++) {
          let rest = i;
          least = Math.min(
            least,
            cost(
              sizes.map((size) => {
                const value = rest % size;
                rest = Math.floor(rest / size);
                return value;
              }),
            ),
          );
        }
        const found = minimise(sizes, tables, 1000)!;
        assert.equal(found.value, least);
        assert.equal(cost(found.choice), least);
      }),
      { numRuns: cases(80, 200), seed: 14 },
    );
  });

  it('says so where a table would grow too large', () => {
    assert.equal(minimise([10, 10, 10], [{ scope: [0, 1, 2], table: new Float64Array(1000) }], 999), undefined);
  });
});
