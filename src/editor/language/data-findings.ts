/**
 * What a look at a definition's data has found: it stands at the value that the data contradict, until that value or
 * the data change.
 */
import { languageOf } from '../../language/language-table.ts';
import * as vscode from 'vscode';
import type { Diagnostic } from '../../network/types.ts';
import type { DataAnswer, DataTask } from '../../runs/data-thread.ts';
import { askThread } from '../worker-thread.ts';
import { Analysis } from './sizes/analysis.ts';
import { dataQuestion, placed, type DataFinding } from './problems/data-problems.ts';

export class DataFindings implements vscode.Disposable {
  private readonly findings = new Map<string, DataFinding>();
  private readonly changed = new vscode.EventEmitter<vscode.TextDocument>();
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: readonly vscode.Disposable[];

  constructor() {
    this.subscriptions = [
      this.changed,
      vscode.workspace.onDidCloseTextDocument((document) => {
        this.findings.delete(document.uri.toString());
      }),
      // Who mends the data saves no definition, but who does look again at the definition may wonder.
      vscode.workspace.onDidSaveTextDocument((document) => {
        if (this.findings.has(document.uri.toString())) void this.look(document).catch(() => undefined);
      }),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** What is known to be wrong with the data. */
  of(document: vscode.TextDocument, { text, parsed }: Analysis): Diagnostic | undefined {
    const finding = this.findings.get(document.uri.toString());
    return finding && placed(text, parsed, finding);
  }

  /** Reads the data of a definition on disk, in a thread, and keeps what is wrong with them. */
  async look(document: vscode.TextDocument): Promise<Diagnostic | undefined> {
    const text = document.getText();
    const analysis = new Analysis(text, languageOf(document.uri.path));
    const about = dataQuestion(analysis.parsed);
    if (about === undefined) return undefined;
    const { problem } = await askThread<DataTask, DataAnswer>(
      'data',
      { text, definitionPath: document.uri.fsPath },
      vscode.l10n.t('the data'),
    );
    const key = document.uri.toString();
    const finding = problem && { about, problem };
    if (finding) this.findings.set(key, finding);
    else this.findings.delete(key);
    this.changed.fire(document);
    return finding && placed(text, analysis.parsed, finding);
  }
}
