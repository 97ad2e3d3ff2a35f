/** Sizing in slices: others have their turn, and nothing is left to encode afterwards. */
import assert from 'node:assert/strict';
import { Analysis } from '../../../../../src/editor/language/sizes/analysis.ts';
import { settingText } from '../../../../../src/editor/language/texts/value-text.ts';
import { checkReport } from '../../../../../src/costs/check/check-report.ts';
import { clockOf } from '../../../../../src/targets/find-target.ts';
import { workText } from '../../../../../src/wire/latency.ts';
import { inSlices, whileWanted } from '../../../../../src/editor/language/sizes/slices.ts';

/** Layers of few weights in many shapes. */
const text = `udc: 1\nname: t\ninput: 16x16x3\ntarget: { npu: ethos-u55-128 }\nsearch: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }\nlayers:\n${Array.from(
  { length: 30 },
  (_, i) => `  - { name: l${i}, op: conv, kernel: 1x1, filters: ${2 + (i % 9)} | ${3 + ((i * 7) % 9)} }\n`,
).join('')}  - { name: p, op: global-average-pool }\n  - { name: o, op: dense, units: 4 }\n`;

describe('sizes in slices', () => {
  it('are made of many short steps, between which the event loop goes on', async () => {
    const analysis = new Analysis(text);
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      waiting = setImmediate(turn);
    };
    let waiting = setImmediate(turn);
    await inSlices(
      (function* () {
        for (const step of analysis.steps()) {
          for (const until = performance.now() + 2; performance.now() < until;);
          yield step;
        }
      })(),
    );
    clearImmediate(waiting);
    assert.ok(turns > 10, `${turns} turns`);
  });

  it('are the same with and without it', async () => {
    const [prepared, plain] = [
      new Analysis(text.replaceAll('1x1', '1x2')),
      new Analysis(text.replaceAll('1x1', '1x2')),
    ];
    await inSlices(prepared.steps());
    assert.deepEqual(
      [prepared.sizes!.smallest, prepared.sizes!.largest],
      [plain.sizes!.smallest, plain.sizes!.largest],
    );
    const broken = text.replace('filters: 2 | 3', 'filters: 2 | 3, stride: x');
    const [mended, whole] = [new Analysis(broken), new Analysis(broken)];
    await inSlices(mended.steps());
    assert.ok(whole.layerSizes && !whole.sizes, 'sized as far as it can be');
    assert.deepEqual(mended.layerSizes!.layerRange(5), whole.layerSizes.layerRange(5));
    assert.deepEqual([...new Analysis('udc: 1\nlayers: [').steps()], [], 'nothing to do for what cannot be sized');
  });

  it('judge limits on work in steps too, to the same end, and say of cycles what the check says', async () => {
    for (const [cycles, met] of [
      ['1 k', false],
      ['10 M', true],
    ] as const) {
      const limited = text.replace('ethos-u55-128 }', `ethos-u55-128, weights: 64 KiB, cycles: ${cycles} }`);
      const [prepared, plain] = [new Analysis(limited), new Analysis(limited)];
      assert.ok([...prepared.judgingSteps()].length > 100, 'many steps');
      assert.deepEqual(prepared.sizes!.refusal(), plain.sizes!.refusal());
      assert.equal(prepared.sizes!.refusal() === undefined, met);
      const work = prepared.sizes!.workSteps();
      while (work.next().done !== true) assert.ok(prepared.sizes!.worksOut);
      const { smallest, largest } = prepared.sizes!.work('cycles')!;
      assert.deepEqual(plain.sizes!.work('cycles'), prepared.sizes!.work('cycles'));
      assert.ok(smallest > 0 && smallest < largest);
      const { sizes } = plain;
      assert.deepEqual(checkReport(sizes!.network, sizes!.target).totals.cycles, { smallest, largest });
      const said = workText(clockOf(sizes!.target), smallest, largest);
      for (const place of [['target'], ['target', 'npu']])
        assert.ok(settingText(sizes!, place)!.includes(`One inference takes ${said}.`));
    }
  });

  it('are given up when nobody wants them any more', async () => {
    let steps = 0;
    await whileWanted(
      (function* () {
        for (;;) {
          steps += 1;
          yield;
        }
      })(),
      () => steps < 5,
    );
    assert.equal(steps, 5);
  });
});
