/** What is wrong with the weights file that a definition names: it is missing or damaged, or layers do not fit. */
import { dirname } from 'node:path';
import type * as vscode from 'vscode';
import { nodeAt } from '../../../language/tree.ts';
import { LineIndex } from '../../../language/lines.ts';
import type { Diagnostic, ScalarPath, Severity } from '../../../network/types.ts';
import { loadInitial } from '../../../runs/load-initial.ts';
import { readable } from '../../readable.ts';
import type { Analysis } from '../sizes/analysis.ts';

const PATH: ScalarPath = ['training', 'initialWeights'];

/**
 * Diagnostics of the key. None where the definition names no file, has errors of its own, or is on no disk, where
 * nothing can be searched.
 */
export async function initialWeightsProblems(
  document: vscode.TextDocument,
  { parsed: { network, tree } }: Analysis,
): Promise<readonly Diagnostic[]> {
  if (!network || network.definition.training.initialWeights === undefined || document.uri.scheme !== 'file') return [];
  const range = nodeAt(tree, PATH).node?.range ?? { start: 0, end: 0 };
  const place = new LineIndex(document.getText()).position(range.start);
  const found = (severity: Severity, message: string): Diagnostic => ({
    severity,
    code: 'initial-weights',
    path: PATH,
    range,
    ...place,
    message,
  });
  return loadInitial(network, dirname(document.uri.fsPath), readable(document)).then(
    (loaded) => (loaded?.warnings ?? []).map((message) => found('warning', message)),
    (error: unknown) => [found('error', error instanceof Error ? error.message : String(error))],
  );
}
