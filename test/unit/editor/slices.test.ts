/** Sizing in slices: others have their turn, and nothing is left to encode afterwards. */
import assert from 'node:assert/strict';
import { Analysis } from '../../../src/editor/language/sizes/analysis.ts';
import { inSlices } from '../../../src/editor/language/sizes/slices.ts';

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
    assert.deepEqual([...new Analysis('udc: 1\nlayers: [').steps()], [], 'nothing to do for what cannot be sized');
  });
});
