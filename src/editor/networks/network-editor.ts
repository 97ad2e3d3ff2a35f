/**
 * Opens .tflite and .onnx files: a read-only editor with the table of `udc check`, for a target that can be chosen,
 * sorted as is asked for.
 */
import { messageOf } from '../../base/error-text.ts';
import * as vscode from 'vscode';
import { definitionTools } from '../bundles.ts';
import { COMMANDS, NETWORK_EDITOR } from '../contributions.ts';
import { pick } from '../say.ts';
import { networkPage, problemPage, waitingPage, type Order, type PageActions, type PageFrame } from './network-page.ts';
import { fileName, type NetworkReader } from './network-reader.ts';

/** Commands of the page's links; nobody else calls them. */
const SORT = 'udc.network.sort';
const CHOOSE_TARGET = 'udc.network.chooseTarget';

const document = (uri: vscode.Uri): vscode.CustomDocument => ({ uri, dispose: () => undefined });

/** What a person chose for a file, in every editor of it. */
interface View {
  readonly target?: string;
  readonly order: Order;
}

const FIRST_VIEW: View = { order: { column: -1, descending: false } };

export class NetworkEditor implements vscode.CustomReadonlyEditorProvider {
  private readonly drawn = new vscode.EventEmitter<{ readonly uri: vscode.Uri; readonly html: string }>();
  /** Every page of a file that was read, for tests. */
  readonly onDidDraw = this.drawn.event;
  private readonly views = new Map<string, View>();
  private readonly changed = new vscode.EventEmitter<string>();

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly networks: NetworkReader,
  ) {}

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      this.drawn,
      this.changed,
      vscode.window.registerCustomEditorProvider(NETWORK_EDITOR, this, { supportsMultipleEditorsPerDocument: true }),
      vscode.commands.registerCommand(SORT, (address: unknown, column: unknown) => {
        this.sort(String(address), Number(column));
      }),
      vscode.commands.registerCommand(CHOOSE_TARGET, (address: unknown) => this.chooseTarget(String(address))),
    );
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return document(uri);
  }

  async resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): Promise<void> {
    const media = vscode.Uri.joinPath(this.extensionUri, 'media');
    panel.webview.options = {
      enableScripts: false,
      enableCommandUris: [COMMANDS.importModel.id, SORT, CHOOSE_TARGET],
      localResourceRoots: [media],
    };
    const style = panel.webview.asWebviewUri(vscode.Uri.joinPath(media, 'network.css')).toString();
    const frame: PageFrame = { cspSource: panel.webview.cspSource, style, title: fileName(uri) };
    let open = true;
    const draw = async (): Promise<void> => {
      const html = await this.page(uri, frame);
      // Reading takes as long as the network is large; the tab may be closed by then.
      if (!open) return;
      panel.webview.html = html;
      this.drawn.fire({ uri, html });
    };
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), fileName(uri)),
    );
    watcher.onDidChange(draw);
    watcher.onDidCreate(draw);
    const changes = this.changed.event((address) => {
      if (address === uri.toString()) void draw();
    });
    panel.onDidDispose(() => {
      open = false;
      watcher.dispose();
      changes.dispose();
    });
    panel.webview.html = waitingPage(frame, vscode.l10n.t('Reading the network and encoding its weights…'));
    await draw();
  }

  private viewOf(address: string): View {
    return this.views.get(address) ?? FIRST_VIEW;
  }

  private change(address: string, view: Partial<View>): void {
    this.views.set(address, { ...this.viewOf(address), ...view });
    this.changed.fire(address);
  }

  /**
   * The same column again turns the order round, and a third time gives that of the file. Numbers begin with the
   * largest.
   */
  private sort(address: string, column: number): void {
    const { order } = this.viewOf(address);
    const first = column > 1;
    const next: Order =
      order.column !== column
        ? { column, descending: first }
        : order.descending === first
          ? { column, descending: !first }
          : FIRST_VIEW.order;
    this.change(address, { order: next });
  }

  private async chooseTarget(address: string): Promise<void> {
    const { TARGETS } = await definitionTools();
    const items = TARGETS.map(({ name, title }) => ({ label: name, description: title }));
    const target = (await pick(items, { title: vscode.l10n.t('On which target?'), matchOnDescription: true }))?.label;
    if (target !== undefined) this.change(address, { target });
  }

  private actionsOf(uri: vscode.Uri, target: string, columns: readonly { readonly title: string }[]): PageActions {
    const address = uri.toString();
    const command = COMMANDS.importModel.id;
    return {
      order: this.viewOf(address).order,
      sort: (column) => ({
        text: columns[column]!.title,
        title: vscode.l10n.t('Sort by {0}', columns[column]!.title),
        command: SORT,
        args: [address, column],
      }),
      target: { text: vscode.l10n.t('On {0}: choose another target', target), command: CHOOSE_TARGET, args: [address] },
      definitions: [
        { text: vscode.l10n.t('Make a definition with a search space'), command, args: [address, 'search', target] },
        { text: vscode.l10n.t('Make a definition of the network as it is'), command, args: [address, 'fixed', target] },
      ],
    };
  }

  private async page(uri: vscode.Uri, frame: PageFrame): Promise<string> {
    try {
      const network = await this.networks.read(uri, this.viewOf(uri.toString()).target);
      const caption = vscode.l10n.t("On {0}, each layer's weights as they are stored", network.target);
      return networkPage(frame, network, caption, this.actionsOf(uri, network.target, network.table.columns));
    } catch (error) {
      return problemPage(
        frame,
        messageOf(error),
        vscode.l10n.t(
          'UDC reads TensorFlow Lite and ONNX networks: int8 ones as they are, others as if they were int8.',
        ),
      );
    }
  }
}
