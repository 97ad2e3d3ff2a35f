/** Which exits stay: held against thresholds that are all tried, sample by sample. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  chooseExits,
  tradesOf,
  type ExitSet,
  type ExitStage,
  type Trade,
} from '../../../src/deploy/ensembles/exit-choice.ts';
import { decide, deciderOf } from '../../../src/deploy/ensembles/decide.ts';
import { levelsOf } from '../../../src/deploy/ensembles/thresholds.ts';
import { tracesOf } from '../../../src/deploy/ensembles/traces.ts';

const CLASSES = 3;

/** Every trade of two stages, from what the chip does with each sample. */
function every(
  [first, end]: readonly [ExitStage, ExitStage],
  labels: Int32Array,
): { accuracy: number; work: number }[] {
  const decider = deciderOf('margin', [first.scale, end.scale], CLASSES, true);
  const { confidences } = tracesOf(decider, [first.logits, end.logits], labels, [first.work, end.work]);
  return levelsOf(confidences[0]!).map((level) => {
    let [right, work] = [0, 0];
    labels.forEach((label, i) => {
      const row = (k: number): Int8Array => [first, end][k]!.logits.subarray(i * CLASSES, (i + 1) * CLASSES);
      const { answer, members } = decide(decider, [[level]], row);
      if (answer === label) right++;
      work += first.work + (members > 1 ? end.work : 0);
    });
    return { accuracy: right / labels.length, work: work / labels.length };
  });
}

const stage = (samples: number): fc.Arbitrary<ExitStage> =>
  fc.record({
    logits: fc
      .array(fc.integer({ min: -128, max: 127 }), { minLength: samples * CLASSES, maxLength: samples * CLASSES })
      .map((values) => Int8Array.from(values)),
    scale: fc.double({ min: 0.01, max: 1, noNaN: true }),
    work: fc.integer({ min: 1, max: 1000 }),
  });

const problem = fc
  .integer({ min: 4, max: 30 })
  .chain((samples) =>
    fc.record({
      stages: fc.tuple(stage(samples), stage(samples)),
      labels: fc
        .array(fc.integer({ min: 0, max: CLASSES - 1 }), { minLength: samples, maxLength: samples })
        .map((values) => Int32Array.from(values)),
      head: fc.integer({ min: 1, max: 400 }),
      trunk: fc.integer({ min: 400, max: 4000 }),
    }),
  );

/** The network with its exit, and without it. */
function setsOf({ stages, labels, head, trunk }: typeof problem extends fc.Arbitrary<infer P> ? P : never): {
  readonly sets: readonly [ExitSet, ExitSet];
  readonly end: number;
} {
  const whole = [{ ...stages[1], work: stages[0].work + stages[1].work }];
  const without = { left: [1], bytes: trunk, trades: tradesOf(whole, labels) };
  return {
    sets: [{ left: [], bytes: trunk + head, trades: tradesOf(stages, labels) }, without],
    end: without.trades[0]!.accuracy,
  };
}

describe('the choice of exits', () => {
  it('has, of a network without any, its end alone', () => {
    fc.assert(
      fc.property(problem, ({ stages: [, end], labels }) => {
        const right = labels.filter((label, i) => {
          const row = end.logits.subarray(i * CLASSES, (i + 1) * CLASSES);
          return row.indexOf(Math.max(...row)) === label;
        });
        const [only, ...others] = tradesOf([end], labels);
        assert.deepEqual(others, []);
        assert.deepEqual(only, { thresholds: [], accuracy: right.length / labels.length, work: end.work });
      }),
    );
  });

  it('takes no accuracy, and of what keeps it the least work × bytes', () => {
    fc.assert(
      fc.property(problem, (given) => {
        const { sets, end } = setsOf(given);
        const { set, trade } = chooseExits(sets, end);
        assert.ok(trade.accuracy >= end);
        const worths = every(given.stages, given.labels).flatMap(({ accuracy, work }) =>
          accuracy >= end ? [work * (given.trunk + given.head)] : [],
        );
        const least = Math.min(...worths, sets[1].trades[0]!.work * given.trunk);
        assert.ok(Math.abs(trade.work * set.bytes - least) <= 1e-9 * least);
      }),
    );
  });

  it('with an objective has the highest accuracy × (work / goal)^weight', () => {
    fc.assert(
      fc.property(problem, fc.double({ min: -1, max: -0.01, noNaN: true }), (given, weight) => {
        const { sets, end } = setsOf(given);
        const objective = { goal: 500, weight };
        const { trade } = chooseExits(sets, end, objective);
        const scoreOf = ({ accuracy, work }: Pick<Trade, 'accuracy' | 'work'>): number =>
          accuracy * (work / objective.goal) ** weight;
        const best = Math.max(...[...every(given.stages, given.labels), ...sets[1].trades].map(scoreOf));
        assert.ok(Math.abs(scoreOf(trade) - best) <= 1e-9 * best);
      }),
    );
  });

  const trade = (work: number, accuracy = 0.9): Trade => ({ accuracy, work, thresholds: [] });
  const without: ExitSet = { left: [2], bytes: 1000, trades: [trade(1000)] };

  it('keeps an exit that saves a larger share of the work than it adds to the bytes, and no other', () => {
    for (const [work, kept] of [
      [970, false],
      [953, false],
      [951, true],
      [500, true],
    ] as const) {
      const { set } = chooseExits([{ left: [], bytes: 1050, trades: [trade(work)] }, without], 0.9);
      assert.equal(set.left.length === 0, kept, `${work}`);
    }
  });

  it('of equals has the one with fewer bytes, whatever the objective', () => {
    const like: ExitSet = { left: [], bytes: 1050, trades: [trade(1000)] };
    assert.equal(chooseExits([like, without], 0.9).set, without);
    assert.equal(chooseExits([like, without], 0.9, { goal: 100, weight: -0.1 }).set, without);
  });

  it('gives accuracy away for work only where an objective says so', () => {
    const fast: ExitSet = { left: [], bytes: 1010, trades: [trade(400, 0.89), trade(1001, 0.9)] };
    assert.equal(chooseExits([fast, without], 0.9).set, without);
    assert.equal(chooseExits([fast, without], 0.9, { goal: 1000, weight: -0.1 }).trade.work, 400);
  });
});
