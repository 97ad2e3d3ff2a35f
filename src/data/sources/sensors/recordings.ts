/** The recordings of a table and their windows. */
import type { SensorSpec } from '../../../network/types.ts';
import { DataError } from '../../data-error.ts';
import { isClock } from './clock-columns.ts';
import { numberOf, type CsvTable } from './csv-table.ts';

/** Windows of one class that belong together. */
export interface Recording {
  readonly file: string;
  /** What is never in two parts: a file, or all rows of one value of `recording`. */
  readonly group: string;
  readonly label: string;
  /** Values of a window: samples × channels. */
  readonly windows: readonly Float32Array[];
  /** Of each window, the line of the file that it begins in, counted from 1. */
  readonly lines: readonly number[];
  readonly height: number;
  readonly channels: number;
}

/** Names of the columns of the first file, which the others have too. */
export interface Columns {
  readonly file: string;
  readonly names: readonly string[];
}

interface Chosen {
  readonly channels: readonly number[];
  readonly label?: number | undefined;
  readonly recording?: number | undefined;
}

/**
 * @returns also `clocks`, names of columns that nobody asked for and that look like the moments or the numbers of rows
 * @param named the class where folder or name of the file says it
 * @param first columns of the first file, where this is another
 * @throws DataError naming file and line
 */
export function readRecordingsOf(
  table: CsvTable,
  file: string,
  spec: SensorSpec,
  named: string | undefined,
  first: Columns | undefined,
): { readonly recordings: readonly Recording[]; readonly columns: Columns; readonly clocks: readonly string[] } {
  const columns = { file, names: table.names ?? (table.rows[0] ?? []).map((_, i) => String(i + 1)) };
  const chosen = chooseColumns(table, columns, spec, named === undefined);
  const names = chosen.channels.map((column) => columns.names[column]!);
  if (first && spec.channels === undefined && names.join('\n') !== first.names.join('\n'))
    throw new DataError(
      file,
      `its columns are ${names.join(', ')}, those of ${first.file} ${first.names.join(', ')}: name those to use (\`columns\`)`,
      {},
      ['dataset', 'columns'],
    );
  const rows = table.rows.map((row, r) => valuesOf(row, table.lines[r]!, chosen, columns, table, file, spec));
  const runs = runsOf(table, chosen, named, file);
  const asked = spec.channels !== undefined || spec.rows === 'window';
  const clocks = asked ? [] : names.filter((_, c) => isClockOf(chosen.channels[c]!, runs, table));
  const recordings = runs.map(({ from, to, label, group }) => ({
    file,
    group,
    label,
    ...windowsOf(rows.slice(from, to), table.lines.slice(from, to), spec, file),
  }));
  return { recordings, columns: { file: first?.file ?? file, names: first?.names ?? names }, clocks };
}

const isClockOf = (column: number, runs: readonly Run[], { rows, decimal }: CsvTable): boolean =>
  runs.length > 0 &&
  runs.every(({ from, to }) => isClock(rows.slice(from, to).map((row) => numberOf(row[column]!, decimal) ?? NaN)));

/** The place of a column. @throws DataError that lists what there is */
function placeOf(wanted: string | number, key: string, { names }: Columns, table: CsvTable, file: string): number {
  const place = names.indexOf(String(wanted));
  if (place >= 0 && names.includes(String(wanted), place + 1))
    throw new DataError(file, `two columns are called \`${wanted}\`: give them names of their own`, {}, [
      'dataset',
      key,
    ]);
  if (place >= 0) return place;
  const said = table.names
    ? `there is no column \`${wanted}\`; the first row names ${names.join(', ')}`
    : `there is no column ${wanted} of ${names.length}, and the file has no names of columns (\`header: true\` if the first row is one)`;
  throw new DataError(file, said, {}, ['dataset', key]);
}

function chooseColumns(
  table: CsvTable,
  columns: Columns,
  { label, recording, channels, rows }: SensorSpec,
  labelled: boolean,
): Chosen {
  const { file } = columns;
  const find = (wanted: string | number | undefined, key: string): number | undefined =>
    wanted === undefined ? undefined : placeOf(wanted, key, columns, table, file);
  const [labels, group] = [labelled ? find(label, 'label') : undefined, find(recording, 'recording')];
  if (channels && rows === 'sample')
    return { channels: channels.map((name) => find(name, 'columns')!), label: labels, recording: group };
  const others = columns.names.flatMap((_, i) => (i === labels || i === group ? [] : [i]));
  const text = others.find((i) => table.rows.some((row) => numberOf(row[i]!, table.decimal) === undefined));
  if (text !== undefined)
    throw new DataError(
      file,
      `the column \`${columns.names[text]}\` has texts (${JSON.stringify(table.rows.find((row) => numberOf(row[text]!, table.decimal) === undefined)![text])}): name the columns of the channels, for example \`columns: [${others
        .filter((i) => i !== text)
        .slice(0, 3)
        .map((i) => columns.names[i]!)
        .join(', ')}]\`, or, if it has the classes, write \`label: ${columns.names[text]}\``,
      {},
      ['dataset', 'columns'],
    );
  return { channels: others, label: labels, recording: group };
}

/** The channels of a row; undefined where a value is missing and that is allowed. @throws DataError naming the line */
function valuesOf(
  row: readonly string[],
  line: number,
  { channels }: Chosen,
  { names }: Columns,
  { decimal }: CsvTable,
  file: string,
  { missing }: SensorSpec,
): Float32Array | undefined {
  const values = new Float32Array(channels.length);
  for (let c = 0; c < channels.length; c++) {
    const column = channels[c]!;
    const value = numberOf(row[column]!, decimal);
    if (value === undefined || Math.abs(Math.fround(value)) === Infinity)
      throw new DataError(
        file,
        `line ${line}: \`${row[column]!.trim()}\` in column \`${names[column]}\` is no number${value === undefined ? '' : ' that float32 can hold (3.4e38 at most)'}`,
      );
    if (Number.isNaN(value)) {
      if (missing === 'drop') return undefined;
      throw new DataError(
        file,
        `line ${line}: the value of column \`${names[column]}\` is missing; fill it in, or write \`missing: drop\`, which leaves out the windows with such values`,
        {},
        ['dataset', 'missing'],
      );
    }
    values[c] = value;
  }
  return values;
}

interface Run {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly group: string;
}

/** Rows in a row of one class and one recording: no window reaches over their ends. */
function runsOf(
  { rows, lines }: CsvTable,
  { label, recording }: Chosen,
  named: string | undefined,
  file: string,
): readonly Run[] {
  const runs: { from: number; to: number; label: string; group: string }[] = [];
  rows.forEach((row, r) => {
    const its = named ?? (label === undefined ? '' : row[label]!.trim());
    if (its === '') throw new DataError(file, `line ${lines[r]!}: the class is missing`, {}, ['dataset', 'label']);
    const group = recording === undefined ? file : row[recording]!.trim();
    const last = runs.at(-1);
    if (last?.label === its && last.group === group) last.to = r + 1;
    else runs.push({ from: r, to: r + 1, label: its, group });
  });
  return runs;
}

function windowsOf(
  rows: readonly (Float32Array | undefined)[],
  places: readonly number[],
  spec: SensorSpec,
  file: string,
): Pick<Recording, 'windows' | 'lines' | 'height' | 'channels'> {
  const width = rows.find((row) => row !== undefined)?.length ?? 0;
  if (spec.rows === 'window')
    return { ...wholeRows(rows, width, spec, file), lines: places.filter((_, i) => rows[i] !== undefined) };
  const { window: height = 1, hop = height } = spec;
  const windows: Float32Array[] = [];
  const lines: number[] = [];
  for (let from = 0; from + height <= rows.length; from += hop) {
    const taken = rows.slice(from, from + height);
    if (taken.includes(undefined)) continue;
    const window = new Float32Array(height * width);
    taken.forEach((row, i) => {
      window.set(row!, i * width);
    });
    windows.push(window);
    lines.push(places[from]!);
  }
  return { windows, lines, height, channels: width };
}

function wholeRows(
  rows: readonly (Float32Array | undefined)[],
  width: number,
  { window, channels }: SensorSpec,
  file: string,
) {
  const count = channels?.length ?? (window === undefined ? 1 : width / window);
  const height = window ?? width / count;
  if (height * count !== width)
    throw new DataError(
      file,
      `a row has ${width} values, which are no ${window ?? 'whole'} samples of ${channels ? count : 'so many'} channels: see \`window\` and \`columns\``,
      {},
      ['dataset', window === undefined ? 'columns' : 'window'],
    );
  return { windows: rows.flatMap((row) => row ?? []), height, channels: count };
}
