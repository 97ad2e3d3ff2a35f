/** Puts one of our pages into a webview: what it may do and load, and its HTML. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { panelPage, type PageKind } from '../../wire/panel-page.ts';

/** Folders that a page may load from. */
const RESOURCE_FOLDERS = ['dist', 'media'] as const;

export function fillPage(panel: vscode.WebviewPanel, extensionUri: vscode.Uri, kind: PageKind): void {
  const { webview } = panel;
  panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
  webview.options = {
    enableScripts: true,
    enableForms: false,
    localResourceRoots: RESOURCE_FOLDERS.map((folder) => vscode.Uri.joinPath(extensionUri, folder)),
  };
  const address = (...parts: string[]): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, ...parts)).toString();
  webview.html = panelPage({
    kind,
    cspSource: webview.cspSource,
    nonce: randomBytes(24).toString('base64'),
    script: address('dist', 'panel.js'),
    styles: [address('media', 'panel.css'), address('dist', 'codicon.css')],
  });
}
