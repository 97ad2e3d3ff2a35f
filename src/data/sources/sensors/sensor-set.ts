/** `format: sensors`: windows of recordings in CSV files, by class. */
import { stat } from 'node:fs/promises';
import { basename, dirname, relative } from 'node:path';
import { SeededRandom } from '../../../base/random.ts';
import type { DatasetSpec, SensorSpec } from '../../../network/types.ts';
import { DataError } from '../../data-error.ts';
import type { SourcePart, SourceSet } from '../../dataset.ts';
import { fileBelow, readBytes } from '../../files/data-files.ts';
import { decodedText } from '../../files/decoded-text.ts';
import { filesBelow } from '../audio/labelled-files.ts';
import { HeldSource } from '../held-source.ts';
import { readCsv } from './csv-table.ts';
import { readRecordingsOf, type Columns, type Recording } from './recordings.ts';

type Part = 'train' | 'validation' | 'test';

const PARTS: Readonly<Record<string, Part>> = {
  train: 'train',
  training: 'train',
  validation: 'validation',
  valid: 'validation',
  val: 'validation',
  test: 'test',
  testing: 'test',
};

/** Reads all recordings and cuts their windows; values stay in memory. @throws DataError */
export async function openSensorSet(path: string, dataset: DatasetSpec, memory: number): Promise<SourceSet> {
  const spec = dataset.sensors!;
  const { recordings, clocks, columns } = await readAll(path, spec, memory);
  const names = spec.classes ?? [...new Set(recordings.map(({ label }) => label))].sort();
  const known = recordings.filter(({ label }) => names.includes(label));
  const absent = names.filter((name) => !known.some(({ label }) => label === name));
  if (absent.length > 0)
    throw new DataError(
      path,
      `there are no recordings of ${absent.map((name) => `\`${name}\``).join(', ')}; there are ${[...new Set(recordings.map(({ label }) => label))].join(', ')}`,
      {},
      ['dataset', 'classes'],
    );
  const parts = partsOf(known, path, dataset, spec.test);
  const part = (...which: readonly Part[]): { part: SourcePart; counts: readonly number[] } => {
    const chosen = which.map((name) => known.filter((_, i) => parts[i] === name));
    const windows = chosen
      .flat()
      .flatMap((recording) => recording.windows.map((window, i) => ({ window, recording, line: recording.lines[i]! })));
    const [first] = known.flatMap(({ windows: [one] }) => one ?? []);
    const { height, channels } = shapeOf(known, path);
    const values = new Float32Array(windows.length * (first?.length ?? 0));
    windows.forEach(({ window }, i) => {
      values.set(window, i * window.length);
    });
    return {
      part: {
        samples: new HeldSource(path, { height, width: 1, channels }, values),
        labels: Int32Array.from(windows, ({ recording }) => names.indexOf(recording.label)),
        file: (index) => {
          const { recording, line } = windows[index]!;
          return `${fileBelow(path, recording.file)}:${line}`;
        },
      },
      counts: chosen.map((group) => group.reduce((sum, one) => sum + one.windows.length, 0)),
    };
  };
  const training = part('train', 'validation');
  const [trained, held] = training.counts;
  return {
    train: training.part,
    test: part('test').part,
    ...(held! > 0 && { heldBack: Int32Array.from({ length: held! }, (_, i) => trained! + i) }),
    classes: names.length,
    classNames: { file: path, names },
    doubts: clocks.map(
      (name) =>
        `the column \`${name}\` rises by the same step in every row, as time or a row's number does, and is taken for a channel: name the columns of the channels without it, such as \`columns: [${columns.filter((one) => !clocks.includes(one)).join(', ')}]\``,
    ),
  };
}

function shapeOf(recordings: readonly Recording[], path: string): { height: number; channels: number } {
  const [first] = recordings;
  const other = recordings.find(({ height, channels }) => height !== first?.height || channels !== first.channels);
  if (!first) throw new DataError(path, 'there are no recordings');
  if (other)
    throw new DataError(
      other.file,
      `windows are ${other.height}x1x${other.channels}, those of ${first.file} ${first.height}x1x${first.channels}: all files have the same columns`,
    );
  return first;
}

async function readAll(
  path: string,
  spec: SensorSpec,
  memory: number,
): Promise<{
  readonly recordings: readonly Recording[];
  readonly clocks: readonly string[];
  readonly columns: readonly string[];
}> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new DataError(path, 'there is no such file or folder; `path` is relative to the definition file');
  const files = found.isFile() ? [path] : [...(await filesBelow(path, '.csv')), ...(await filesBelow(path, '.tsv'))];
  if (files.length === 0) throw new DataError(path, 'there are no CSV files (.csv, .tsv)');
  const root = found.isFile() ? dirname(path) : path;
  const folders =
    spec.label === 'folder' || (spec.label === undefined && files.some((file) => classFolder(file, root)));
  const recordings: Recording[] = [];
  let bytes = 0;
  let columns: Columns | undefined;
  let clocks: readonly string[] | undefined;
  for (const file of files) {
    const table = readCsv(decodedText(await readBytes(file)), file, spec);
    const named = labelOf(file, root, spec, folders);
    const read = readRecordingsOf(table, file, spec, named, columns);
    columns ??= read.columns;
    clocks = clocks?.filter((name) => read.clocks.includes(name)) ?? read.clocks;
    for (const recording of read.recordings) {
      bytes += recording.windows.reduce((sum, window) => sum + window.byteLength, 0);
      recordings.push(recording);
    }
    if (bytes > memory)
      throw new DataError(
        path,
        `windows have more than ${Math.floor(memory / 2 ** 20)} MiB of values, which stay in memory: raise \`hop\`, or save the windows as arrays (\`format: npy\`), which are read in pieces`,
        {},
        ['dataset', 'hop'],
      );
  }
  if (recordings.every(({ windows }) => windows.length === 0))
    throw new DataError(
      path,
      `no recording has a whole window of ${spec.window} samples: write a smaller \`window\``,
      {},
      ['dataset', 'window'],
    );
  return { recordings, clocks: clocks ?? [], columns: columns?.names ?? [] };
}

/** The folder that a file's class is named by: the nearest below the set's that is no part. */
function classFolder(file: string, root: string): string | undefined {
  const folders = relative(root, dirname(file))
    .split(/[\\/]/)
    .filter((name) => name !== '' && name !== '..');
  return folders.find((name) => !Object.hasOwn(PARTS, name.toLowerCase()));
}

/** The class that folder or name of a file says; undefined where a column does. @throws DataError */
function labelOf(file: string, root: string, { label }: SensorSpec, folders: boolean): string | undefined {
  if (label !== undefined && label !== 'folder' && label !== 'file') return undefined;
  if (!folders)
    return (
      basename(file)
        .replace(/\..*$/, '')
        .replace(/[\s_-]*[\d\s_-]*$/, '') || basename(file)
    );
  const found = classFolder(file, root);
  if (found === undefined)
    throw new DataError(
      file,
      'the file lies in no folder of a class: put it into one, or write `label: file` or `label:` with the name of a column',
      {},
      ['dataset', 'label'],
    );
  return found;
}

/**
 * The part of each recording: what its folder says, else a draw of whole groups (recordings, or persons) within each
 * class.
 */
function partsOf(all: readonly Recording[], path: string, dataset: DatasetSpec, test: number): readonly Part[] {
  const stated = all.map(({ file }) => {
    const folder = relative(path, file).split(/[\\/]/)[0]!.toLowerCase();
    return relative(path, file) === '' ? undefined : PARTS[folder];
  });
  const has = (part: Part): boolean => stated.includes(part);
  const random = new SeededRandom(dataset.seed ?? 0);
  const drawn = drawGroups(all, has('test') ? 0 : test, has('validation') ? 0 : dataset.validation, random);
  const parts = all.map((_, i): Part => {
    const said = stated[i];
    if (said === 'test' || said === 'validation') return said;
    return drawn.get(all[i]!.group) ?? 'train';
  });
  if (!parts.includes('test') || !parts.includes('train'))
    throw new DataError(
      path,
      `there are ${new Set(all.map(({ group }) => group)).size} recordings, too few for a part of their own for the test: windows of one are never in two parts. Save more files, or name the column that tells recordings or persons apart (\`recording: subject\`)`,
    );
  return parts;
}

/** Groups go by the class that most of their windows have. */
function drawGroups(
  all: readonly Recording[],
  test: number,
  validation: number,
  random: SeededRandom,
): ReadonlyMap<string, Part> {
  const labels = new Map<string, string>();
  for (const { group, label } of all) if (!labels.has(group)) labels.set(group, label);
  const drawn = new Map<string, Part>();
  for (const label of new Set(labels.values())) {
    const groups = [...labels].flatMap(([group, its]) => (its === label ? [group] : []));
    const order = Int32Array.from(groups, (_, i) => i);
    random.shuffle(order);
    const share = (wanted: number): number =>
      wanted === 0 || groups.length < 3 ? 0 : Math.max(1, Math.round(groups.length * wanted));
    const tests = wantedOf(groups.length, test, share);
    const validations = share(validation);
    order.forEach((place, i) => {
      drawn.set(groups[place]!, i < tests ? 'test' : i < tests + validations ? 'validation' : 'train');
    });
  }
  return drawn;
}

/** Of two recordings of a class one is for the test. */
const wantedOf = (count: number, test: number, share: (wanted: number) => number): number =>
  test > 0 && count === 2 ? 1 : share(test);
