/**
 * What a look at a definition's data has found: it stands at the value that the data contradict, until that value or
 * the data change.
 */
import { LANGUAGES, languageOf } from '../../language/language-table.ts';
import type { Language } from '../../language/language.ts';
import * as vscode from 'vscode';
import type { Diagnostic } from '../../network/types.ts';
import type { DataAnswer, DataTask } from '../../runs/data-thread.ts';
import { askThread } from '../worker-thread.ts';
import { Analysis } from './sizes/analysis.ts';
import { dataQuestion, placed, type DataFinding } from './problems/data-problems.ts';

export class DataFindings implements vscode.Disposable {
  private readonly findings = new Map<string, readonly DataFinding[]>();
  /** What was looked at last, by documents. */
  private readonly asked = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.TextDocument>();
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: readonly vscode.Disposable[];

  constructor() {
    this.subscriptions = [
      this.changed,
      vscode.workspace.onDidCloseTextDocument((document) => {
        this.findings.delete(document.uri.toString());
        this.asked.delete(document.uri.toString());
      }),
      // Who saves a definition may have mended its data, or named others.
      vscode.workspace.onDidSaveTextDocument((document) => {
        if (this.isDue(document)) void this.look(document).catch(() => undefined);
      }),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Is something known to be wrong with the data, or are they others than those that were looked at? */
  private isDue(document: vscode.TextDocument): boolean {
    const key = document.uri.toString();
    if (this.findings.has(key)) return true;
    const language = Object.values<Language>(LANGUAGES).find((one) => one.isFile(document.uri.path));
    if (!vscode.workspace.isTrusted || language === undefined || document.uri.scheme !== 'file') return false;
    const { parsed } = new Analysis(document.getText(), language);
    return parsed.definition?.dataset !== undefined && dataQuestion(parsed) !== this.asked.get(key);
  }

  /** What is known to be wrong with the data. */
  of(document: vscode.TextDocument, analysis: Analysis): readonly Diagnostic[] {
    return placedAll(analysis, this.findings.get(document.uri.toString()) ?? []);
  }

  /** Reads the data of a definition on disk, in a thread, and keeps what is wrong with them. */
  async look(document: vscode.TextDocument): Promise<readonly Diagnostic[]> {
    const text = document.getText();
    const analysis = new Analysis(text, languageOf(document.uri.path));
    const about = dataQuestion(analysis.parsed);
    if (about === undefined) return [];
    this.asked.set(document.uri.toString(), about);
    const { problems } = await askThread<DataTask, DataAnswer>(
      'data',
      { text, definitionPath: document.uri.fsPath, ask: 'problems' },
      vscode.l10n.t('the data'),
    );
    const key = document.uri.toString();
    const findings = problems.map((problem) => ({ about, problem }));
    if (findings.length > 0) this.findings.set(key, findings);
    else this.findings.delete(key);
    this.changed.fire(document);
    return placedAll(analysis, findings);
  }
}

const placedAll = ({ text, parsed }: Analysis, findings: readonly DataFinding[]): readonly Diagnostic[] =>
  findings.flatMap((finding) => placed(text, parsed, finding) ?? []);
