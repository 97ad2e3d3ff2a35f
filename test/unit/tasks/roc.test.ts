/** Areas under the ROC curve against the definition over pairs, and by hand. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { areaUnderRoc } from '../../../src/tasks/roc.ts';

/** Mann and Whitney: over all pairs, how often the positive has the higher score, ties half. */
function overPairs(scores: readonly number[], positive: readonly boolean[]): number {
  let [wins, pairs] = [0, 0];
  scores.forEach((a, i) => {
    scores.forEach((b, j) => {
      if (!positive[i] || positive[j]) return;
      pairs++;
      wins += a > b ? 1 : a === b ? 0.5 : 0;
    });
  });
  return wins / pairs;
}

/** Few values, so that there are ties; both kinds. */
const scored = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.boolean()), { minLength: 2, maxLength: 40 })
  .filter((rows) => new Set(rows.map(([, positive]) => positive)).size === 2)
  .map((rows) => ({ scores: rows.map(([score]) => score / 3), positive: rows.map(([, positive]) => positive) }));

const near = (a: number | undefined, b: number): void => {
  assert.ok(Math.abs(a! - b) < 1e-12, `${a} is not ${b}`);
};

describe('areas under the ROC curve', () => {
  it('are the chance that a positive scores higher, ties half', () => {
    fc.assert(
      fc.property(scored, ({ scores, positive }) => {
        near(areaUnderRoc(scores, positive), overPairs(scores, positive));
      }),
    );
  });

  it('do not change with the order of samples or with what keeps the order of scores, and turn with their sign', () => {
    fc.assert(
      fc.property(scored, fc.constantFrom(0.1, 0.5, 1), ({ scores, positive }, rate) => {
        const area = areaUnderRoc(scores, positive, rate)!;
        near(areaUnderRoc([...scores].reverse(), [...positive].reverse(), rate), area);
        near(areaUnderRoc(scores.map(Math.exp), positive, rate), area);
        const turned = scores.map((score) => -score);
        near(areaUnderRoc(turned, positive), 1 - areaUnderRoc(scores, positive)!);
      }),
    );
  });

  it('partial ones are 1 for perfect scores, one half where all are equal, and by hand between', () => {
    fc.assert(
      fc.property(scored, fc.double({ min: 0.05, max: 0.95, noNaN: true }), ({ positive }, rate) => {
        near(areaUnderRoc(positive.map(Number), positive, rate), 1);
        near(
          areaUnderRoc(
            positive.map(() => 7),
            positive,
            rate,
          ),
          0.5,
        );
      }),
    );
    // Of ten negatives one scores above both positives: the curve is (0.1, 0), (0.1, 1), (1, 1).
    const scores = [9, 8, 8, 1, 1, 1, 1, 1, 1, 1, 1, 1];
    const positive = scores.map((score) => score === 8);
    near(areaUnderRoc(scores, positive), 0.9);
    // Up to 0.2 the area is 0.1; chance has 0.02 and the best 0.2.
    near(areaUnderRoc(scores, positive, 0.2), (1 + (0.1 - 0.02) / (0.2 - 0.02)) / 2);
  });

  it('is unknown where one kind is missing', () => {
    assert.equal(areaUnderRoc([1, 2], [true, true]), undefined);
    assert.equal(areaUnderRoc([1, 2], [false, false]), undefined);
    assert.equal(areaUnderRoc([], []), undefined);
  });
});
