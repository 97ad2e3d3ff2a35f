/** `udc measure`: what networks take on runtimes and devices, and how each number came about. */
import { messageOf } from '../../base/error-text.ts';
import { chooseColumns, concerning, type Column } from '../../measure/choose-columns.ts';
import { availabilities, measureNetworks, type MeasureOptions } from '../../measure/measure-networks.ts';
import { RUNTIMES } from '../../measure/runtime-table.ts';
import { measureCsv } from '../../reports/measure-csv.ts';
import { measureHtml } from '../../reports/measure-html.ts';
import { measureText } from '../../reports/measure-text.ts';
import { checkOutput, writeOutput } from '../../runs/files/output-file.ts';
import { storedOf, storeMeasurements } from '../../runs/measurement-store.ts';
import { amountText } from '../../wire/measured-text.ts';
import type { ListedRuntime, MeasureReport } from '../../wire/measurements.ts';
import { misused, readArguments } from '../arguments.ts';
import { measureSubjects } from '../measure-subject.ts';
import { runsFolderNear } from '../places.ts';
import { EXIT, json, UsageError, type LiveIo } from '../terminal/io.ts';
import { plain, reportTable, table } from '../terminal/table.ts';
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
    devices: {
      type: 'string',
      value: 'NAME,…',
      about: 'by default the usual ones of each runtime; --list names them;\nof one runtime alone: RUNTIME/NAME',
    },
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
  const subjects = await measureSubjects(positionals, io);
  const asked = named ? columns : concerning(columns, subjects);
  const all = subjects.length * asked.length;
  let done = 0;
  const report = await interruptible(io, (signal) =>
    measureNetworks(subjects, asked, { ...options, signal }, (subject, cell) => {
      done += 1;
      if (io.columns === undefined) return;
      const what = `${subject.name} on ${cell.runtime} ${cell.device}: ${amountText(cell)}`;
      io.rewriteLine?.(plain(`${done} of ${all}: ${what}`));
    }),
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

async function listed(options: MeasureOptions): Promise<readonly ListedRuntime[]> {
  const available = await availabilities(RUNTIMES, options);
  return RUNTIMES.map((runtime) => ({
    runtime: runtime.id,
    title: runtime.title,
    mark: runtime.mark,
    ...available.get(runtime)!,
    ...(runtime.concerns && { ofSome: true }),
    devices: runtime.devices.map(({ id, title, usual }) => ({ id, title, usual })),
  }));
}

function listText(all: readonly ListedRuntime[]): string {
  const columns = [{ title: 'runtime' }, { title: 'what' }, { title: 'numbers are' }, { title: 'there' }] as const;
  const rows = all.map(({ runtime, title, mark, version }) => [
    runtime,
    title,
    mark,
    version === undefined ? 'no' : `yes, ${version}`,
  ]);
  const reasons = all.flatMap(({ runtime, reason }) => (reason === undefined ? [] : [`${runtime}: ${reason}`]));
  const devices = all.map(({ runtime, devices: own }) => `${runtime}: ${own.map(({ id }) => id).join(', ')}`);
  return plain(
    [table(columns, rows), ...reasons, ...(reasons.length > 0 ? [''] : []), 'Devices:', ...devices, ''].join('\n'),
  );
}

function describe(report: MeasureReport): string {
  const { tables, order, notes } = measureText(report);
  const said = [...(order === '' ? [] : [order, '']), ...notes];
  return plain([...tables.map((one) => `${one.title}\n${reportTable(one)}`), ...said, ''].join('\n'));
}
