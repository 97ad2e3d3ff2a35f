/** Limits on latency, cycles and MACs in a search: nothing that it decodes, varies, draws or ends with is over one. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random.ts';
import { COSTS } from '../../../src/costs/cost-table.ts';
import { feasibility } from '../../../src/costs/limits/feasibility.ts';
import { fittedCodes, magnitudeMask } from '../../../src/costs/weights/fitted-codes.ts';
import { SizeExpression } from '../../../src/costs/weights/expression/size-expression.ts';
import type { Assignment } from '../../../src/network/types.ts';
import { allowedOptions } from '../../../src/strategies/space/allowed-options.ts';
import { BudgetedSpace } from '../../../src/strategies/space/budgeted-space.ts';
import { draws, proportional, variant } from '../../../src/strategies/space/candidates.ts';
import { WorkLimits } from '../../../src/strategies/space/work-limits.ts';
import { tilt, tiltBoth } from '../../../src/strategies/space/budget-tilt.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import { BudgetError, TargetError, type SearchContext } from '../../../src/training/problem.ts';
import { Decisions } from '../../../src/training/supernet/decisions.ts';
import { freshTensors } from '../../../src/training/trained/initial-tensors.ts';
import type { CostName, Limit } from '../../../src/wire/limits.ts';
import { STRATEGIES } from '../../../src/wire/strategies.ts';
import { networkOf, openTestBackend, quadrants, run } from './support.ts';

const U55 = findTarget('ethos-u55-128');
const WORK: readonly CostName[] = ['latency', 'cycles', 'macs'];

const SMALL = `layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, filters: 4 | 8 | 12, bits: 8 | 4 }
  - { name: block, op: dsconv | conv | skip, kernel: 3x3, filters: 8, bits: 8 | 2 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
const LARGE = `search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
layers:
  - { name: stem, op: conv, kernel: 3x3 | 5x5, filters: 8 | 16 | 24 }
  - { name: a, op: dsconv | ibn, kernel: 3x3 | 5x5, filters: 8 | 16 | 24, expand: 2 | 3 }
  - { name: b, op: conv | dsconv, kernel: 3x3, filters: 8 | 16 | 32 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;

const share = fc.double({ min: 0, max: 1, noNaN: true });
/** For every limited cost how far its limit lies between the ends of the space. */
const shares = fc.record({ weights: share, latency: share, cycles: share, macs: share });
const limited = fc.subarray([...WORK], { minLength: 1 });

describe('limits on work', () => {
  for (const [name, text] of [
    ['a small space', SMALL],
    ['a large space', LARGE],
  ] as const) {
    it(`hold for whatever is decoded, varied and drawn in ${name}`, function () {
      this.timeout(240_000);
      const network = networkOf(text);
      let [tried, bound, found] = [0, 0, 0];
      fc.assert(
        fc.property(limited, shares, fc.integer({ min: 1, max: 1e6 }), (names, at, seed) => {
          const size = new SizeExpression(network, U55);
          const limits = (['weights', ...names] as const).map((cost): Limit => {
            const space = COSTS[cost as CostName].over(network, U55, size);
            const [low, high] = [space.smallest().value, space.largest().value];
            const limit = low + (cost === 'weights' ? 0.2 + at.weights : at[cost as 'macs']) * (high - low);
            return { cost: cost as CostName, limit: cost === 'weights' ? Math.ceil(limit) : limit, from: 'given' };
          });
          if (feasibility(network, U55, limits, size).refusal) return;
          tried++;
          const problem = { network, target: U55, limits };
          const work = WorkLimits.of(problem, size);
          assert.ok(work);
          const spaces = limits
            .filter(({ cost }) => cost !== 'weights')
            .map(({ cost, limit }) => ({ limit, space: COSTS[cost].over(network, U55, size) }));
          const check = (assignment: Assignment | undefined, what: string): void => {
            if (!assignment) return;
            found++;
            for (const { limit, space } of spaces)
              assert.ok(space.of(assignment) <= limit, `${what}: ${space.of(assignment)} of ${limit}`);
          };
          const random = new SeededRandom(seed);
          const allowed = allowedOptions(network, limits[0]!.limit, size, work);
          work.start.forEach((k, d) => {
            assert.ok(allowed[d]![k]);
          });
          const space = new BudgetedSpace(problem, size, allowed, random, work);
          const codes: Parameters<typeof space.sizeAll>[0] = (_, operation) => {
            const { w } = freshTensors(1)(operation);
            return fittedCodes(w, magnitudeMask(w, operation.sparsity), operation);
          };
          const logits = network.decisions.map(({ labels }) => labels.map(() => random.normal()));
          // By estimates; then by the encoder, where the space is small.
          for (const exact of [false, true]) {
            if (exact) space.sizeAll(codes);
            const field = space.field(logits);
            check(field.smallest, 'the start');
            for (const drawn of draws(field, 2, 1)) {
              check(drawn, 'a draw');
              check(variant(field, drawn), 'a variant');
            }
            check(proportional(field, {}), 'proportional');
            check(space.decode(logits, codes).assignment, 'the decode');
          }
          const largest = logits.map((row) => row.length - 1);
          bound += Number(work.over(largest) > 0);
        }),
        { numRuns: text === SMALL ? 12 : 6, seed: 5, endOnFailure: true },
      );
      assert.ok(tried > 3 && bound > 1 && found > 5 * tried, `${tried} ${bound} ${found}`);
    });
  }

  it('tilt sampling until the expected work is within them, and no more than that', () => {
    const network = networkOf(LARGE);
    const size = new SizeExpression(network, U55);
    const all = network.decisions.map(({ labels }) => labels.map(() => true));
    fc.assert(
      fc.property(limited, share, share, fc.integer({ min: 1, max: 1e6 }), (names, at, budgetAt, seed) => {
        const random = new SeededRandom(seed);
        const decisions = new Decisions(
          network.decisions.map(({ labels }) => labels.length),
          all,
          { logits: network.decisions.map(({ labels }) => labels.map(() => random.normal())), scale: 1 },
        );
        const [low, high] = [size.smallest().bytes, size.largest().bytes];
        const budget = low + (0.1 + 0.9 * budgetAt) * (high - low);
        const limits = names.map((cost): Limit => {
          const space = COSTS[cost].over(network, U55, size);
          const [least, most] = [space.smallest().value, space.largest().value];
          return { cost, limit: least + (0.1 + 0.9 * at) * (most - least), from: 'given' };
        });
        const work = WorkLimits.of({ network, target: U55, limits }, size)!;
        const { probabilities, mu, nu, expectedBytes } = tiltBoth(decisions, size, budget, work, 1, { mu: 1, nu: 1 });
        assert.ok(expectedBytes <= budget * (1 + 1e-9), 'bytes');
        assert.ok(work.expected(probabilities) <= 1 + 1e-9, `work ${work.expected(probabilities)}`);
        for (const row of probabilities) assert.ok(Math.abs(row.reduce((a, b) => a + b, 0) - 1) < 1e-9);
        const alone = tilt(decisions, size, budget, 1, 1);
        if (work.expected(alone.probabilities) <= 1) assert.deepEqual([mu, nu], [alone.mu, 0]);
        else assert.ok(nu > 0 && work.expected(probabilities) > 0.9, `${work.expected(probabilities)}`);
      }),
      { numRuns: 40, seed: 8, endOnFailure: true },
    );
  });
});

const DEFINITION = `search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
training: { warmup: 1, search: 1, race: 2, sparsify: 1, settle: 1, batch: 16, learningRate: 0.01 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8 | 12 }
  - { name: block, op: dsconv | skip, kernel: 3x3, filters: 8 | 16 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
const dataset = quadrants({ train: 48, validation: 16, test: 32 });

describe('a search under limits on work', () => {
  before(openTestBackend);
  const contextOf = (limits: readonly Limit[], target = U55): SearchContext => ({
    network: networkOf(DEFINITION),
    dataset,
    target,
    limits: [{ cost: 'weights', limit: 1000, from: 'given' }, ...limits],
    seed: 3,
    backend: { name: 'wasm', reason: 'test' },
  });
  const between = (cost: CostName, at: number): Limit => {
    const network = networkOf(DEFINITION);
    const space = COSTS[cost].over(network, U55, new SizeExpression(network, U55));
    const [low, high] = [space.smallest().value, space.largest().value];
    return { cost, limit: low + at * (high - low), from: 'definition' };
  };

  for (const { id } of STRATEGIES) {
    it(`${id}: ends within them, says so in the certificate, and is the same interrupted`, async function () {
      this.timeout(240_000);
      const limits = [between('latency', 0.3), between('macs', 0.4)];
      const { result, events } = await run(contextOf(limits), [], id);
      for (const { certificate } of result.networks) {
        const costs = new Map(certificate.costs.map((one) => [one.cost, one]));
        for (const { cost, limit } of limits) {
          assert.equal(costs.get(cost)?.limit, limit);
          assert.ok(costs.get(cost)!.value <= limit, `${cost}: ${costs.get(cost)!.value} of ${limit}`);
        }
      }
      const again = await run(contextOf(limits), [2, 9, 21], id);
      assert.deepEqual(again.result, result);
      const started = events.find((event) => event.type === 'started')!;
      assert.equal(
        started.curves.some((curve) => curve.id === 'nu'),
        id === 'udc',
      );
      for (const event of events)
        if (event.type === 'epoch')
          for (const key of Object.keys(event.numbers)) assert.ok(started.curves.some((curve) => curve.id === key));
    });
  }

  it('is refused before any training where nothing is within them, or the target has no such cost', async () => {
    const impossible = { ...between('cycles', 0), limit: 10 };
    await assert.rejects(
      run(contextOf([impossible]), []),
      (error) => error instanceof BudgetError && error.what === 'cycles',
    );
    const unknown = contextOf([between('latency', 0.5)], findTarget('stm32f746'));
    await assert.rejects(
      run(unknown, []),
      (error) => error instanceof TargetError && /latency on stm32f746/.test(error.message),
    );
  });
});
