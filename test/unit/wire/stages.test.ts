/** What a strategy declared of its stages, and where a running search is in them. */
import { trainedStages } from '../../../src/strategies/session/trained-stage.ts';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { placeText, shareDone, stepText } from '../../../src/wire/progress-text.ts';
import { runEvent } from '../../../src/wire/run-schema.ts';
import { isDeciding, stageTitle, totalEpochs } from '../../../src/wire/stages.ts';
import { udcCurves, udcStages } from '../../../src/strategies/udc/declaration.ts';
import { MADE_UP_STAGES, madeUpStrategy, progressOf } from '../../fixtures/run-parts.ts';
import { fixtureRun } from '../../fixtures/runs.ts';

const started = { stages: MADE_UP_STAGES };

describe('stages', () => {
  it('are looked up as they are declared', () => {
    assert.equal(totalEpochs(started), 5);
    assert.deepEqual(
      ['brew', 'duel', 'pour', 'search'].map((id) => [stageTitle(started, id), isDeciding(started, id)]),
      [
        ['Brewing leaves', true],
        ['Duel of cups', false],
        ['Pouring out', false],
        ['search', false],
      ],
      'a stage that nobody declared goes by its id',
    );
  });

  it('are unknown before a run has begun', () => {
    assert.equal(totalEpochs(undefined), 0);
    assert.equal(stageTitle(undefined, 'brew'), 'brew');
    assert.equal(isDeciding(undefined, 'brew'), false);
  });

  it('pass the check of events, whatever the strategy', () => {
    for (const event of madeUpStrategy(fixtureRun().events)) assert.deepEqual(runEvent(event), event);
  });

  it('of the UDC search have the epochs of the definition, a race between deciding and training', () => {
    const stages = [...udcStages({ warmup: 1, search: 2 }), ...trainedStages({ sparsify: 3, settle: 4 })];
    assert.deepEqual(
      stages.map(({ id, epochs, deciding }) => [id, epochs, deciding]),
      [
        ['warmup', 1, true],
        ['search', 2, true],
        ['race', 0, false],
        ['sparsify', 3, false],
        ['settle', 4, false],
      ],
    );
    for (const list of [stages, udcCurves]) assert.equal(new Set(list.map(({ id }) => id)).size, list.length);
  });

  it('are refused where they are not as declared, by the place', () => {
    const [event] = madeUpStrategy(fixtureRun().events);
    const stage = MADE_UP_STAGES[0]!;
    for (const [changes, problem] of [
      [{ stages: [{ ...stage, epochs: -1 }] }, /^stages\[0\]\.epochs: a whole number from 0/],
      [{ stages: [stage, { ...stage, title: 3 }] }, /^stages\[1\]\.title: /],
      [{ curves: [{ ...udcCurves[0], unit: 'furlongs' }] }, /^curves\[0\]\.unit: one of /],
      [{ strategy: { id: 'x' } }, /^strategy\.title: /],
    ] as const)
      assert.throws(() => runEvent({ ...event, ...changes }), { message: problem });
  });
});

describe('the place of a running search', () => {
  it('is an epoch, or a share where there are none', () => {
    assert.equal(placeText(progressOf({ epoch: 3, epochs: 12 })), 'epoch 3 of 12');
    assert.equal(placeText(progressOf({ hasEpochs: false, step: 34, steps: 99 })), '34 %');
    assert.equal(placeText(progressOf({ hasEpochs: false, step: 0, steps: 0 })), '0 %');
    assert.equal(stepText(progressOf({ step: 1234, steps: 5678 })), 'step 1,234 of 5,678');
  });

  it('is a share from 0 to 1 that never falls while steps and epochs go on', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 6 }),
        (epochs, steps, at) => {
          const all = Array.from({ length: epochs }, (_, epoch) => epoch + 1).flatMap((epoch) => [
            ...Array.from({ length: steps }, (_, step) => progressOf({ epoch, epochs, step: step + 1, steps })),
            ...(epoch === at
              ? [0, 1, 2].map((step) => progressOf({ hasEpochs: false, epoch, epochs, step, steps: 2 }))
              : []),
          ]);
          const shares = all.map(shareDone);
          assert.ok(shares.every((share) => share >= 0 && share <= 1));
          assert.deepEqual(
            shares,
            [...shares].sort((a, b) => a - b),
          );
          assert.equal(shares.at(-1), 1);
        },
      ),
    );
    assert.equal(shareDone(progressOf({ epochs: 0 })), 0);
  });
});
