/** Sweep folders: `.udc/sweeps/<id>/` with sweep.json and a run folder for each cell that was begun. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../../base/error-text.ts';
import {
  cellsOf,
  isOfCell,
  limitsOfCell,
  sweepFile,
  textOfCell,
  type CellState,
  type SweepCell,
  type SweepFile,
} from '../../wire/sweep-plan.ts';
import { VERSION } from '../../base/version.ts';
import { mapLimited } from '../files/limited.ts';
import { makeFolder } from '../files/make-folder.ts';
import { readSealed, writeSealed } from '../files/sealed.ts';
import { RunError, advised } from '../folder/run-error.ts';
import {
  RunFolder,
  foldersIn,
  ignoreInGit,
  listFolder,
  slugOf,
  stampOf,
  type RunListing,
  type RunRequest,
} from '../folder/run-folder.ts';
import { isLocked } from '../folder/run-lock.ts';
import type { Work } from '../launchers/launcher.ts';

export const SWEEP_FILE = 'sweep.json';

/** What a sweep is asked to do; the rest of its file is made here. */
export type SweepRequest = Omit<SweepFile, 'format' | 'id' | 'created' | 'version'>;

/** A cell, and the run that was begun for it. */
export interface CellRun {
  readonly cell: SweepCell;
  readonly state: CellState;
  readonly run?: RunListing;
  /** Why it is left out, or what is wrong with its run. */
  readonly reason?: string;
}

/** The folder of the sweeps beside a folder of runs. */
export const sweepsFolderOf = (runsFolder: string): string => join(dirname(runsFolder), 'sweeps');

/** The folder of the sweep that a run's folder lies in; undefined where it lies in none. */
export function sweepOfRun(runFolder: string): string | undefined {
  const sweep = dirname(runFolder);
  const sweeps = dirname(sweep);
  return basename(sweeps) === 'sweeps' && basename(dirname(sweeps)) === '.udc' ? sweep : undefined;
}

/** A sweep that could not be made cannot be resumed. */
const NEW_SWEEP_ADVICE = {
  'disk-full': 'Free some space, or work in a folder on another disk, and start the sweep again.',
} as const;

export class SweepFolder {
  readonly id: string;
  readonly lock: string;

  constructor(readonly path: string) {
    this.id = basename(path);
    this.lock = join(path, 'lock.json');
  }

  /** Makes a new folder in `sweepsFolder`. @throws RunError where it cannot be written */
  static async create(sweepsFolder: string, request: SweepRequest): Promise<SweepFolder> {
    const created = new Date();
    const id = `${stampOf(created)}-${slugOf(request.name)}-sweep-${randomBytes(2).toString('hex')}`;
    const folder = new SweepFolder(join(sweepsFolder, id));
    const file: SweepFile = { format: 1, id, created: created.toISOString(), version: VERSION, ...request };
    try {
      await makeFolder(folder.path);
      await ignoreInGit(sweepsFolder);
      await writeSealed(join(folder.path, SWEEP_FILE), file);
    } catch (error) {
      await rm(folder.path, { recursive: true, force: true }).catch(() => undefined);
      throw advised(error, folder.path, NEW_SWEEP_ADVICE);
    }
    return folder;
  }

  /** @throws RunError where there is none, or it is damaged or of another format */
  async read(): Promise<SweepFile> {
    const found = await readSealed(join(this.path, SWEEP_FILE), sweepFile);
    if (found === undefined)
      throw new RunError(
        'missing',
        this.path,
        `this is no folder of a sweep: it holds no ${SWEEP_FILE}.`,
        'Give the path of a folder in .udc/sweeps.',
      );
    return found;
  }

  /** Whether a process drives it. */
  isLocked(): Promise<boolean> {
    return isLocked(this.lock);
  }

  /** Every cell of the plan, and how it stands. A finished run counts before others of its cell, else the newest. */
  async cells(file: SweepFile): Promise<readonly CellRun[]> {
    const runs = await listFolder(this.path);
    const reasons = new Map(file.leftOut.map(({ index, reason }) => [index, reason]));
    return cellsOf(file.plan).map((cell): CellRun => {
      const reason = reasons.get(cell.index);
      if (reason !== undefined) return { cell, state: 'left out', reason };
      const own = runs.filter(({ header }) => header && isOfCell(header, cell, file));
      const run = own.find(({ state }) => state === 'done') ?? own[0];
      if (run?.state === undefined) return { cell, state: 'missing' };
      const why = run.ending?.failure.why;
      return { cell, state: run.state, run, ...(why !== undefined && { reason: why }) };
    });
  }
}

/** The request of a cell's run: the same as of a search by hand. */
export function requestOf(file: SweepRequest, cell: SweepCell): RunRequest {
  return {
    name: file.name,
    definitionText: textOfCell(file, cell),
    definitionPath: file.definitionPath,
    strategy: cell.strategy,
    limits: limitsOfCell(file, cell),
    seed: cell.seed,
    backend: file.backend,
    baselines: file.baselines,
    version: VERSION,
  };
}

/** The run folder of each cell: the one that it has, or one that is made for it. @throws RunError */
export const worksOf = (folder: SweepFolder, file: SweepFile, cells: readonly CellRun[]): Promise<readonly Work[]> =>
  mapLimited(cells, async ({ cell, run }) =>
    run
      ? { folder: run.folder, isNew: false }
      : { folder: await RunFolder.create(folder.path, requestOf(file, cell)), isNew: true },
  );

/** A sweep as its folder tells it. `file` is absent where `problem` says why it cannot be read. */
export interface SweepListing {
  readonly folder: SweepFolder;
  readonly file?: SweepFile;
  readonly problem?: string;
}

/** The sweeps of a folder, newest first. */
export async function listSweeps(sweepsFolder: string): Promise<readonly SweepListing[]> {
  const found: SweepListing[] = [];
  for (const name of await foldersIn(sweepsFolder)) {
    const folder = new SweepFolder(join(sweepsFolder, name));
    found.push(
      await folder.read().then(
        (file) => ({ folder, file }),
        (error: unknown) => ({ folder, problem: messageOf(error) }),
      ),
    );
  }
  return found.sort((a, b) => (b.file?.created ?? b.folder.id).localeCompare(a.file?.created ?? a.folder.id));
}

/** The newest sweep that asks for the same as `request`: what the same command made before. */
export async function sameSweep(sweepsFolder: string, request: SweepRequest): Promise<SweepFolder | undefined> {
  const wanted = JSON.stringify(identityOf(request));
  const same = (await listSweeps(sweepsFolder)).find(({ file }) => file && JSON.stringify(identityOf(file)) === wanted);
  return same?.folder;
}

const identityOf = ({ definitionPath, definitionText, plan, targets, backend, baselines }: SweepRequest): unknown => [
  definitionPath,
  definitionText,
  [plan.budgets, plan.seeds, plan.strategies, plan.targets],
  targets.map(({ name, definitionText: text, limits }) => [
    name,
    text,
    limits.filter(({ cost }) => cost !== 'weights').map(({ cost, limit }) => [cost, limit]),
  ]),
  backend,
  baselines,
];
