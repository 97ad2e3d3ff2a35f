/** The estimate of the time left, on made-up clocks and on the recorded timing of a search. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WorkClock, workOfAll, type AtOnce, type Work, type WorkLeft } from '../../../src/training/work-clock.ts';

interface Part {
  readonly kind: Work;
  /** As planned, and as they turn out: a search may need fewer. */
  readonly planned: number;
  readonly steps: number;
  readonly seconds: number;
}

interface Estimate {
  /** Seconds since the search began, and the estimate of what is left. */
  readonly at: number;
  readonly left: number;
}

/** What is told after each step of a search of these parts. */
function estimatesOf(parts: readonly Part[], atOnce?: AtOnce): readonly Estimate[] {
  let time = 0;
  const clock = new WorkClock(atOnce, () => 1000 * time);
  const found: Estimate[] = [];
  parts.forEach(({ kind, planned, steps, seconds }, i) => {
    for (let step = 1; step <= steps; step++) {
      time += seconds / steps;
      clock.tick(kind, 1);
      const left: Partial<Record<Work, number>> = { [kind]: planned - step };
      for (const later of parts.slice(i + 1)) left[later.kind] = (left[later.kind] ?? 0) + later.planned;
      found.push({ at: time, left: clock.secondsLeft(left satisfies WorkLeft) });
    }
  });
  return found;
}

/** By what factor the estimate jumps from one step to the next, once a tenth is done, what has passed taken off. */
function largestJump(estimates: readonly Estimate[]): number {
  const whole = estimates.at(-1)!.at;
  const jumps = estimates.flatMap(({ at, left }, i) => {
    const before = estimates[i - 1];
    if (!before || before.at < 0.1 * whole) return [];
    // The whole time as it was thought to be: of the last seconds any change would be a large part.
    const [was, is] = [before.at + before.left, at + left];
    return [Math.max(is / was, was / is)];
  });
  return Math.max(1, ...jumps);
}

const even = (kind: Work, steps: number, perStep: number, planned = steps): Part => ({
  kind,
  planned,
  steps,
  seconds: steps * perStep,
});

/** The quickstart with 20 epochs of warm-up on two busy cores: seconds of epochs, of judging, of trials, of epochs. */
const RECORDED: readonly Part[] = [
  ...[6.5, 4.6, 5, 6.5, 3.7, 3.2, 3.4, 2.5, 3.1, 2.3, 1.1, 2.4, 1.5, 3.7, 3.2, 2.1, 3.5, 2.1, 2.1, 1.4],
  ...[2.5, 2.6, 2.2, 3.6, 4.9, 3.2, 6.2, 5.4],
]
  .map((seconds): Part => ({ kind: 'shared', planned: 67, steps: 67, seconds }))
  .concat([{ kind: 'judging', planned: 1008, steps: 1008, seconds: 51 }])
  .concat(
    [
      1.7, 1.1, 5.6, 2.8, 5.2, 4.9, 3.3, 1, 1.1, 7, 1.1, 2.9, 4.6, 1.3, 0.7, 3.1, 4.3, 2, 1, 4.5, 3.4, 1.2, 2.5, 6.4,
    ].map((seconds, i): Part => ({ kind: 'alone', planned: i < 22 ? 67 : 89, steps: i < 22 ? 67 : 89, seconds })),
  )
  .concat(
    [1.3, 2.1, 4.2, 3.1, 1, 1.5, 3.7, 2.8, 1.3, 4.1, 2.4].map((seconds): Part => ({
      kind: 'alone',
      planned: 67,
      steps: 67,
      seconds,
    })),
  )
  .concat([{ kind: 'alone', planned: 134, steps: 134, seconds: 6.9 }]);

describe('the time left', () => {
  it('is what is left where every step takes as long as usual', () => {
    const parts = [even('shared', 200, 0.1), even('judging', 100, 0.1), even('alone', 400, 0.08)];
    const whole = parts.reduce((sum, { seconds }) => sum + seconds, 0);
    for (const { at, left } of estimatesOf(parts)) assert.ok(Math.abs(at + left - whole) < 1e-6 * whole);
  });

  it('of a recorded search does not jump after the first tenth', () => {
    const jump = largestJump(estimatesOf(RECORDED));
    assert.ok(jump < 1.5, String(jump));
  });

  it('does not jump where a kind of work takes another time than is usual, or ends early', () => {
    fc.assert(
      fc.property(
        fc.record({
          shared: fc.integer({ min: 60, max: 3000 }),
          judging: fc.integer({ min: 0, max: 1000 }),
          race: fc.integer({ min: 50, max: 2000 }),
          after: fc.integer({ min: 100, max: 2000 }),
          judges: fc.double({ min: 0.3, max: 3, noNaN: true }),
          alone: fc.double({ min: 0.3, max: 3, noNaN: true }),
        }),
        ({ shared, judging, race, after, judges, alone }) => {
          const jump = largestJump(
            estimatesOf([
              even('shared', shared, 0.05),
              even('judging', judging, 0.05 * judges),
              even('alone', race, 0.04 * alone),
              even('alone', after, 0.04 * alone),
            ]),
          );
          assert.ok(jump < 1.5, String(jump));
        },
      ),
    );
  });

  it('does not jump where networks are trained at once, however much that gains, nor where baselines follow', () => {
    fc.assert(
      fc.property(
        fc.record({
          shared: fc.integer({ min: 200, max: 3000 }),
          race: fc.integer({ min: 100, max: 3000 }),
          after: fc.integer({ min: 100, max: 2000 }),
          baselines: fc.integer({ min: 100, max: 3000 }),
          most: fc.integer({ min: 2, max: 16 }),
          real: fc.double({ min: 0.5, max: 2, noNaN: true }),
          alone: fc.double({ min: 0.4, max: 2.5, noNaN: true }),
        }),
        ({ shared, race, after, baselines, most, real, alone }) => {
          const gain = most ** 0.25;
          const step = 0.05 * 0.8 * alone;
          const parts = [
            even('shared', shared, 0.05),
            // The first is trained by itself.
            { ...even('beside', race, (step / gain) * real), seconds: 0.5 + (race * step * real) / gain },
            even('alone', after, step),
            even('beside', baselines, (step / gain) * real),
          ];
          const jump = largestJump(estimatesOf(parts, { gain, startSeconds: 1 }));
          assert.ok(jump < 1.5, String(jump));
        },
      ),
    );
  });

  it('sums work of all kinds', () => {
    assert.deepEqual(workOfAll([{ shared: 1, beside: 2 }, { shared: 3 }, {}]), {
      shared: 4,
      judging: 0,
      alone: 0,
      beside: 2,
    });
  });

  it('is known at the end, and nothing is known before the first step', () => {
    assert.equal(new WorkClock(undefined, () => 0).secondsLeft({ shared: 9, alone: 9 }), 0);
    assert.equal(estimatesOf(RECORDED).at(-1)!.left, 0);
  });
});
