/** Tables of numbers in text: fields with or without quotes, whatever separates them. */
import { DataError } from '../../data-error.ts';

export interface CsvStyle {
  /** Absent: the first line tells. */
  readonly delimiter?: string;
  readonly header?: boolean;
  readonly decimal?: '.' | ',';
}

export interface CsvTable {
  /** Names of the columns; absent without a header. */
  readonly names?: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Number of the line that each row begins on, from 1. */
  readonly lines: readonly number[];
  readonly decimal: '.' | ',';
}

const DELIMITERS = ['\t', ';', ',', '|', ' '] as const;

/** What stands for a value that is not known. */
const MISSING = /^(nan|na|n\/a|null|none|\?|-)?$/i;

/**
 * The number of a field: NaN where the value is missing, undefined where it is none. With decimal commas a point is
 * none: it would set thousands apart.
 */
export function numberOf(field: string, decimal: '.' | ','): number | undefined {
  const plain = field.trim();
  if (MISSING.test(plain)) return NaN;
  if (decimal === ',' && plain.includes('.')) return undefined;
  const value = Number(decimal === ',' ? plain.replace(',', '.') : plain);
  return Number.isNaN(value) ? undefined : value;
}

/**
 * Reads a table; empty lines and lines that begin with `#` do not count.
 * @throws DataError naming file and line where a row has more or fewer fields than the first
 */
export function readCsv(content: string, file: string, style: CsvStyle = {}): CsvTable {
  const text = content.replace(/^\uFEFF/, '');
  const delimiter = style.delimiter ?? likelyDelimiter(text, style.decimal);
  const { rows, lines } = split(text, delimiter, file);
  const [first] = rows;
  if (first === undefined) throw new DataError(file, 'there are no rows');
  const decimal = style.decimal ?? (delimiter === ',' ? '.' : likelyDecimal(rows));
  const named = style.header ?? first.some((field) => numberOf(field, decimal) === undefined);
  const wrong = rows.findIndex(({ length }) => length !== first.length);
  if (wrong >= 0)
    throw new DataError(
      file,
      `line ${lines[wrong]!}: ${rows[wrong]!.length} fields, the first row has ${first.length} (separated by ${delimiterName(delimiter)})`,
    );
  return {
    ...(named && { names: first.map((name) => name.trim()) }),
    rows: named ? rows.slice(1) : rows,
    lines: named ? lines.slice(1) : lines,
    decimal,
  };
}

export const delimiterName = (delimiter: string): string =>
  ({ '\t': 'tabs', ' ': 'spaces' })[delimiter] ?? `\`${delimiter}\``;

/** The separator that the first line has: a comma may also be a decimal one, and comes after what cannot. */
function likelyDelimiter(text: string, decimal?: '.' | ','): string {
  const first = text.split(/\r?\n/).find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
  const possible = DELIMITERS.filter((one) => one !== decimal);
  return possible.find((one) => first.trim().includes(one)) ?? ',';
}

/** Commas inside of numbers, and no points. */
const likelyDecimal = (rows: readonly (readonly string[])[]): '.' | ',' => {
  const fields = rows.slice(0, 20).flat();
  return fields.some((field) => /^\s*-?\d*,\d+(e-?\d+)?\s*$/i.test(field)) &&
    !fields.some((field) => /^\s*-?\d*\.\d+/.test(field))
    ? ','
    : '.';
};

function split(text: string, delimiter: string, file: string) {
  const rows: string[][] = [];
  const lines: number[] = [];
  const all = text.split(/\r\n|\n|\r/);
  for (let i = 0; i < all.length; i++) {
    const number = i + 1;
    let line = all[i]!;
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (!line.includes('"')) {
      rows.push(delimiter === ' ' ? line.trim().split(/ +/) : line.split(delimiter));
    } else {
      // A field in quotes may go on over lines.
      while (((line.match(/"/g) ?? []).length & 1) === 1) {
        i += 1;
        if (i >= all.length) throw new DataError(file, `line ${number}: a quote (") that is opened is never closed`);
        line += `\n${all[i]!}`;
      }
      rows.push(quotedFields(line, delimiter));
    }
    lines.push(number);
  }
  return { rows, lines };
}

/** Fields of a line where some stand in quotes: "" inside is a quote. */
function quotedFields(line: string, delimiter: string): string[] {
  const fields: string[] = [];
  let [field, quoted] = ['', false];
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (quoted && c === '"' && line[i + 1] === '"') field += line[++i]!;
    else if (c === '"') quoted = !quoted;
    else if (c === delimiter && !quoted) {
      fields.push(field);
      field = '';
    } else field += c;
  }
  return [...fields, field];
}
