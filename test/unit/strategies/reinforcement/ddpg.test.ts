/** The agent: it solves a knapsack, and goes on from a checkpoint as if nothing had happened. */
import assert from 'node:assert/strict';
import { SeededRandom } from '../../../../src/base/random.ts';
import { Ddpg, type Step } from '../../../../src/strategies/reinforcement/ddpg.ts';
import { cases } from '../../../cases.ts';
import type { TensorRecord } from '../../../../src/training/tensor-checkpoint.ts';

const [OPTIONS, ITEMS] = [11, 6];

/** Each item in one of several sizes, worth more the larger, within a budget: as channels or bits of layers. */
class Knapsack {
  readonly optimum: number;
  private readonly weights: readonly number[];
  private readonly worth: readonly number[];
  private readonly bend: readonly number[];
  private readonly budget: number;

  constructor(seed: number) {
    const random = new SeededRandom(seed);
    this.weights = Array.from({ length: ITEMS }, () => 20 + random.integer(80));
    this.worth = this.weights.map(() => 0.2 + random.next());
    this.bend = this.weights.map(() => 0.3 + 1.4 * random.next());
    this.budget = Math.floor(0.45 * this.total);
    this.optimum = this.best();
  }

  private get total(): number {
    return this.weights.reduce((a, b) => a + b);
  }

  private cost(item: number, option: number): number {
    return Math.ceil((this.weights[item]! * option) / (OPTIONS - 1));
  }

  private value(item: number, option: number): number {
    return this.worth[item]! * (option / (OPTIONS - 1)) ** this.bend[item]!;
  }

  /** The optimum, by dynamic programming over the budget. */
  private best(): number {
    let best = new Float64Array(this.budget + 1);
    for (let item = 0; item < ITEMS; item++)
      best = best.map((_, left) => {
        const values = Array.from({ length: OPTIONS }, (__, k) =>
          this.cost(item, k) <= left ? best[left - this.cost(item, k)]! + this.value(item, k) : 0,
        );
        return Math.max(...values);
      });
    return best[this.budget]!;
  }

  /** An episode, behind a wall. @returns its steps, and its value beside the optimum */
  play(choose: (state: readonly number[]) => number): { readonly steps: Step[]; readonly share: number } {
    let [left, later, value, last] = [this.budget, this.total, 0, 0];
    const most = Math.max(...this.weights);
    const steps = this.weights.map((weight, item): Step => {
      later -= weight;
      const state = [item / (ITEMS - 1), weight / most, left / this.total, later / this.total, last];
      let option = Math.min(OPTIONS - 1, Math.floor(choose(state) * OPTIONS));
      while (this.cost(item, option) > left) option--;
      left -= this.cost(item, option);
      value += this.value(item, option);
      last = option / (OPTIONS - 1);
      return { state, action: last };
    });
    return { steps, share: value / this.optimum };
  }
}

const agentFor = (seed: number): Ddpg =>
  new Ddpg({ states: 5, steps: ITEMS, warmup: 50, decay: 0.985, seed, hidden: [32, 32] });

describe('the agent', () => {
  for (const seed of cases([1], [1, 2, 3]))
    it(`solves a knapsack to within 5 % of the optimum: ${seed}`, function () {
      this.timeout(300_000);
      const knapsack = new Knapsack(seed);
      const agent = agentFor(seed);
      const random = new SeededRandom(seed + 100);
      let [best, drawn] = [0, 0];
      for (let episode = 0; episode < 300; episode++) {
        const { steps, share } = knapsack.play((state) => agent.act(state));
        agent.learn(steps, share);
        best = Math.max(best, share);
        drawn += knapsack.play(() => random.next()).share / 300;
      }
      const learnt = knapsack.play((state) => agent.best(state)).share;
      assert.ok(best >= 0.95, `its best episode ${best}`);
      assert.ok(learnt > drawn + 0.05, `what it learnt is worth ${learnt}, a random policy ${drawn}`);
    });

  it('goes on from a checkpoint as it would have', () => {
    const knapsack = new Knapsack(4);
    const [one, other] = [agentFor(4), agentFor(5)];
    const episodes = (agent: Ddpg, count: number): number[] =>
      Array.from({ length: count }, () => {
        const { steps, share } = knapsack.play((state) => agent.act(state));
        agent.learn(steps, share);
        return share;
      });
    episodes(one, 52);
    const into = new Map<string, TensorRecord>();
    const state = JSON.parse(JSON.stringify(one.save('a', into))) as ReturnType<Ddpg['save']>;
    other.load('a', into, state);
    assert.deepEqual(episodes(other, 4), episodes(one, 4));
    assert.deepEqual(other.save('b', new Map()), one.save('b', new Map()));
  });

  it('tries actions between 0 and 1, evenly at first and then around what it thinks best', () => {
    const agent = new Ddpg({ states: 2, steps: 1, warmup: 1, decay: 1e-6, seed: 1 });
    const state = [0.3, 0.7];
    const drawn = Array.from({ length: 200 }, () => agent.act(state));
    assert.ok(drawn.every((action) => action >= 0 && action <= 1));
    assert.ok(Math.min(...drawn) < 0.1 && Math.max(...drawn) > 0.9);
    assert.equal(agent.noise, undefined);
    for (let i = 0; i < 2; i++) agent.learn([{ state, action: 0.5 }], 0);
    assert.ok(agent.noise! < 1e-6);
    for (let i = 0; i < 10; i++) assert.ok(Math.abs(agent.act(state) - agent.best(state)) < 1e-4);
  });
});
