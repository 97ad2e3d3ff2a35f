/** Entry of the bundle that understands definitions: the features of their editor, and the commands that read or edit them. */
import * as vscode from 'vscode';
import { parseDefinition } from '../model/parse.ts';
import { registerTextBefore } from './commands/showChanges.ts';
import { DataFindings } from './language/dataFindings.ts';
import { DefinitionDocuments } from './language/documents.ts';
import { ExactSizes } from './language/exactSizes.ts';
import { registerLanguage } from './language/register.ts';
import type { RunStore } from './runs/store.ts';

export { applyArchitecture, applyLayer, widenValue } from './commands/editCommands.ts';
export { startSearch } from './commands/startSearch.ts';
export { TARGETS } from '../npu/targets.ts';

/** The features of the open definitions; disposing of it unregisters them. */
export interface OpenDefinitions extends vscode.Disposable { readonly documents: DefinitionDocuments; readonly data: DataFindings }

/** Registers hovers, hints, lenses, diagnostics, completion and code actions. */
export function openDefinitions(runs: RunStore): OpenDefinitions {
  const documents = new DefinitionDocuments();
  const exact = new ExactSizes(runs);
  const data = new DataFindings();
  const all = vscode.Disposable.from(documents, exact, data, registerTextBefore(), ...registerLanguage({ documents, exact, runs, data }));
  return { documents, data, dispose: () => { all.dispose(); } };
}

/** The name that a definition gives itself, if it can be read. */
export const nameOfDefinition = (text: string): string | undefined => parseDefinition(text).definition?.name;
