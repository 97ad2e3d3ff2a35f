/**
 * How many samples the data of open definitions have, for hovers: counted in a thread, kept until the definition names
 * other data or their files change.
 */
import { dirname, isAbsolute, join } from 'node:path';
import { messageOf } from '../../base/error-text.ts';
import * as vscode from 'vscode';
import type { DataAnswer, DataTask } from '../../runs/data-thread.ts';
import { markdownText } from '../../text/neutral.ts';
import { askThread } from '../worker-thread.ts';
import { dataStamp } from './data-stamp.ts';
import { dataQuestion } from './problems/data-problems.ts';
import type { Analysis } from './sizes/analysis.ts';
import { countsHover, COUNTING } from './texts/data-text.ts';

interface Tally {
  /** The definition's values and the files that it was counted of. */
  readonly about: string;
  /** Absent while they are counted. */
  text?: string;
  /** Resolves when the text is there. */
  readonly counted: Promise<void>;
}

export class DataTallies implements vscode.Disposable {
  private readonly tallies = new Map<string, Tally>();
  private readonly closed = vscode.workspace.onDidCloseTextDocument((document) => {
    this.tallies.delete(document.uri.toString());
  });

  /** What is known of the samples of a definition; undefined where nobody has asked. */
  of(document: vscode.TextDocument): string | undefined {
    const tally = this.tallies.get(document.uri.toString());
    return tally && (tally.text ?? COUNTING);
  }

  /** Resolves when the samples are counted, which may take long; nothing where they are as they were. */
  async ask(document: vscode.TextDocument, { parsed, text }: Analysis): Promise<void> {
    const question = dataQuestion(parsed);
    const dataset = parsed.definition?.dataset;
    const key = document.uri.toString();
    if (question === undefined || !dataset || document.uri.scheme !== 'file' || !vscode.workspace.isTrusted) {
      this.tallies.delete(key);
      return;
    }
    const { path } = dataset;
    const { fsPath } = document.uri;
    const files = path === undefined ? '' : await dataStamp(isAbsolute(path) ? path : join(dirname(fsPath), path));
    const about = `${question}\n${files}`;
    const known = this.tallies.get(key);
    if (known?.about === about) return known.counted;
    const counted = count(text, fsPath).then((said) => {
      tally.text = said;
    });
    const tally: Tally = { about, counted };
    this.tallies.set(key, tally);
    return counted;
  }

  dispose(): void {
    this.closed.dispose();
  }
}

/** Never rejects. */
async function count(text: string, definitionPath: string): Promise<string> {
  try {
    const { counts, problems } = await askThread<DataTask, DataAnswer>(
      'data',
      { text, definitionPath, ask: 'counts' },
      vscode.l10n.t('the data'),
    );
    return counts ? countsHover(counts) : problems.map(({ message }) => markdownText(message)).join('\n\n');
  } catch (error) {
    return markdownText(messageOf(error));
  }
}
