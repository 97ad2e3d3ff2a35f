/** What can be shown of a definition's data: read in a thread, or why they cannot be, at its place of the text. */
import * as vscode from 'vscode';
import type { Diagnostic } from '../../network/types.ts';
import type { DataAnswer, DataTask } from '../../runs/data-thread.ts';
import type { DataPreview, PreviewRequest } from '../../wire/data-preview.ts';
import type { PreviewProblem } from '../../wire/preview-messages.ts';
import type { Analysis } from '../language/sizes/analysis.ts';
import { dataQuestion, placed } from '../language/problems/data-problems.ts';
import { askThread } from '../worker-thread.ts';

export type PreviewAnswer = { readonly preview: DataPreview } | { readonly problems: readonly PreviewProblem[] };

export const problemOf = ({ severity, message, line, column }: Diagnostic): PreviewProblem => ({
  severity,
  message,
  line,
  column,
});

const atStart = (message: string): PreviewAnswer => ({
  problems: [{ severity: 'error', message, line: 1, column: 1 }],
});

/**
 * Looks at the data of a document's present text.
 * @throws where the thread breaks down
 */
export async function answerPreview(
  document: vscode.TextDocument,
  analysis: Analysis,
  ask: PreviewRequest,
): Promise<PreviewAnswer> {
  const { parsed, errors, diagnostics, text } = analysis;
  if (errors.length > 0) return { problems: errors.map(problemOf) };
  const missing = diagnostics.find(({ code }) => code === 'no-dataset');
  if (missing) return { problems: [problemOf(missing)] };
  if (!vscode.workspace.isTrusted)
    return atStart(
      vscode.l10n.t(
        'The data that a definition names are read in a trusted workspace only: trust this one to see them.',
      ),
    );
  if (document.uri.scheme !== 'file')
    return atStart(vscode.l10n.t('Save the definition first: paths of its data are relative to its folder.'));
  const about = dataQuestion(parsed);
  if (about === undefined) return atStart(vscode.l10n.t('The definition has no layers that could see data.'));
  const task: DataTask = { text, definitionPath: document.uri.fsPath, ask };
  const { problems, preview } = await askThread<DataTask, DataAnswer>('data', task, vscode.l10n.t('the data'));
  if (preview) return { preview };
  const found = problems.flatMap((problem) => placed(text, parsed, { about, problem }) ?? []);
  return { problems: found.map(problemOf) };
}
