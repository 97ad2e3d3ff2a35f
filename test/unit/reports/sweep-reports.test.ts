/** Reports of a sweep: whole, whatever stands in it, and mute whatever it is called. */
import assert from 'node:assert/strict';
import { sweepCsv } from '../../../src/reports/sweep-csv.ts';
import { sweepHtml } from '../../../src/reports/sweep-html.ts';
import { sweepJson } from '../../../src/reports/sweep-json.ts';
import { sweepReasons, sweepRunsTable, sweepStanding, sweepTable } from '../../../src/reports/sweep-tables.ts';
import { frontier } from '../../../src/charts/frontier.ts';
import { listsRun } from '../../../src/wire/sweep-plan.ts';
import { fixtureSweep } from '../../fixtures/sweeps.ts';

const HOSTILE = '<img src=x onerror=alert(1)>"\'&\u202e=cmd|x!A1';

describe('reports of a sweep', () => {
  it('say how it stands, also before anything is done', () => {
    assert.equal(sweepTable(fixtureSweep(0)), undefined);
    assert.match(sweepHtml(fixtureSweep(0)), /No run is done yet/);
    assert.equal(sweepStanding(fixtureSweep(14)), '14 of 18 runs done, 1 running, 1 failed, 2 missing');
    assert.equal(sweepRunsTable(fixtureSweep(3)).rows.length, 18);
  });

  it('name budgets of which something is run, and count what is to be run', () => {
    const facts = fixtureSweep(14);
    const [most] = facts.plan.budgets.slice(-1);
    const rows = facts.rows.map((row) =>
      row.cell.budget === most ? { cell: row.cell, state: 'left out' as const } : row,
    );
    const { budgets, seeds } = listsRun({ rows });
    assert.deepEqual([budgets, seeds], [facts.plan.budgets.slice(0, -1), facts.plan.seeds]);
    assert.deepEqual(listsRun(facts), facts.plan);
    const left = rows.filter(({ state }) => state === 'left out').length;
    assert.match(sweepStanding({ rows }), new RegExp(`^\\d+ of ${18 - left} runs done.*, ${left} left out(,|$)`));
    assert.deepEqual(frontier({ ...facts, rows })!.budgets, budgets);
  });

  it('say each reason once, with the cells that it holds for and no others', () => {
    const facts = fixtureSweep(18);
    const [least] = facts.plan.budgets;
    const why = (row: (typeof facts.rows)[number]): { readonly reason?: string; readonly state: 'failed' } => ({
      state: 'failed',
      ...(row.cell.budget === least && { reason: 'too small' }),
      ...(row.cell.index === 5 && { reason: 'odd' }),
    });
    const rows = facts.rows.map((row) => ({ cell: row.cell, ...why(row) }));
    const told = sweepReasons({ ...facts, rows });
    assert.deepEqual(
      told.map(({ state, reason, runs }) => [state, reason, runs.replaceAll('\u00a0', ' ')]),
      [
        ['failed', 'too small', '8 KiB; seeds 1, 2, 3; UDC, Evolution'],
        ['failed', 'odd', '32 KiB, seed 1, Evolution'],
      ],
    );
    // Two cells that are not all combinations of what they are made of.
    const corners = facts.rows.map((row) => ({
      cell: row.cell,
      state: 'failed' as const,
      ...([0, 17].includes(row.cell.index) && { reason: 'x' }),
    }));
    const [only] = sweepReasons({ ...facts, rows: corners });
    assert.equal(only!.runs.replaceAll('\u00a0', ' '), '8 KiB, seed 1, UDC; 32 KiB, seed 3, Evolution');
    assert.deepEqual(sweepReasons(facts), []);
  });

  it('show the spread over the seeds, of more than one', () => {
    const { head, rows } = sweepTable(fixtureSweep(18))!;
    const [runs, spread] = [head.indexOf('Runs'), head.indexOf('Mean ± deviation')];
    for (const row of rows) assert.equal(row[spread] !== '', Number(row[runs]) > 1);
    assert.ok(rows.some((row) => /^[\d.]+ ± [\d.]+\u00a0%$/.test(row[spread]!)));
  });

  it('have a row a point and as many cells as heads', () => {
    for (const done of [1, 10, 18]) {
      const facts = fixtureSweep(done);
      for (const { head, rows } of [sweepTable(facts)!, sweepRunsTable(facts)])
        for (const row of rows) assert.equal(row.length, head.length);
      const lines = sweepCsv(facts).trimEnd().split('\r\n');
      const cells = lines.map((line) => line.split(',').length);
      assert.equal(new Set(cells).size, 1, cells.join());
    }
  });

  it('give programs the same numbers', () => {
    const told = sweepJson(fixtureSweep(18)) as { frontier: unknown[]; runs: { state: string }[] };
    assert.equal(told.runs.filter(({ state }) => state === 'done').length, 18);
    assert.ok(told.frontier.length >= 6);
    assert.deepEqual(JSON.parse(JSON.stringify(told)), told);
  });

  it('hold no markup, formula or hidden mark of what a person named', () => {
    const facts = fixtureSweep(18, { name: HOSTILE });
    const rows = facts.rows.map((row) => ({ ...row, cell: { ...row.cell, strategy: HOSTILE }, reason: HOSTILE }));
    const html = sweepHtml({ ...facts, rows });
    assert.doesNotMatch(html, /<img|\u202e/);
    const failed = { ...facts, rows: rows.map(({ cell, reason }) => ({ cell, reason, state: 'failed' as const })) };
    assert.doesNotMatch(sweepHtml(failed), /<img|\u202e/);
    const csv = sweepCsv(failed);
    assert.doesNotMatch(csv, /(^|,)=/m);
  });
});
