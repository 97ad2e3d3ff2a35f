/**
 * `npm run bench -- NAME [--backend B] [--threads N] [--json] [--svg FILE]`: runs the benchmark in bench/NAME.ts and
 * prints its rows as a table or as JSON; some draw them as well.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

export interface BenchmarkOptions {
  readonly backend?: string;
  /** What compares numbers of threads takes this one alone. */
  readonly threads?: number;
  /** What the benchmark's own parameters were given as. */
  readonly parameters?: Readonly<Record<string, string>>;
}
export type Row = Readonly<Record<string, string | number>>;

export interface Benchmark {
  readonly name: string;
  /** One sentence: what is measured, in which unit. */
  readonly describe: string;
  /** Names of parameters of its own: `--NAME VALUE`. */
  readonly parameters?: readonly string[];
  readonly run: (options: BenchmarkOptions) => Promise<readonly Row[]>;
  /** The rows as a picture, where that says more than the table. */
  readonly svg?: (rows: readonly Row[]) => string;
}

const folder = new URL('.', import.meta.url);

const names = (): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();

async function load(name: string): Promise<Benchmark> {
  const { benchmark } = (await import(new URL(`${name}.ts`, folder).href)) as { benchmark: Benchmark };
  return benchmark;
}

/** Columns in the order in which rows first name them, padded; numbers to the right. */
export function table(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => columns.map((column) => String(row[column] ?? '')));
  const widths = columns.map((column, i) => Math.max(column.length, ...cells.map((line) => line[i]!.length)));
  const numeric = columns.map((column) => rows.some((row) => typeof row[column] === 'number'));
  const line = (values: readonly string[]): string =>
    values
      .map((value, i) => (numeric[i] === true ? value.padStart(widths[i]!) : value.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [line(columns), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

async function main(): Promise<number> {
  const first = process.argv[2] ?? '';
  const own =
    existsSync(new URL(`${first}.ts`, folder)) && first !== 'run' ? ((await load(first)).parameters ?? []) : [];
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...Object.fromEntries(own.map((name) => [name, { type: 'string' as const }])),
      backend: { type: 'string' },
      threads: { type: 'string' },
      json: { type: 'boolean', default: false },
      svg: { type: 'string' },
    },
  });
  const [name] = positionals;
  if (name === undefined || !existsSync(new URL(`${name}.ts`, folder)) || name === 'run') {
    const lines = await Promise.all(names().map(async (each) => `  ${each.padEnd(16)} ${(await load(each)).describe}`));
    process.stderr.write(
      `usage: npm run bench -- NAME [--backend wasm|tensorflow|webgpu|cpu] [--threads N] [--json] [--svg FILE]\n${lines.join('\n')}\n`,
    );
    return 2;
  }
  const benchmark = await load(name);
  if (values.svg !== undefined && benchmark.svg === undefined) throw new Error(`${name} draws no picture.`);
  const given = values as Readonly<Record<string, string | boolean | undefined>>;
  const parameters = Object.fromEntries(
    own.flatMap((each) => (typeof given[each] === 'string' ? [[each, given[each]] as const] : [])),
  );
  const rows = await benchmark.run({
    parameters,
    ...(values.backend === undefined ? {} : { backend: values.backend }),
    ...(values.threads === undefined ? {} : { threads: Number(values.threads) }),
  });
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ benchmark: name, node: process.version, rows }, null, 2)}\n`
      : `${benchmark.describe}\n\n${table(rows)}\n`,
  );
  if (values.svg !== undefined) writeFileSync(values.svg, benchmark.svg!(rows));
  return 0;
}

process.exitCode = await main();
