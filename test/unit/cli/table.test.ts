import assert from 'node:assert/strict';
import fc from 'fast-check';
import { shellWord } from '../../../src/text/neutral.ts';
import { table } from '../../../src/cli/terminal/table.ts';

describe('table', () => {
  it('aligns columns, numbers to the right, without trailing spaces', () => {
    assert.equal(
      table(
        [{ title: 'layer' }, { title: 'stored', align: 'right' }, { title: '' }],
        [
          ['stem', '1,234\u00a0B', ''],
          ['é', '9\u00a0B', 'x'],
        ],
        [['total', '1,243 B', '']],
      ),
      [
        'layer   stored',
        '─────────────────',
        'stem   1,234 B',
        'é          9 B  x',
        '─────────────────',
        'total  1,243 B',
        '',
      ].join('\n'),
    );
  });

  it('keeps every cell whatever its text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.stringMatching(/^[a-z0-9]*$/), fc.stringMatching(/^[a-z0-9]+$/)), { minLength: 1 }),
        (rows) => {
          const lines = table([{ title: 'a' }, { title: 'b', align: 'right' }], rows)
            .split('\n')
            .slice(2, -1);
          assert.deepEqual(
            lines.map((line) => line.trim().split(/ +/)),
            rows.map((row) => row.filter((cell) => cell !== '')),
          );
          assert.equal(new Set(lines.map((line) => line.length)).size, 1);
        },
      ),
      { seed: 20220105 },
    );
  });

  it('quotes what a shell would take apart', () => {
    assert.deepEqual(['a/b.yaml', 'my model', "it's"].map(shellWord), ['a/b.yaml', "'my model'", "'it'\\''s'"]);
  });
});
