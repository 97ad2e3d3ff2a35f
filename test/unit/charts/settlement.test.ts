/** How the architecture was settled: whatever the log holds, the sentences say what is in it and nothing else. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  candidateRows,
  fateText,
  sideBySide,
  winnerOf,
  type CandidateRow,
} from '../../../src/charts/candidate-rows.ts';
import { lineChartSvg } from '../../../src/charts/chart-svg.ts';
import { curves, restartsOf, summary } from '../../../src/charts/curves.ts';
import { settlement } from '../../../src/charts/settlement.ts';
import { DIVERGED } from '../../../src/wire/candidate-events.ts';
import { runEvent } from '../../../src/wire/run-schema.ts';
import type { DecidedValue, RunEvent, RunResult, StartedEvent, UnnumberedEvent } from '../../../src/wire/run.ts';
import { contest, numbered, withCandidates, type Contest, type ContestOptions } from '../../fixtures/candidates.ts';
import { madeUpStrategy, MADE_UP_STAGES } from '../../fixtures/run-parts.ts';
import { fixtureOfSeveral, fixtureRun } from '../../fixtures/runs.ts';

const [BASE] = madeUpStrategy(fixtureRun().events) as readonly [StartedEvent];

/** A start of a search with decisions of so many options. */
const startOf = (decisions: readonly number[]): StartedEvent => ({
  ...BASE,
  stages: MADE_UP_STAGES,
  decisions: decisions.map((options, d) => ({
    id: `d${d}`,
    kind: 'bits',
    layers: ['stem'],
    labels: Array.from({ length: options }, (_, k) => `o${k}`),
  })),
});

const searches = fc.record({
  seed: fc.integer({ min: 1, max: 10_000 }),
  decisions: fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 3, maxLength: 8 }),
  choice: fc.boolean(),
  judged: fc.constantFrom(0, 40),
  racers: fc.integer({ min: 1, max: 9 }),
  rounds: fc.integer({ min: 1, max: 4 }),
});

interface Told {
  readonly events: readonly RunEvent[];
  readonly contest: Contest;
}

/** A whole log: start, candidates, and what was chosen of them. */
function told(options: ContestOptions): Told {
  const found = contest(options);
  const { winner, assignments } = found;
  const chosen: UnnumberedEvent = {
    type: 'decoded',
    assignment: assignments[winner]!,
    exactBytes: 60_000,
    candidate: winner,
  };
  return { contest: found, events: numbered([startOf(options.decisions), ...found.events, chosen]) };
}

const rowOf = (rows: readonly CandidateRow[], id: number): CandidateRow => rows.find((row) => row.id === id)!;

describe('the candidates of a run', () => {
  it('pass the check of events, and nothing near it does', () => {
    const { events } = withCandidates(fixtureRun());
    for (const event of events) assert.deepEqual(runEvent(event), event);
    const candidate = events.find((event) => event.type === 'candidate')!;
    const trial = events.find((event) => event.type === 'trial')!;
    for (const [event, problem] of [
      [{ ...candidate, id: -1 }, /^id: /],
      [{ ...candidate, origin: { kind: 'guess', parents: [] } }, /^origin\.kind: one of /],
      [{ ...candidate, origin: { kind: 'draw', parents: [0.5] } }, /^origin\.parents\[0\]: /],
      [{ ...trial, loss: null }, /^loss: a finite number/],
      [{ ...trial, loss: Infinity }, /^loss: a finite number/],
    ] as const)
      assert.throws(() => runEvent(event), { message: problem });
  });

  it('are ranked: the winner first, then by steps and loss, then what was never trained', () => {
    fc.assert(
      fc.property(searches, (options) => {
        const { events, contest: truth } = told(options);
        const rows = candidateRows(events);
        assert.equal(rows.length, truth.assignments.length);
        assert.deepEqual(
          rows.map(({ rank }) => rank),
          rows.map((_, place) => place + 1),
        );
        assert.equal(rows[0]!.id, truth.winner);
        assert.deepEqual(
          rows.map(({ winner }) => winner),
          rows.map((_, place) => place === 0),
        );
        rows.slice(1).forEach((row, i, others) => {
          const [last, next] = [row.trials.at(-1), others[i + 1]?.trials.at(-1)];
          if (!next) return;
          assert.ok(last && (last.steps > next.steps || (last.steps === next.steps && last.loss <= next.loss)));
        });
        for (const { trials } of rows)
          assert.deepEqual(
            trials.map(({ steps }) => steps),
            trials.map(({ steps }) => steps).sort((a, b) => a - b),
          );
      }),
    );
  });

  it('that were passed over and come up again keep what was known, and are in', () => {
    const again: readonly UnnumberedEvent[] = [
      startOf([2, 2]),
      {
        type: 'candidate',
        id: 0,
        stage: 'brew',
        origin: { kind: 'draw', parents: [] },
        assignment: [0, 1],
        predictedLoss: 2,
      },
      { type: 'dropped', candidate: 0, rank: 2, of: 2, reason: 'not the one that is trained' },
      { type: 'candidate', id: 0, stage: 'duel', origin: { kind: 'offspring', parents: [7] }, assignment: [0, 1] },
    ];
    const [row] = candidateRows(numbered(again));
    assert.deepEqual([row!.out, row!.predictedLoss, row!.stage], [undefined, 2, 'brew']);
  });

  it('in events about candidates that nobody told of are left out', () => {
    const odd: readonly UnnumberedEvent[] = [
      startOf([2]),
      { type: 'trial', candidate: 5, steps: 3, loss: 1 },
      { type: 'dropped', candidate: 6, rank: 1, of: 1, reason: 'x' },
    ];
    assert.deepEqual(candidateRows(numbered(odd)), []);
    assert.deepEqual(settlement(numbered(odd)), []);
  });
});

describe('how the architecture was settled', () => {
  it('says of a whole log who won, in how many decisions it differs from the choice, and by which losses', () => {
    fc.assert(
      fc.property(searches, (options) => {
        const { events, contest: truth } = told(options);
        const text = settlement(events).join('\n');
        const rows = candidateRows(events);
        const winner = rowOf(rows, truth.winner);
        const trials = truth.events.filter((event) => event.type === 'trial');
        const trained = new Set(trials.map(({ candidate }) => candidate)).size;
        if (rows.length === 1) {
          assert.match(text, /There was one candidate, so that nothing was compared/);
          return;
        }
        assert.equal(fateText(winner, rows.length), 'won');
        if (trained === 0) assert.match(text, /No candidates were trained against each other\./);
        else {
          assert.match(text, new RegExp(`^${trained} candidates were trained`, 'm'));
          assert.match(text, new RegExp(`up to ${Math.max(...trials.map(({ steps }) => steps))} steps`));
        }
        assert.equal(/foretold without training/.test(text), options.judged > 0);
        assert.doesNotMatch(text, /Nothing is settled/);
        const choice = rows.find(({ origin }) => origin.kind === 'choice');
        assert.equal(choice !== undefined, options.choice);
        if (!choice) {
          assert.match(text, new RegExp(`The winner is #${truth.winner + 1} .*no choice of its own`));
          return;
        }
        if (truth.winner === choice.id) {
          assert.match(text, /The search’s own choice is what was taken/);
          assert.equal(/no decision changed/.test(text), trained > 1);
          assert.doesNotMatch(text, /The winner is/);
          return;
        }
        const differs = winner.assignment.filter((option, d) => option !== choice.assignment[d]).length;
        assert.match(text, new RegExp(`takes ${differs} of ${options.decisions.length} decisions otherwise`));
        const shared = sideBySide(winner, choice);
        if (!shared) {
          assert.match(text, /never compared after equally many training steps/);
          return;
        }
        const word = shared.a < shared.b ? 'less' : shared.a > shared.b ? 'more' : 'the same';
        assert.match(text, new RegExp(`After ${shared.steps} steps each, .*: ${word}\\.`));
      }),
    );
  });

  it('never names a winner before there is one, at whatever event a run was interrupted, and is the same resumed', () => {
    fc.assert(
      fc.property(searches, fc.nat(), (options, at) => {
        const { events } = told(options);
        const some = events.slice(0, 1 + (at % (events.length - 1)));
        const text = settlement(some).join('\n');
        assert.equal(winnerOf(some), undefined);
        assert.doesNotMatch(text, /winner|is what was taken|won/);
        const rows = candidateRows(some);
        if (rows.length > 0) {
          const left = rows.filter(({ out }) => !out).length;
          assert.match(text, new RegExp(`Nothing is settled yet: ${left} candidate`));
        }
        // A resumed run writes the same events again from its checkpoint on.
        assert.deepEqual(settlement([...some, ...events.slice(some.length)]), settlement(events));
      }),
    );
  });

  it('says nothing about a race where there was none', () => {
    const { events } = told({ seed: 1, decisions: [3, 3, 3], choice: true, judged: 0, racers: 1, rounds: 1 });
    assert.deepEqual(settlement(events), [
      'There was one candidate, so that nothing was compared: it is what was trained.',
    ]);
    const fates = candidateRows(events).map((row, _, { length }) => fateText(row, length));
    assert.deepEqual(fates, ['the only one']);
  });

  it('does not know what was gained where the two were not trained side by side', () => {
    const one = (id: number, kind: 'choice' | 'draw', predictedLoss?: number): UnnumberedEvent => ({
      type: 'candidate',
      id,
      stage: 'brew',
      origin: { kind, parents: [] },
      assignment: [id, 0],
      ...(predictedLoss !== undefined && { predictedLoss }),
    });
    const chosen: UnnumberedEvent = { type: 'decoded', assignment: [1, 0], exactBytes: 1, candidate: 1 };
    const say = (...events: readonly UnnumberedEvent[]): string =>
      settlement(numbered([startOf([2, 2]), ...events, chosen])).join('\n');
    assert.match(
      say(one(0, 'choice'), one(1, 'draw')),
      /never compared after equally many training steps, so what that gained is not known/,
    );
    assert.match(
      say(one(0, 'choice', 2), one(1, 'draw', 1.5)),
      /foretold loss was 1\.5, .* 2; the two were never compared/,
    );
    const apart = [
      { type: 'trial', candidate: 0, steps: 50, loss: 1 },
      { type: 'trial', candidate: 1, steps: 60, loss: 1 },
    ] as const;
    assert.match(say(one(0, 'choice'), one(1, 'draw'), ...apart), /is not known/);
    const diverged = [
      { type: 'trial', candidate: 0, steps: 50, loss: DIVERGED },
      { type: 'trial', candidate: 1, steps: 50, loss: 0.5 },
    ] as const;
    assert.match(say(one(0, 'choice'), one(1, 'draw'), ...diverged), /loss was 0\.5 and .* choice diverged: less\./);
  });

  it('compares the choice with the probabilities at the end of the deciding stage, by hand', () => {
    const started = startOf([2, 3]);
    const epoch = madeUpStrategy(fixtureRun().events).find(
      (event) => event.type === 'epoch' && event.stage === 'brew',
    )!;
    const events = numbered([
      started,
      {
        ...epoch,
        probabilities: [
          [0.9, 0.1],
          [0.2, 0.3, 0.5],
        ],
        assignment: [0, 1],
      } as UnnumberedEvent,
      { type: 'candidate', id: 0, stage: 'brew', origin: { kind: 'choice', parents: [] }, assignment: [0, 1] },
      { type: 'decoded', assignment: [0, 1], exactBytes: 1, candidate: 0 },
    ]);
    assert.match(settlement(events)[0]!, /^Brewing leaves ended with .* most probable option in 1 of 2 decisions\.$/);
  });

  it('speaks of no probable options where the strategy prefers none', () => {
    const epoch = madeUpStrategy(fixtureRun().events).find(
      (event) => event.type === 'epoch' && event.stage === 'brew',
    )!;
    const chosen: UnnumberedEvent[] = [
      { type: 'candidate', id: 0, stage: 'brew', origin: { kind: 'choice', parents: [] }, assignment: [0, 1] },
    ];
    const said = (...rows: readonly (readonly number[])[][]): string =>
      settlement(
        numbered([
          startOf([2, 2]),
          ...rows.map((probabilities) => ({ ...epoch, probabilities, assignment: [0, 1] }) as UnnumberedEvent),
          ...chosen,
        ]),
      )[0]!;
    const alike = [
      [0.5, 0.5],
      [0.5, 0.5],
    ];
    const drawn = [
      [0.7, 0.3],
      [0.4, 0.6],
    ];
    const none = /^Brewing leaves ended with .*own choice”\)\.$/;
    assert.match(said(alike), none);
    assert.match(said(drawn, drawn, drawn), none);
    assert.match(said(drawn, alike), /most probable option in 2 of 2 decisions/);
    assert.match(said(alike, drawn), /most probable option in 2 of 2 decisions/);
  });

  it('says what training the winner changed', () => {
    const run = withCandidates(fixtureRun());
    const [network] = run.result!.networks;
    const changing = (kind: DecidedValue['kind']): RunResult => {
      const [first, ...others] = network.decisions;
      const option = first!.option === 0 ? 1 : 0;
      const changed = { ...network, decisions: [{ ...first!, kind, option }, ...others] };
      return { ...run.result!, networks: [changed] as const };
    };
    const result = changing('bits');
    assert.match(settlement(run.events, result).at(-1)!, /^Training the winner changed 1 decision to use the budget: /);
    assert.doesNotMatch(settlement(run.events, run.result).join('\n'), /Training the winner/);
    const exits = settlement(run.events, changing('operator')).join('\n');
    assert.match(exits, /Exits that were not worth their bytes were left out of the trained network: /);
    assert.doesNotMatch(exits, /Training the winner/);
  });

  it('of a run of an older version says what it can, of nothing nothing', () => {
    const { events, result } = fixtureRun();
    const text = settlement(events, result);
    assert.match(text[0]!, /^An older version began this run/);
    assert.match(text[1]!, /most probable option of the end of Search in \d+ of \d+ decisions/);
    assert.deepEqual(settlement([]), []);
    assert.deepEqual(settlement(events.slice(0, 3)), []);
    assert.match(settlement(numbered([startOf([])]))[0]!, /^The definition leaves nothing open/);
  });
});

describe('training that starts anew', () => {
  it('is marked on all curves and said in words, before the first epoch of what was chosen', () => {
    const run = withCandidates(fixtureRun());
    const decoded = run.events.find((event) => event.type === 'decoded')!;
    const next = run.events.find((event) => event.type === 'epoch' && event.seq > decoded.seq);
    assert.ok(next?.type === 'epoch');
    for (const chart of curves(run.events)) assert.deepEqual(chart.restarts, [next.epoch], chart.id);
    const [chart] = curves(run.events);
    assert.ok(chart);
    assert.match(summary(chart), new RegExp(` Training starts anew with epoch ${next.epoch}\\.$`));
    assert.match(lineChartSvg(chart, ''), new RegExp(`<title>training starts anew with epoch ${next.epoch}</title>`));
    const kept = run.events.map((event) => (event.type === 'decoded' ? { ...event, anew: false } : event));
    assert.deepEqual(restartsOf(kept), []);
    assert.deepEqual(restartsOf(fixtureRun().events), [], 'older runs do not say');
    assert.deepEqual(restartsOf(run.events.filter(({ seq }) => seq <= decoded.seq)), [], 'not before it is there');
  });

  it('is that of each further network, where several are trained whole', () => {
    const { events } = fixtureOfSeveral(3);
    const unnumbered = events.flatMap((event): UnnumberedEvent[] =>
      event.type === 'epoch' && event.epoch % 5 === 0
        ? [event, { type: 'trial', candidate: event.epoch / 5 - 1, steps: 5, loss: 1 }]
        : [event],
    );
    assert.deepEqual(restartsOf(numbered(unnumbered)), [6, 11]);
  });
});
