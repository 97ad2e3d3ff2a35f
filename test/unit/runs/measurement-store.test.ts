import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  homeOfRun,
  KnownMeasurements,
  measurementsFile,
  readMeasurements,
} from '../../../src/runs/folder/read-measurements.ts';
import { storedOf, storeMeasurements } from '../../../src/runs/measurement-store.ts';
import { measureReport, storedMeasurement, type MeasureReport } from '../../../src/wire/measurements.ts';
import { inFolder } from '../../scratch.ts';

const REPORT: MeasureReport = {
  when: '2026-11-28T12:00:00.000Z',
  machine: 'a processor',
  columns: [
    { runtime: 'litert', device: 'xnnpack', title: 'LiteRT, XNNPACK' },
    { runtime: 'c', device: 'host', title: 'C' },
    { runtime: 'published', device: 'board', title: 'A board' },
  ],
  networks: [
    {
      name: 'net',
      network: 'abc',
      weights: 'run',
      weightBytes: 100,
      run: '2026-net',
      cells: [
        {
          ...{ runtime: 'litert', device: 'xnnpack', mark: 'measured', version: '2.3.0' },
          ...{ seconds: { median: 0.0018, p90: 0.002, spread: 0.1, runs: 50 }, memory: { arenaBytes: 10 } },
          ...{ agreement: { samples: 4, equal: 1, most: 0 }, layers: [{ name: 'a', share: 1 }] },
        },
        { runtime: 'c', device: 'host', mark: 'unknown', reason: 'no compiler' },
        { runtime: 'published', device: 'board', mark: 'measured', seconds: { median: 1 }, published: true },
      ],
    },
  ],
  orders: [],
};

describe('the store of measurements', () => {
  const stored = storedOf(REPORT);

  it('keeps what has a number of its own, with network, device, versions, time and layers', () => {
    assert.equal(stored.length, 1);
    assert.equal(stored[0]!.network, 'abc');
    assert.equal(stored[0]!.when, REPORT.when);
    assert.deepEqual([stored[0]!.title, stored[0]!.run], ['LiteRT, XNNPACK', '2026-net']);
    assert.deepEqual(storedMeasurement(JSON.parse(JSON.stringify(stored[0]))), stored[0]);
  });

  it('is made, added to, read back in its order, and kept out of version control', () =>
    inFolder(async (folder) => {
      const runs = join(folder, '.udc', 'runs');
      const file = measurementsFile(runs);
      assert.equal(file, join(folder, '.udc', 'measurements.ndjson'));
      assert.deepEqual(await readMeasurements(file), []);
      await storeMeasurements(runs, []);
      assert.ok(!existsSync(file));
      await storeMeasurements(runs, stored);
      await storeMeasurements(runs, [{ ...stored[0]!, when: 'later' }]);
      assert.deepEqual(
        (await readMeasurements(file)).map(({ when }) => when),
        [REPORT.when, 'later'],
      );
      assert.equal(readFileSync(join(folder, '.udc', '.gitignore'), 'utf8'), '*\n');
    }));

  it('leaves lines out that are damaged, torn or of another version', () =>
    inFolder(async (folder) => {
      const runs = join(folder, '.udc', 'runs');
      await storeMeasurements(runs, stored);
      const file = measurementsFile(runs);
      appendFileSync(file, '{"network": 5}\nnonsense\n{"torn": ');
      assert.equal((await readMeasurements(file)).length, 1);
      await storeMeasurements(runs, [{ ...stored[0]!, when: 'after a torn line' }]);
      assert.equal((await readMeasurements(file)).at(-1)!.when, 'after a torn line');
      assert.equal((await readMeasurements(file)).length, 2);
    }));

  it('is found from a run, in a sweep or not, where the command line writes it', () => {
    const home = join('/work', 'project');
    for (const parts of [
      ['runs', 'a'],
      ['sweeps', 's', 'a'],
    ])
      assert.equal(homeOfRun(join(home, '.udc', ...parts)), home);
    assert.equal(homeOfRun(join(home, 'elsewhere', 'a')), join(home, 'elsewhere'));
  });

  it('is read again when it has changed, and only then', () =>
    inFolder(async (folder) => {
      const runs = join(folder, '.udc', 'runs');
      const known = new KnownMeasurements();
      assert.deepEqual(await known.of(folder), []);
      await storeMeasurements(runs, stored);
      const first = await known.of(folder);
      assert.deepEqual(first, stored);
      assert.equal(await known.of(folder), first);
      await storeMeasurements(runs, stored);
      assert.equal((await known.of(folder)).length, 2);
      rmSync(measurementsFile(runs));
      assert.deepEqual(await known.of(folder), []);
    }));
});

describe('the check of a report', () => {
  const changed = (change: object): unknown => ({ ...JSON.parse(JSON.stringify(REPORT)), ...change });

  it('takes what a program answers, and nothing whose cells or orders are of no column', () => {
    assert.deepEqual(measureReport(changed({})), REPORT);
    const [network] = REPORT.networks;
    assert.throws(() => measureReport(changed({ networks: [{ ...network, cells: network!.cells.slice(1) }] })), /3/);
    assert.throws(() => measureReport(changed({ orders: [{ a: 0, b: 3, rho: 1, networks: 3 }] })), /a column/);
    assert.throws(() => measureReport(changed({ networks: [{ ...network, worth: { name: 'luck', value: 1 } }] })));
    const worth = { name: 'accuracy', value: 0.9 };
    assert.ok(measureReport(changed({ networks: [{ ...network, worth }] })));
  });
});
