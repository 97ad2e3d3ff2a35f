/** The soft objective: a score that grows with loss and latency, and what searches make of it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { COSTS } from '../../../src/costs/cost-table.ts';
import { SizeExpression } from '../../../src/costs/weights/expression/size-expression.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import type { Assignment, Network } from '../../../src/network/types.ts';
import { Objective, scored } from '../../../src/strategies/space/objective.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import type { SearchContext } from '../../../src/training/problem.ts';
import { limitsOf } from '../../fixtures/run-parts.ts';
import { networkOf, openTestBackend, quadrants, run } from './support.ts';

const target = findTarget('ethos-u55-128');
const LAYERS = `layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 4 | 8 | 16 }
  - { name: block, op: conv | dsconv, kernel: 3x3, filters: 8 | 16 | 32 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
const TRAINING = 'training: { warmup: 1, search: 1, race: 2, sparsify: 1, settle: 1, batch: 16, learningRate: 0.01 }\n';
const withObjective = (objective: string): Network => networkOf(`search: { ${objective} }\n${TRAINING}${LAYERS}`);
const goal = (weight: number, cost = 'cycles: 2 k'): Network =>
  withObjective(`objective: { ${cost}, weight: ${weight} }`);

const one = goal(-0.07);
const size = new SizeExpression(one, target);
const cyclesOf = (assignment: Assignment): number => COSTS.cycles.over(one, target, size).of(assignment);
const any = fc.tuple(...one.decisions.map(({ labels }) => fc.integer({ min: 0, max: labels.length - 1 })));
const loss = fc.double({ min: 1e-3, max: 5, noNaN: true });

describe('a soft objective', () => {
  it('ranks the faster of two with one loss first, and the one of less loss of two as fast', () => {
    fc.assert(
      fc.property(any, any, loss, loss, fc.double({ min: -1, max: -1e-3, noNaN: true }), (a, b, x, y, weight) => {
        const objective = Objective.of({ network: goal(Number(weight.toFixed(4))), target })!;
        const [slow, fast] = cyclesOf(a) >= cyclesOf(b) ? [a, b] : [b, a];
        assert.ok(objective.score(fast, x) <= objective.score(slow, x));
        assert.ok(objective.factor(fast) >= objective.factor(slow));
        if (Math.abs(x - y) > 1e-6)
          assert.equal(Math.sign(objective.score(a, x) - objective.score(a, y)), Math.sign(x - y));
      }),
      { seed: 5, numRuns: 40 },
    );
  });

  it('is accuracy × (cycles / goal)^weight: by logarithms of a classifier, by shares of an error', () => {
    const objective = Objective.of({ network: one, target })!;
    const error = networkOf(
      `search: { objective: { cycles: 2 k } }\nlayers:\n  - { name: out, op: dense, units: 1, filters: 4 }\n`.replace(
        ', filters: 4',
        '',
      ),
      'udc: 1\nname: t\ntask: regression\ninput: 1x1x16\ntarget: { npu: ethos-u55-128 }\n',
    );
    const ofError = Objective.of({ network: error, target })!;
    fc.assert(
      fc.property(any, loss, (assignment, x) => {
        const share = (cyclesOf(assignment) / 2000) ** -0.07;
        assert.ok(Math.abs(Math.exp(-objective.score(assignment, x)) - Math.exp(-x) * share) < 1e-9);
        assert.ok(Math.abs(ofError.score([], x) * ofError.factor([]) - x) < 1e-9);
      }),
      { seed: 7, numRuns: 30 },
    );
  });

  it('prefers options by what they cost, the dearest the least', () => {
    const objective = Objective.of({ network: goal(-0.07, 'macs: 1 M'), target })!;
    const even = one.decisions.map(({ labels }) => labels.map(() => 1 / labels.length));
    const [stem] = objective.slopes(even, 1);
    assert.ok(stem!.every((slope, k) => slope > 0 && (k === 0 || slope > stem![k - 1]!)));
    const twice = Objective.of({ network: goal(-0.14, 'macs: 1 M'), target })!.slopes(even, 1);
    twice.flat().forEach((slope, k) => assert.ok(Math.abs(slope - 2 * objective.slopes(even, 1).flat()[k]!) < 1e-9));
  });

  it('of weight 0 is none, and so is one on what nobody knows of a target', () => {
    assert.equal(goal(0).definition.objective, undefined);
    assert.equal(Objective.of({ network: goal(0), target }), undefined);
    assert.equal(Objective.of({ network: one, target: findTarget('mcu-packed') }), undefined);
    assert.ok(Objective.of({ network: goal(-0.07, 'macs: 1 M'), target: findTarget('mcu-packed') }));
    assert.equal(scored(undefined, [0], 0.25), 0.25);
  });

  it('needs one goal, with a number that is right', () => {
    const codes = (objective: string): readonly string[] =>
      parseDefinition(
        `udc: 1\nname: a\ninput: 12x12x1\ntarget: { npu: ethos-u55-128 }\nsearch: { objective: ${objective} }\n${LAYERS}`,
      )
        .diagnostics.filter(({ severity }) => severity === 'error')
        .map(({ code }) => code);
    assert.deepEqual(codes('{ latency: 3 ms }'), []);
    assert.deepEqual(codes('{ weight: -0.1 }'), ['wrong-objective']);
    assert.deepEqual(codes('{ latency: 3 ms, macs: 1 M }'), ['wrong-objective']);
    assert.equal(codes('{ latency: 3 m }').length, 1);
    assert.equal(codes('{ latency: 3 ms, weight: 0.07 }').length, 1);
  });

  it('is warned of where the strategy compares nothing', () => {
    const told = (strategy: string): string[] =>
      parseDefinition(
        `udc: 1\nname: a\ninput: 12x12x1\ntarget: { npu: ethos-u55-128 }\nsearch: { strategy: ${strategy}, objective: { latency: 3 ms } }\n${LAYERS}`,
      ).diagnostics.flatMap(({ severity, message }) => (/objective/.test(message) ? [`${severity}: ${message}`] : []));
    assert.match(told('memory-driven').join(), /^warning: `objective` has no effect on `strategy: memory-driven`/);
    for (const strategy of ['udc', 'once-for-all', 'reinforcement', 'evolution', 'random', 'uniform'])
      assert.deepEqual(told(strategy), []);
  });

  describe('in a search', () => {
    before(openTestBackend);
    const dataset = quadrants({ train: 48, validation: 16, test: 32 });
    const contextOf = (network: Network): SearchContext => ({
      network,
      dataset,
      target,
      limits: limitsOf(16_384),
      seed: 3,
      backend: { name: 'wasm', reason: 'test' },
    });
    const plain = networkOf(`${TRAINING}${LAYERS}`);

    for (const strategy of ['udc', 'evolution', 'random', 'once-for-all'] as const) {
      it(`${strategy}: a strong one comes to a network of fewer cycles`, async function () {
        this.timeout(240_000);
        const cycles = async (network: Network): Promise<number> =>
          (await run(contextOf(network), [], strategy)).result.networks[0].totals.cycles;
        const [without, strong] = [await cycles(plain), await cycles(goal(-1))];
        assert.ok(strong < without, `${strong} with it, ${without} without`);
      });
    }
  });
});
