/** Static pictures: well-formed, self-contained, true to the values. */
import assert from 'node:assert/strict';
import { curves, paretoPoints, summary } from '../../../src/charts/curves.ts';
import { barsSvg, lineChartSvg, scatterSvg } from '../../../src/charts/chart-svg.ts';
import { elements } from '../../fixtures/well-formed.ts';
import { fixtureRun } from '../../fixtures/runs.ts';

const run = fixtureRun();
const HOSTILE = '</text><script>alert("&")</script>';

function numbersOf(svg: string, pattern: RegExp): readonly number[] {
  return [...svg.matchAll(pattern)].map((match) => Number(match[1]));
}

describe('static charts', () => {
  it('name no stage that is too short for its name, so that no two names overlap', () => {
    const { series, ...chart } = curves(
      fixtureRun({ epochs: { warmup: 1, search: 30, sparsify: 1, settle: 2 } }).events,
    )[0]!;
    const svg = lineChartSvg({ ...chart, series }, '');
    const names = [...svg.matchAll(/<text x="([\d.]+)" y="42"[^>]*>([^<]+)</g)].map(([, x, text]) => ({
      x: Number(x),
      end: Number(x) + 6 * text!.length,
      text,
    }));
    assert.deepEqual(
      names.map(({ text }) => text),
      ['Search', 'Settle'],
    );
    names.slice(1).forEach(({ x }, i) => {
      assert.ok(x >= names[i]!.end);
    });
  });

  it('keep the names of stages inside the picture and off each other, however long and many', () => {
    const titles = ['Settle', 'Settle 12', 'Trained in the arithmetic of the chip, pruning masks frozen'];
    for (const [first, last] of titles.flatMap((a) => titles.map((b) => [a, b] as const))) {
      for (const from of [2, 15, 29, 30]) {
        const stages = [
          { stage: 'a', title: first, from: 1, to: from - 1 },
          { stage: 'b', title: last, from, to: 30 },
        ];
        const [chart] = curves(fixtureRun({ epochs: { warmup: 1, search: 20, sparsify: 5, settle: 4 } }).events);
        const svg = lineChartSvg({ ...chart!, stages }, '');
        const names = [...svg.matchAll(/<text x="([\d.]+)" y="42"[^>]*>([^<]+)</g)].map(([, x, text]) => ({
          x: Number(x),
          end: Number(x) + 6.2 * text!.length,
        }));
        for (const [i, { x, end }] of names.entries()) {
          assert.ok(x >= 0 && end <= 480, `${last} from ${from}: ${x} to ${end}`);
          assert.ok(i === 0 || x >= names[i - 1]!.end, `${last} from ${from} lies over ${first}`);
        }
      }
    }
  });

  it('keep a curve that is cut off inside the frame', () => {
    const values = Array.from({ length: 24 }, (_, i) => (i === 3 ? 50 : 0.01));
    const chart = {
      ...curves(run.events).find(({ id }) => id === 'mu')!,
      epochs: values.map((_, i) => i + 1),
      series: [{ name: 'μ', values, dash: [] }],
    };
    const path = /<path d="([^"]+)"/.exec(lineChartSvg(chart, ''))![1]!;
    for (const y of numbersOf(path, /[ML][\d.]+ ([-\d.]+)/g)) assert.ok(y >= 46 && y <= 206, String(y));
  });

  it('draw each curve with stages, legend and description', () => {
    for (const chart of curves(run.events)) {
      const svg = lineChartSvg(chart, summary(chart));
      const names = elements(svg);
      assert.equal(names.filter((name) => name === 'path').length, chart.series.length);
      assert.match(svg, /Sparsify/);
      assert.doesNotMatch(svg, /href|url\(http|<style|<script|NaN|undefined/);
    }
  });

  it('draw an empty chart and one of a single epoch', () => {
    const none = curves(run.events.slice(0, 1))[0]!;
    assert.match(lineChartSvg(none, summary(none)), /No data/);
    const one = curves(run.events.slice(0, 2))[0]!;
    assert.equal(elements(lineChartSvg(one, summary(one))).filter((name) => name === 'circle').length, 2);
  });

  it('draw bars in proportion, told apart by pattern', () => {
    const svg = barsSvg(
      [
        {
          label: 'a',
          parts: [
            { name: 'weights', value: 300 },
            { name: 'padding', value: 100 },
          ],
        },
        {
          label: 'b',
          parts: [
            { name: 'weights', value: 200 },
            { name: 'padding', value: 0 },
          ],
        },
      ],
      { title: 'Layers', unit: 'bytes', reference: { name: 'budget', value: 500 } },
    );
    const names = elements(svg);
    assert.equal(names.filter((name) => name === 'pattern').length, 2);
    const widths = numbersOf(svg, /width="([\d.]+)" height="14" fill="url/g);
    assert.ok(Math.abs(widths[0]! / widths[2]! - 1.5) < 0.01, String(widths));
    assert.ok(Math.abs(widths[0]! / widths[1]! - 3) < 0.01, String(widths));
    assert.match(svg, /aria-label="a 400\u00a0B; b 200\u00a0B"/);
  });

  it('escape every name', () => {
    const parts = [{ name: HOSTILE, value: 1 }];
    const bars = barsSvg([{ label: HOSTILE, parts }], {
      title: HOSTILE,
      unit: 'bytes',
      reference: { name: HOSTILE, value: 1 },
    });
    const points = scatterSvg(paretoPoints([{ name: HOSTILE, result: run.result! }]), HOSTILE, 'accuracy');
    const line = lineChartSvg(
      { ...curves(run.events)[0]!, title: HOSTILE, series: [{ name: HOSTILE, values: [1], dash: [] }] },
      HOSTILE,
    );
    for (const svg of [bars, points, line]) assert.ok(!elements(svg).includes('script'));
  });

  it('draw every network of a comparison', () => {
    const names = elements(
      scatterSvg(paretoPoints([{ name: 'a', result: run.result! }]), 'Accuracy against size', 'accuracy'),
    );
    assert.equal(names.filter((name) => name === 'circle').length, 1);
    assert.equal(names.filter((name) => name === 'rect').length, 3);
  });
});
