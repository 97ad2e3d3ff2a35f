/** Exporting a finished run: pick the format and the file, then write it whole or not at all. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Format } from '../../formats/format-table.ts';
import { networkName } from '../../formats/network-name.ts';
import { RunFolder } from '../../runs/folder/run-folder.ts';
import type { NetworkResult } from '../../wire/run.ts';
import { exportTools } from '../bundles.ts';
import { isFinished, noResultText, type FinishedRun } from '../runs/run-record.ts';
import type { RunStore } from '../runs/run-store.ts';
import { chooseNetwork, chooseRun } from './choose-run.ts';
import { writeWhole } from './write-whole.ts';
import { pick, say, whileWorking } from '../say.ts';

/**
 * Carries out "Export Results". `wanted` is the id of a format; without it the user picks one. Returns the file that
 * was written.
 */
export async function exportResults(
  { runs }: { readonly runs: RunStore },
  called: unknown,
  wanted: unknown,
): Promise<vscode.Uri | undefined> {
  const record = await chooseRun(runs, called, {
    title: vscode.l10n.t('Export which run?'),
    accepts: isFinished,
    none: vscode.l10n.t('There is no finished run to export yet.'),
  });
  if (!record) return undefined;
  if (!isFinished(record)) {
    void say.information(noResultText(record));
    return undefined;
  }
  const network = await chooseNetwork(record.result, vscode.l10n.t('Export which network?'));
  if (!network) return undefined;
  const format = typeof wanted === 'string' ? (await exportTools()).findFormat(wanted) : await askFormat();
  const uri = format && (await askFile(record, network, format));
  if (!uri || !format) return undefined;
  await whileWorking(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('UDC: exporting {0}', format.label) },
    () => write(record, network, format, uri),
  );
  void offer(uri, format);
  return uri;
}

async function askFormat(): Promise<Format | undefined> {
  const { FORMATS } = await exportTools();
  const items = FORMATS.map((format) => ({
    label: format.label,
    description: `.${format.extension}`,
    detail: format.description,
    format,
  }));
  return (await pick(items, { title: vscode.l10n.t('Export as'), matchOnDetail: true }))?.format;
}

async function askFile(
  run: FinishedRun,
  network: NetworkResult,
  { label, extension }: Format,
): Promise<vscode.Uri | undefined> {
  const named = run.result.networks.length > 1 ? network.name : run.name;
  const name = `${networkName(named).replace(/[^\w.-]+/g, '-')}.${extension}`;
  return vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(path.join(path.dirname(run.header.definitionPath), name)),
    filters: { [label]: [extension] },
    title: vscode.l10n.t('Export {0}', named),
  });
}

async function write(run: FinishedRun, { weights }: NetworkResult, format: Format, uri: vscode.Uri): Promise<void> {
  const folder = new RunFolder(run.folder);
  const content = await folder.readContent(
    ({ networks }) => networks.find((network) => network.weights === weights) ?? networks[0],
  );
  if (!content) throw new Error(noResultText(run));
  const { exportInput } = await exportTools();
  const bytes = await format.write(exportInput(content));
  await writeWhole(uri, bytes);
  for (const note of content.notes) void say.warning(note);
}

async function offer(uri: vscode.Uri, { label, extension }: Format): Promise<void> {
  const open = vscode.l10n.t('Open');
  const done = vscode.l10n.t('Exported to {0}.', vscode.workspace.asRelativePath(uri));
  const fits = path.extname(uri.path).slice(1).toLowerCase() === extension;
  const answer = fits
    ? await say.information(done, open)
    : await say.warning(
        vscode.l10n.t(
          '{0} The file holds {1}, whose files end in .{2}: tools that go by the ending may not take it.',
          done,
          label,
          extension,
        ),
        open,
      );
  if (answer !== open) return;
  if (uri.path.endsWith('.html')) await vscode.env.openExternal(uri);
  else await vscode.commands.executeCommand('vscode.open', uri);
}
