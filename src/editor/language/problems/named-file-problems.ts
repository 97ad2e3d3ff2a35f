/** What is wrong with the files that `training:` names: they are missing or damaged, or do not fit. */
import { dirname } from 'node:path';
import { messageOf } from '../../../base/error-text.ts';
import type * as vscode from 'vscode';
import { nodeAt } from '../../../language/tree.ts';
import { LineIndex } from '../../../language/lines.ts';
import type { Diagnostic, Network, ScalarPath, Severity } from '../../../network/types.ts';
import { checkTeacher } from '../../../runs/check-teacher.ts';
import { loadInitial, type Readable } from '../../../runs/load-initial.ts';
import { readable } from '../../readable.ts';
import type { Analysis } from '../sizes/analysis.ts';

interface Named {
  readonly key: 'initialWeights' | 'teacher';
  readonly code: string;
  /** What may be ignored. @throws Error with what may not */
  look(network: Network, folder: string, within: Readable): Promise<readonly string[]>;
}

const NAMED: readonly Named[] = [
  {
    key: 'initialWeights',
    code: 'initial-weights',
    look: async (network, folder, within) => (await loadInitial(network, folder, within))?.warnings ?? [],
  },
  {
    key: 'teacher',
    code: 'teacher',
    look: async (network, folder, within) => {
      await checkTeacher(network, folder, within);
      return [];
    },
  },
];

/**
 * Diagnostics of the keys. None where the definition names no file, has errors of its own, or is on no disk, where
 * nothing can be searched.
 */
export async function namedFileProblems(
  document: vscode.TextDocument,
  { parsed: { network, tree } }: Analysis,
): Promise<readonly Diagnostic[]> {
  if (!network || document.uri.scheme !== 'file') return [];
  const folder = dirname(document.uri.fsPath);
  const stated = NAMED.filter(({ key }) => network.definition.training[key] !== undefined);
  const found = stated.map(async ({ key, code, look }): Promise<readonly Diagnostic[]> => {
    const path: ScalarPath = ['training', key];
    const range = nodeAt(tree, path).node?.range ?? { start: 0, end: 0 };
    const place = new LineIndex(document.getText()).position(range.start);
    const problem = (severity: Severity, message: string): Diagnostic => ({
      severity,
      code,
      path,
      range,
      ...place,
      message,
    });
    return look(network, folder, readable(document)).then(
      (warnings) => warnings.map((message) => problem('warning', message)),
      (error: unknown) => [problem('error', messageOf(error))],
    );
  });
  return (await Promise.all(found)).flat();
}
