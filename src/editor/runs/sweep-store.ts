/** The sweeps of the workspace: what their folders tell, and the ones that this window works off. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { coresHere, missingCells, parallelHere, SweepDrive } from '../../runs/sweep/sweep-driver.ts';
import {
  listSweeps,
  SweepFolder,
  sweepsFolderOf,
  type SweepListing,
  type SweepRequest,
} from '../../runs/sweep/sweep-folder.ts';
import type { SweepFacts } from '../../wire/sweep-plan.ts';
import { definitionTools } from '../bundles.ts';
import { COMMANDS } from '../contributions.ts';
import { say, whileWorking } from '../say.ts';
import type { RunStore } from './run-store.ts';

/** A sweep as it stands, for the panel. */
export interface SweepStanding {
  readonly facts: SweepFacts;
  readonly live: boolean;
  readonly resumable: boolean;
}

export class SweepStore implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<string>();
  /** Id of a sweep that may stand otherwise. */
  readonly onDidChange = this.changed.event;
  private readonly live = new Map<string, SweepDrive>();
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly runs: RunStore,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscription = runs.onDidChange((change) => {
      if (change.type === 'run' && change.record.sweep !== undefined) this.changed.fire(basename(change.record.sweep));
    });
  }

  /** Newest first, those that cannot be read among them. */
  async all(): Promise<readonly SweepListing[]> {
    const lists = await Promise.all(
      this.runs.runFolders().map((folder) => listSweeps(sweepsFolderOf(folder)).catch(() => [])),
    );
    return lists.flat().sort((a, b) => (b.file?.created ?? '').localeCompare(a.file?.created ?? ''));
  }

  isLive(id: string): boolean {
    return this.live.has(id);
  }

  /** How a sweep stands; undefined where there is none of that id. */
  async standing(id: string): Promise<SweepStanding | undefined> {
    const found = (await this.all()).find(({ folder }) => folder.id === id);
    if (!found) return undefined;
    const { readFacts } = await definitionTools();
    const facts = await readFacts(found.folder);
    const live = this.live.has(id);
    const missing = facts.rows.some(({ state }) => state !== 'done' && state !== 'left out' && state !== 'running');
    return { facts, live, resumable: !live && missing && !(await found.folder.isLocked()) };
  }

  /** Makes a sweep's folder and begins with it. Returns its id. */
  async start(runsFolder: string, request: SweepRequest): Promise<string> {
    const folder = await SweepFolder.create(sweepsFolderOf(runsFolder), request);
    await this.drive(folder);
    return folder.id;
  }

  /** Goes on with what is missing. */
  async resume(id: string): Promise<void> {
    const found = (await this.all()).find(({ folder }) => folder.id === id);
    if (!found) throw new Error(vscode.l10n.t('There is no sweep {0} any more.', id));
    if (!this.live.has(id)) await this.drive(found.folder);
  }

  /** Stops all runs of a sweep after a checkpoint. Resolves when they have ended. */
  async stop(id: string): Promise<void> {
    const drive = this.live.get(id);
    if (!drive)
      throw new Error(vscode.l10n.t('This sweep is in the hands of another program or window. Stop it there.'));
    drive.cancel();
    await drive.ended;
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  private async drive(folder: SweepFolder): Promise<void> {
    const missing = missingCells(await folder.cells(await folder.read())).length;
    const parallel = parallelHere(missing);
    const cores = coresHere(parallel);
    const drive = await SweepDrive.start(
      folder,
      { parallel, cores },
      {
        begin: async (work, _, place) => {
          const id =
            'path' in work ? basename(work.path) : await this.runs.startIn(work.runsFolder, work.request, place);
          if ('path' in work) {
            await this.runs.refresh();
            await this.runs.resume(id, place);
          }
          const handle = await this.runs.handleOf(id);
          if (!handle) throw new Error(vscode.l10n.t('The run {0} did not begin.', id));
          return handle;
        },
        changed: (cell, state, handle, end) => {
          const why = typeof end === 'string' ? end : (end?.failure?.why ?? '');
          this.log.info(`${folder.id}: run ${cell.index} ${handle?.folder.id ?? ''} ${state} ${why}`.trim());
          this.changed.fire(folder.id);
        },
      },
    );
    this.live.set(folder.id, drive);
    this.changed.fire(folder.id);
    void this.follow(folder, drive);
  }

  private async follow(folder: SweepFolder, drive: SweepDrive): Promise<void> {
    const { name } = await folder.read();
    void whileWorking(
      { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('UDC: sweep of {0}', name) },
      () => drive.ended.catch(() => undefined),
    );
    const end = await drive.ended.catch((error: unknown) => {
      void say.error(vscode.l10n.t('UDC: the sweep of {0}: {1}', name, String(error)));
      return undefined;
    });
    this.live.delete(folder.id);
    this.changed.fire(folder.id);
    if (!end || end.stopped) return;
    const failed = end.cells.filter(({ state }) => state === 'failed').length;
    const open = vscode.l10n.t('Open');
    const text =
      failed === 0
        ? vscode.l10n.t('UDC: the sweep of {0} is done.', name)
        : vscode.l10n.t('UDC: the sweep of {0} is done; {1} of its runs failed.', name, failed);
    if ((await say.information(text, open)) === open)
      await vscode.commands.executeCommand(COMMANDS.showSweep.id, folder.id);
  }
}
