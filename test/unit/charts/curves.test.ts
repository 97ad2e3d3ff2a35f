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
  summary,
  tickLabel,
  ticks,
  valueRange,
  verdict,
  type Chart,
} from '../../../src/charts/curves.ts';
import type { EpochEvent, RunResult } from '../../../src/wire/run.ts';
import { fixtureRun } from '../../fixtures/runs.ts';

const run = fixtureRun();
const epochs = run.events.filter((event): event is EpochEvent => event.type === 'epoch');
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
    assert.deepEqual(chartOf('size').reference, { name: 'budget', value: run.budgetBytes });
  });

  it('tell series apart by dashes', () => {
    for (const chart of curves(run.events))
      assert.equal(new Set(chart.series.map((series) => series.dash.join())).size, chart.series.length, chart.id);
  });

  it('mark the stages', () => {
    assert.deepEqual(stageSpans(epochs), [
      { stage: 'warmup', from: 1, to: 4 },
      { stage: 'search', from: 5, to: 16 },
      { stage: 'sparsify', from: 17, to: 22 },
      { stage: 'settle', from: 23, to: 26 },
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
    ...run.result!,
    integerMetric: metric,
    totals: { ...run.result!.totals, totalBytes: bytes },
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
      /^90\.5 % accuracy in .*: 2\.3 points above the best uniform network in the same budget \(uniform 4-bit/,
    );
    const over = {
      ...result,
      baselines: [
        { ...result.baselines[0]!, exactBytes: result.budgetBytes + 1, integerMetric: 0.99 },
        result.baselines[2]!,
      ],
    };
    assert.match(verdict(over)!, /uniform 2-bit/);
  });

  it('is said in a few words, too', () => {
    assert.equal(gainOver(result), '+2.3 points over uniform 4-bit');
    assert.equal(
      gainOver({ ...result, integerMetric: result.baselines[1]!.integerMetric }),
      'level with uniform 4-bit',
    );
    assert.match(gainOver({ ...result, integerMetric: 0.1 })!, /^−[\d.]+ points over uniform 4-bit$/);
    assert.equal(gainOver({ ...result, baselines: [] }), undefined);
  });

  it('says when the search lost, and nothing without baselines', () => {
    assert.match(
      verdict({ ...result, integerMetric: result.baselines[1]!.integerMetric - 0.01 })!,
      /1\.0 points below/,
    );
    assert.equal(verdict({ ...result, baselines: [] }), undefined);
  });
});

describe('height of a chart', () => {
  it('cuts a spike of the budget pressure off, and nothing else', () => {
    const chart = (id: Chart['id'], values: readonly number[]): Chart => ({
      id,
      title: '',
      about: '',
      unit: 'number',
      epochs: values.map((_, i) => i + 1),
      series: [{ name: 'a', values, dash: [] }],
      stages: [],
    });
    const calm = Array.from({ length: 24 }, (_, i) => 0.001 + 0.0001 * i);
    const spiked = calm.map((value, i) => (i === 5 ? 3 : value));
    assert.ok(valueRange(chart('mu', spiked))[1] < 0.02);
    assert.ok(valueRange(chart('mu', calm))[1] >= calm.at(-1)!);
    assert.ok(valueRange(chart('loss', spiked))[1] >= 3);
    assert.ok(valueRange(chart('mu', [5]))[1] >= 5);
    assert.match(summary(chart('mu', spiked)), /highest 3 in epoch 6/);
  });
});
