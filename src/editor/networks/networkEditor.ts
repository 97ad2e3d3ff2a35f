/** Opens .tflite and .onnx files: a read-only editor with the table of `udc check`. */
import * as vscode from 'vscode';
import { COMMANDS, NETWORK_EDITOR } from '../contributions.ts';
import { networkPage, problemPage, type PageFrame, type PageLink } from './page.ts';
import { fileName, type NetworkReader } from './reader.ts';

const document = (uri: vscode.Uri): vscode.CustomDocument => ({ uri, dispose: () => undefined });

function links(uri: vscode.Uri): readonly PageLink[] {
  const command = COMMANDS.importModel.id;
  return [
    { text: vscode.l10n.t('Make a definition with a search space'), command, args: [uri.toString(), 'search'] },
    { text: vscode.l10n.t('Make a definition of the network as it is'), command, args: [uri.toString(), 'fixed'] },
  ];
}

export class NetworkEditor implements vscode.CustomReadonlyEditorProvider {
  private readonly drawn = new vscode.EventEmitter<{ readonly uri: vscode.Uri; readonly html: string }>();
  /** Every page that was shown, for tests. */
  readonly onDidDraw = this.drawn.event;

  constructor(private readonly extensionUri: vscode.Uri, private readonly networks: NetworkReader) {}

  register(): vscode.Disposable {
    return vscode.Disposable.from(this.drawn, vscode.window.registerCustomEditorProvider(NETWORK_EDITOR, this, { supportsMultipleEditorsPerDocument: true }));
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument { return document(uri); }

  async resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): Promise<void> {
    const media = vscode.Uri.joinPath(this.extensionUri, 'media');
    panel.webview.options = { enableScripts: false, enableCommandUris: [COMMANDS.importModel.id], localResourceRoots: [media] };
    let open = true;
    const draw = async (): Promise<void> => {
      const html = await this.page(uri, panel.webview, vscode.Uri.joinPath(media, 'network.css'));
      // Reading takes as long as the network is large; the tab may be closed by then.
      if (!open) return;
      panel.webview.html = html;
      this.drawn.fire({ uri, html });
    };
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), fileName(uri)));
    watcher.onDidChange(draw);
    watcher.onDidCreate(draw);
    panel.onDidDispose(() => {
      open = false;
      watcher.dispose();
    });
    await draw();
  }

  private async page(uri: vscode.Uri, webview: vscode.Webview, style: vscode.Uri): Promise<string> {
    const frame: PageFrame = { cspSource: webview.cspSource, style: webview.asWebviewUri(style).toString(), title: fileName(uri) };
    try {
      const network = await this.networks.read(uri);
      return networkPage(frame, network, vscode.l10n.t('On {0}, each layer\'s weights as they are stored', network.target), links(uri));
    } catch (error) {
      return problemPage(frame, error instanceof Error ? error.message : String(error), vscode.l10n.t('UDC reads TensorFlow Lite and ONNX networks: int8 ones as they are, others as if they were int8.'));
    }
  }
}
