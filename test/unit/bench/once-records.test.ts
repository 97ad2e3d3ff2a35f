/** Records of the benchmark of once-for-all: taken up again, cut where a run was killed, and what they say together. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import {
  OnceRecords,
  pointsOf,
  rowsOf,
  summaryOf,
  type Kind,
  type Measurement,
} from '../../../bench/lib/once/records.ts';

const SETTINGS = { model: 'm', seed: '1' };

const measured = (budget: string, kind: Kind, seconds: number, rest: Partial<Measurement> = {}): Measurement => ({
  budget,
  target: 'chip',
  kind,
  accuracy: 90,
  bytes: 1000,
  limit: 1024,
  seconds,
  ...rest,
});

describe('records of once-for-all', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'udc-once-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('are all there for a run that goes on, wherever the one before was killed', () => {
    const list = [measured('1KiB', 'untuned', 3), measured('2KiB', 'tuned', 5), measured('2KiB', 'own', 80)];
    fc.assert(
      fc.property(fc.nat(200), (cut) => {
        rmSync(path.join(folder, 'rows.ndjson'), { force: true });
        const first = new OnceRecords(folder, SETTINGS);
        for (const record of list) first.add(record);
        appendFileSync(path.join(folder, 'rows.ndjson'), JSON.stringify(list[0]).slice(0, cut % 60));
        const again = new OnceRecords(folder, SETTINGS);
        assert.deepEqual(again.all, list);
        again.add(measured('3KiB', 'own', 90));
        assert.equal(new OnceRecords(folder, SETTINGS).all.length, 4);
        assert.ok(readFileSync(path.join(folder, 'rows.ndjson'), 'utf8').endsWith('}\n'));
      }),
      { numRuns: 30 },
    );
  });

  it('are refused where they are of other settings, or are none', () => {
    new OnceRecords(folder, SETTINGS).add(measured('1KiB', 'own', 1));
    assert.throws(() => new OnceRecords(folder, { ...SETTINGS, seed: '2' }), /other settings/);
    appendFileSync(path.join(folder, 'rows.ndjson'), '{"kind":"of another"}\n');
    assert.throws(() => new OnceRecords(folder, SETTINGS), /rows\.ndjson:2: a record of this benchmark was expected/);
  });

  it('name points as an option does', () => {
    assert.deepEqual(pointsOf('4KiB:ethos-u55-128, 8KiB:mcu-packed'), [
      { budget: '4KiB', target: 'ethos-u55-128' },
      { budget: '8KiB', target: 'mcu-packed' },
    ]);
    assert.deepEqual(pointsOf(''), []);
    for (const wrong of ['4KiB', ':chip', '4KiB:', '4KiB:chip:1'])
      assert.throws(() => pointsOf(wrong), /--own-at/, wrong);
  });

  it('scale the time of own searches from those that were measured, and say so', () => {
    const records = new OnceRecords(undefined, SETTINGS);
    records.add({ kind: 'once', seconds: 100, kendall: 0.5, heldOut: 20, accuracy: 80 });
    for (const budget of ['1KiB', '2KiB', '3KiB', '4KiB']) {
      records.add(measured(budget, 'untuned', 5, { accuracy: 80 }));
      records.add(measured(budget, 'tuned', 25, { accuracy: 88, bytes: budget === '4KiB' ? 1025 : 1000 }));
    }
    for (const [budget, seconds] of [
      ['1KiB', 70],
      ['2KiB', 80],
      ['3KiB', 120],
    ] as const)
      records.add(measured(budget, 'own', seconds));
    const said = summaryOf(records);
    assert.match(said, /4 own searches would take ≈ 320 s, 4 times the median of the 3 measured \(80 s\)/);
    assert.match(said, /2\.7 times all untuned with the training, 1\.6 times all tuned/);
    assert.match(said, /median gap to them 10\.0 points untuned, 2\.0 tuned/);
    assert.match(said, /1 of 11 over a limit/);
    records.add({ target: 'other', budget: '1KiB', kind: 'refused', note: 'no' });
    const rows = rowsOf(records, 2, 'udc');
    assert.deepEqual([rows.length, rows[0]!['udc, %'], rows[3]!['udc, %'], rows[4]!.note], [5, 90, undefined, 'no']);
  });
});
