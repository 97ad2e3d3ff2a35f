/** `format: sensors`: tables as people have them, windows, labels, parts, and what is said of what is wrong. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { openSamples } from '../../../../src/data/load-dataset.ts';
import { readCsv } from '../../../../src/data/sources/sensors/csv-table.ts';
import { parseDefinition } from '../../../../src/language/yaml/parse-definition.ts';
import { buildNetwork } from '../../../../src/network/build-network.ts';
import type { Definition } from '../../../../src/network/types.ts';
import { lookAtData } from '../../../../src/runs/data-check.ts';
import { inFolder } from '../../../scratch.ts';

function definition(dataset: string, input = '4x1x2'): Definition {
  const { definition: read, diagnostics } = parseDefinition(`udc: 1
name: moves
input: ${input}
target: { npu: ethos-u55-128 }
dataset: { format: sensors, path: ., ${dataset} }
layers:
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 9 }
`);
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  return read!;
}

/** Rows of two channels: n and -n of a file, from a number by which the file is known. */
const rows = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${from + i},${-from - i}`);

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

/** Recordings of ten rows in folders of two classes. */
const FOLDERS = Object.fromEntries(
  ['run', 'walk'].flatMap((label, c) =>
    [0, 1, 2, 3, 4].map((i) => [`${label}/${i}.csv`, ['ax,ay', ...rows(100 * (5 * c + i), 10)].join('\n')]),
  ),
);

async function windowsOf(folder: string, dataset: string, input?: string) {
  const { raw, classNames, chosen, heldBack } = await openSamples(definition(dataset, input), folder);
  const of = async ({ samples, labels }: typeof raw.train): Promise<{ values: number[]; label: string }[]> => {
    const all = await samples.read(Int32Array.from({ length: samples.count }, (_, i) => i));
    return all.map((values, i) => ({ values: [...values], label: classNames![labels[i]!]! }));
  };
  const train = await of(raw.train);
  const validating = new Set(chosen.subarray(0, heldBack));
  return {
    train: train.filter((_, i) => !validating.has(i)),
    validation: train.filter((_, i) => validating.has(i)),
    test: await of(raw.test),
    classNames,
  };
}

/** The file that a window of `FOLDERS` is of. */
const fileOf = ({ values }: { values: number[] }): number => Math.floor(values[0]! / 100);

describe('sets of sensor values', () => {
  it('cut windows of each recording, and no recording is in two parts', () =>
    inFolder(async (folder) => {
      await write(folder, FOLDERS);
      await fc.assert(
        fc.asyncProperty(fc.nat(1000), async (seed) => {
          const set = await windowsOf(folder, `window: 4, hop: 3, seed: ${seed}`);
          assert.deepEqual(set.classNames, ['run', 'walk']);
          const parts = [set.train, set.validation, set.test].map((part) => new Set(part.map(fileOf)));
          assert.equal(
            parts.reduce((sum, { size }) => sum + size, 0),
            10,
          );
          assert.equal(new Set(parts.flatMap((part) => [...part])).size, 10);
          for (const part of [set.train, set.validation, set.test]) {
            assert.deepEqual([...new Set(part.map(({ label }) => label))].sort(), ['run', 'walk']);
            for (const window of part) {
              const [from] = window.values;
              assert.deepEqual(
                window.values,
                [0, 1, 2, 3].flatMap((i) => [from! + i, 0 - from! - i]),
              );
              assert.equal((from! % 100) % 3, 0);
              assert.equal(window.label, fileOf(window) < 5 ? 'run' : 'walk');
            }
          }
          assert.equal(set.train.length + set.validation.length + set.test.length, 30);
        }),
        { numRuns: 10 },
      );
    }));

  it('take folders of parts, names of files and times', () =>
    inFolder(async (folder) => {
      const table = (from: number): string =>
        ['ax;ay', ...rows(from, 8).map((row) => row.replace(',', ';'))].join('\r\n');
      await write(folder, {
        'train/run_01.csv': table(0),
        'train/run_02.csv': table(100),
        'train/walk.3.csv': table(200),
        'train/walk-4.csv': table(300),
        'test/run5.csv': table(400),
        'test/walk 6.csv': table(500),
      });
      const set = await windowsOf(folder, 'rate: 2, window: 2 s, hop: 1 s, label: file');
      assert.deepEqual(set.classNames, ['run', 'walk']);
      assert.deepEqual([...new Set(set.test.map(fileOf))], [4, 5]);
      assert.equal(set.test.length, 6);
    }));

  it('take classes and persons from columns: no window reaches over their ends, no person is in two parts', () =>
    inFolder(async (folder) => {
      const lines = Array.from({ length: 12 }, (_, person) =>
        ['rest', 'move'].flatMap((activity, a) =>
          rows(100 * (2 * person + a), 7).map((row) => `${row},${activity},"p, ${person}"`),
        ),
      ).flat();
      await write(folder, { 'all.csv': ['ax,ay,activity,who', ...lines].join('\n') });
      const set = await windowsOf(folder, 'window: 4, hop: 1, label: activity, recording: who');
      const persons = [set.train, set.validation, set.test].map(
        (part) => new Set(part.map((window) => Math.floor(fileOf(window) / 2))),
      );
      assert.equal(new Set(persons.flatMap((part) => [...part])).size, 12);
      assert.equal(
        persons.reduce((sum, { size }) => sum + size, 0),
        12,
      );
      for (const window of [...set.train, ...set.test]) {
        assert.equal(window.label, fileOf(window) % 2 === 0 ? 'rest' : 'move');
        assert.equal(window.values[6]! - window.values[0]!, 3);
      }
      assert.equal(set.train.length + set.validation.length + set.test.length, 12 * 2 * 4);
    }));

  it('take a whole window a row', () =>
    inFolder(async (folder) => {
      const row = (n: number): string =>
        [n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7, n % 2 ? 'odd' : 'even'].join('\t');
      const files = Object.fromEntries(
        [0, 1, 2, 3, 4, 5].map((i) => [`${i}.tsv`, [10 * i, 10 * i + 2].map((n) => row(n + (i % 2))).join('\n')]),
      );
      await write(folder, files);
      const set = await windowsOf(folder, 'rows: window, window: 4, columns: [a, b], label: 9, header: false');
      assert.deepEqual(set.classNames, ['even', 'odd']);
      for (const { values } of set.test)
        assert.deepEqual(
          values,
          Array.from({ length: 8 }, (_, i) => values[0]! + i),
        );
      assert.equal(set.train.length + set.validation.length + set.test.length, 12);
    }));

  it('leave out windows with values that are missing, where that is said', () =>
    inFolder(async (folder) => {
      await write(folder, { ...FOLDERS, 'run/0.csv': ['ax,ay', ...rows(0, 4), ',5', ...rows(5, 5)].join('\n') });
      const set = await windowsOf(folder, 'window: 4, hop: 1, missing: drop');
      const mine = [set.train, set.validation, set.test].flat().filter((window) => fileOf(window) === 0);
      assert.deepEqual(mine.map(({ values }) => values[0]).sort(), [0, 5, 6]);
    }));

  const ENCODINGS: readonly (readonly [string, (text: string) => Uint8Array])[] = [
    ['UTF-8', (text) => Buffer.from(text)],
    ['UTF-8 with a mark', (text) => Buffer.from(`\ufeff${text}`)],
    ['UTF-16', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 from its other end', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ["Windows' western code page", (text) => Buffer.from(text, 'latin1')],
  ];
  for (const [name, encoded] of ENCODINGS)
    it(`tell classes apart by letters outside of ASCII in ${name}`, () =>
      inFolder(async (folder) => {
        for (const person of [0, 1, 2, 3]) {
          const labelled = ['à', 'é'].flatMap((label, c) => rows(100 * c, 4).map((row) => `${row},${label}`));
          await writeFile(join(folder, `${person}.csv`), encoded(['ax,ay,activité', ...labelled].join('\n')));
        }
        const { classNames, train } = await windowsOf(folder, 'window: 4, label: activité');
        assert.deepEqual(classNames, ['à', 'é']);
        for (const { values, label } of train) assert.equal(label, values[0] === 0 ? 'à' : 'é');
      }));

  const WRONG: readonly (readonly [string, Readonly<Record<string, string>>, string, RegExp])[] = [
    [
      'a value that is missing',
      { 'run/0.csv': 'ax,ay\n1,2\n1,\n' },
      'window: 1',
      /0\.csv: line 3: the value of column `ay` is missing; .*`missing: drop`/,
    ],
    [
      'a text',
      { 'run/0.csv': 'ax,ay\n1,2\n\n1,x2\n' },
      'window: 1, columns: [ax, ay]',
      /0\.csv: line 4: `x2` in column `ay` is no number/,
    ],
    [
      'a number that float32 cannot hold',
      { 'run/0.csv': 'ax,ay\n1,2\n1,1e39\n' },
      'window: 1',
      /0\.csv: line 3: `1e39` in column `ay` is no number that float32 can hold/,
    ],
    [
      'a point that sets thousands apart',
      { 'run/0.csv': 'ax;ay\n1,5;2\n1.234;2\n' },
      'window: 1, columns: [ax, ay], decimal: ","',
      /0\.csv: line 3: `1\.234` in column `ax` is no number/,
    ],
    [
      'two columns of one name',
      { 'run/0.csv': 'ax,ay,ax\n1,2,3\n' },
      'window: 1, columns: [ax, ay]',
      /0\.csv: two columns are called `ax`: give them names of their own/,
    ],
    [
      'a row of another length',
      { 'run/0.csv': 'ax,ay\n1,2\n1,2,3\n' },
      'window: 1',
      /line 3: 3 fields, the first row has 2 \(separated by `,`\)/,
    ],
    [
      'a quote without end',
      { 'run/0.csv': 'ax,ay\n1,"2\n1,2\n' },
      'window: 1',
      /line 2: a quote \("\) that is opened is never closed/,
    ],
    ['a column that is not there', {}, 'window: 4, columns: [ax, az]', /no column `az`; the first row names ax, ay/],
    [
      'a column of texts',
      { 'run/0.csv': 'ax,ay,what\n1,2,run\n' },
      'window: 1',
      /column `what` has texts \("run"\).*`label: what`/,
    ],
    ['other columns', { 'walk/0.csv': 'ax,az\n1,2\n' }, 'window: 1', /its columns are ax, az, those of .* ax, ay/],
    ['windows that are too long', {}, 'window: 11', /no recording has a whole window of 11 samples/],
    [
      'a class that is not there',
      {},
      'window: 4, classes: [run, jump]',
      /no recordings of `jump`; there are run, walk/,
    ],
    ['no folder', { '0.csv': 'ax,ay\n1,2\n' }, 'window: 1', /lies in no folder of a class/],
  ];
  for (const [what, files, dataset, said] of WRONG)
    it(`say of ${what} where it is and what would be right`, () =>
      inFolder(async (folder) => {
        await write(folder, { ...FOLDERS, ...files });
        const input = `${/window: (\d+)/.exec(dataset)![1]}x1x2`;
        await assert.rejects(openSamples(definition(dataset, input), folder), said);
      }));

  it('say what one long file needs', () =>
    inFolder(async (folder) => {
      await write(folder, {
        'all.csv': ['x,y,what', ...rows(0, 20).map((row, i) => `${row},${i < 10 ? 'a' : 'b'}`)].join('\n'),
      });
      await assert.rejects(
        openSamples(definition('window: 4, label: what'), folder),
        /1 recordings?, too few .*recording: subject/,
      );
    }));
});

describe('a column of time among the channels', () => {
  /** Recordings of ten rows with a first column, and a channel of readings that go up and down. */
  const timed = (time: (row: number, file: number) => number | string, head = 'time,ax,ay'): Record<string, string> =>
    Object.fromEntries(
      ['run', 'walk'].flatMap((label, c) =>
        [0, 1, 2].map((i) => [
          `${label}/${i}.csv`,
          [head, ...Array.from({ length: 10 }, (_, r) => `${time(r, 3 * c + i)},${(r * 7) % 5},${-(r % 3)}`)].join(
            '\n',
          ),
        ]),
      ),
    );
  const looked = (folder: string, dataset: string, input: string) =>
    lookAtData(buildNetwork(definition(dataset, input)), join(folder, 'a.udc.yaml'));
  const clocks: readonly [string, (row: number, file: number) => number | string][] = [
    ['seconds', (row) => (row / 50).toFixed(2)],
    ['milliseconds since 1970, which float32 does not tell apart', (row) => 1_764_000_000_000 + 20 * row],
    ['numbers of rows', (row, file) => 100 * file + row],
  ];
  for (const [what, time] of clocks)
    it(`is told of with the columns to write: ${what}`, () =>
      inFolder(async (folder) => {
        await write(folder, timed(time));
        const { problems } = await looked(folder, 'window: 4', '4x1x3');
        assert.deepEqual(
          problems.filter(({ message }) => message.includes('`time`')).map(({ severity }) => severity),
          ['warning'],
        );
        assert.match(problems.map(({ message }) => message).join('\n'), /`columns: \[ax, ay\]`/);
      }));

  it('is the remedy where the input has one channel fewer', () =>
    inFolder(async (folder) => {
      await write(
        folder,
        timed((row) => row / 50),
      );
      await assert.rejects(
        openSamples(definition('window: 4'), folder),
        /samples are 4x1x3; the definition's input is 4x1x2: the column `time` .*`columns: \[ax, ay\]`/,
      );
      await assert.rejects(openSamples(definition('window: 4', '4x1x5'), folder), /write `input: 4x1x3`/);
    }));

  it('is none where columns are named, where it stands still or falls in one file', () =>
    inFolder(async (folder) => {
      await write(
        folder,
        timed((row, file) => (file === 4 ? 10 - row : row)),
      );
      assert.doesNotMatch(JSON.stringify(await looked(folder, 'window: 4', '4x1x3')), /`time`/);
      await write(
        folder,
        timed((row) => row),
      );
      const asked = await looked(folder, 'window: 4, columns: [time, ax, ay]', '4x1x3');
      assert.doesNotMatch(JSON.stringify(asked), /`time`/);
    }));
});

describe('tables', () => {
  const fields = [
    ['a,b\n1.5,2', ',', '.'],
    ['a;b\n1,5;2', ';', ','],
    ['a\tb\n1.5\t2', '\t', '.'],
    ['a b\n 1.5  2 ', ' ', '.'],
    ['# made by\n\uFEFFa|b\r\n1.5|2\r\n', '|', '.'],
  ] as const;
  for (const [text, delimiter, decimal] of fields)
    it(`separated by ${JSON.stringify(delimiter)} are known by their first line`, () => {
      const table = readCsv(text, 'a.csv');
      assert.deepEqual(
        table.names?.map((name) => name.replace('\uFEFF', '')),
        ['a', 'b'],
      );
      assert.equal(table.decimal, decimal);
      assert.deepEqual(
        table.rows.map((row) => row.map((field) => Number(field.replace(',', '.')))),
        [[1.5, 2]],
      );
    });

  it('give back any fields that are quoted as the rules of CSV say', () => {
    const field = fc.string({ maxLength: 6 }).map((text) => text.replaceAll('\r', ''));
    const table = fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 5 });
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(table, (values) => {
        const text = values.map((row) => row.map(quoted).join(',')).join('\n');
        assert.deepEqual(readCsv(text, 'a.csv', { delimiter: ',', header: false }).rows, values);
      }),
    );
  });
});
