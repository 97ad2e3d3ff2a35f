/** Measurements as the page shows them, in words and in places. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { placeLabels } from '../../../src/charts/label-places.ts';
import { measuredScatter } from '../../../src/charts/measured-scatter.ts';
import {
  cellWords,
  commonReason,
  deviceBars,
  longestLayersOf,
  randomText,
  toldColumns,
} from '../../../src/charts/measured-view.ts';
import { reportTitle } from '../../../src/wire/measured-text.ts';
import { fixtureMeasurements } from '../../fixtures/measurements.ts';

const report = fixtureMeasurements();
const columnOf = (title: RegExp): number => report.columns.findIndex((column) => title.test(column.title));
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');
const [xnnpack, micro, absent, cortex, vela, estimate, board] = [
  ...[/XNNPACK/, /Micro/, /ONNX/, /Cortex/, /Vela/, /estimate/, /STM32/].map(columnOf),
] as [number, number, number, number, number, number, number];

describe('a cell of measurements in words', () => {
  const words = (network: number, column: number): readonly string[] => {
    const { amount, mark, lines } = cellWords(report.networks[network]!.cells[column]!);
    return [amount, mark, ...lines].map(plain);
  };

  it('has time, its spread, memory and energy, each where it is known', () => {
    assert.deepEqual(words(0, xnnpack), ['0.4 ms', 'measured', '90th percentile 0.52 ms, spread 4 %']);
    assert.deepEqual(words(0, micro).slice(2), ['90th percentile 24 ms, spread 2 %', 'arena 19.5 KiB']);
    assert.deepEqual(words(0, cortex), [
      '5 M instructions',
      'simulated',
      'arena 5.86 KiB, stack 224 B, flash 10.2 KiB',
    ]);
    assert.deepEqual(words(0, vela).slice(0, 3), ['0.05 ms', 'simulated', '25 k cycles']);
    assert.deepEqual(words(0, board), ['43.4 ms', 'measured', 'energy 1.43 mJ']);
    assert.deepEqual(words(0, absent), ['–', 'unknown']);
  });

  it('says why there is no number, once where all networks have one reason', () => {
    assert.match(cellWords(report.networks[1]!.cells[estimate]!).reason!, /kernel height/);
    assert.equal(cellWords(report.networks[0]!.cells[estimate]!).reason, undefined);
    assert.match(commonReason(report, absent)!, /not set up/);
    for (const column of [xnnpack, estimate, board]) assert.equal(commonReason(report, column), undefined);
  });
});

describe('bars of devices', () => {
  it('show every number that there is, and none that there is not', () => {
    const all = deviceBars(report, false);
    assert.deepEqual(
      all.map(({ column }) => column),
      toldColumns(report),
    );
    for (const { column, bars } of all) {
      const known = report.networks.filter(({ cells }) => cells[column]!.mark !== 'unknown').map(({ name }) => name);
      assert.deepEqual(
        bars.map(({ name }) => name),
        known,
      );
      assert.equal(Math.max(...bars.map(({ share }) => share)), 1);
    }
  });

  it('are on one scale where that is wanted; what is only counted keeps its own', () => {
    const all = deviceBars(report, true);
    const longest = new Map(all.map(({ column, bars }) => [column, Math.max(...bars.map(({ share }) => share))]));
    assert.equal(longest.get(micro), 1);
    assert.equal(longest.get(cortex), 1);
    assert.ok(longest.get(xnnpack)! < 0.1);
    const times = all
      .filter(({ column }) => column !== cortex)
      .flatMap(({ column, bars }) =>
        bars.map(({ name, share }) => {
          const cell = report.networks.find((network) => network.name === name)!.cells[column]!;
          return cell.seconds!.median / share;
        }),
      );
    for (const scale of times) assert.ok(Math.abs(scale / times[0]! - 1) < 1e-9);
  });
});

describe('the picture of a device', () => {
  const SIZE = [600, 300] as const;

  it('has every network that is known, inside its box: more time further right, more worth further up', () => {
    const { points, box, note } = measuredScatter(report, xnnpack, ...SIZE)!;
    assert.equal(points.length, report.networks.length);
    for (const { x, y } of points) assert.ok(x > box.left && x < box.right && y > box.top && y < box.bottom);
    for (const a of points)
      for (const b of points) {
        const [one, other] = [report.networks[a.network]!, report.networks[b.network]!];
        const [left, right] = [one, other].map(({ cells }) => cells[xnnpack]!.seconds!.median);
        if (left! < right!) assert.ok(a.x < b.x);
        if (one.worth!.value > other.worth!.value) assert.ok(a.y < b.y);
      }
    assert.match(note, /^Up: Accuracy, test part\. Across: time of an inference on LiteRT, XNNPACK\.$/);
    assert.match(plain(points[0]!.text), /^kws-dscnn: 90 % at 0\.4 ms, measured$/);
  });

  it('has bytes up where nothing is known of their worth, and counts across where there is no time', () => {
    const files = fixtureMeasurements({ runs: false });
    assert.match(measuredScatter(files, cortex, ...SIZE)!.note, /^Up: flash\. Across: instructions of an inference/);
    assert.match(measuredScatter(files, xnnpack, ...SIZE)!.note, /^Up: weights, packed at their bits\./);
    const one = { ...report.networks[0]!.worth!, name: 'psnr' as const };
    const mixed = {
      ...report,
      networks: report.networks.map((network, i) => ({ ...network, ...(i === 0 && { worth: one }) })),
    };
    assert.match(measuredScatter(mixed, xnnpack, ...SIZE)!.note, /^Up: weights/);
  });

  it('says how many networks have no place, and is not there where none has', () => {
    const { points, note } = measuredScatter(report, estimate, ...SIZE)!;
    assert.equal(points.length, 3);
    assert.match(note, /1 of 4 networks have no place here/);
    assert.equal(measuredScatter(report, absent, ...SIZE), undefined);
  });

  it('also of one network, and of equal numbers', () => {
    const alone = fixtureMeasurements({ names: ['a'] });
    const { points, box } = measuredScatter(alone, xnnpack, ...SIZE)!;
    assert.equal(points[0]!.x, (box.left + box.right) / 2);
    assert.ok(Number.isFinite(points[0]!.y));
  });
});

describe('names of points', () => {
  it('never leave the frame and never cover each other', () => {
    const frame = { left: 0, right: 600, top: 0, bottom: 300 };
    const point = fc.record({
      x: fc.integer({ min: 0, max: 600 }),
      y: fc.integer({ min: 0, max: 300 }),
      text: fc.string({ maxLength: 30 }),
    });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 12 }), (points) => {
        const placed = placeLabels(points, frame, []).flatMap((label, i) => {
          if (!label) return [];
          const width = 6.4 * points[i]!.text.length;
          const left = { start: label.x, middle: label.x - width / 2, end: label.x - width }[label.anchor];
          return [{ left, right: left + width, y: label.y }];
        });
        for (const [i, one] of placed.entries()) {
          assert.ok(one.left >= 0 && one.right <= 600);
          for (const other of placed.slice(i + 1))
            assert.ok(one.left >= other.right || other.left >= one.right || Math.abs(one.y - other.y) >= 13);
        }
      }),
    );
  });
});

describe('a report in sentences', () => {
  it('has a title, names networks with random weights, and the longest layers of all devices that tell', () => {
    assert.equal(reportTitle(report), '4 networks on 7 devices');
    assert.equal(
      reportTitle({ ...report, networks: report.networks.slice(0, 1), columns: report.columns.slice(0, 1) }),
      'kws-dscnn on LiteRT, XNNPACK',
    );
    assert.equal(randomText(report.networks), '');
    assert.match(
      randomText(fixtureMeasurements({ runs: false }).networks),
      /random weights.*: kws-3-kib, kws-6-kib, model\.udc\.$/,
    );
    const longest = longestLayersOf(report);
    assert.deepEqual(longest.map(({ network, device }) => `${network} ${device}`).slice(0, 3), [
      'kws-dscnn Vela, ethos-u55-128',
      'kws-dscnn UDC estimate, Ethos-U65-256',
      'kws-3-kib Vela, ethos-u55-128',
    ]);
    assert.equal(plain(longest[0]!.layers[0]!.text), '50 %, waits for multiply-accumulates');
    assert.equal(plain(longest[0]!.layers[2]!.text), '12.5 %');
  });
});
