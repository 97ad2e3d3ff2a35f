/** Sorting and filtering lists of runs. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RUN_ORDERS, fitsFilter, sortRuns, type RunLine } from '../../../src/wire/run-list.ts';

const line = (change: Partial<RunLine>): RunLine => ({
  name: 'kws',
  created: '2026-01-01T00:00:00.000Z',
  budget: 1024,
  strategy: 'UDC',
  state: 'done',
  definition: 'a/kws.udc.yaml',
  seed: 1,
  ...change,
});

const lines: fc.Arbitrary<RunLine[]> = fc.array(
  fc
    .record({
      name: fc.string(),
      created: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      budget: fc.nat(),
      value: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      bytes: fc.option(fc.nat()),
    })
    .map(({ value, bytes, ...rest }) =>
      line({
        ...rest,
        ...(value !== null && { metric: { name: 'accuracy', value } }),
        ...(bytes !== null && { bytes }),
      }),
    ),
);

describe('a list of runs', () => {
  it('keeps every run in every order, and is as it was when it is sorted again', () => {
    fc.assert(
      fc.property(lines, fc.constantFrom(...RUN_ORDERS), (all, order) => {
        const sorted = sortRuns(all, order, (one) => one);
        assert.deepEqual(new Set(sorted), new Set(all));
        assert.deepEqual(
          sortRuns(sorted, order, (one) => one),
          sorted,
        );
      }),
    );
  });

  it('has the best first, whichever way is better, and what is not done last', () => {
    const values = [0.5, undefined, 0.9, 0.7];
    const runs = values.map((value) => line(value === undefined ? {} : { metric: { name: 'accuracy', value } }));
    assert.deepEqual(
      sortRuns(runs, 'metric', (one) => one).map(({ metric }) => metric?.value),
      [0.9, 0.7, 0.5, undefined],
    );
  });

  it('fits all words, wherever they stand, in any case', () => {
    const run = line({ note: 'before the bug', strategy: 'Evolution' });
    for (const text of ['', ' ', 'KWS', 'bug kws', 'evolution done', '2026-01', 'seed 1'])
      assert.ok(fitsFilter(run, text), text);
    for (const text of ['vww', 'kws vww', 'seed 7']) assert.ok(!fitsFilter(run, text), text);
  });
});
