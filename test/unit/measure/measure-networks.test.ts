import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chooseColumns } from '../../../src/measure/choose-columns.ts';
import { deviceOrders } from '../../../src/measure/device-orders.ts';
import { measureNetworks } from '../../../src/measure/measure-networks.ts';
import { RUNTIMES } from '../../../src/measure/runtime-table.ts';
import { measureCsv } from '../../../src/reports/measure-csv.ts';
import { measureHtml } from '../../../src/reports/measure-html.ts';
import {
  bottleneckTable,
  measureNotes,
  measureTables,
  orderTable,
  orderText,
} from '../../../src/charts/measure-tables.ts';
import type { Measurement } from '../../../src/wire/measurements.ts';
import { fakeRuntime, subject } from './fakes.ts';

const OPTIONS = { environment: {}, seconds: 0.1 };
const channels = (one: { network: { architecture: { operations: readonly { outChannels: number }[] } } }): number =>
  one.network.architecture.operations[0]!.outChannels;

const ahead = fakeRuntime('ahead', (one) => ({
  seconds: { median: channels(one) / 1000, p90: 1, spread: 0.1, runs: 9 },
}));
const behind = fakeRuntime('behind', (one) => ({ work: { unit: 'instructions', count: 1e6 / channels(one) } }), {
  mark: 'simulated',
});
const absent = fakeRuntime('absent', () => assert.fail('it is not there'), {
  available: () => Promise.resolve({ reason: 'buy it' }),
});
const wrong = fakeRuntime('wrong', () => ({
  reason: 'its outputs are not those of the network',
  agreement: { samples: 4, equal: 0.1, most: 99 },
}));
const broken = fakeRuntime('broken', () => {
  throw new Error('it fell\nover');
});

describe('networks × devices', () => {
  const subjects = [subject(4), subject(8), subject(16)];
  const report = (runtimes: Parameters<typeof chooseColumns>[0], tell?: Parameters<typeof measureNetworks>[3]) =>
    measureNetworks(subjects, chooseColumns(runtimes), OPTIONS, tell);

  it('every cell has a number or says why not, and how it came about', async () => {
    const { networks, columns } = await report([ahead, behind, absent, wrong, broken]);
    assert.deepEqual(
      columns.map(({ title }) => title),
      ['ahead', 'behind', 'absent', 'wrong', 'broken'].map((id) => `Runtime ${id}, first`),
    );
    for (const { cells } of networks) {
      assert.deepEqual(
        cells.map(({ mark }) => mark),
        ['measured', 'simulated', 'unknown', 'unknown', 'unknown'],
      );
      assert.deepEqual(
        cells.map(({ reason }) => reason),
        [undefined, undefined, 'buy it', 'its outputs are not those of the network', 'it fell over'],
      );
      for (const { mark, seconds, work } of cells) assert.equal(mark !== 'unknown', Boolean(seconds ?? work));
    }
  });

  it('asks runtimes at the same time whether they are there, each once', async () => {
    const asked: string[] = [];
    let all: () => void;
    const together = new Promise<void>((resolve) => {
      all = resolve;
    });
    const patient = ['a', 'b', 'c'].map((id) =>
      fakeRuntime(id, () => ({ work: { unit: 'cycles', count: 1 } }), {
        available: async () => {
          // The first would wait for ever if the last were not asked before it has answered.
          if (asked.push(id) === 3) all();
          await together;
          return { version: id };
        },
      }),
    );
    const { networks } = await report(patient);
    assert.deepEqual(asked, ['a', 'b', 'c']);
    assert.deepEqual(
      networks[0]!.cells.map(({ version }) => version),
      ['a', 'b', 'c'],
    );
  });

  it('says how many bytes the weights of a network take, packed at their bits', async () => {
    const { networks } = await report([ahead]);
    // 3×3 filters on one channel, then a dense layer of four units.
    assert.deepEqual(
      networks.map(({ weightBytes }) => weightBytes),
      [4, 8, 16].map((filters) => 9 * filters + 4 * filters),
    );
  });

  it('tells each cell as it is there, and gives each a folder that is gone afterwards', async () => {
    const told: string[] = [];
    const folders: string[] = [];
    const nosy = fakeRuntime('nosy', () => ({ work: { unit: 'cycles', count: 1 } }), {
      measure: async (_, __, { folder }) => {
        assert.ok(existsSync(folder));
        folders.push(folder);
        return { work: { unit: 'cycles', count: 1 } };
      },
    });
    await report([nosy], ({ name }, { runtime }) => told.push(`${name} ${runtime}`));
    assert.deepEqual(told, ['net-4 nosy', 'net-8 nosy', 'net-16 nosy']);
    assert.equal(new Set(folders).size, 3);
    assert.ok(folders.every((folder) => !existsSync(folder)));
  });

  it('stops where the signal says so', async () => {
    const controller = new AbortController();
    const once = fakeRuntime('once', () => {
      controller.abort();
      return { work: { unit: 'cycles', count: 1 } };
    });
    await assert.rejects(
      measureNetworks(subjects, chooseColumns([once]), { ...OPTIONS, signal: controller.signal }),
      (error: Error) => error.name === 'AbortError',
    );
  });

  it('orders of devices: seconds beside instructions, pairs that know three networks', async () => {
    const { orders } = await report([ahead, behind, absent]);
    assert.deepEqual(
      orders.map(({ a, b, rho, networks }) => [a, b, Math.round(rho), networks]),
      [[0, 1, -1, 3]],
    );
    const cell = (median?: number): Measurement => ({
      runtime: 'r',
      device: 'd',
      mark: median === undefined ? 'unknown' : 'measured',
      ...(median !== undefined && { seconds: { median } }),
    });
    assert.deepEqual(
      deviceOrders([
        [cell(1), cell(2)],
        [cell(2), cell(3)],
      ]),
      [],
    );
    assert.deepEqual(
      deviceOrders([
        [cell(1), cell(2)],
        [cell(2), cell(2)],
        [cell(3), cell(2)],
      ]),
      [],
    );
    assert.deepEqual(deviceOrders([]), []);
  });

  it('tables, CSV and HTML show what is there and escape what comes from outside', async () => {
    const hostile = fakeRuntime('hostile', () => ({
      seconds: { median: 0.002 },
      memory: { arenaBytes: 1024, flashBytes: 2048 },
      layers: [{ name: '<b>=1+1', share: 0.75, waitsFor: 'maps' }],
      note: '<script>',
    }));
    const found = await report([ahead, behind, absent, hostile]);
    const [times, memory] = measureTables(found);
    assert.deepEqual(times!.rows[0], ['Runtime ahead, first', '4\u00a0ms', '8\u00a0ms', '16\u00a0ms', 'measured']);
    assert.deepEqual(times!.rows[2]!.slice(1), ['–', '–', '–', 'unknown']);
    assert.deepEqual(
      memory!.rows.map(([device, first]) => [device, first]),
      [['Runtime hostile, first', '1\u00a0KiB / 2\u00a0KiB']],
    );
    assert.equal(bottleneckTable(found)!.rows.length, 3);
    assert.deepEqual(orderTable(found)!.rows[0]!.slice(0, 3), [
      'Runtime ahead, first',
      'Runtime behind, first',
      '-1.00',
    ]);
    assert.equal(
      orderText(found),
      'The two devices order the networks otherwise: Runtime ahead, first and Runtime behind, first (Spearman’s ρ is -1.00).',
    );
    assert.ok(measureNotes(found).includes('Runtime absent, first: unknown: buy it'));
    const html = measureHtml(found);
    assert.ok(!html.includes('<script>') && !html.includes('<b>=1'));
    assert.ok(html.includes('&lt;script&gt;'));
    const lines = measureCsv(found).trimEnd().split('\r\n');
    assert.equal(lines.length, 1 + 3 * 4);
    assert.ok(lines.every((line) => !/(^|,)=/.test(line)));
    const one = await measureNetworks(subjects.slice(0, 1), chooseColumns([ahead]), OPTIONS);
    assert.deepEqual(measureTables(one)[0]!.rows, [
      ['Runtime ahead, first', '4\u00a0ms', '1\u00a0s', '10\u00a0%', '', '', '', '', '', 'measured'],
    ]);
  });
});

describe('choosing devices', () => {
  const all = [ahead, behind];
  const ids = (...args: [(readonly string[])?, (readonly string[])?]): readonly string[] =>
    chooseColumns(all, ...args).map(({ runtime, device }) => `${runtime.id} ${device.id}`);

  it('takes the usual ones, or those that are named', () => {
    assert.deepEqual(ids(), ['ahead first', 'behind first']);
    assert.deepEqual(ids(['behind']), ['behind first']);
    assert.deepEqual(ids(undefined, ['first', 'ahead-other']), ['ahead first', 'ahead ahead-other', 'behind first']);
    assert.deepEqual(ids(['behind'], ['first']), ['behind first']);
    assert.deepEqual(ids(undefined, ['behind/first', 'ahead/ahead-other']), ['ahead ahead-other', 'behind first']);
    assert.deepEqual(ids(undefined, ['behind/first', 'first']), ['ahead first', 'behind first']);
  });

  it('names what there is instead of what there is not', () => {
    assert.throws(() => ids(['behid']), /no runtime 'behid'; did you mean 'behind'/);
    assert.throws(() => ids(['zzzzzz']), /there are ahead, behind/);
    assert.throws(() => ids(['behind'], ['ahead-other']), /no device 'ahead-other'/);
    assert.throws(() => ids(undefined, ['ahead/behind-other']), /no device 'ahead\/behind-other'; did you mean/);
  });

  it('takes presets, and names those that there are', () => {
    const [column, other] = chooseColumns(RUNTIMES, undefined, ['ethos-u55-64+Ethos_U55_Deep_Embedded']);
    assert.deepEqual(
      [column!.runtime.id, column!.device.title, other!.runtime.id, other!.device.title],
      ['vela', 'ethos-u55-64, Ethos_U55_Deep_Embedded', 'estimate', 'Ethos-U55-64, Ethos_U55_Deep_Embedded'],
    );
    const [whole, ...none] = chooseColumns(RUNTIMES, undefined, ['vela/ethos-u55-64+Ethos_U55_Deep_Embedded']);
    assert.deepEqual([whole!.runtime.id, whole!.device.id, none], ['vela', column!.device.id, []]);
    assert.throws(() => chooseColumns(RUNTIMES, ['vela'], ['ethos-u55-64+Nothing']), /Ethos_U55_High_End_Embedded/);
    assert.throws(() => chooseColumns(RUNTIMES, ['litert'], ['ethos-u55-64+Ethos_U55_Deep_Embedded']), /no device/);
  });

  it('every runtime has a name of its own, and each of its devices too', () => {
    assert.equal(new Set(RUNTIMES.map(({ id }) => id)).size, RUNTIMES.length);
    for (const { devices } of RUNTIMES) {
      assert.ok(devices.some(({ usual }) => usual));
      assert.equal(new Set(devices.map(({ id }) => id)).size, devices.length);
      assert.ok(devices.every(({ id }) => /^[\w:-]+$/.test(id)));
    }
  });
});
