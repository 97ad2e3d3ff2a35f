/** The page of "UDC: Measure" and "UDC: Compare Devices", host side: one webview that shows the last report. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../base/error-text.ts';
import { object } from '../../base/validate.ts';
import { oneLine } from '../../text/neutral.ts';
import {
  measuredMessage,
  measurePageMessage,
  readMeasureState,
  type MeasuredMessage,
  type MeasureFile,
  type MeasureHostMessage,
  type MeasurePageMessage,
} from '../../wire/measure-messages.ts';
import { reportTitle } from '../../wire/measured-text.ts';
import type { MeasureReport } from '../../wire/measurements.ts';
import { exportTools } from '../bundles.ts';
import { writeWhole } from '../commands/write-whole.ts';
import { COMMANDS, DEVICES_PANEL } from '../contributions.ts';
import { PageTab } from '../panel/page-tab.ts';
import { say } from '../say.ts';
import { measureRequest, type MeasureRequest } from './measure-request.ts';

/** Where the report that is shown is kept for a reload: too much for the page's own state. */
const KEPT = 'udc.shownMeasurements';

interface Shown {
  readonly message: MeasuredMessage;
  readonly request: MeasureRequest;
}

const shownCheck = object<Shown>({ message: measuredMessage, request: measureRequest });

/** Reports of this window. */
let reports = 0;

export class MeasuredTab implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly tab: PageTab<MeasureHostMessage>;
  private readonly registered: vscode.Disposable;
  private kept: Shown | undefined;
  /** Every message sent to the page, for tests. */
  readonly onDidPost: vscode.Event<MeasureHostMessage>;

  constructor(
    extensionUri: vscode.Uri,
    private readonly memory: vscode.Memento,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.tab = new PageTab(extensionUri, DEVICES_PANEL, 'devices', {
      receive: (message) => {
        void this.receive(message);
      },
      silenced: (closed) => {
        if (closed) this.kept = undefined;
      },
    });
    this.onDidPost = this.tab.onDidPost;
    this.registered = vscode.window.registerWebviewPanelSerializer(DEVICES_PANEL, this);
  }

  /** What the page shows, if it is open. */
  get shown(): MeasuredMessage | undefined {
    return this.kept?.message;
  }

  get title(): string | undefined {
    return this.tab.title;
  }

  /** Opens the page, or brings it to the front, with a report. Returns the id that it has from now on. */
  async show(report: MeasureReport, request: MeasureRequest): Promise<string> {
    const id = `measured-${Date.now()}-${++reports}`;
    this.kept = { message: { type: 'measured', id, report }, request };
    await this.memory.update(KEPT, this.kept);
    this.tab.open('');
    this.post();
    return id;
  }

  /** Called by VS Code for a page that was open before a reload. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const found = this.ofMemory();
    if (!found || readMeasureState(state)?.id !== found.message.id) {
      panel.dispose();
      return;
    }
    // The page of before goes, and with it what it showed.
    this.tab.take(panel);
    this.kept = found;
    this.post();
    return Promise.resolve();
  }

  /** What the page does when a person uses it, for tests too. */
  async receive(value: unknown): Promise<void> {
    let message: MeasurePageMessage;
    try {
      message = measurePageMessage(value);
    } catch (error) {
      this.log.error(`Measurements: a message of the page was not understood: ${messageOf(error)}`);
      return;
    }
    switch (message.type) {
      case 'measureReady':
        this.tab.hears();
        this.post();
        break;
      case 'measureSave':
        await this.save(message.format).catch((error: unknown) => {
          void say.error(vscode.l10n.t('The measurements were not written: {0}', messageOf(error)));
        });
        break;
      case 'measureAgain':
        if (this.kept) await vscode.commands.executeCommand(COMMANDS.compareDevices.id, this.kept.request);
        break;
      case 'measureError':
        this.log.error(`Measurements: ${message.message}\n${message.stack}`);
        break;
    }
  }

  dispose(): void {
    this.tab.dispose();
    this.registered.dispose();
  }

  private post(): void {
    if (!this.kept) return;
    const { message } = this.kept;
    this.tab.title = vscode.l10n.t('UDC: {0}', oneLine(reportTitle(message.report)));
    this.tab.post(message);
  }

  private ofMemory(): Shown | undefined {
    try {
      return shownCheck(this.memory.get(KEPT));
    } catch {
      return undefined;
    }
  }

  /** Writes the report into a file that the user names. */
  private async save(format: MeasureFile): Promise<void> {
    if (!this.kept) return;
    const { message, request } = this.kept;
    const uri = await vscode.window.showSaveDialog({
      defaultUri: vscode.Uri.file(path.join(request.home, `measured.${format}`)),
      filters: { [format.toUpperCase()]: [format] },
      title: vscode.l10n.t('Save the measurements'),
    });
    if (!uri) return;
    const { measureCsv, measureHtml } = await exportTools();
    const text = format === 'csv' ? measureCsv(message.report) : measureHtml(message.report);
    await writeWhole(uri, new TextEncoder().encode(text));
    const open = vscode.l10n.t('Open');
    const done = vscode.l10n.t('Saved as {0}.', vscode.workspace.asRelativePath(uri));
    void say.information(done, open).then((answer) => {
      if (answer !== open) return;
      if (format === 'html') void vscode.env.openExternal(uri);
      else void vscode.commands.executeCommand('vscode.open', uri);
    });
  }
}
