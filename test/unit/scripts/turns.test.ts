/** Output of what runs side by side: one after another, and nothing lost. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Turns } from '../../../scripts/lib/turns.mjs';

const WRITERS = 4;

describe('output in turns', () => {
  it('is that of one after another, in whatever order they write and end', () => {
    // Who does something next; of each the last time is its end.
    const acts = fc.array(fc.nat(WRITERS - 1), { maxLength: 40 });
    fc.assert(
      fc.property(acts, (order) => {
        const written: string[] = [];
        const turns = new Turns((text) => written.push(String(text)));
        const writers = Array.from({ length: WRITERS }, () => turns.take());
        const wanted: string[][] = writers.map(() => []);
        order.forEach((who, i) => {
          wanted[who]!.push(`${who}:${i}`);
          writers[who]!.write(`${who}:${i}`);
          if (order.lastIndexOf(who) === i) writers[who]!.end();
        });
        for (const [who, writer] of writers.entries()) if (!order.includes(who)) writer.end();
        assert.deepEqual(written, wanted.flat());
      }),
      { seed: 2 },
    );
  });

  it('comes at once from whose turn it is', () => {
    const written: string[] = [];
    const turns = new Turns((text) => written.push(String(text)));
    const [one, other] = [turns.take(), turns.take()];
    other.write('b');
    one.write('a');
    assert.deepEqual(written, ['a']);
    one.end();
    assert.deepEqual(written, ['a', 'b']);
    other.write('c');
    assert.deepEqual(written, ['a', 'b', 'c']);
  });
});
