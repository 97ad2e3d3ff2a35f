/** Run folders: `.udc/runs/<id>/` with run.json, events.ndjson, checkpoint/, result.json, weights.safetensors. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RunFailure } from '../shared/panel.ts';
import type { RunHeader, RunResult, RunState } from '../shared/run.ts';
import { runHeader, runResult } from '../shared/runschema.ts';
import { list, object, oneOf, string, type Check } from '../shared/validate.ts';
import { writeAtomic } from './atomic.ts';
import { CheckpointStore } from './checkpoint.ts';
import { RunError, asRunError, onDisk, systemCode } from './errors.ts';
import { isLocked } from './lock.ts';
import { readLog, type LogContent } from './log.ts';

const FORMAT = 1;

/** How a run stopped before it was done: `ended.json`. */
export interface RunEnding {
  readonly format: 1;
  readonly state: 'cancelled' | 'failed' | 'interrupted';
  /** Stable identifier, for example 'data', 'budget', 'disk-full', 'killed'. */
  readonly code: string;
  readonly failure: RunFailure;
}

const ending: Check<RunEnding> = object<RunEnding>({
  format: oneOf([FORMAT]), state: oneOf(['cancelled', 'failed', 'interrupted']), code: string,
  failure: object<RunFailure>({ what: string, why: string, next: string, log: list(string) }),
});

/** What a run is asked to do; the rest of its header is made here. */
export type RunRequest = Pick<RunHeader, 'definitionText' | 'definitionPath' | 'budgetBytes' | 'seed' | 'backend' | 'baselines' | 'version'> & {
  /** Becomes part of the folder's name. */
  readonly name: string;
};

/** A run as its folder tells it, for lists. `header` is absent where `problem` says why the folder cannot be read. */
export interface RunListing {
  readonly id: string;
  readonly folder: RunFolder;
  readonly header?: RunHeader;
  readonly state?: RunState;
  readonly result?: RunResult;
  readonly ending?: RunEnding;
  readonly problem?: string;
}

/** The folder of the runs of a workspace. */
export const runsFolderOf = (workspaceFolder: string): string => join(workspaceFolder, '.udc', 'runs');

/** One run's folder. Reading never changes it. */
export class RunFolder {
  readonly id: string;
  readonly log: string;
  readonly lock: string;
  readonly weights: string;
  readonly checkpoints: CheckpointStore;

  constructor(readonly path: string) {
    this.id = basename(path);
    this.log = join(path, 'events.ndjson');
    this.lock = join(path, 'lock.json');
    this.weights = join(path, 'weights.safetensors');
    this.checkpoints = new CheckpointStore(join(path, 'checkpoint'));
  }

  /**
   * Makes a new run folder in `runsFolder`. Two made at the same moment get different names.
   * @throws RunError where it cannot be written
   */
  static async create(runsFolder: string, request: RunRequest): Promise<RunFolder> {
    const created = new Date();
    const stamp = created.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
    const slug = request.name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 40) || 'run';
    const id = `${stamp}-${slug}-${randomBytes(2).toString('hex')}`;
    const folder = new RunFolder(join(runsFolder, id));
    const { definitionText, definitionPath, budgetBytes, seed, backend, baselines, version } = request;
    const header: RunHeader = { format: FORMAT, id, created: created.toISOString(), version, definitionText, definitionPath, budgetBytes, seed, backend, baselines };
    await onDisk(folder.path, () => mkdir(folder.path, { recursive: true }));
    try {
      await ignoreInGit(runsFolder);
      await writeAtomic(join(folder.path, 'run.json'), `${JSON.stringify(header, null, 2)}\n`);
    } catch (error) {
      await rm(folder.path, { recursive: true, force: true });
      throw error;
    }
    return folder;
  }

  /** @throws RunError where the header is missing, damaged, or of another format version */
  async readHeader(): Promise<RunHeader> {
    const header = await readJson(join(this.path, 'run.json'), runHeader);
    if (header === undefined) throw new RunError('missing', this.path, 'this is no run folder: it holds no run.json.', 'Give the path of a folder in .udc/runs.');
    return header;
  }

  /** The result, or undefined while there is none. @throws RunError */
  readResult(): Promise<RunResult | undefined> {
    return readJson(join(this.path, 'result.json'), runResult);
  }

  readEnding(): Promise<RunEnding | undefined> {
    return readJson(join(this.path, 'ended.json'), ending);
  }

  readEvents(): Promise<LogContent> {
    return readLog(this.log);
  }

  /**
   * Ends the run: a folder with a result is done. A result that could not be read back is therefore not written.
   * @throws ValidationError naming the field at fault, RunError where the disk refuses
   */
  async writeResult(result: RunResult): Promise<void> {
    runResult(result, 'result');
    await writeAtomic(join(this.path, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  }

  writeWeights(bytes: Uint8Array): Promise<void> {
    return writeAtomic(this.weights, bytes);
  }

  writeEnding(end: Omit<RunEnding, 'format'>): Promise<void> {
    return writeAtomic(join(this.path, 'ended.json'), `${JSON.stringify({ format: FORMAT, ...end }, null, 2)}\n`);
  }

  async clearEnding(): Promise<void> {
    await onDisk(this.path, () => rm(join(this.path, 'ended.json'), { force: true }));
  }

  isLocked(): Promise<boolean> {
    return isLocked(this.lock);
  }

  /** The state that the folder tells: done with a result, running while a live process holds it, else as it ended. */
  async readState(): Promise<RunState> {
    if ((await this.readResult()) !== undefined) return 'done';
    if (await this.isLocked()) return 'running';
    return (await this.readEnding())?.state ?? 'interrupted';
  }

  async readListing(): Promise<RunListing> {
    const { id } = this;
    try {
      const [header, state, result, end] = [await this.readHeader(), await this.readState(), await this.readResult(), await this.readEnding()];
      return { id, folder: this, header, state, ...(result === undefined ? {} : { result }), ...(end === undefined || state === 'running' || state === 'done' ? {} : { ending: end }) };
    } catch (error) {
      return { id, folder: this, problem: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** All runs, newest first. A folder that cannot be read is listed with its problem. No folder, no runs. */
export async function listRuns(runsFolder: string): Promise<RunListing[]> {
  const entries = await readdir(runsFolder, { withFileTypes: true }).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw asRunError(error, runsFolder);
  });
  const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map((entry) => entry.name);
  const listings = await Promise.all(names.map((name) => new RunFolder(join(runsFolder, name)).readListing()));
  return listings.sort((a, b) => (b.header?.created ?? b.id).localeCompare(a.header?.created ?? a.id));
}

/** Deletes a run for good. @throws RunError where a live process works on it, or this is no run folder */
export async function deleteRun(folder: RunFolder): Promise<void> {
  if ((await folder.readEnding().catch(() => undefined)) === undefined && (await readFile(join(folder.path, 'run.json')).catch(() => undefined)) === undefined) {
    throw new RunError('missing', folder.path, 'this is no run folder.', 'Nothing was deleted.');
  }
  if (await folder.isLocked()) throw new RunError('locked', folder.path, 'a search is at work in this run.', 'Stop it first.');
  await onDisk(folder.path, async () => {
    // Out of the list first, so that a deletion that is cut short leaves no half of a run in it.
    const aside = join(dirname(folder.path), `.deleted-${folder.id}`);
    await rename(folder.path, aside);
    await rm(aside, { recursive: true, force: true });
  });
}

/** Reads and checks a JSON file that this program wrote, or undefined where there is none. */
async function readJson<T>(file: string, check: Check<T>): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw asRunError(error, file);
  });
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    refuseOtherFormat(value, file);
    return check(value);
  } catch (error) {
    if (error instanceof RunError) throw error;
    throw new RunError('damaged', file, `the file is damaged: ${error instanceof Error ? error.message : String(error)}.`, 'The folder is left as it is.');
  }
}

function refuseOtherFormat(value: unknown, file: string): void {
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format === FORMAT) return;
  const by = 'version' in value && typeof value.version === 'string' ? ` by UDC ${value.version}` : '';
  throw new RunError('foreign-format', file, `this run was written in format ${JSON.stringify(value.format)}${by}; this UDC reads format ${FORMAT}.`, 'Use the UDC that wrote it. The folder is left as it is.');
}

/** Runs are large and made by machines: `.udc` is kept out of version control unless its owner decides otherwise. */
async function ignoreInGit(runsFolder: string): Promise<void> {
  const parent = dirname(runsFolder);
  if (basename(parent) !== '.udc') return;
  const file = join(parent, '.gitignore');
  await writeFile(file, '*\n', { flag: 'wx' }).catch((error: unknown) => {
    if (systemCode(error) !== 'EEXIST') throw asRunError(error, file);
  });
}
