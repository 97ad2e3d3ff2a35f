/** The commands on a sweep that is there: show, stop, resume, export. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { exportTools } from '../bundles.ts';
import type { ResultsPanel } from '../panel/results-panel.ts';
import type { SweepListing } from '../../runs/sweep/sweep-folder.ts';
import type { SweepStore } from '../runs/sweep-store.ts';
import { pick, say } from '../say.ts';
import { mayRunWorker } from './trust.ts';
import { writeWhole } from './write-whole.ts';

interface Services {
  readonly sweeps: SweepStore;
  readonly panel: ResultsPanel;
}

/** The sweep that an argument names, else the only one, else the one that the user picks. */
async function chooseSweep({ sweeps }: Services, called: unknown, title: string): Promise<string | undefined> {
  if (typeof called === 'string') return called;
  const all = (await sweeps.all()).filter((one): one is Required<SweepListing> => one.file !== undefined);
  if (all.length === 0) {
    void say.information(vscode.l10n.t('There is no sweep yet. Run "UDC: Sweep" on a definition first.'));
    return undefined;
  }
  if (all.length === 1) return all[0]!.folder.id;
  const items = all.map(({ folder, file }) => ({
    label: file.name,
    description: new Date(file.created).toLocaleString(),
    detail: vscode.l10n.t('{0} budgets, {1} seeds', file.plan.budgets.length, file.plan.seeds.length),
    id: folder.id,
  }));
  return (await pick(items, { title }))?.id;
}

export async function showSweep(services: Services, called: unknown): Promise<void> {
  const id = await chooseSweep(services, called, vscode.l10n.t('Show which sweep?'));
  if (id !== undefined) await services.panel.showSweep(id);
}

export async function stopSweep(services: Services, called: unknown): Promise<void> {
  const id = await chooseSweep(services, called, vscode.l10n.t('Stop which sweep?'));
  if (id !== undefined) await services.sweeps.stop(id);
}

export async function resumeSweep(services: Services, called: unknown): Promise<void> {
  if (!(await mayRunWorker())) return;
  const id = await chooseSweep(services, called, vscode.l10n.t('Resume which sweep?'));
  if (id === undefined) return;
  await services.sweeps.resume(id);
  await services.panel.showSweep(id);
}

/** Writes a report (`html`) or all runs as a table (`csv`). Returns the file. */
export async function exportSweep(
  services: Services,
  called: unknown,
  format: 'html' | 'csv',
): Promise<vscode.Uri | undefined> {
  const id = await chooseSweep(services, called, vscode.l10n.t('Export which sweep?'));
  const standing = id === undefined ? undefined : await services.sweeps.standing(id);
  const file = (await services.sweeps.all()).find(({ folder }) => folder.id === id)?.file;
  if (!standing || !file) return undefined;
  const name = `${file.name.replace(/[^\w.-]+/g, '-') || 'sweep'}-sweep.${format}`;
  const uri = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(path.join(path.dirname(file.definitionPath), name)),
    filters: { [format.toUpperCase()]: [format] },
    title: vscode.l10n.t('Export {0}', file.name),
  });
  if (!uri) return undefined;
  const { sweepCsv, sweepHtml } = await exportTools();
  const text = format === 'csv' ? sweepCsv(standing.facts) : sweepHtml(standing.facts);
  await writeWhole(uri, new TextEncoder().encode(text));
  const open = vscode.l10n.t('Open');
  void say.information(vscode.l10n.t('Exported to {0}.', vscode.workspace.asRelativePath(uri)), open).then((answer) => {
    if (answer !== open) return;
    if (format === 'html') void vscode.env.openExternal(uri);
    else void vscode.commands.executeCommand('vscode.open', uri);
  });
  return uri;
}
