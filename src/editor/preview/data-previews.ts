/**
 * The page "UDC: Preview Data", host side: one webview that shows what the network of a definition sees of its data.
 * Samples are read in a thread; of requests that come while it reads, the last is answered.
 */
import { messageOf } from '../../base/error-text.ts';
import * as vscode from 'vscode';
import { languageOf } from '../../language/language-table.ts';
import { oneLine } from '../../text/neutral.ts';
import { firstPart, type PreviewRequest } from '../../wire/data-preview.ts';
import {
  previewPageMessage,
  type PreviewHostMessage,
  type PreviewPageMessage,
  type PreviewStatus,
} from '../../wire/preview-messages.ts';
import { showBesidePanel } from '../beside-panel.ts';
import { DATA_PANEL } from '../contributions.ts';
import type { DataFindings } from '../language/data-findings.ts';
import { Analysis } from '../language/sizes/analysis.ts';
import { fillPage } from '../panel/fill-page.ts';
import { answerPreview, problemOf } from './preview-answer.ts';

/** Samples of each class at first. */
const SAMPLES = 4;

export class DataPreviews implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private document: vscode.TextDocument | undefined;
  private request: PreviewRequest | undefined;
  /** What the page was last told, for when it is shown again. */
  private status: PreviewStatus | undefined;
  private shown: PreviewHostMessage | undefined;
  private ready = false;
  private reading = false;
  /** Asked for while something was being read. `fresh`: what is damaged is looked for, too. */
  private next: { readonly fresh: boolean } | undefined;
  /** Counts what was asked for anew: answers to what came before are not shown. */
  private asked = 0;
  private readonly posted = new vscode.EventEmitter<PreviewHostMessage>();
  /** Every message sent to the page, for tests. */
  readonly onDidPost = this.posted.event;
  private readonly saved: vscode.Disposable;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly data: DataFindings,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.saved = vscode.workspace.onDidSaveTextDocument((document) => {
      if (this.panel && document === this.document) void this.look(true);
    });
  }

  /** Whether the page is open. */
  get isOpen(): boolean {
    return this.panel !== undefined;
  }

  /** Opens the page, or brings it to the front, with the data of a definition. */
  async show(document: vscode.TextDocument): Promise<void> {
    if (this.document !== document) this.request = undefined;
    this.document = document;
    this.shown = undefined;
    if (this.panel) this.panel.reveal(undefined, true);
    else this.attach(this.create());
    this.panel!.title = vscode.l10n.t('UDC data: {0}', oneLine(this.file));
    await this.look(true);
  }

  /** What the page does when a person uses it, for tests too. */
  async receive(value: unknown): Promise<void> {
    let message: PreviewPageMessage;
    try {
      message = previewPageMessage(value);
    } catch (error) {
      this.log.error(`Preview of data: a message is not understood: ${String(error)}`);
      return;
    }
    switch (message.type) {
      case 'previewReady':
        this.ready = true;
        for (const kept of [this.status, this.shown]) if (kept) this.deliver(kept);
        break;
      case 'previewAsk':
        this.request = message.request;
        await this.look(false);
        break;
      case 'previewAgain':
        await this.look(true);
        break;
      case 'previewReveal':
        await this.reveal(message.line, message.column);
        break;
      case 'previewError':
        this.log.error(`Preview of data: ${message.message}\n${message.stack}`);
        break;
    }
  }

  dispose(): void {
    this.panel?.dispose();
    this.saved.dispose();
    this.posted.dispose();
  }

  private get file(): string {
    return this.document ? vscode.workspace.asRelativePath(this.document.uri) : '';
  }

  private create(): vscode.WebviewPanel {
    const viewColumn = vscode.window.activeTextEditor ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
    return vscode.window.createWebviewPanel(DATA_PANEL, '', { viewColumn, preserveFocus: true });
  }

  private attach(panel: vscode.WebviewPanel): void {
    this.panel = panel;
    this.ready = false;
    panel.onDidDispose(() => {
      if (this.panel !== panel) return;
      this.panel = undefined;
      this.ready = false;
      this.asked += 1;
      this.status = this.shown = undefined;
    });
    panel.onDidChangeViewState(() => {
      // A hidden page is unloaded; it says that it is ready again when it is shown.
      if (!panel.visible) this.ready = false;
    });
    panel.webview.onDidReceiveMessage((message: unknown) => {
      void this.receive(message);
    });
    fillPage(panel, this.extensionUri, 'data');
  }

  private async reveal(line: number, column: number): Promise<void> {
    if (!this.document) return;
    const document = await vscode.workspace.openTextDocument(this.document.uri);
    const at = document.validatePosition(new vscode.Position(Math.max(0, line - 1), Math.max(0, column - 1)));
    await showBesidePanel(document, { selection: new vscode.Range(at, at) });
  }

  /** @param fresh look for what is damaged as well, since files may be others */
  private async look(fresh: boolean): Promise<void> {
    if (this.reading) {
      this.next = { fresh: fresh || this.next?.fresh === true };
      this.asked += 1;
      return;
    }
    this.reading = true;
    try {
      await this.read(fresh);
    } finally {
      this.reading = false;
      const { next } = this;
      this.next = undefined;
      if (next && this.panel) void this.look(next.fresh);
    }
  }

  private async read(fresh: boolean): Promise<void> {
    const { document } = this;
    if (!document || !this.panel) return;
    const asked = ++this.asked;
    const current = (): boolean => this.asked === asked;
    this.tell({ busy: true, checking: false, failed: false });
    const analysis = new Analysis(document.getText(), languageOf(document.uri.path));
    const task = analysis.parsed.definition?.task;
    const request = this.request ?? { part: firstPart(task ?? 'classification'), samples: SAMPLES, seed: 0, from: 0 };
    const answer = await answerPreview(document, analysis, request).catch((error: unknown) => {
      const message = messageOf(error);
      this.log.error(`Preview of data: ${message}`);
      return { problems: [{ severity: 'error', message, line: 1, column: 1 } as const] };
    });
    if (!current()) return;
    if ('problems' in answer) {
      this.tell({ busy: false, checking: false, failed: true, problems: answer.problems });
      return;
    }
    this.request = request;
    this.post({ type: 'preview', preview: answer.preview });
    this.tell({ busy: false, checking: fresh, failed: false, ...(fresh && { problems: [] }) });
    if (fresh) void this.check(document, current);
  }

  /** Looks at all data as before a search, while the samples are there to be seen. */
  private async check(document: vscode.TextDocument, current: () => boolean): Promise<void> {
    const found = await this.data.look(document).catch((error: unknown) => {
      this.log.error(`Preview of data: ${messageOf(error)}`);
      return [];
    });
    if (current()) this.tell({ busy: false, checking: false, failed: false, problems: found.map(problemOf) });
  }

  /** What is not said stays as it was. */
  private tell(change: Pick<PreviewStatus, 'busy' | 'checking' | 'failed'> & Partial<PreviewStatus>): void {
    this.post({ type: 'previewStatus', file: this.file, problems: this.status?.problems ?? [], ...change });
  }

  private post(message: PreviewHostMessage): void {
    if (message.type === 'preview') this.shown = message;
    else this.status = message;
    if (this.ready) this.deliver(message);
  }

  private deliver(message: PreviewHostMessage): void {
    this.posted.fire(message);
    void this.panel?.webview.postMessage(message);
  }
}
