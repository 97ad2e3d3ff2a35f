/**
 * The tab of one of our pages: opened beside the text, filled again after a reload of the window, and told things while
 * it can hear them. What a page shows is its owner's.
 */
import * as vscode from 'vscode';
import type { PageKind } from '../../wire/panel-page.ts';
import { fillPage } from './fill-page.ts';

/** Whose page it is. */
export interface PageOwner {
  /** A message of the page, not yet checked. */
  receive(message: unknown): void;
  /** The page was closed, or hidden: what was on its way to it is void. */
  silenced(closed: boolean): void;
}

export class PageTab<Told> implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private ready = false;
  private readonly posted = new vscode.EventEmitter<Told>();
  /** Every message sent to the page, for tests. */
  readonly onDidPost = this.posted.event;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly viewType: string,
    private readonly kind: PageKind,
    private readonly owner: PageOwner,
  ) {}

  get isOpen(): boolean {
    return this.panel !== undefined;
  }

  /** The group of editors that it stands in, while it is open and seen. */
  get column(): vscode.ViewColumn | undefined {
    return this.panel?.visible ? this.panel.viewColumn : undefined;
  }

  /** What it says; nothing while it is closed. */
  get title(): string | undefined {
    return this.panel?.title;
  }
  set title(text: string) {
    if (this.panel) this.panel.title = text;
  }

  /** Has the page said that it can receive? */
  get isReady(): boolean {
    return this.ready;
  }

  /** Opens it beside the text, or brings it to the front; the text keeps the keyboard. */
  open(title: string): void {
    if (this.panel) {
      this.panel.reveal(undefined, true);
      return;
    }
    const viewColumn = vscode.window.activeTextEditor ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
    this.take(vscode.window.createWebviewPanel(this.viewType, title, { viewColumn, preserveFocus: true }));
  }

  /** Makes a webview the tab of this page: a new one, or one that was open before a reload. The one of before goes. */
  take(panel: vscode.WebviewPanel): void {
    this.panel?.dispose();
    this.panel = panel;
    this.ready = false;
    panel.onDidDispose(() => {
      if (this.panel !== panel) return;
      this.panel = undefined;
      this.silence(true);
    });
    panel.onDidChangeViewState(() => {
      // A hidden page is unloaded; it says that it is ready again when it is shown.
      if (this.panel === panel && !panel.visible) this.silence(false);
    });
    panel.webview.onDidReceiveMessage((message: unknown) => {
      this.owner.receive(message);
    });
    fillPage(panel, this.extensionUri, this.kind);
  }

  /** The page has said that it can receive. */
  hears(): void {
    this.ready = true;
  }

  /** Sends a message; it is lost where the page cannot hear. */
  post(message: Told): void {
    if (!this.panel || !this.ready) return;
    this.posted.fire(message);
    void this.panel.webview.postMessage(message);
  }

  dispose(): void {
    this.panel?.dispose();
    this.posted.dispose();
  }

  private silence(closed: boolean): void {
    this.ready = false;
    this.owner.silenced(closed);
  }
}
