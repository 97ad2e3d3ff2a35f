/** `udc measure`: what networks take on runtimes and devices, and how each number came about. */
import { messageOf } from '../../base/error-text.ts';
import { chooseColumns, concerning, type Column } from '../../measure/choose-columns.ts';
import { availabilities, measureNetworks } from '../../measure/measure-networks.ts';
import { RUNTIMES } from '../../measure/runtime-table.ts';
import type { Subject } from '../../measure/subject/subject.ts';
import { measureCsv } from '../../reports/measure-csv.ts';
import { measureHtml } from '../../reports/measure-html.ts';
import {
  amountText,
  bottleneckTable,
  measureNotes,
  measureTables,
  orderTable,
  orderText,
} from '../../reports/measure-tables.ts';
import type { Table } from '../../reports/facts.ts';
import { checkOutput, writeOutput } from '../../runs/files/output-file.ts';
import { storedOf, storeMeasurements } from '../../runs/measurement-store.ts';
import type { MeasureReport } from '../../wire/measurements.ts';
import { misused, readArguments } from '../arguments.ts';
import { measureSubject } from '../measure-subject.ts';
import { runsFolderNear } from '../places.ts';
import { EXIT, json, UsageError, type LiveIo } from '../terminal/io.ts';
import { plain, table } from '../terminal/table.ts';
import { usageOf } from '../terminal/usage.ts';

const SECONDS = 1;

export const usage = usageOf(
  'measure',
  {
    '[NETWORK…]':
      'networks (.tflite, .onnx), model definitions, or finished runs\n(a folder, the beginning of an id, `latest`)',
  },
  {
    runtimes: { type: 'string', value: 'NAME,…', about: 'by default all that are there; --list names them' },
    devices: { type: 'string', value: 'NAME,…', about: 'by default the usual ones of each runtime; --list names them' },
    seconds: { type: 'string', value: 'N', about: `for which each clock runs, at least: ${SECONDS} by default` },
    csv: { type: 'string', value: 'FILE', about: 'writes a line a network and device there' },
    html: { type: 'string', value: 'FILE', about: 'writes a page with tables and bars there' },
    'no-store': {
      type: 'boolean',
      about: 'leaves out `.udc/measurements.ndjson`, where measurements of this folder are kept',
    },
    list: { type: 'boolean', about: 'the runtimes, whether each is there, and their devices; nothing is measured' },
  },
);

export async function run(args: string[], io: LiveIo): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const columns = columnsOf(values.runtimes, values.devices);
  const named = values.runtimes !== undefined || values.devices !== undefined;
  const options = { environment: process.env, seconds: secondsOf(values.seconds) };
  if (values.list) {
    io.out(values.json ? json(await listed(options)) : listText(await listed(options)));
    return EXIT.done;
  }
  if (positionals.length === 0) throw misused(usage, 'NETWORK is missing; --list shows what can be measured on');
  for (const file of [values.csv, values.html]) if (file !== undefined) await checkOutput(file);
  const subjects: Subject[] = [];
  for (const argument of positionals) subjects.push(await measureSubject(argument, io));
  const report = await interruptible(io, (signal) =>
    measureNetworks(
      subjects,
      named ? columns : concerning(columns, subjects),
      { ...options, signal },
      (subject, cell) => {
        if (io.columns === undefined) return;
        io.rewriteLine?.(plain(`${subject.name} on ${cell.runtime} ${cell.device}: ${amountText(cell)}`));
      },
    ),
  );
  if (io.columns !== undefined) io.rewriteLine?.('');
  if (report === undefined) return EXIT.interrupted;
  if (values.csv !== undefined) await writeOutput(values.csv, new TextEncoder().encode(measureCsv(report)));
  if (values.html !== undefined) await writeOutput(values.html, new TextEncoder().encode(measureHtml(report)));
  if (!values['no-store']) await storeMeasurements(runsFolderNear(process.cwd()), storedOf(report));
  io.out(values.json ? json(report) : describe(report));
  return EXIT.done;
}

/** Undefined where a person stops it. */
async function interruptible<T>(io: LiveIo, work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
  const controller = new AbortController();
  const end = io.onInterrupt?.(() => {
    controller.abort();
  });
  try {
    return await work(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) return undefined;
    throw error;
  } finally {
    end?.();
  }
}

const names = (text: string | undefined): readonly string[] | undefined =>
  text
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

function columnsOf(runtimes: string | undefined, devices: string | undefined): readonly Column[] {
  try {
    return chooseColumns(RUNTIMES, names(runtimes), names(devices));
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

function secondsOf(text: string | undefined): number {
  const value = text === undefined ? SECONDS : Number(text);
  if (!(value > 0 && value <= 600)) throw new UsageError(`--seconds needs a number above 0, up to 600, not '${text!}'`);
  return value;
}

interface Listed {
  readonly runtime: string;
  readonly title: string;
  readonly mark: string;
  readonly version?: string;
  readonly reason?: string;
  readonly devices: readonly string[];
}

async function listed(options: {
  readonly environment: NodeJS.ProcessEnv;
  readonly seconds: number;
}): Promise<readonly Listed[]> {
  const available = await availabilities(RUNTIMES, options);
  return RUNTIMES.map((runtime) => ({
    runtime: runtime.id,
    title: runtime.title,
    mark: runtime.mark,
    ...available.get(runtime)!,
    devices: runtime.devices.map(({ id }) => id),
  }));
}

function listText(all: readonly Listed[]): string {
  const columns = [{ title: 'runtime' }, { title: 'what' }, { title: 'numbers are' }, { title: 'there' }] as const;
  const rows = all.map(({ runtime, title, mark, version }) => [
    runtime,
    title,
    mark,
    version === undefined ? 'no' : `yes, ${version}`,
  ]);
  const reasons = all.flatMap(({ runtime, reason }) => (reason === undefined ? [] : [`${runtime}: ${reason}`]));
  const devices = all.map(({ runtime, devices: own }) => `${runtime}: ${own.join(', ')}`);
  return plain(
    [table(columns, rows), ...reasons, ...(reasons.length > 0 ? [''] : []), 'Devices:', ...devices, ''].join('\n'),
  );
}

const tableText = ({ title, head, rows, numeric }: Table): string =>
  `${title}\n${table(
    head.map((column, i) => ({ title: column, align: numeric.includes(i) ? 'right' : 'left' })),
    rows,
  )}`;

function describe(report: MeasureReport): string {
  const tables = [...measureTables(report), bottleneckTable(report), orderTable(report)].flatMap((one) => one ?? []);
  const order = orderText(report);
  const said = [...(order === '' ? [] : [order, '']), ...measureNotes(report)];
  return plain([...tables.map(tableText), ...said, ''].join('\n'));
}
