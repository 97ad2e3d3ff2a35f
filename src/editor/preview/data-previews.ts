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
  readPreviewState,
  type PreviewHostMessage,
  type PreviewPageMessage,
  type PreviewStatus,
} from '../../wire/preview-messages.ts';
import { showBesidePanel } from '../beside-panel.ts';
import { DATA_PANEL } from '../contributions.ts';
import type { DataFindings } from '../language/data-findings.ts';
import { Analysis } from '../language/sizes/analysis.ts';
import { PageTab } from '../panel/page-tab.ts';
import { answerPreview, problemOf } from './preview-answer.ts';

/** Samples of each class at first. */
const SAMPLES = 4;

export class DataPreviews implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly tab: PageTab<PreviewHostMessage>;
  /** Of the definition; absent until one is shown. */
  private uri: vscode.Uri | undefined;
  private request: PreviewRequest | undefined;
  /** What the page was last told, for when it is shown again. */
  private status: PreviewStatus | undefined;
  private shown: PreviewHostMessage | undefined;
  private reading = false;
  /** Asked for while something was being read. `fresh`: what is damaged is looked for, too. */
  private next: { readonly fresh: boolean } | undefined;
  /** Counts what was asked for anew: answers to what came before are not shown. */
  private asked = 0;
  /** Every message sent to the page, for tests. */
  readonly onDidPost: vscode.Event<PreviewHostMessage>;
  private readonly saved: vscode.Disposable;

  constructor(
    extensionUri: vscode.Uri,
    private readonly data: DataFindings,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.tab = new PageTab(extensionUri, DATA_PANEL, 'data', {
      receive: (message) => {
        void this.receive(message);
      },
      silenced: (closed) => {
        if (!closed) return;
        this.asked += 1;
        this.status = this.shown = undefined;
      },
    });
    this.onDidPost = this.tab.onDidPost;
    this.saved = vscode.workspace.onDidSaveTextDocument(({ uri }) => {
      if (this.tab.isOpen && uri.toString() === this.uri?.toString()) void this.look(true);
    });
  }

  /** Whether the page is open. */
  get isOpen(): boolean {
    return this.tab.isOpen;
  }

  /** Opens the page, or brings it to the front, with the data of a definition. */
  async show(document: vscode.TextDocument): Promise<void> {
    if (this.uri?.toString() !== document.uri.toString()) this.request = undefined;
    this.uri = document.uri;
    this.shown = undefined;
    this.tab.open('');
    await this.begin();
  }

  /** Called by VS Code for a page that was open before a reload. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = readPreviewState(state);
    if (!kept) {
      panel.dispose();
      return;
    }
    this.uri = vscode.Uri.parse(kept.document, true);
    this.request = kept.request;
    this.tab.take(panel);
    // Samples come when they are read: the tab is there before.
    void this.begin();
    return Promise.resolve();
  }

  private async begin(): Promise<void> {
    this.tab.title = vscode.l10n.t('UDC data: {0}', oneLine(this.file));
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
        this.tab.hears();
        for (const kept of [this.status, this.shown]) if (kept) this.tab.post(kept);
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
    this.tab.dispose();
    this.saved.dispose();
  }

  private get file(): string {
    return this.uri ? vscode.workspace.asRelativePath(this.uri) : '';
  }

  /** The definition; undefined where it is gone. */
  private async opened(): Promise<vscode.TextDocument | undefined> {
    const { uri } = this;
    const open = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri?.toString());
    // One that was never saved would be opened as an empty one.
    if (open || !uri || uri.scheme === 'untitled') return open;
    return vscode.workspace.openTextDocument(uri).then(undefined, () => undefined);
  }

  private async reveal(line: number, column: number): Promise<void> {
    const document = await this.opened();
    if (!document) return;
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
      if (next && this.tab.isOpen) void this.look(next.fresh);
    }
  }

  private async read(fresh: boolean): Promise<void> {
    if (!this.uri || !this.tab.isOpen) return;
    const asked = ++this.asked;
    const current = (): boolean => this.asked === asked;
    this.tell({ busy: true, checking: false, failed: false });
    const document = await this.opened();
    if (!current()) return;
    if (!document) {
      const message = vscode.l10n.t('There is no such definition any more.');
      const problem = { severity: 'error', message, line: 1, column: 1 } as const;
      this.tell({ busy: false, checking: false, failed: true, problems: [problem] });
      return;
    }
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
    const document = this.uri?.toString() ?? '';
    this.post({ type: 'previewStatus', document, file: this.file, problems: this.status?.problems ?? [], ...change });
  }

  private post(message: PreviewHostMessage): void {
    if (message.type === 'preview') this.shown = message;
    else this.status = message;
    this.tab.post(message);
  }
}
