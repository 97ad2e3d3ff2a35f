/** Lists of budgets and seeds as people write them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseBudgets, parseSeeds } from '../../../src/language/sweep-lists.ts';

describe('lists of a sweep', () => {
  it('reads budgets, each once, the smallest first, and doubles through ranges', () => {
    assert.deepEqual(parseBudgets('4KiB, 2 KiB,4096'), [2048, 4096]);
    assert.deepEqual(parseBudgets('2KiB..16KiB'), [2048, 4096, 8192, 16384]);
    assert.deepEqual(parseBudgets('2KiB..5KiB,1KiB'), [1024, 2048, 4096, 5120]);
    assert.deepEqual(parseBudgets('3KiB..3KiB'), [3072]);
  });

  it('reads seeds in the order in which they stand', () => {
    assert.deepEqual(parseSeeds('1..3,7'), [1, 2, 3, 7]);
    assert.deepEqual(parseSeeds('5,1..2,5'), [5, 1, 2]);
    assert.deepEqual(parseSeeds('0'), [0]);
  });

  it('says what is wrong with anything else, and never another error', () => {
    const wrong = ['', ',', '1..', '..', '3..1', 'x', '1.5', '-1', '1..2..3', '0..99999999', '1e3'];
    for (const text of wrong) assert.throws(() => parseSeeds(text), RangeError, text);
    for (const text of ['', 'x', '8KiB..4KiB', '0', '1KiB..2KiB..4KiB', '..'])
      assert.throws(() => parseBudgets(text), RangeError, text);
    for (const read of [parseBudgets, parseSeeds] as const)
      fc.assert(
        fc.property(fc.string(), (text) => {
          try {
            const values = read(text);
            assert.equal(new Set(values).size, values.length);
          } catch (error) {
            assert.ok(error instanceof RangeError, String(error));
          }
        }),
      );
  });
});
