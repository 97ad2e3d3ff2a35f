/** The runs of the workspace: what their folders tell, and the ones that this window's workers are at. */
import * as path from 'node:path';
import { messageOf } from '../../base/error-text.ts';
import * as vscode from 'vscode';
import { brief } from '../../text/neutral.ts';
import {
  deleteRun,
  listRuns,
  runsFolderOf,
  RunFolder,
  type RunListing,
  type RunRequest,
} from '../../runs/folder/run-folder.ts';
import { findRunFolders } from '../../runs/folder/find-run-folders.ts';
import { writeLabel, type RunLabel } from '../../runs/folder/run-label.ts';
import type { Launcher, Place, RunEnd, RunListener } from '../../runs/launchers/launcher.ts';
import { LocalLauncher } from '../../runs/launchers/local-launcher.ts';
import { withoutVela, withParallel, type WorkerProgram } from '../../runs/launchers/local-worker.ts';
import { beginRun, resumeRun, type RunHandle } from '../../runs/supervisor.ts';
import { sweepOfRun, sweepsFolderOf } from '../../runs/sweep/sweep-folder.ts';
import type { RunFailure } from '../../wire/panel-messages.ts';
import type { RunHeader } from '../../wire/run.ts';
import { definitionTools } from '../bundles.ts';
import { readSettings } from '../settings.ts';
import type { RunChange } from './changes.ts';
import { FolderPolls } from './folder-polls.ts';
import { FolderWatches } from './folder-watches.ts';
import { isNode, programFor } from './worker-program.ts';
import { inState, isLive, type RunRecord } from './run-record.ts';
import type { UnreadableRun } from './runs-view.ts';

export interface StartRequest extends Pick<RunHeader, 'strategy' | 'limits' | 'seed' | 'backend' | 'baselines'> {
  readonly document: vscode.TextDocument;
}

/** Where runs outside the workspace's folders lie: beside definitions that were opened on their own. */
const OTHER_FOLDERS_KEY = 'udc.otherRunFolders';

/** Milliseconds after the last change of a run folder before it is read again. */
const SETTLE = 300;

export class RunStore implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<RunChange>();
  readonly onDidChange = this.changed.event;
  private records = new Map<string, RunRecord>();
  /** Folders of runs in subfolders of the workspace. */
  private below: readonly string[] = [];
  private broken: readonly UnreadableRun[] = [];
  private readonly loaded = new Set<string>();
  private readonly live = new Map<string, Promise<RunHandle>>();
  private listing: Promise<void> | undefined;
  private settle: NodeJS.Timeout | undefined;
  private readonly watches = new FolderWatches(() => {
    this.refreshSoon();
  });
  private readonly polls = new FolderPolls(() => {
    this.refreshSoon();
  });
  private readonly subscriptions: readonly vscode.Disposable[];

  constructor(
    private readonly worker: WorkerProgram,
    private readonly version: string,
    private readonly memory: vscode.Memento,
    private readonly log: vscode.LogOutputChannel,
  ) {
    const watcher = vscode.workspace.createFileSystemWatcher(
      '**/.udc/{runs,sweeps}/**/{run.json,result.json,ended.json,lock.json,waiting.json,sweep.json,label.json,events.ndjson}',
    );
    const look = (uri: vscode.Uri): void => {
      if (![...this.live.keys()].some((id) => `${uri.path}/`.includes(`/${id}/`))) this.refreshSoon();
    };
    // When a folder goes, only the folder is told of, not what was in it; when one comes, what was put into it at once
    // may be missed.
    const folders = [
      '**/.udc',
      '**/.udc/{runs,sweeps}',
      '**/.udc/runs/*',
      '**/.udc/sweeps/*',
      '**/.udc/sweeps/*/*',
    ].map((pattern) => vscode.workspace.createFileSystemWatcher(pattern, false, true, false));
    this.subscriptions = [
      ...folders,
      ...folders.flatMap(({ onDidCreate, onDidDelete }) => [onDidCreate(look), onDidDelete(look)]),
      this.changed,
      watcher,
      watcher.onDidCreate(look),
      watcher.onDidChange(look),
      watcher.onDidDelete(look),
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.refreshSoon();
      }),
    ];
  }

  /** Newest first. */
  all(): readonly RunRecord[] {
    return [...this.records.values()].sort((a, b) => b.header.created.localeCompare(a.header.created));
  }

  get(id: string): RunRecord | undefined {
    return this.records.get(id);
  }

  /** Run folders that cannot be read, with the reason. */
  unreadable(): readonly UnreadableRun[] {
    return this.broken;
  }

  /** Waits for the first listing. */
  whenListed(): Promise<void> {
    return (this.listing ??= this.list());
  }

  /** Reads all run folders again. */
  async refresh(): Promise<void> {
    await this.listing;
    this.listing = this.list();
    await this.listing;
  }

  /** A run with its events. */
  async load(id: string): Promise<RunRecord | undefined> {
    await this.whenListed();
    const record = this.records.get(id);
    if (!record || this.loaded.has(id)) return record;
    this.loaded.add(id);
    if (this.live.has(id)) return record;
    const { events, damage } = await new RunFolder(record.folder).readEvents();
    if (damage !== undefined) this.log.warn(damage);
    // The run may have been resumed while its log was read; then its worker's events are newer.
    if (!this.live.has(id)) this.update(id, { events });
    return this.records.get(id);
  }

  /** Makes a run folder and starts its worker. Returns the run's id. */
  async start({ document, ...request }: StartRequest): Promise<string> {
    const launcher = this.launcherOf(request);
    const definitionText = document.getText();
    const name = await nameOf(definitionText, document.fileName);
    return this.begin(
      await this.runsFolder(document.uri),
      { ...request, definitionText, definitionPath: document.uri.fsPath, version: this.version, name },
      launcher,
    );
  }

  /** Makes a run folder beside others and starts its worker. Returns the run's id. */
  startIn(runsFolder: string, request: RunRequest, place?: Place): Promise<string> {
    return this.begin(runsFolder, request, this.launcherOf(request), place);
  }

  /** What works on a run of this window; undefined where nothing does. */
  handleOf(id: string): Promise<RunHandle> | undefined {
    return this.live.get(id);
  }

  /** Has a run that waits for its turn begin at once, beside whatever is at work. */
  async startNow(id: string): Promise<void> {
    if (this.records.get(id)?.state !== 'queued') return;
    await this.stop(id);
    await this.resume(id, { lane: 'hand', now: true });
  }

  /** The launcher for what is timed aside. */
  launcherFor(backend: RunHeader['backend']): Launcher {
    return this.launcherOf({ backend });
  }

  private async begin(runsFolder: string, request: RunRequest, launcher: Launcher, place?: Place): Promise<string> {
    const folder = await RunFolder.create(runsFolder, request);
    const header = await folder.readHeader();
    this.loaded.add(header.id);
    const sweep = sweepOfRun(folder.path);
    this.put({
      header,
      folder: folder.path,
      ...(sweep !== undefined && { sweep }),
      definition: relative(header.definitionPath),
      name: request.name,
      state: 'queued',
      events: [],
    });
    await this.work(header.id, (listener) => beginRun(folder, listener, launcher, place));
    return header.id;
  }

  /** Goes on with a run that was stopped or interrupted. */
  async resume(id: string, place?: Place): Promise<void> {
    const record = await this.load(id);
    if (!record) throw new Error(vscode.l10n.t('There is no run {0} any more.', id));
    if (this.live.has(id)) return;
    const launcher = this.launcherOf(record.header);
    this.put(inState(record, 'queued'));
    await this.work(id, (listener) => resumeRun(record.folder, listener, launcher, place));
  }

  /** Stops a run of this window: its worker makes a checkpoint and ends. Resolves when it has ended. */
  async stop(id: string): Promise<void> {
    const run = this.live.get(id);
    if (!run)
      throw new Error(
        vscode.l10n.t(
          'This run is in the hands of another program, for example the udc command or another window. Stop it there.',
        ),
      );
    await (await run).cancel();
  }

  /** Gives a run a name or a note; an empty text takes it away. */
  async label(id: string, change: RunLabel): Promise<void> {
    const record = this.records.get(id);
    if (!record) return;
    await writeLabel(record.folder, change);
    const told = await recordOf(await new RunFolder(record.folder).readListing(), record.events);
    const known = this.records.get(id);
    if (!told || !known) return;
    const rest = { ...known };
    delete (rest as { note?: string }).note;
    this.put({ ...rest, name: told.name, ...(told.note !== undefined && { note: told.note }) });
  }

  /** Deletes a run's folder. */
  async remove(id: string): Promise<void> {
    const record = this.records.get(id);
    if (!record) return;
    await deleteRun(new RunFolder(record.folder));
    this.forget(id);
  }

  /** Deletes a run folder that cannot be read. */
  async removeUnreadable(folder: string): Promise<void> {
    // A command's argument may name any folder: only one that the view lists is moved.
    if (!this.broken.some((one) => one.folder === folder))
      throw new Error(vscode.l10n.t('{0} is no run folder of this workspace.', folder));
    await vscode.workspace.fs.delete(vscode.Uri.file(folder), { recursive: true, useTrash: true });
    await this.refresh();
  }

  /** The worker process of a run of this window, for tests. */
  async workerOf(id: string): Promise<number | undefined> {
    return Number((await this.live.get(id))?.job.id) || undefined;
  }

  dispose(): void {
    clearTimeout(this.settle);
    this.watches.keep([]);
    this.polls.keep([], 'idle');
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** @throws Error where the setting names no Node.js */
  private launcherOf({ backend }: Pick<RunHeader, 'backend'>): Launcher {
    const { nodePath, parallelNetworks, confirmByVela } = readSettings();
    const program = programFor(this.worker, backend, {
      nodePath,
      electron: 'electron' in process.versions,
      answers: isNode,
    });
    const parallel = withParallel(program, parallelNetworks);
    return new LocalLauncher(confirmByVela ? parallel : withoutVela(parallel));
  }

  /** Starts a worker; resolves when it is at it. @throws RunError where the folder cannot be used */
  private async work(id: string, start: (listener: RunListener) => Promise<RunHandle>): Promise<void> {
    const starting = start({
      queued: (waiting) => {
        this.update(id, { state: 'queued', waiting });
      },
      begun: () => {
        this.update(id, { state: 'running' });
      },
      rewound: (seq) => {
        this.update(id, { events: this.records.get(id)?.events.slice(0, seq) ?? [] }, false);
        this.changed.fire({ type: 'rewound', runId: id });
      },
      event: (event) => {
        this.update(id, { events: [...(this.records.get(id)?.events ?? []), event] }, false);
        this.changed.fire({ type: 'events', runId: id, events: [event] });
      },
      progress: (progress) => {
        this.update(id, { progress }, false);
        this.changed.fire({ type: 'progress', runId: id, progress });
      },
      note: (text) => {
        this.log.info(`${id}: ${text}`);
      },
    });
    this.live.set(id, starting);
    try {
      const handle = await starting;
      this.log.info(`${id}: job ${handle.job.id} started`);
      void handle.ended.then((end) => this.takeEnd(id, handle.folder, end));
    } catch (error) {
      this.live.delete(id);
      await this.refresh();
      throw error;
    }
  }

  private async takeEnd(id: string, folder: RunFolder, { state, failure, refused }: RunEnd): Promise<void> {
    this.live.delete(id);
    this.log.info(`${id}: ${state}${failure ? `. ${failure.what} ${failure.why}` : ''}`);
    for (const line of failure?.log ?? []) this.log.info(`${id}: | ${line}`);
    const known = this.records.get(id);
    if (!known) return;
    if (refused) {
      this.changed.fire({ type: 'refused', record: { ...inState(known, 'failed'), ...(failure && { failure }) } });
      this.forget(id);
      return;
    }
    const listing = await folder.readListing();
    const told = await recordOf(listing, known.events);
    if (told) this.put(failure ? { ...told, failure } : told);
    else this.put({ ...inState(known, 'failed'), failure: unreadable(listing.problem ?? '') });
  }

  private update(id: string, change: Partial<RunRecord>, tell = true): void {
    const record = this.records.get(id);
    if (!record) return;
    const next = { ...record, ...change };
    this.records.set(id, next);
    if (tell) this.changed.fire({ type: 'run', record: next });
  }

  private put(record: RunRecord): void {
    this.records.set(record.header.id, record);
    this.changed.fire({ type: 'run', record });
  }

  private forget(id: string): void {
    this.loaded.delete(id);
    if (this.records.delete(id)) this.changed.fire({ type: 'removed', runId: id });
  }

  private refreshSoon(): void {
    clearTimeout(this.settle);
    this.settle = setTimeout(() => {
      this.refresh().catch((error: unknown) => {
        this.log.error(String(error));
      });
    }, SETTLE);
  }

  /** Returns whether a folder was not watched before. */
  private watch(): boolean {
    const runs = this.runFolders();
    const others = [...this.records.values()].filter(({ header, state }) => isLive(state) && !this.live.has(header.id));
    const elsewhere = others.map(({ folder }) => folder);
    const sweeps = new Set(others.flatMap(({ sweep }) => sweep ?? []));
    const homes = runs.flatMap((folder) => [path.dirname(folder), folder, sweepsFolderOf(folder)]);
    // Who works there, or begins to, may be another machine, which no watch hears.
    this.polls.keep([...homes, ...elsewhere, ...sweeps], others.length > 0 ? 'busy' : 'idle');
    return this.watches.keep([...runs.map((folder) => path.dirname(folder)), ...runs, ...elsewhere]);
  }

  private async list(): Promise<void> {
    const roots = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    this.below = (await Promise.all(roots.map(({ uri }) => findRunFolders(uri.fsPath)))).flat();
    this.watch();
    const lists = await Promise.all(
      this.runFolders().map((folder) =>
        listRuns(folder).catch((error: unknown) => {
          this.log.error(messageOf(error));
          return [];
        }),
      ),
    );
    const listings = lists.flat();
    this.broken = listings.flatMap(({ folder, header, problem }) =>
      header ? [] : [{ folder: folder.path, reason: problem ?? '' }],
    );
    for (const id of [...this.records.keys()])
      if (!listings.some((found) => found.id === id) && !this.live.has(id)) this.forget(id);
    for (const listing of listings) if (!this.live.has(listing.id)) await this.take(listing);
    // What happened in a folder between its reading and its watching was not told.
    if (this.watch()) this.refreshSoon();
  }

  /** Takes over what a folder tells, unless nothing changed. */
  private async take(listing: RunListing): Promise<void> {
    const known = this.records.get(listing.id);
    const events = this.loaded.has(listing.id) ? (await listing.folder.readEvents()).events : [];
    const record = await recordOf(listing, events);
    if (!record || this.live.has(listing.id)) return;
    if (known && (known.name !== record.name || known.note !== record.note)) this.put(record);
    if (known?.state === record.state && known.events.length === events.length && !isLive(record.state)) return;
    this.put(record);
    if (known && known.events.length !== events.length) this.changed.fire({ type: 'rewound', runId: listing.id });
  }

  /** The folders of runs, one a workspace folder and more beside definitions elsewhere. */
  runFolders(): readonly string[] {
    const inWorkspace = (vscode.workspace.workspaceFolders ?? [])
      .filter(({ uri }) => uri.scheme === 'file')
      .map(({ uri }) => runsFolderOf(uri.fsPath));
    return [...new Set([...inWorkspace, ...this.below, ...this.memory.get<readonly string[]>(OTHER_FOLDERS_KEY, [])])];
  }

  async runsFolder(definition: vscode.Uri): Promise<string> {
    const workspaceFolder = vscode.workspace.getWorkspaceFolder(definition);
    if (workspaceFolder) return runsFolderOf(workspaceFolder.uri.fsPath);
    const beside = runsFolderOf(path.dirname(definition.fsPath));
    await this.memory.update(OTHER_FOLDERS_KEY, [
      ...new Set([...this.memory.get<readonly string[]>(OTHER_FOLDERS_KEY, []), beside]),
    ]);
    return beside;
  }
}

const unreadable = (problem: string): RunFailure => ({
  what: vscode.l10n.t('The run ended, but its folder cannot be read.'),
  why: problem,
  next: vscode.l10n.t('Start a new search.'),
  log: [],
});

const relative = (definitionPath: string): string => vscode.workspace.asRelativePath(definitionPath);

async function nameOf(definitionText: string, file: string): Promise<string> {
  return (await definitionTools()).nameOfDefinition(definitionText, file) || path.basename(file);
}

/** Known by its folder's name: a folder that somebody copied has the header of the other. */
async function recordOf(
  { id, header, folder, state, result, ending, label }: RunListing,
  events: RunRecord['events'],
): Promise<RunRecord | undefined> {
  if (!header || !state) return undefined;
  return {
    header: { ...header, id },
    folder: folder.path,
    ...(sweepOfRun(folder.path) !== undefined && { sweep: sweepOfRun(folder.path)! }),
    definition: relative(header.definitionPath),
    ...(label?.note !== undefined && { note: label.note }),
    name: brief(label?.name ?? result?.name ?? (await nameOf(header.definitionText, header.definitionPath))),
    state,
    events,
    ...(result ? { result } : {}),
    ...(ending ? { failure: ending.failure } : {}),
  };
}
