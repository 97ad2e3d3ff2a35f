/** From the runs of a sweep to points, a frontier, a picture, and two networks beside each other. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { frontier } from '../../../src/charts/frontier.ts';
import { frontierLayout } from '../../../src/charts/frontier-layout.ts';
import { frontierSvg } from '../../../src/charts/frontier-svg.ts';
import { layerDifferences } from '../../../src/charts/layer-differences.ts';
import { REFERENCES, comparisonsOf } from '../../../src/charts/reference-points.ts';
import { spreadOf, sweepGroups } from '../../../src/charts/sweep-groups.ts';
import { sweepCsv } from '../../../src/reports/sweep-csv.ts';
import { fixtureSweep } from '../../fixtures/sweeps.ts';

const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 9 });

describe('points of a sweep', () => {
  it('are medians within their spread', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const { low, median, high, mean, deviation } = spreadOf(values);
        assert.ok(low <= median && median <= high);
        const room = 1e-9 * Math.max(1, Math.abs(low), Math.abs(high));
        assert.ok(low - room <= mean && mean <= high + room);
        assert.equal(deviation === undefined, values.length === 1);
        // Of n numbers in a range, half of it times √(n/(n−1)) is the most.
        const most = ((high - low) / 2) * Math.sqrt(values.length / Math.max(1, values.length - 1));
        assert.ok((deviation ?? 0) >= 0 && (deviation ?? 0) <= most + room);
        assert.ok(values.filter((value) => value < median).length <= values.length / 2);
        assert.ok(values.filter((value) => value > median).length <= values.length / 2);
      }),
    );
    assert.throws(() => spreadOf([]));
    // By hand: mean 5, squares 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32, over 7.
    const { mean, deviation } = spreadOf([2, 4, 4, 4, 5, 5, 7, 9]);
    assert.equal(mean, 5);
    assert.ok(Math.abs(deviation! - Math.sqrt(32 / 7)) < 1e-12);
  });

  it('gather the seeds of each budget and strategy, and what nothing beats is the front', () => {
    const groups = sweepGroups(fixtureSweep(18));
    const searches = groups.filter(({ kind }) => kind === 'search');
    assert.equal(searches.length, 6);
    assert.ok(searches.every(({ runs }) => runs === 3));
    for (const one of groups) {
      const beaten = groups.some(
        (other) =>
          other.bytes.median <= one.bytes.median &&
          other.metric.median >= one.metric.median &&
          (other.bytes.median < one.bytes.median || other.metric.median > one.metric.median),
      );
      assert.equal(one.front, !beaten, one.title);
    }
    assert.deepEqual(sweepGroups(fixtureSweep(0)), []);
  });

  it('say what they took where every one of their runs does', () => {
    const facts = fixtureSweep(18);
    const taking = (from: number): typeof facts => ({
      ...facts,
      rows: facts.rows.map((row, at) =>
        row.result && at >= from
          ? { ...row, result: { ...row.result, effort: { steps: 100 + at, measured: { seconds: at } } } }
          : row,
      ),
    });
    for (const { kind, runs, steps, seconds } of sweepGroups(taking(0)).filter(({ kind: one }) => one === 'search')) {
      assert.equal(kind, 'search');
      assert.ok(runs === 3 && steps && seconds);
      assert.equal(steps.median - seconds.median, 100);
      assert.ok(steps.high > steps.low);
    }
    // The run that says nothing leaves its group alone without a number.
    const without = sweepGroups(taking(1)).filter(({ kind, steps }) => kind === 'search' && !steps);
    assert.equal(without.length, 1);
    assert.match(sweepCsv(taking(0)), /,100,0,[^,]*,\r\n/);
  });

  it('stand in their picture, in the order of their bytes and inside its frame', () => {
    for (const done of [1, 7, 18]) {
      const shown = frontier(fixtureSweep(done))!;
      const { box, marks, budgets } = frontierLayout(shown, 700, 340);
      for (const { x, top, bottom } of marks.flat()) {
        assert.ok(x >= box.left && x <= box.right);
        assert.ok(top >= box.top - 1 && bottom <= box.bottom + 1);
      }
      for (const x of budgets) assert.ok(x >= box.left && x <= box.right);
      for (const series of marks)
        for (const [at, { x }] of series.entries()) assert.ok(at === 0 || x >= series[at - 1]!.x);
      assert.match(frontierSvg(shown, 'Frontier'), /^<svg [^>]*role="img"/);
    }
    assert.equal(frontier(fixtureSweep(0)), undefined);
  });
});

describe('published results', () => {
  it('have a source each, and a number that its text says', () => {
    for (const { points } of REFERENCES)
      for (const { source, metricText, value, network } of points) {
        assert.ok(source.length > 3, network);
        const told = Number(/[\d.]+/.exec(metricText)![0]);
        assert.ok(Math.abs(told - (metricText.endsWith('%') ? 100 * value : value)) < 1e-9, network);
      }
  });

  it('are shown for what looks like their task alone, and called comparable only for as many test samples', () => {
    const kws = { input: [49, 10, 1], output: [1, 1, 12], task: 'classification' };
    assert.equal(comparisonsOf(kws)!.comparable, false);
    assert.match(comparisonsOf({ ...kws, testSamples: 600 })!.note, /not comparable, .* 4890 samples, these on 600/);
    assert.equal(comparisonsOf({ ...kws, testSamples: 4890 })!.comparable, true);
    assert.equal(comparisonsOf({ ...kws, output: [1, 1, 6] }), undefined);
    assert.equal(comparisonsOf({ ...kws, task: 'super-resolution' }), undefined);
    const own = frontier(fixtureSweep(9, { data: { ...kws, output: [1, 1, 6] } }))!;
    assert.equal(own.published, undefined);
    assert.ok(frontier(fixtureSweep(9))!.series.some(({ kind }) => kind === 'published'));
    assert.ok(!frontier(fixtureSweep(9), false)!.series.some(({ kind }) => kind === 'published'));
  });
});

describe('two networks layer by layer', () => {
  const layersOf = (index: number): Parameters<typeof layerDifferences>[0] =>
    fixtureSweep(18).rows[index]!.result!.networks[0].layers;

  it('do not differ from themselves', () => {
    for (const { values } of layerDifferences(layersOf(0), layersOf(0)))
      for (const { differs, before, after } of values) assert.ok(!differs && before === after);
  });

  it('have every layer of either once, in order', () => {
    const [a, b] = [layersOf(0), layersOf(2)];
    const names = layerDifferences(a, b).map(({ name }) => name);
    assert.deepEqual(new Set(names), new Set([...a, ...b].map(({ name }) => name)));
    assert.equal(names.length, new Set(names).size);
    assert.deepEqual(
      names.filter((name) => b.some((layer) => layer.name === name)),
      b.map(({ name }) => name),
    );
  });
});
