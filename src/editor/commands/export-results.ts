/** Exporting a finished run: pick the format and the place, then write it whole or not at all. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { FolderFormat, Format } from '../../formats/format-table.ts';
import { networkName } from '../../formats/network-name.ts';
import type { ExportInput } from '../../reports/export-input.ts';
import { RunFolder } from '../../runs/folder/run-folder.ts';
import type { NetworkResult } from '../../wire/run.ts';
import { exportTools } from '../bundles.ts';
import { isFinished, noResultText, type FinishedRun } from '../runs/run-record.ts';
import type { RunStore } from '../runs/run-store.ts';
import { chooseNetwork, chooseRun } from './choose-run.ts';
import { askParent, freeFolder, offerFolder, writeInto, writeWhole } from './write-whole.ts';
import { pick, say, whileWorking } from '../say.ts';

/**
 * Carries out "Export Results". `wanted` is the id of a format, with a / behind it as a folder; without it the user
 * picks one. Returns the file or the folder that was written.
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
  const way = typeof wanted === 'string' ? await namedWay(wanted) : await askWay();
  if (!way) return undefined;
  return way.folder ? exportFolder(record, network, way.folder) : exportFile(record, network, way.format);
}

/** A format, as one file or as a folder of several. */
interface Way {
  readonly format: Format;
  readonly folder?: FolderFormat;
}

async function namedWay(wanted: string): Promise<Way> {
  const { findFormat } = await exportTools();
  const format = findFormat(wanted.replace(/\/$/, ''));
  return { format, ...(wanted.endsWith('/') && format.folder && { folder: format.folder }) };
}

async function askWay(): Promise<Way | undefined> {
  const { FORMATS } = await exportTools();
  const items = FORMATS.flatMap((format) => {
    const { label, extension, description: detail, folder } = format;
    const file = { label, description: `.${extension}`, detail, format };
    if (!folder) return [file];
    return [
      file,
      { label: folder.label, description: vscode.l10n.t('a folder'), detail: folder.description, format, folder },
    ];
  });
  return pick(items, { title: vscode.l10n.t('Export as'), matchOnDetail: true });
}

async function exportFile(run: FinishedRun, network: NetworkResult, format: Format): Promise<vscode.Uri | undefined> {
  const uri = await askFile(run, network, format);
  if (!uri) return undefined;
  await written(run, network, format, (bytes) => writeWhole(uri, bytes));
  void offer(uri, format);
  return uri;
}

/** Into a new folder, so that nothing of others is replaced. */
async function exportFolder(
  run: FinishedRun,
  network: NetworkResult,
  format: FolderFormat,
): Promise<vscode.Uri | undefined> {
  const parent = await askParent(vscode.l10n.t('Export {0} into a new folder of', nameOf(run, network)));
  if (!parent) return undefined;
  const folder = await freeFolder(parent, `${fileName(run, network)}-${format.suffix}`);
  const files = await written(run, network, format, async (all) => {
    await writeInto(folder, all);
    return all;
  });
  void offerFolder(folder, Object.keys(files)[0]!);
  return folder;
}

/** What people call a network of a run. */
const nameOf = (run: FinishedRun, network: NetworkResult): string =>
  run.result.networks.length > 1 ? network.name : run.name;

const fileName = (run: FinishedRun, network: NetworkResult): string =>
  networkName(nameOf(run, network)).replace(/[^\w.-]+/g, '-');

async function askFile(
  run: FinishedRun,
  network: NetworkResult,
  { label, extension }: Format,
): Promise<vscode.Uri | undefined> {
  const name = `${fileName(run, network)}.${extension}`;
  return vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(path.join(path.dirname(run.header.definitionPath), name)),
    filters: { [label]: [extension] },
    title: vscode.l10n.t('Export {0}', nameOf(run, network)),
  });
}

/** Makes a network's content in a format, and has it kept; says what it is to be warned of. */
async function written<Content, Kept>(
  run: FinishedRun,
  { weights }: NetworkResult,
  { label, write }: { readonly label: string; write(input: ExportInput): Promise<Content> },
  keep: (content: Content) => Promise<Kept>,
): Promise<Kept> {
  return whileWorking(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('UDC: exporting {0}', label) },
    async () => {
      const content = await new RunFolder(run.folder).readContent(
        ({ networks }) => networks.find((network) => network.weights === weights) ?? networks[0],
      );
      if (!content) throw new Error(noResultText(run));
      const { exportInput } = await exportTools();
      const kept = await keep(await write(exportInput(content)));
      for (const note of content.notes) void say.warning(note);
      return kept;
    },
  );
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
