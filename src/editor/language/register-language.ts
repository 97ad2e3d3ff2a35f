/** Ties the language features to the files that are model definitions, whatever language they are taken for. */
import * as vscode from 'vscode';
import { DEFINITION_PATTERNS } from '../../wire/definition-names.ts';
import type { RunStore } from '../runs/run-store.ts';
import { DefinitionActions } from './code-actions.ts';
import { DefinitionLenses } from './code-lenses.ts';
import { DefinitionCompletions } from './completions.ts';
import { DefinitionDiagnostics } from './problems/diagnostics.ts';
import { DataTallies } from './data-tallies.ts';
import type { DataFindings } from './data-findings.ts';
import type { DefinitionDocuments } from './sizes/documents.ts';
import type { ExactSizes } from './sizes/exact-sizes.ts';
import { DefinitionHovers } from './hovers.ts';
import { MeasuredNetworks } from './measured-networks.ts';
import { LayerSizeHints } from './inlay-hints.ts';

const SELECTOR: vscode.DocumentSelector = DEFINITION_PATTERNS.map((pattern) => ({ pattern }));

/** What the features read. */
export interface LanguageSources {
  readonly documents: DefinitionDocuments;
  readonly exact: ExactSizes;
  readonly runs: RunStore;
  readonly data: DataFindings;
}

export function registerLanguage({ documents, exact, runs, data }: LanguageSources): readonly vscode.Disposable[] {
  const hints = new LayerSizeHints(documents, exact);
  const tallies = new DataTallies();
  const lenses = new DefinitionLenses(documents, runs, exact);
  return [
    hints,
    lenses,
    tallies,
    new DefinitionDiagnostics(documents, exact, data),
    vscode.languages.registerHoverProvider(
      SELECTOR,
      new DefinitionHovers(documents, exact, tallies, new MeasuredNetworks()),
    ),
    vscode.languages.registerInlayHintsProvider(SELECTOR, hints),
    vscode.languages.registerCodeLensProvider(SELECTOR, lenses),
    vscode.languages.registerCodeActionsProvider(
      SELECTOR,
      new DefinitionActions(documents, runs, exact),
      DefinitionActions.metadata,
    ),
    vscode.languages.registerCompletionItemProvider(
      SELECTOR,
      new DefinitionCompletions(),
      ...DefinitionCompletions.triggers,
    ),
  ];
}
