/** The commands on runs: stop, resume, show, delete, open the definition. */
import * as vscode from 'vscode';
import type { ResultsPanel } from '../panel/results-panel.ts';
import { isLive, isResumable, type RunRecord } from '../runs/run-record.ts';
import { isRecord } from '../runs/runs-view.ts';
import type { RunStore } from '../runs/run-store.ts';
import type { DefinitionSupport } from '../definition-support.ts';
import { showBesidePanel } from '../beside-panel.ts';
import { toRange } from '../language/ranges.ts';
import { isDefinitionOf } from '../runs/definition-of.ts';
import { chooseRun, runOf } from './choose-run.ts';
import { activeDefinition } from './definitions.ts';
import { mayRunWorker } from './trust.ts';
import { say, whileWorking } from '../say.ts';

interface Services {
  readonly runs: RunStore;
  readonly panel: ResultsPanel;
  readonly definitions: DefinitionSupport;
}

export async function stopSearch({ runs }: Services, called: unknown): Promise<void> {
  const record = await chooseRun(runs, called, {
    title: vscode.l10n.t('Stop which search?'),
    accepts: ({ state }) => isLive(state),
    none: vscode.l10n.t('No search is running.'),
  });
  if (!record || !isLive(record.state)) return;
  await whileWorking(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('UDC: stopping {0}', record.name) },
    () => runs.stop(record.header.id),
  );
}

export async function resumeSearch({ runs, panel }: Services, called: unknown): Promise<void> {
  if (!(await mayRunWorker())) return;
  const record = await chooseRun(runs, called, {
    title: vscode.l10n.t('Resume which search?'),
    accepts: ({ state }) => isResumable(state),
    none: vscode.l10n.t('There is no stopped search to resume.'),
  });
  if (!record || !isResumable(record.state)) return;
  await runs.resume(record.header.id);
  if (panel.isOpen) await panel.show([record.header.id]);
}

/**
 * Shows one run, or those selected in the view beside each other; without an argument that of the definition in the
 * editor, else the running or newest one.
 */
export async function showResults({ runs, panel }: Services, called: unknown, selected: unknown): Promise<void> {
  const chosen: readonly unknown[] =
    Array.isArray(selected) && selected.length > 0 ? selected : Array.isArray(called) ? called : [called];
  const ids = chosen.flatMap((item) => runOf(runs, item)?.header.id ?? []);
  await panel.show(ids.length > 0 ? ids : await runOfActiveDefinition(runs));
}

/** The running search of the definition in the active editor, else its newest run; nothing where it has none. */
async function runOfActiveDefinition(runs: RunStore): Promise<readonly string[]> {
  const document = activeDefinition();
  if (!document) return [];
  await runs.whenListed();
  const own = runs.all().filter(({ header }) => isDefinitionOf(header, document));
  const run = own.find(({ state }) => isLive(state)) ?? own[0];
  return run ? [run.header.id] : [];
}

export async function deleteRun({ runs }: Services, called: unknown, selected: unknown): Promise<void> {
  const unreadable = unreadableFolder(called);
  if (unreadable !== undefined) return deleteUnreadable(runs, unreadable);
  const several = Array.isArray(selected) ? selected.filter(isRecord) : [];
  const records = several.length > 1 ? several : await one(runs, called);
  const [first] = records;
  if (!first) return;
  const live = records.find(({ state }) => isLive(state));
  if (live) {
    void say.information(vscode.l10n.t('{0} is being searched. Stop it first.', live.name));
    return;
  }
  const text =
    records.length === 1
      ? vscode.l10n.t('Delete the run of {0} from {1}?', first.name, new Date(first.header.created).toLocaleString())
      : vscode.l10n.t('Delete {0} runs?', records.length);
  const remove = vscode.l10n.t('Delete');
  const answer = await say.warning(
    text,
    {
      modal: true,
      detail: vscode.l10n.t('Its events, checkpoint, result and weights are removed. The model definition stays.'),
    },
    remove,
  );
  if (answer !== remove) return;
  for (const { header } of records) await runs.remove(header.id);
}

async function one(runs: RunStore, called: unknown): Promise<readonly RunRecord[]> {
  const record = await chooseRun(runs, called, {
    title: vscode.l10n.t('Delete which run?'),
    accepts: ({ state }) => !isLive(state),
    none: vscode.l10n.t('There is no run to delete.'),
  });
  return record ? [record] : [];
}

function unreadableFolder(called: unknown): string | undefined {
  return typeof called === 'object' &&
    called !== null &&
    'folder' in called &&
    !isRecord(called) &&
    typeof called.folder === 'string'
    ? called.folder
    : undefined;
}

async function deleteUnreadable(runs: RunStore, folder: string): Promise<void> {
  const remove = vscode.l10n.t('Move to Trash');
  const answer = await say.warning(
    vscode.l10n.t('Delete a run folder that this version of UDC cannot read?'),
    { modal: true, detail: folder },
    remove,
  );
  if (answer === remove) await runs.removeUnreadable(folder);
}

/** Opens the definition of a run, at a layer if one is named; never over the results panel. */
export async function openDefinition({ runs, definitions }: Services, called: unknown, layer: unknown): Promise<void> {
  const record = await chooseRun(runs, called, {
    title: vscode.l10n.t('Open the definition of which run?'),
    accepts: () => true,
    none: vscode.l10n.t('There are no runs yet.'),
  });
  if (!record) return;
  const document = await vscode.workspace.openTextDocument(record.header.definitionPath);
  const { documents } = await definitions.load();
  const spec = documents.get(document).parsed.definition?.layers.find(({ name }) => name === layer);
  await showBesidePanel(document, spec && { selection: toRange(document, spec.range) });
}
