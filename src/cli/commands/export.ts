/** `udc export RUN --format F --out FILE`: writes a finished run in another form. */
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FORMATS, findFormat, type Format } from '../../export/formats.ts';
import { exportInput, type ExportInput } from '../../export/input.ts';
import { writeAtomic } from '../../runs/atomic.ts';
import { asRunError, systemCode } from '../../runs/errors.ts';
import { RunFolder } from '../../runs/folder.ts';

const USAGE = `usage: udc export RUN --out FILE [--format FORMAT] [--json]

RUN     a run folder, for example .udc/runs/20250301-120000-kws-3f2a
FILE    is replaced only by a whole new file
FORMAT  by default the one of FILE's extension:
${FORMATS.map(({ id, description }) => `        ${id.padEnd(12)} ${description}`).join('\n')}
`;

const OPTIONS = { format: { type: 'string' }, out: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;

interface Io { out(text: string): void; err(text: string): void }
interface Request { readonly run: string; readonly out: string; readonly format: Format; readonly json: boolean }

class UsageError extends Error {}

function readRequest(args: string[]): Request | 'help' {
  let parsed;
  try { parsed = parseArgs({ args, options: OPTIONS, allowPositionals: true }); } catch (error) { throw new UsageError(error instanceof Error ? error.message : String(error)); }
  const { values: { format, out, json = false, help }, positionals } = parsed;
  if (help) return 'help';
  if (positionals.length !== 1) throw new UsageError(positionals.length === 0 ? 'RUN is missing' : `one RUN at a time, not ${positionals.length}`);
  if (!out) throw new UsageError('--out FILE is missing');
  const wanted = format ?? extname(out).slice(1);
  if (!wanted) throw new UsageError(`'${out}' has no extension to tell the format by: add --format`);
  try { return { run: positionals[0]!, out, format: findFormat(wanted), json }; } catch (error) { throw new UsageError(error instanceof Error ? error.message : String(error)); }
}

/** Reads a run folder for exporting. Throws RunError or Error saying what is missing or damaged. */
async function readRun(path: string): Promise<ExportInput> {
  const folder = new RunFolder(resolve(path));
  const header = await folder.readHeader();
  const result = await folder.readResult();
  if (!result) throw new Error(`${path}: the run is ${await folder.readState()} and has no result yet: let it finish (udc resume), then export it`);
  const weights = await readFile(folder.weights).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw asRunError(error, folder.weights);
  });
  return exportInput({ header, result, events: (await folder.readEvents()).events, ...(weights && { weights }) });
}

/** Runs the command. Returns the exit code: 0 written, 1 the run cannot be exported so, 2 wrong usage. */
export async function run(args: string[], io: Io): Promise<number> {
  try {
    const request = readRequest(args);
    if (request === 'help') { io.out(USAGE); return 0; }
    const bytes = await request.format.write(await readRun(request.run));
    await writeAtomic(resolve(request.out), bytes);
    io.out(request.json
      ? `${JSON.stringify({ format: request.format.id, file: request.out, bytes: bytes.length })}\n`
      : `${request.format.label}: ${request.out}, ${bytes.length.toLocaleString('en-US')} bytes\n`);
    return 0;
  } catch (error) {
    const usage = error instanceof UsageError;
    io.err(`${error instanceof Error ? error.message : String(error)}\n${usage ? `\n${USAGE}` : ''}`);
    return usage ? 2 : 1;
  }
}
