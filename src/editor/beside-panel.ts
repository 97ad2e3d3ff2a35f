/** Where a document is shown: where it is seen already, and never over a panel of ours. */
import * as vscode from 'vscode';
import { DATA_PANEL, RESULTS_PANEL } from './contributions.ts';

/** Shows a document, a selection of it if one is given; the results panel stays as it is. */
export async function showBesidePanel(
  document: vscode.TextDocument,
  options: vscode.TextDocumentShowOptions = {},
): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(document, {
    viewColumn: columnBesidePanel(document),
    preview: false,
    ...options,
  });
}

/**
 * Where the document is seen already, else a group without the panel, else a new one beside it; without a panel in
 * sight, the active group.
 */
export function columnBesidePanel(document: vscode.TextDocument): vscode.ViewColumn {
  const { all } = vscode.window.tabGroups;
  const taken = all.filter(({ activeTab }) => isPanel(activeTab)).map(({ viewColumn }) => viewColumn);
  if (taken.length === 0) return vscode.ViewColumn.Active;
  const free = (column: vscode.ViewColumn | undefined): column is vscode.ViewColumn =>
    column !== undefined && !taken.includes(column);
  const seen = vscode.window.visibleTextEditors
    .filter((editor) => editor.document === document)
    .map((editor) => editor.viewColumn);
  return [...seen, ...all.map(({ viewColumn }) => viewColumn)].find(free) ?? vscode.ViewColumn.Beside;
}

/** VS Code puts a prefix of its own before a webview's type. */
const isPanel = (tab: vscode.Tab | undefined): boolean =>
  tab?.input instanceof vscode.TabInputWebview &&
  [RESULTS_PANEL, DATA_PANEL].some(
    (type) => tab.input instanceof vscode.TabInputWebview && tab.input.viewType.endsWith(type),
  );
