/** The race between architectures. */
import assert from 'node:assert/strict';
import { instantiate } from '../../../src/network/architecture.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import type { Assignment } from '../../../src/network/types.ts';
import { ConcretePhase } from '../../../src/training/trained/trained-phase.ts';
import type { TensorRecord } from '../../../src/training/tensor-checkpoint.ts';
import { taskNamed } from '../../../src/tasks/tasks.ts';
import { Race, raceSteps, type RaceHost, type RacePlan } from '../../../src/strategies/session/race.ts';
import { freshTensors } from '../../../src/training/trained/initial-tensors.ts';
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
    const options = { batch: 16, seed: 3, augment: { crop: 0, flip: false } };
    return {
      task: taskNamed('classification'),
      dataset,
      batches: options,
      steps: 50,
      learningRate: 0.01,
      start: (assignment) => {
        trace.started++;
        return new ConcretePhase(
          instantiate(network, assignment),
          taskNamed('classification'),
          findTarget('ethos-u55-128'),
          {
            sparsifySteps: 25,
            settleSteps: 25,
            learningRate: 0.01,
            weightDecay: 0,
            budgetBytes: 1e6,
            calibration: () => Promise.resolve([]),
          },
          freshTensors(1),
        );
      },
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
    report: (step) => {
      trace.steps++;
      assert.equal(step, trace.steps);
    },
  });
  const quiet = (): Promise<void> => Promise.resolve();
  const SILENT: RaceHost = { breathe: quiet, report: () => undefined, tell: quiet };

  async function finish(race: Race, host = SILENT): Promise<Assignment> {
    while (!race.winner) await race.advance(host);
    const { winner } = race;
    race.dispose();
    return winner;
  }

  it('takes as many steps as it foretells, where no offspring has raced before', async () => {
    const trace = { steps: 0, started: 0, variants: 4 };
    await finish(new Race(planOf(trace), entries), hostOf(trace));
    assert.ok(trace.steps <= raceSteps(50, entries.length), `${trace.steps} of ${raceSteps(50, entries.length)}`);
    assert.ok(trace.steps > 0.7 * raceSteps(50, entries.length), `${trace.steps} of ${raceSteps(50, entries.length)}`);
    assert.ok(trace.started > entries.length, 'offspring raced');
    assert.equal(raceSteps(50, 1), 0);
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
    race.dispose();
  });

  it('ends the same, taken up from any leg', async () => {
    const whole = await finish(new Race(planOf({ steps: 0, started: 0, variants: 0 }), entries));
    for (const legs of [1, 3, 6, 9]) {
      const trace = { steps: 0, started: 0, variants: 0 };
      const first = new Race(planOf(trace), entries);
      for (let i = 0; i < legs; i++) await first.advance(SILENT);
      const tensors = new Map<string, TensorRecord>();
      const state = structuredClone(await first.save(tensors));
      first.dispose();
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
          start: (a) => {
            const phase = plan.start(a);
            if (a.join() === poisoned)
              phase.network.predict = async () => ({ outputs: new Float32Array(64 * 4), loss: NaN });
            return phase;
          },
        },
        entries,
      ),
    );
    assert.notEqual(winner.join(), poisoned);
  });
});
