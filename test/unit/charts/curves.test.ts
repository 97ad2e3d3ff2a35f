/** Chart series, their words, scales, and the Pareto front. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  chartTable,
  curves,
  gainOver,
  normSummary,
  overlay,
  paretoPoints,
  stageSpans,
  startedOf,
  summary,
  tickLabel,
  ticks,
  valueRange,
  verdict,
  type Chart,
} from '../../../src/charts/curves.ts';
import type { EpochEvent, RunEvent, RunResult } from '../../../src/wire/run.ts';
import { fixtureRun } from '../../fixtures/runs.ts';
import { weightLimit } from '../../../src/wire/limits.ts';
import { udcCurves } from '../../../src/strategies/udc/declaration.ts';
import { MADE_UP_CURVES, madeUpStrategy, mainNetwork, withNetwork } from '../../fixtures/run-parts.ts';
import { without } from '../../fixtures/without.ts';

const run = fixtureRun();
const epochs = run.events.filter((event): event is EpochEvent => event.type === 'epoch');
const COMMON: ReadonlySet<string> = new Set(curves([]).map(({ id }) => id));
const chartOf = (id: Chart['id'], events = run.events): Chart => curves(events).find((chart) => chart.id === id)!;

describe('chart series', () => {
  it('hold the values of the events, epoch by epoch', () => {
    const loss = chartOf('loss');
    assert.deepEqual(
      loss.epochs,
      epochs.map((epoch) => epoch.epoch),
    );
    assert.deepEqual(
      loss.series.map((series) => series.values),
      [epochs.map((epoch) => epoch.trainLoss), epochs.map((epoch) => epoch.validationLoss)],
    );
    assert.deepEqual(
      chartOf('size').series[1]!.values,
      epochs.map((epoch) => epoch.exactBytes),
    );
    assert.deepEqual(chartOf('size').reference, { name: 'budget', value: weightLimit(run.limits) });
  });

  it('tell series apart by dashes', () => {
    for (const chart of curves(run.events))
      assert.equal(new Set(chart.series.map((series) => series.dash.join())).size, chart.series.length, chart.id);
  });

  it('mark the stages', () => {
    assert.deepEqual(stageSpans(epochs, startedOf(run.events)), [
      { stage: 'warmup', title: 'Warm-up', from: 1, to: 4 },
      { stage: 'search', title: 'Search', from: 5, to: 16 },
      { stage: 'sparsify', title: 'Sparsify', from: 17, to: 22 },
      { stage: 'settle', title: 'Settle', from: 23, to: 26 },
    ]);
  });

  it('reduce norms to the extremes and the median', () => {
    const norms = { a: 1.3, b: 0.9, c: 1 };
    const chart = chartOf('norms', [run.events[0]!, { ...epochs[0]!, norms }]);
    assert.deepEqual(
      chart.series.map((series) => series.values),
      [[1.3], [1], [0.9]],
    );
    assert.match(normSummary({ ...epochs[0]!, norms })!, /: a, 1\.3 times/);
    assert.equal(normSummary(undefined), undefined);
  });

  it('speak of PSNR where that is the metric', () => {
    const chart = chartOf('metric', fixtureRun({ metric: 'psnr' }).events);
    assert.equal(chart.title, 'PSNR');
    assert.match(summary(chart), /dB/);
  });

  it('are empty, not absent, before the first epoch', () => {
    const chart = chartOf('loss', run.events.slice(0, 1));
    assert.deepEqual(chart.epochs, []);
    assert.equal(summary(chart), 'Loss: no data yet.');
    assert.deepEqual(chartTable(chart).rows, []);
    assert.deepEqual(valueRange(chart), [0, 1]);
  });

  it('say first, last, lowest and highest in words', () => {
    const chart: Chart = {
      id: 'loss',
      title: 'Loss',
      about: '',
      unit: 'number',
      epochs: [1, 2, 3],
      stages: [],
      series: [{ name: 'training', values: [3, 1, 2], dash: [] }],
    };
    assert.equal(
      summary(chart),
      'Loss, epochs 1 to 3: training from 3 to 2 (lowest 1 in epoch 2, highest 3 in epoch 1).',
    );
  });

  it('give a table with a row per epoch', () => {
    const { head, rows } = chartTable(chartOf('size'));
    assert.deepEqual(head, ['Epoch', 'Stage', 'expected', 'exact']);
    assert.equal(rows.length, 26);
    assert.equal(rows[4]![1], 'Search');
  });

  it('overlay runs of different length over all epochs', () => {
    const short = fixtureRun({ until: 3 });
    const chart = overlay(
      [
        { name: 'long', events: run.events },
        { name: 'short', events: short.events },
      ],
      'metric',
    )!;
    assert.equal(chart.epochs.length, 26);
    assert.equal(chart.series[1]!.values.filter((value) => value !== null).length, 3);
    assert.equal(overlay([], 'metric'), undefined);
  });

  it('keep the budget line of an overlay only where it is that of all', () => {
    const other = fixtureRun({ budgetBytes: run.budgetBytes + 1024 });
    const line = (second: typeof run): number | undefined =>
      overlay(
        [
          { name: 'a', events: run.events },
          { name: 'b', events: second.events },
        ],
        'size',
      )?.reference?.value;
    assert.equal(line(run), run.budgetBytes);
    assert.equal(line(other), undefined);
  });
});

describe('curves that a strategy declares', () => {
  const events = madeUpStrategy(run.events);
  const all = curves(events);

  it('are drawn behind those of every search, with title, line, unit and what they mean', () => {
    const size = all.findIndex(({ id }) => id === 'size');
    assert.deepEqual(
      all.slice(size + 1, size + 4).map(({ id, title, about, unit, spikes }) => ({ id, title, about, unit, spikes })),
      MADE_UP_CURVES.map(({ id, title, about, unit, spikes }) => ({ id, title, about, unit, spikes })),
    );
    assert.deepEqual(
      all.filter(({ own }) => own).map(({ series }) => series.map(({ name }) => name)),
      [['pot'], ['foam'], ['all']],
    );
    for (const { id } of udcCurves) assert.ok(!all.some((chart) => chart.id === id), `${id} is not declared`);
  });

  it('hold the numbers of the epochs that have them', () => {
    assert.deepEqual(chartOf('heat', events).series[0]!.values, [0.75, 0.5, 0.25, null, null]);
    const size = chartOf('size', events);
    assert.deepEqual(
      [size.series.map(({ name }) => name), size.about],
      [['exact'], 'Exact, of the current architecture.'],
      'no epoch expects bytes',
    );
    assert.deepEqual(
      chartOf('size', run.events).series.map(({ name }) => name),
      ['expected', 'exact'],
    );
    const spaced = summary(chartOf('crumbs', events)).replaceAll('\u00a0', ' ');
    assert.equal(
      spaced,
      'Crumbs, epochs 1 to 5: all from 1 KiB to 3 KiB (lowest 1 KiB in epoch 1, highest 3 KiB in epoch 3).',
    );
  });

  it('are cut off at spikes only where the strategy declares some', () => {
    assert.ok(valueRange(chartOf('foam', events))[1] < 9);
    const calm = events.map((event) =>
      event.type === 'started' ? { ...event, curves: MADE_UP_CURVES.map((curve) => without(curve, 'spikes')) } : event,
    );
    assert.ok(valueRange(chartOf('foam', calm))[1] >= 9);
  });

  it('stand on the stages that the strategy names, in the table as well', () => {
    assert.deepEqual(chartOf('heat', events).stages, [
      { stage: 'brew', title: 'Brewing leaves', from: 1, to: 3 },
      { stage: 'pour', title: 'Pouring out', from: 4, to: 5 },
    ]);
    const { head, rows } = chartTable(chartOf('heat', events));
    assert.deepEqual(head, ['Epoch', 'Stage', 'pot']);
    assert.deepEqual(
      rows.map(([, stage, value]) => [stage, value!.replace('\u00a0', ' ')]),
      [
        ['Brewing leaves', '75 %'],
        ['Brewing leaves', '50 %'],
        ['Brewing leaves', '25 %'],
        ['Pouring out', '–'],
        ['Pouring out', '–'],
      ],
    );
  });

  it('hold whatever numbers of whatever curves', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.string({ minLength: 1 }).filter((id) => !COMMON.has(id)),
          { minLength: 1, maxLength: 4 },
        ),
        fc.array(fc.option(number), { minLength: 4, maxLength: 4 }),
        (ids, values) => {
          const declared = ids.map((id) => ({ ...MADE_UP_CURVES[0]!, id }));
          const written = run.events.flatMap((event): RunEvent[] => {
            if (event.type === 'started') return [{ ...event, curves: declared }];
            if (event.type !== 'epoch') return [];
            const numbers = ids.flatMap((id, at) => (values[at] === null ? [] : [[id, values[at]!] as const]));
            return [{ ...event, numbers: Object.fromEntries(numbers) }];
          });
          const drawn = curves(written).filter(({ own }) => own);
          assert.deepEqual(
            drawn.map(({ id }) => id),
            ids,
          );
          drawn.forEach(({ series }, at) => {
            assert.deepEqual(new Set(series[0]!.values), new Set([values[at]]));
          });
        },
      ),
      {
        examples: [
          [
            ['constructor', '__proto__'],
            [null, null, null, null],
          ],
        ],
      },
    );
  });
});

describe('scales', () => {
  const bounds = fc
    .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-3, max: 1e6, noNaN: true }))
    .map(([low, span]) => [low, low + span] as const);

  it('put ticks inside, in order, evenly, and not too many', () => {
    fc.assert(
      fc.property(bounds, fc.integer({ min: 2, max: 10 }), ([low, high], wanted) => {
        const all = ticks(low, high, wanted);
        const slack = 1e-6 * Math.max(1, Math.abs(low), Math.abs(high));
        assert.ok(all.length <= wanted + 1, `${all.length} ticks`);
        for (const tick of all) assert.ok(tick >= low - slack && tick <= high + slack);
        const steps = all.slice(1).map((tick, index) => tick - all[index]!);
        for (const step of steps) assert.ok(step > 0 && Math.abs(step - steps[0]!) <= slack);
      }),
    );
  });

  it('put byte ticks on whole KiB', () => {
    assert.deepEqual(
      ticks(0, 48 * 1024, 4, 'bytes').map((tick) => tickLabel(tick, 'bytes').replace('\u00a0', ' ')),
      ['0 B', '20 KiB', '40 KiB'],
    );
  });

  it('tell ticks of small shares apart, which texts only call small', () => {
    const labels = ticks(0, 0.0004, 4, 'share').map((tick) => tickLabel(tick, 'share'));
    assert.equal(new Set(labels).size, labels.length);
    assert.ok(labels.includes('0.01\u00a0%'));
  });

  it('tell byte ticks apart however close they are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 * 1024 ** 2 }),
        fc.integer({ min: 64, max: 1024 ** 2 }),
        fc.integer({ min: 2, max: 8 }),
        (low, span, wanted) => {
          const labels = ticks(low, low + span, wanted, 'bytes').map((tick) => tickLabel(tick, 'bytes'));
          assert.equal(new Set(labels).size, labels.length, labels.join());
        },
      ),
    );
  });

  it('keep every value and the reference inside the range', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.double({ min: 1, max: 1e5, noNaN: true }),
        (values, reference) => {
          const chart: Chart = {
            id: 'size',
            title: '',
            about: '',
            unit: 'bytes',
            epochs: values.map((_, index) => index + 1),
            stages: [],
            series: [{ name: 'exact', values, dash: [] }],
            reference: { name: 'budget', value: reference },
          };
          const [low, high] = valueRange(chart);
          assert.ok(high > low);
          for (const value of [...values, reference]) assert.ok(value >= low && value <= high);
        },
      ),
    );
  });

  it('do not blow up noise', () => {
    const [low, high] = valueRange({
      ...chartOf('norms'),
      series: [{ name: 'n', values: [1, 1.001, 0.999], dash: [] }],
    });
    assert.ok(high - low > 0.09);
  });
});

describe('Pareto front', () => {
  const result = (bytes: number, metric: number): RunResult => ({
    ...withNetwork(run.result!, {
      integerMetric: metric,
      totals: { ...mainNetwork(run.result!).totals, totalBytes: bytes },
    }),
    baselines: [],
  });

  it('holds exactly the points that no other beats', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 8 })), {
          minLength: 1,
          maxLength: 12,
        }),
        (pairs) => {
          const points = paretoPoints(
            pairs.map(([bytes, metric], index) => ({ name: String(index), result: result(bytes, metric) })),
          );
          assert.equal(points.length, pairs.length);
          for (const point of points) {
            const beaten = pairs.some(
              ([bytes, metric]) =>
                (bytes < point.bytes && metric >= point.metric) || (bytes <= point.bytes && metric > point.metric),
            );
            assert.equal(point.front, !beaten);
          }
          const front = points.filter((point) => point.front);
          for (let i = 1; i < front.length; i++) assert.ok(front[i]!.metric >= front[i - 1]!.metric);
        },
      ),
    );
  });

  it('has every network of a run, by its own name where there are several', () => {
    const [first] = run.result!.networks;
    const small = { ...first, name: 'small', integerMetric: 0.5, totals: { ...first.totals, totalBytes: 100 } };
    const points = paretoPoints([{ name: 'r', result: { ...run.result!, networks: [first, small], baselines: [] } }]);
    assert.deepEqual(
      points.map(({ name, label, kind, bytes, front }) => [name, label, kind, bytes, front]),
      [
        ['small', 'small', 'search', 100, true],
        [first.name, first.name, 'search', first.totals.totalBytes, true],
      ],
    );
  });

  it('has the baselines beside the search', () => {
    const points = paretoPoints([{ name: run.name, result: run.result! }]);
    assert.deepEqual(
      new Set(points.map((point) => point.name)),
      new Set(['kws-dscnn', 'uniform 8-bit', 'uniform 4-bit', 'uniform 2-bit']),
    );
  });
});

describe('verdict', () => {
  const result = run.result!;

  it('compares with the best baseline that fits', () => {
    assert.match(
      verdict(result)!.replaceAll('\u00a0', ' '),
      /^90\.5 % accuracy in .*: 2\.3 points above the best baseline in the same budget \(uniform 4-bit/,
    );
    const over = {
      ...result,
      baselines: [
        { ...result.baselines[0]!, exactBytes: weightLimit(result.limits) + 1, integerMetric: 0.99 },
        result.baselines[2]!,
      ],
    };
    assert.match(verdict(over)!, /uniform 2-bit/);
  });

  it('is said in a few words, too', () => {
    assert.equal(gainOver(result), '+2.3 points over uniform 4-bit');
    assert.equal(
      gainOver(withNetwork(result, { integerMetric: result.baselines[1]!.integerMetric })),
      'level with uniform 4-bit',
    );
    assert.match(gainOver(withNetwork(result, { integerMetric: 0.1 }))!, /^−[\d.]+ points over uniform 4-bit$/);
    assert.equal(gainOver({ ...result, baselines: [] }), undefined);
  });

  it('says when the search lost, and nothing without baselines', () => {
    assert.match(
      verdict(withNetwork(result, { integerMetric: result.baselines[1]!.integerMetric - 0.01 }))!,
      /1\.0 points below/,
    );
    assert.equal(verdict({ ...result, baselines: [] }), undefined);
  });
});

describe('height of a chart', () => {
  it('cuts a spike off where the strategy says that there may be some, and nothing else', () => {
    const chart = (spikes: boolean, values: readonly number[]): Chart => ({
      id: 'any',
      spikes,
      title: '',
      about: '',
      unit: 'number',
      epochs: values.map((_, i) => i + 1),
      series: [{ name: 'a', values, dash: [] }],
      stages: [],
    });
    const calm = Array.from({ length: 24 }, (_, i) => 0.001 + 0.0001 * i);
    const spiked = calm.map((value, i) => (i === 5 ? 3 : value));
    assert.ok(valueRange(chart(true, spiked))[1] < 0.02);
    assert.ok(valueRange(chart(true, calm))[1] >= calm.at(-1)!);
    assert.ok(valueRange(chart(false, spiked))[1] >= 3);
    assert.ok(valueRange(chart(true, [5]))[1] >= 5);
    assert.match(summary(chart(true, spiked)), /highest 3 in epoch 6/);
  });
});
