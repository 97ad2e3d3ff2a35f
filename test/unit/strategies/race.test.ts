/** The race between architectures. */
import assert from 'node:assert/strict';
import { architectureKey, instantiate } from '../../../src/network/architecture.ts';
import type { Assignment } from '../../../src/network/types.ts';
import type { TensorRecord } from '../../../src/training/tensor-checkpoint.ts';
import { initialTensors } from '../../../src/training/trained/leg.ts';
import type { Dataset } from '../../../src/data/dataset.ts';
import { Race, raceSteps, type RaceHost, type RacePlan } from '../../../src/strategies/session/race.ts';
import { freshTensors } from '../../../src/training/trained/initial-tensors.ts';
import { Helpers } from './helpers.ts';
import { networkOf, openTestBackend, quadrants } from './support.ts';

const SPACE = `
training: { warmup: 0, search: 1, batch: 16 }
search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 2 | 4 | 8 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;

describe('a race', () => {
  const network = networkOf(SPACE);
  const dataset = quadrants({ train: 96, validation: 64, test: 16 });
  const widths = network.decisions.findIndex(({ kind }) => kind === 'width');
  const withOptions = (changes: Readonly<Record<number, number>>): Assignment =>
    network.decisions.map((_, d) => changes[d] ?? 0);
  const entries = [
    withOptions({}),
    withOptions({ [widths]: 1 }),
    withOptions({ [widths]: 2 }),
    withOptions({ [widths]: 1, 1: 1 }),
  ];

  before(openTestBackend);

  function planOf(trace: { steps: number; started: number; variants: number }): RacePlan {
    return {
      dataset,
      steps: 50,
      order: (assignment) => {
        trace.started++;
        const architecture = instantiate(network, assignment);
        return {
          architecture,
          task: 'classification',
          learningRate: 0.01,
          weightDecay: 0,
          entropy: 0,
          batches: { batch: 16, seed: 3, augment: { crop: 0, flip: false } },
          from: { initial: initialTensors(architecture, freshTensors(1)) },
        };
      },
      key: (assignment) => architectureKey(network, assignment),
      // Deterministic, and never twice the same: counts through the space.
      variant: async () => {
        let n = ++trace.variants;
        return network.decisions.map(({ labels }) => {
          const k = n % labels.length;
          n = Math.floor(n / labels.length);
          return k;
        });
      },
    };
  }

  const hostOf = (trace: { steps: number }): RaceHost => ({
    breathe: () => Promise.resolve(),
    tell: () => Promise.resolve(),
    report: ({ done, steps }) => {
      trace.steps += steps;
      assert.equal(done, trace.steps);
    },
  });
  const quiet = (): Promise<void> => Promise.resolve();
  const SILENT: RaceHost = { breathe: quiet, report: () => undefined, tell: quiet };

  async function finish(race: Race, host = SILENT): Promise<Assignment> {
    while (!race.winner) await race.advance(host);
    return race.winner;
  }

  it('takes as many steps as it foretells, where no offspring has raced before', async () => {
    const trace = { steps: 0, started: 0, variants: 4 };
    await finish(new Race(planOf(trace), entries), hostOf(trace));
    assert.ok(trace.steps <= raceSteps(50, entries.length), `${trace.steps} of ${raceSteps(50, entries.length)}`);
    assert.ok(trace.steps > 0.7 * raceSteps(50, entries.length), `${trace.steps} of ${raceSteps(50, entries.length)}`);
    assert.ok(trace.started > entries.length, 'offspring raced');
    assert.equal(raceSteps(50, 1), 0);
  });

  it('has legs of the same length where training is long, down to half of their share of it', () => {
    const race = (steps: number): number => raceSteps(steps, 8);
    const rounding = 40;
    for (let steps = 100; steps < 40_000; steps += 97) {
      const taken = race(steps);
      assert.ok(taken >= race(steps - 97), 'more training never means a shorter race');
      const share = (taken - rounding) / steps;
      assert.ok(share <= race(1000) / 1000, 'nor a larger share of it');
      assert.ok((taken + rounding) / steps >= race(1000) / 2000, 'nor less than half of that of a short one');
    }
    assert.equal(race(8800), race(4400));
  });

  it('knows at every leg how many steps are left at most, of which none is counted twice', async () => {
    const trace = { steps: 0, started: 0, variants: 4 };
    const race = new Race(planOf(trace), entries);
    assert.equal(race.stepsLeft(), raceSteps(50, entries.length));
    let before = race.stepsLeft();
    while (!race.winner) {
      const from = trace.steps;
      await race.advance(hostOf(trace));
      assert.ok(race.stepsLeft() <= before - (trace.steps - from), 'offspring that was not found is not waited for');
      before = race.stepsLeft();
    }
    assert.equal(before, 0);
  });

  it('ends the same, taken up from any leg', async () => {
    const whole = await finish(new Race(planOf({ steps: 0, started: 0, variants: 0 }), entries));
    for (const legs of [1, 3, 6, 9]) {
      const trace = { steps: 0, started: 0, variants: 0 };
      const first = new Race(planOf(trace), entries);
      for (let i = 0; i < legs; i++) await first.advance(SILENT);
      const tensors = new Map<string, TensorRecord>();
      const state = structuredClone(first.save(tensors));
      const again = await finish(new Race(planOf(trace), [], state, tensors));
      assert.deepEqual(again, whole, `after ${legs} legs`);
    }
  });

  it('keeps a network that diverges from winning', async () => {
    const plan = planOf({ steps: 0, started: 0, variants: 0 });
    const poisoned = entries[2]!.join();
    const winner = await finish(
      new Race(
        {
          ...plan,
          variant: async () => undefined,
          order: (a) => {
            const order = plan.order(a);
            if (a.join() === poisoned && 'initial' in order.from)
              for (const { w } of order.from.initial.values()) w.fill(NaN);
            return order;
          },
        },
        entries,
      ),
    );
    assert.notEqual(winner.join(), poisoned);
  });

  describe('with others who train', () => {
    /** What a race tells, in order. */
    async function told(
      plan: RacePlan,
      legs = Infinity,
    ): Promise<{ news: unknown[]; winner?: Assignment; race: Race }> {
      const news: unknown[] = [];
      const host: RaceHost = {
        ...SILENT,
        tell: (one) => {
          news.push(one);
          return Promise.resolve();
        },
      };
      const race = new Race(plan, entries);
      for (let i = 0; i < legs && !race.winner; i++) await race.advance(host);
      return { news, race, ...(race.winner && { winner: race.winner }) };
    }
    const trace = (): Parameters<typeof planOf>[0] => ({ steps: 0, started: 0, variants: 0 });

    it('tells the same in the same order, however many are trained at once', async () => {
      const alone = await told(planOf(trace()));
      for (const most of [2, 3, 4]) {
        const side = new Helpers(most, dataset);
        const together = await told({ ...planOf(trace()), side });
        assert.ok(side.begun.length > entries.length, 'others trained');
        assert.deepEqual(together.news, alone.news, `${most} at once`);
        assert.deepEqual(together.winner, alone.winner);
      }
    });

    it('is saved as if one had been trained after another, and taken up from there', async () => {
      const whole = await told(planOf(trace()));
      for (const legs of [2, 3, 6]) {
        const [alone, together] = await Promise.all(
          [planOf(trace()), { ...planOf(trace()), side: new Helpers(3, dataset) }].map(async (plan) => {
            const { race } = await told(plan, legs);
            const tensors = new Map<string, TensorRecord>();
            return { state: structuredClone(race.save(tensors)), tensors: structuredClone(tensors) };
          }),
        );
        assert.deepEqual(together, alone, `after ${legs} legs`);
        const plan = { ...planOf({ ...trace(), variants: 0 }), side: new Helpers(2, dataset) };
        const winner = await finish(new Race(plan, [], together!.state, together!.tensors));
        if (legs < entries.length) assert.deepEqual(winner, whole.winner);
      }
    });

    it('drops what others are at where it is stopped, and where one of them fails', async () => {
      const side = new Helpers(2, dataset);
      const race = new Race({ ...planOf(trace()), side }, entries);
      await race.advance(SILENT);
      const stop = new Error('stop');
      await assert.rejects(
        race.advance({ ...SILENT, breathe: () => Promise.reject(stop) }),
        (error) => error === stop || assert.fail(String(error)),
      );
      assert.ok(side.dropped > 0);
      const slice = (): Promise<never> => Promise.reject(stop);
      const validation = Object.assign(Object.create(dataset.validation) as Dataset['validation'], { slice });
      const broken: Dataset = { ...dataset, validation };
      const failing = new Race({ ...planOf(trace()), side: new Helpers(2, broken) }, entries);
      await failing.advance(SILENT);
      await assert.rejects(failing.advance(SILENT), /stop/);
    });
  });
});
