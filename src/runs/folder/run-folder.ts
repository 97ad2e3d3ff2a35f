/** Run folders: `.udc/runs/<id>/` with run.json, events.ndjson, checkpoint/, result.json, weights.safetensors. */
import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../../base/error-text.ts';
import type { RunFailure } from '../../wire/panel-messages.ts';
import type { NetworkResult, RunContent, RunHeader, RunResult, RunState } from '../../wire/run.ts';
import { isWeightsFile, runHeader, runResult } from '../../wire/run-schema.ts';
import { SHARED_FILE } from '../../wire/offers.ts';
import { noResult } from '../../wire/no-result.ts';
import { capitalised, sentences } from '../../text/sentences.ts';
import { currentHeader, currentResult } from '../../wire/old-runs.ts';
import { list, object, oneOf, record, string, type Check } from '../../base/validate.ts';
import { MOST, readRegular } from '../../data/files/regular-file.ts';
import { isTemporary, writeAtomic } from '../files/atomic-write.ts';
import { CheckpointStore } from './checkpoint-store.ts';
import { RunError, advised, asRunError, onDisk, systemCode } from './run-error.ts';
import { mapLimited } from '../files/limited.ts';
import { JOB_FILE } from './job-file.ts';
import { isLocked } from './run-lock.ts';
import { readLog, type LogContent } from './event-log.ts';
import { LABEL_FILE, readLabel, type RunLabel } from './run-label.ts';
import { makeFolder } from '../files/make-folder.ts';
import { readSealed, sha256, sha256Of, writeSealed } from '../files/sealed.ts';

/** Of the files that are written now; `run.json` and `result.json` of earlier formats are read as well. */
const FORMATS = { ending: 1, run: 2 } as const;
const READABLE = [1, 2];

/** How a run stopped before it was done: `ended.json`. */
export interface RunEnding {
  readonly format: 1;
  readonly state: 'cancelled' | 'failed' | 'interrupted';
  /** Stable identifier, for example 'data', 'budget', 'disk-full', 'killed'. */
  readonly code: string;
  readonly failure: RunFailure;
}

const ending: Check<RunEnding> = object<RunEnding>({
  format: oneOf([FORMATS.ending]),
  state: oneOf(['cancelled', 'failed', 'interrupted']),
  code: string,
  failure: object<RunFailure>({ what: string, why: string, next: string, log: list(string) }),
});

/**
 * SHA-256 of a run's other files when it was done; absent in runs that are older than these checksums, and where there
 * was no such file.
 */
interface RunFiles {
  /** Of the first network. */
  readonly weights?: string | undefined;
  /** Of the other networks, by the names of their files. */
  readonly others?: Readonly<Record<string, string>> | undefined;
  readonly log?: string | undefined;
  readonly shared?: string | undefined;
}
type StoredResult = RunResult & { readonly files?: RunFiles };

const runFiles: Check<RunFiles> = object<RunFiles>(
  {},
  { weights: string, others: record(string), log: string, shared: string },
);
const storedResult: Check<StoredResult> = (value, path = '') => {
  const result = runResult(currentResult(value), path);
  if (typeof value === 'object' && value !== null && 'files' in value) runFiles(value.files, 'files');
  return result;
};

const splitResult = ({ files, ...result }: StoredResult): { files: RunFiles | undefined; result: RunResult } => ({
  files,
  result,
});

/** What a run is asked to do; the rest of its header is made here. */
export type RunRequest = Pick<
  RunHeader,
  'definitionText' | 'definitionPath' | 'strategy' | 'limits' | 'seed' | 'backend' | 'baselines' | 'version' | 'from'
> & {
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
  /** What a person calls it and noted. */
  readonly label?: RunLabel;
  readonly problem?: string;
}

/** The folder of the runs of a workspace. */
export const runsFolderOf = (workspaceFolder: string): string => join(workspaceFolder, '.udc', 'runs');

/** A run that could not be made cannot be resumed. */
const NEW_RUN_ADVICE = {
  'disk-full': 'Free some space, or choose a folder for runs on another disk, and start the search again.',
} as const;

/** One run's folder. Reading never changes it. */
export class RunFolder {
  readonly id: string;
  readonly log: string;
  readonly lock: string;
  /** Held by the process that waits for its turn to work on the run. */
  readonly waiting: string;
  readonly checkpoints: CheckpointStore;

  constructor(readonly path: string) {
    this.id = basename(path);
    this.log = join(path, 'events.ndjson');
    this.lock = join(path, 'lock.json');
    this.waiting = join(path, 'waiting.json');
    this.checkpoints = new CheckpointStore(join(path, 'checkpoint'));
  }

  /**
   * Makes a new run folder in `runsFolder`. Two made at the same moment get different names.
   * @throws RunError where it cannot be written
   */
  static async create(runsFolder: string, request: RunRequest): Promise<RunFolder> {
    const created = new Date();
    const named = (): string => `${stampOf(created)}-${slugOf(request.name)}-${randomBytes(2).toString('hex')}`;
    let id = named();
    while (await isThere(join(runsFolder, id))) id = named();
    const folder = new RunFolder(join(runsFolder, id));
    const { definitionText, definitionPath, strategy, limits, seed, backend, baselines, version, from } = request;
    const header: RunHeader = {
      format: FORMATS.run,
      id,
      created: created.toISOString(),
      version,
      definitionText,
      definitionPath,
      strategy,
      limits,
      seed,
      backend,
      baselines,
      ...(from && { from }),
    };
    try {
      await makeFolder(folder.path);
      await ignoreInGit(runsFolder);
      await writeSealed(join(folder.path, 'run.json'), header);
    } catch (error) {
      // What the disk refused first is what the person has to know.
      await rm(folder.path, { recursive: true, force: true }).catch(() => undefined);
      throw advised(error, folder.path, NEW_RUN_ADVICE);
    }
    return folder;
  }

  /**
   * @throws RunError where the folder of a search that is going on was deleted or moved: what it would write there,
   *   nobody would find
   */
  async expectPresent(): Promise<void> {
    await stat(join(this.path, 'run.json')).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT')
        throw new RunError(
          'missing',
          this.path,
          'the run folder was deleted or moved while the search was going on.',
          'Put it back and resume the run, or start the search again.',
        );
      throw asRunError(error, this.path);
    });
  }

  /** @throws RunError where the header is missing, damaged, or of another format version */
  async readHeader(): Promise<RunHeader> {
    const header = await readSealed(
      join(this.path, 'run.json'),
      (value, path) => runHeader(currentHeader(value), path),
      READABLE,
    );
    if (header === undefined)
      throw new RunError(
        'missing',
        this.path,
        'this is no run folder: it holds no run.json.',
        'Give the path of a folder in .udc/runs.',
      );
    return header;
  }

  /** The file of a network's weights. */
  weightsOf({ weights }: Pick<NetworkResult, 'weights'>): string {
    return join(this.path, weights);
  }

  /** The result, or undefined while there is none. @throws RunError */
  async readResult(): Promise<RunResult | undefined> {
    const stored = await this.readStored();
    return stored && splitResult(stored).result;
  }

  private readStored(): Promise<StoredResult | undefined> {
    return readSealed(join(this.path, 'result.json'), storedResult, READABLE);
  }

  /**
   * Everything that exports are made of, each file as it was when the run was done.
   * @param pick the network of the result that is meant
   * @returns undefined while there is no result; `notes`: what is lost of it, in sentences
   * @throws RunError where the weights are damaged, or the header or the result; what `pick` throws
   */
  async readContent(
    pick: (result: RunResult) => NetworkResult = (result) => result.networks[0],
  ): Promise<(RunContent & { readonly notes: readonly string[] }) | undefined> {
    const [header, stored] = [await this.readHeader(), await this.readStored()];
    if (stored === undefined) return undefined;
    const { files, result } = splitResult(stored);
    const chosen = pick(result);
    const file = this.weightsOf(chosen);
    const sum = chosen === result.networks[0] ? files?.weights : files?.others?.[chosen.weights];
    const weights = await readRegular(file, MOST.weights).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw asRunError(error, file);
    });
    if (weights && sum !== undefined && sha256(weights) !== sum) {
      throw new RunError(
        'damaged',
        file,
        'the weights are damaged: their SHA-256 is not the one that the result of the run names.',
        'Search again, or restore the file from a copy.',
      );
    }
    const { events, damage, torn } = await this.readEvents();
    const notes = await this.lossOf(
      files,
      events.length,
      damage ?? (torn ? `${this.log}: the last event is cut off` : undefined),
    );
    return { header, result, chosen, events, ...(weights && { weights, checked: sum !== undefined }), notes };
  }

  /**
   * The weights that other networks can be made of, as they were when the run was done.
   * @throws RunError where the run keeps none, is not done, or they are missing or damaged
   */
  async readShared(): Promise<Uint8Array> {
    const stored = await this.readStored();
    if (!stored) {
      const { problem, next } = noResult(await this.readState());
      throw new RunError('missing', this.path, sentences(problem), sentences(capitalised(next)));
    }
    const { files, result } = splitResult(stored);
    if (!result.offers)
      throw new RunError(
        'missing',
        this.path,
        `this run keeps no weights that other networks can be made of: it was searched by ${result.strategy.title}.`,
        'Search with `--strategy once-for-all` (or `search: { strategy: once-for-all }`) first.',
      );
    const file = join(this.path, result.offers.weights);
    const bytes = await readRegular(file, MOST.weights).catch((error: unknown) => {
      throw asRunError(error, file);
    });
    if (sha256(bytes) !== files?.shared)
      throw new RunError(
        'damaged',
        file,
        'the shared weights are damaged: their SHA-256 is not the one that the result of the run names.',
        'Search again, or restore the file from a copy.',
      );
    return bytes;
  }

  /** What is lost of the log: curves, the data's normalisation and class names are told by it alone. */
  private async lossOf(files: RunFiles | undefined, events: number, damage: string | undefined): Promise<string[]> {
    const lost = "exports lack what it told: curves, the data's normalisation, the names of the classes";
    if (damage !== undefined) return [`${damage}: what follows in the log is lost; ${lost}`];
    if (events === 0) return [`${this.log}: the run's log is missing or empty; ${lost}`];
    if (files?.log !== undefined && files.log !== (await sha256Of(this.log, MOST.log)))
      return [
        `${this.log}: the log is not the one that the run ended with (SHA-256): what exports take from it may be wrong`,
      ];
    return [];
  }

  readEnding(): Promise<RunEnding | undefined> {
    return readSealed(join(this.path, 'ended.json'), ending);
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
    const [first, ...others] = result.networks;
    const sums: Record<string, string> = {};
    for (const network of others) {
      const sum = await sha256Of(this.weightsOf(network), MOST.weights);
      if (sum !== undefined) sums[network.weights] = sum;
    }
    const files: RunFiles = {
      weights: await sha256Of(this.weightsOf(first), MOST.weights),
      ...(others.length > 0 && { others: sums }),
      log: await sha256Of(this.log, MOST.log),
      ...(result.offers && { shared: await sha256Of(join(this.path, result.offers.weights), MOST.weights) }),
    };
    await writeSealed(join(this.path, 'result.json'), { ...result, files });
  }

  /** A file of weights of the result. @throws Error for a name that is none of such a file */
  async writeNetwork(file: string, bytes: Uint8Array): Promise<void> {
    if (!isWeightsFile(file) && file !== SHARED_FILE) throw new Error(`${file} is no file of weights`);
    await writeAtomic(join(this.path, file), bytes);
  }

  writeEnding(end: Omit<RunEnding, 'format'>): Promise<void> {
    return writeSealed(join(this.path, 'ended.json'), { format: FORMATS.ending, ...end });
  }

  async clearEnding(): Promise<void> {
    await onDisk(this.path, () => rm(join(this.path, 'ended.json'), { force: true }));
  }

  isLocked(): Promise<boolean> {
    return isLocked(this.lock);
  }

  /** Was it given to a cluster that has not begun it? */
  private async isSubmitted(): Promise<boolean> {
    return (await isThere(join(this.path, JOB_FILE))) && !(await isThere(this.log));
  }

  /**
   * The state that the folder tells: done with a result, running while a live process holds it, queued while one waits
   * for its turn or a cluster has not begun it, else as it ended.
   */
  async readState(): Promise<RunState> {
    return this.stateWith(await this.readResult());
  }

  private async stateWith(result: RunResult | undefined): Promise<RunState> {
    if (result !== undefined) return 'done';
    if (await this.isLocked()) return 'running';
    if (await isLocked(this.waiting)) return 'queued';
    const end = await this.readEnding();
    return end?.state ?? ((await this.isSubmitted()) ? 'queued' : 'interrupted');
  }

  async readListing(): Promise<RunListing> {
    const { id } = this;
    try {
      const [header, result] = [await this.readHeader(), await this.readResult()];
      const [state, end] = [await this.stateWith(result), await this.readEnding()];
      // A label that is damaged costs the name, not the run.
      const label = await readLabel(this.path).catch((): RunLabel => ({}));
      return {
        id,
        folder: this,
        header,
        state,
        ...(Object.keys(label).length > 0 && { label }),
        ...(result === undefined ? {} : { result }),
        ...(end === undefined || state === 'running' || state === 'queued' || state === 'done' ? {} : { ending: end }),
      };
    } catch (error) {
      return { id, folder: this, problem: messageOf(error) };
    }
  }
}

/** `20260131-142530`: the beginning of a folder's name. */
export const stampOf = (created: Date): string =>
  created.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');

/** What of a name can be in a folder's. */
export const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40) || 'run';

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The runs that lie in a folder, newest first. One that cannot be read is listed with its problem. */
export async function listFolder(runsFolder: string): Promise<RunListing[]> {
  const names = await foldersIn(runsFolder);
  const listings = await mapLimited(names, (name) => new RunFolder(join(runsFolder, name)).readListing());
  return listings.sort(newestFirst);
}

/** All runs of a workspace's folder of runs, those of its sweeps included, newest first. No folder, no runs. */
export async function listRuns(runsFolder: string): Promise<RunListing[]> {
  const sweeps = basename(dirname(runsFolder)) === '.udc' ? join(dirname(runsFolder), 'sweeps') : undefined;
  const lists = await mapLimited(
    [runsFolder, ...(sweeps === undefined ? [] : (await foldersIn(sweeps)).map((name) => join(sweeps, name)))],
    listFolder,
  );
  return lists.flat().sort(newestFirst);
}

const newestFirst = (a: RunListing, b: RunListing): number =>
  (b.header?.created ?? b.id).localeCompare(a.header?.created ?? a.id);

/** Names of the folders in a folder but for hidden ones; none where there is no such folder. @throws RunError */
export async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw asRunError(error, path);
  });
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map((entry) => entry.name);
}

/** Everything that a run folder may hold, beside the weights of its networks. */
const OWN_FILES: ReadonlySet<string> = new Set([
  'run.json',
  'events.ndjson',
  'checkpoint',
  'ended.json',
  'lock.json',
  'waiting.json',
  LABEL_FILE,
  JOB_FILE,
  'result.json',
  SHARED_FILE,
]);

/**
 * Deletes a run for good.
 * @throws RunError where a live process works on it, where this is no run folder by a valid header, or where it holds
 *   more than a run
 */
export async function deleteRun(folder: RunFolder): Promise<void> {
  const refuse = (why: string): never => {
    throw new RunError('missing', folder.path, why, 'Nothing was deleted.');
  };
  await folder
    .readHeader()
    .catch((error: unknown) =>
      refuse(
        `this is no run folder that can be read (${error instanceof RunError ? error.problem.replace(/\.$/, '') : String(error)}).`,
      ),
    );
  const others = (await onDisk(folder.path, () => readdir(folder.path))).filter(
    (name) => !OWN_FILES.has(name) && !isWeightsFile(name) && !isTemporary(name),
  );
  if (others.length > 0)
    refuse(
      `beside a run this folder holds ${others.slice(0, 3).join(', ')}${others.length > 3 ? `, and ${others.length - 3} more` : ''}: move that away, or delete the folder yourself.`,
    );
  if (await folder.isLocked())
    throw new RunError('locked', folder.path, 'a search is at work in this run.', 'Stop it first.');
  if (await isLocked(folder.waiting))
    throw new RunError('locked', folder.path, 'a search waits for its turn with this run.', 'Stop it first.');
  if ((await folder.readState()) === 'queued')
    throw new RunError('locked', folder.path, 'a cluster was asked to work on this run.', 'Cancel it there first.');
  await onDisk(folder.path, async () => {
    // Out of the list first, so that a deletion that is cut short leaves no half of a run in it.
    const aside = join(dirname(folder.path), `.deleted-${folder.id}`);
    await rename(folder.path, aside);
    await rm(aside, { recursive: true, force: true });
  });
}

/** Runs are large and made by machines: `.udc` is kept out of version control unless its owner decides otherwise. */
export async function ignoreInGit(runsFolder: string): Promise<void> {
  const parent = dirname(runsFolder);
  if (basename(parent) !== '.udc') return;
  const file = join(parent, '.gitignore');
  await writeFile(file, '*\n', { flag: 'wx' }).catch(async (error: unknown) => {
    if (systemCode(error) === 'EEXIST') return;
    // It is made before the disk refuses what is in it: an empty one would count as its owner's decision.
    await rm(file, { force: true }).catch(() => undefined);
    throw asRunError(error, file);
  });
}
