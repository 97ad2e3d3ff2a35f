/** The live view of a search whose strategy the program has never heard of. */
import assert from 'node:assert/strict';
import { LiveView } from '../../../src/cli/terminal/live.ts';
import type { RunEvent } from '../../../src/wire/run.ts';
import { madeUpStrategy, progressOf } from '../../fixtures/run-parts.ts';
import { fixtureRun } from '../../fixtures/runs.ts';

const events = madeUpStrategy(fixtureRun().events);

/** A view on a terminal, what it has written, and what stands in its status line. */
function watched(): { readonly view: LiveView; lines(): readonly string[]; status(): string } {
  let [written, status] = ['', ''];
  const view = new LiveView({
    out: (text) => {
      written += text;
    },
    err: (text) => {
      written += text;
    },
    columns: 200,
    rewriteLine: (text) => {
      status = text;
    },
  });
  return { view, lines: () => written.replaceAll('\u00a0', ' ').split('\n'), status: () => status };
}

function follow(view: LiveView, all: readonly RunEvent[]): void {
  for (const event of all) view.event(event);
}

describe('the live view of a made-up strategy', () => {
  it('has the columns that the strategy declares, and leaves out the numbers that an epoch has not', () => {
    const { view, lines } = watched();
    follow(view, events);
    const head = lines().find((line) => line.includes('val. loss'))!;
    assert.match(head, /of budget +heat$/);
    assert.doesNotMatch(head, /foam|crumbs|undecided/);
    const rows = lines().filter((line) => /^ +\d\/5 /.test(line));
    assert.deepEqual(
      rows.map((row) => /^ +(\d\/5) +(\w+ \w+) /.exec(row)!.slice(1)),
      [
        ['1/5', 'Brewing leaves'],
        ['2/5', 'Brewing leaves'],
        ['3/5', 'Brewing leaves'],
        ['4/5', 'Pouring out'],
        ['5/5', 'Pouring out'],
      ],
    );
    assert.deepEqual(
      rows.slice(0, 3).map((row) => / ([\d.]+ %)$/.exec(row)?.[1]),
      ['75 %', '50 %', '25 %'],
    );
    for (const row of rows) assert.ok(row.length <= head.length, row);
    const end = head.indexOf('of budget') + 'of budget'.length;
    for (const row of rows.slice(3)) assert.equal(row.length, end, 'nothing stands below heat');
  });

  it('says the title of the stage, and shares of what has no epochs', () => {
    for (const [progress, expected] of [
      [progressOf({ stage: 'brew', title: 'Brewing leaves', epochs: 5 }), /^Brewing leaves {2}epoch 3 of 5 {2}step 5/],
      [
        progressOf({ stage: 'duel', title: 'Duel of cups', epochs: 5, hasEpochs: false }),
        /^Duel of cups {2}50 % {2}step 5 of 10/,
      ],
    ] as const) {
      const { view, status } = watched();
      view.event(events[0]!);
      view.progress(progress);
      assert.match(status(), expected);
    }
  });

  it('speaks of expected bytes only where the last epoch has some', () => {
    const before = fixtureRun().events.slice(0, 2);
    for (const [known, told] of [
      [before, /expected, .* exact of /],
      [events, /· {2}[\d.]+ (B|KiB) exact of /],
    ] as const) {
      const { view, status } = watched();
      view.recall(known);
      view.progress(progressOf());
      const text = status().replaceAll('\u00a0', ' ');
      assert.match(text, told);
      assert.equal(text.includes('expected'), known === before);
    }
  });
});
