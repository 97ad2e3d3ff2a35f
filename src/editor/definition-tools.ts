/**
 * Entry of the bundle that understands definitions: the features of their editor, and the commands that read or edit
 * them.
 */
import { languageOf } from '../language/language-table.ts';
import * as vscode from 'vscode';
import { registerProposals } from './commands/proposed-changes.ts';
import { registerTextBefore } from './commands/show-changes.ts';
import { DataFindings } from './language/data-findings.ts';
import { DefinitionDocuments } from './language/sizes/documents.ts';
import { ExactSizes } from './language/sizes/exact-sizes.ts';
import { registerLanguage } from './language/register-language.ts';
import { DataPreviews } from './preview/data-previews.ts';
import type { RunStore } from './runs/run-store.ts';

export { applyArchitecture, applyLayer, widenValue } from './commands/edit-commands.ts';
export { compressNetwork } from './commands/compress-network.ts';
export { fitBits } from './commands/fit-command.ts';
export { acceptProposal, discardProposal } from './commands/proposed-changes.ts';
export { namedStrategy, pickedStrategy } from './commands/choose-strategy.ts';
export { previewData } from './commands/show-data.ts';
export { specialise } from './commands/specialise-run.ts';
export { startSearch } from './commands/start-search.ts';
export { compareStrategies, startSweep } from './commands/start-sweep.ts';
export { readFacts } from '../runs/sweep/sweep-facts.ts';
export { TARGETS } from '../targets/find-target.ts';

/** The features of the open definitions; disposing of it unregisters them. */
export interface OpenDefinitions extends vscode.Disposable {
  readonly documents: DefinitionDocuments;
  readonly exact: ExactSizes;
  readonly data: DataFindings;
  readonly previews: DataPreviews;
}

/** Registers hovers, hints, lenses, diagnostics, completion and code actions. */
export function openDefinitions(
  runs: RunStore,
  extensionUri: vscode.Uri,
  log: vscode.LogOutputChannel,
): OpenDefinitions {
  const documents = new DefinitionDocuments();
  const exact = new ExactSizes(runs);
  const data = new DataFindings();
  const previews = new DataPreviews(extensionUri, data, log);
  const all = vscode.Disposable.from(
    documents,
    exact,
    data,
    previews,
    registerTextBefore(),
    registerProposals(),
    ...registerLanguage({ documents, exact, runs, data }),
  );
  return {
    documents,
    exact,
    data,
    previews,
    dispose: () => {
      all.dispose();
    },
  };
}

/** The name that a definition gives itself, if it can be read. */
export const nameOfDefinition = (text: string, file: string): string | undefined =>
  languageOf(file).read(text).definition?.name;
