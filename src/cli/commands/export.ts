/** `udc export`: writes a finished run in another form. */
import { statSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { messageOf } from '../../base/error-text.ts';
import { confirm } from '../../formats/vela/confirm.ts';
import { FORMATS, findFormat, type FolderFormat, type Format } from '../../formats/format-table.ts';
import { exportInput, type ExportInput } from '../../reports/export-input.ts';
import { filterShape } from '../../network/operation-counts.ts';
import { findTarget } from '../../targets/find-target.ts';
import { networkNamed } from '../../wire/result-networks.ts';
import { setUpPythons } from '../../runs/confirm-result.ts';
import { RunError } from '../../runs/folder/run-error.ts';
import type { RunFolder } from '../../runs/folder/run-folder.ts';
import { makeFolder } from '../../runs/files/make-folder.ts';
import { checkOutput, DISK_FILES, writeOutput } from '../../runs/files/output-file.ts';
import { writeTogether } from '../../runs/files/write-together.ts';
import type { Confirmation } from '../../wire/compiler-answer.ts';
import { weightLimit } from '../../wire/limits.ts';
import { formatBytes, formatCount } from '../../text/format.ts';
import { misused, readArguments } from '../arguments.ts';
import { VELA_OPTION, tellConfirmation } from '../confirmation.ts';
import { usageOf } from '../terminal/usage.ts';
import { CommandError, EXIT, json, type Io } from '../terminal/io.ts';
import { NETWORK_OPTION } from '../network-option.ts';
import { near, unfinished } from '../outcome.ts';
import { findRun } from '../places.ts';
import { exportSweep, sweepAt, SWEEP_FORMATS } from '../sweep/export-sweep.ts';
import { plain } from '../terminal/table.ts';

export const usage = usageOf(
  'export',
  { RUN: "a run folder, the beginning of a run's id, or `latest`; or the folder of a sweep" },
  {
    out: {
      type: 'string',
      value: 'FILE',
      required: true,
      about:
        'replaced only by a whole new file; of a link,\nwhat it points to; no device and no FIFO.\nA folder, or a name that ends in /, for --format c',
    },
    format: {
      type: 'string',
      value: 'FORMAT',
      about: [
        "by default the one of FILE's ending:",
        ...FORMATS.map(({ id, description }) => `  ${id.padEnd(12)} ${description}`),
        `of a sweep: ${SWEEP_FORMATS.join(', ')}`,
      ].join('\n'),
    },
    network: NETWORK_OPTION,
    vela: { ...VELA_OPTION, about: `with --format tflite: ${VELA_OPTION.about}` },
  },
);

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const { out } = values;
  if (out === undefined) throw misused(usage, '--out FILE is missing');
  const sweep = sweepAt(positionals[0]!);
  if (sweep) return exportSweep(sweep, out, values.format, values.json ?? false, io);
  const folder = isFolder(out);
  const format = formatOf(out, folder ? (values.format ?? '') : values.format);
  if (values.vela && format.id !== 'tflite')
    throw misused(usage, `--vela is for --format tflite, the one that Vela compiles, not ${format.id}`);
  if (folder && format.folder) return intoFolder(format.id, format.folder, out, positionals[0]!, values, io);
  await checkOutput(out);
  if (folder) throw misused(usage, `${format.id} is one file, and '${out}' names a folder: give the name of a file`);
  if (extname(out).slice(1).toLowerCase() !== format.extension) {
    io.err(
      plain(
        `note: ${out} will hold ${format.label}, whose files end in .${format.extension}: tools that go by the ending may not take it\n`,
      ),
    );
  }
  const found = await written(await findRun(positionals[0]!), values.network, io, format.write);
  const { input, content: bytes } = found;
  await writeOutput(out, bytes);
  const vela = values.vela ? await confirmed(input, bytes) : undefined;
  io.out(
    values.json
      ? json({ format: format.id, file: out, bytes: bytes.length, ...(vela && { vela }) })
      : plain(
          `${format.label}: ${out}, ${formatCount(bytes.length)} bytes\n${largerText(format, input, bytes.length)}`,
        ),
  );
  return vela ? tellConfirmation(out, vela, io, values.json ?? false) : EXIT.done;
}

/** A folder that is there, or a name that says so. */
const isFolder = (out: string): boolean =>
  /[\\/]$/.test(out) || statSync(out, { throwIfNoEntry: false })?.isDirectory() === true;

/** Writes the files of a format that has several, all or none. */
async function intoFolder(
  id: string,
  { label, write }: FolderFormat,
  out: string,
  run: string,
  { network, json: asJson }: { readonly network?: string | undefined; readonly json?: boolean | undefined },
  io: Io,
): Promise<number> {
  const { content } = await written(await findRun(run), network, io, write);
  await makeFolder(resolve(out));
  const files = Object.entries(content).map(([name, data]) => ({ file: join(out, name), data }));
  await writeTogether(files, DISK_FILES);
  const named = files.map(({ file, data }) => ({ file, bytes: data.length }));
  io.out(
    asJson
      ? json({ format: id, folder: out, files: named })
      : plain(`${label}: ${named.map(({ file, bytes }) => `${file}, ${formatCount(bytes)} bytes`).join('\n  ')}\n`),
  );
  return EXIT.done;
}

/** Why a file of a network within its budget is larger than that; empty where it is not. */
function largerText({ holdsNetwork }: Format, { result, chosen }: ExportInput, bytes: number): string {
  const budget = weightLimit(result.limits);
  const { exactBytes } = chosen.certificate;
  if (!holdsNetwork || bytes <= budget) return '';
  return `The budget of ${formatBytes(budget)} is for what ${result.target} stores of the weights, ${formatCount(exactBytes)} bytes; the file has them as its format does, with the description of the network\n`;
}

/** Vela's answer to the certificate of a run. */
function confirmed({ result, chosen, architecture }: ExportInput, file: Uint8Array): Promise<Confirmation> {
  const weighted = architecture.operations.filter((operation) => filterShape(operation)).length;
  const { exactBytes: bytes, costs } = chosen.certificate;
  return confirm({ file, target: findTarget(result.target), bytes, weighted, costs }, { pythons: setUpPythons() });
}

function formatOf(out: string, named: string | undefined): Format {
  const wanted = named ?? extname(out).slice(1);
  if (wanted === '')
    throw misused(
      usage,
      `'${out}' ${isFolder(out) ? 'is a folder: add --format c' : 'has no ending to tell the format by: add --format'}`,
    );
  try {
    return findFormat(wanted);
  } catch (error) {
    throw misused(usage, messageOf(error));
  }
}

/** The run in the format. @throws RunError or CommandError saying what is missing, damaged, or cannot be expressed */
async function written<Content>(
  folder: RunFolder,
  wanted: string | undefined,
  io: Io,
  write: (input: ExportInput) => Promise<Content>,
): Promise<{ readonly input: ExportInput; readonly content: Content }> {
  try {
    const input = await readRun(folder, wanted, io);
    return { input, content: await write(input) };
  } catch (error) {
    if (error instanceof RunError || error instanceof CommandError) throw error;
    throw new CommandError(`${near(folder.path)}: ${messageOf(error)}`);
  }
}

async function readRun(folder: RunFolder, wanted: string | undefined, io: Io): Promise<ExportInput> {
  const content = await folder.readContent((result) => networkNamed(result, wanted));
  if (!content) throw await unfinished(folder, 'export it');
  for (const note of content.notes) io.err(`warning: ${note}\n`);
  return exportInput(content);
}
