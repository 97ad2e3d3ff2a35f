/** The commands that edit a definition: apply a whole architecture, apply one layer of it, widen a value. */
import { languageOf } from '../../language/language-table.ts';
import * as vscode from 'vscode';
import { showBesidePanel } from '../beside-panel.ts';
import type { DefinitionDocuments } from '../language/sizes/documents.ts';
import { widenableAt } from '../language/widening.ts';
import { isDefinitionOf } from '../runs/definition-of.ts';
import { isFinished, noResultText, type RunRecord } from '../runs/run-record.ts';
import type { RunStore } from '../runs/run-store.ts';
import { carryOut, planApply, planOffer } from './applying.ts';
import { chooseNetwork, chooseRun } from './choose-run.ts';
import { activeDefinition } from './definitions.ts';
import { showChanges } from './show-changes.ts';
import { say } from '../say.ts';

interface Services {
  readonly runs: RunStore;
  readonly documents: DefinitionDocuments;
}

const forDefinition =
  (document: vscode.TextDocument | undefined) =>
  (record: RunRecord): boolean =>
    isFinished(record) && (!document || isDefinitionOf(record.header, document));

/**
 * Writes a run's architecture into its definition. Returns whether it did.
 * @param offered the place of one of its offers, to be written instead
 */
export async function applyArchitecture({ runs }: Services, called: unknown, offered?: unknown): Promise<boolean> {
  const active = activeDefinition();
  const record = await chooseRun(runs, called, {
    title: vscode.l10n.t('Apply the architecture of which run?'),
    accepts: runs.all().some(forDefinition(active)) ? forDefinition(active) : forDefinition(undefined),
    none: vscode.l10n.t('There is no finished run yet. Start a search first.'),
  });
  if (!record) return false;
  if (!isFinished(record)) {
    void say.information(noResultText(record));
    return false;
  }
  const offer = typeof offered === 'number' ? record.result.offers?.list[offered] : undefined;
  const network =
    offer ?? (await chooseNetwork(record.result, vscode.l10n.t('Apply the architecture of which network?')));
  if (!network) return false;
  const document = await vscode.workspace.openTextDocument(record.header.definitionPath);
  await showBesidePanel(document);
  const before = document.getText();
  const plan =
    'assignment' in network ? planOffer(before, record, network) : planApply(before, record, undefined, network);
  if (!('refused' in plan) && plan.edits.length === 0) {
    void say.information(vscode.l10n.t('{0} is this architecture already.', record.definition));
    return false;
  }
  const applied = await carryOut(document, document.version, plan);
  if (applied && !('refused' in plan)) void offerChanges(document, before, plan.paths.length);
  return applied;
}

async function offerChanges(document: vscode.TextDocument, before: string, values: number): Promise<void> {
  const changes = vscode.l10n.t('Show Changes');
  const file = vscode.workspace.asRelativePath(document.uri);
  const text =
    values === 1
      ? vscode.l10n.t('1 value was decided in {0}. Undo takes it back.', file)
      : vscode.l10n.t('{0} values were decided in {1}. Undo takes them back.', values, file);
  if ((await say.information(text, changes)) === changes) await showChanges(document, before);
}

/** Writes the part of a run's architecture that concerns the layer at the caret. */
export async function applyLayer({ runs, documents }: Services, called: unknown): Promise<boolean> {
  const editor = vscode.window.activeTextEditor;
  const document = activeDefinition();
  if (!editor || !document) {
    void say.information(vscode.l10n.t('Put the caret on a layer of a model definition first.'));
    return false;
  }
  const offset = document.offsetAt(editor.selection.active);
  const layer = documents
    .get(document)
    .parsed.layerRanges.findIndex(({ start, end }) => offset >= start && offset <= end);
  if (layer < 0) {
    void say.information(vscode.l10n.t('There is no layer at the caret.'));
    return false;
  }
  const record = await chooseRun(runs, called, {
    title: vscode.l10n.t('Apply this layer of which run?'),
    accepts: forDefinition(document),
    none: vscode.l10n.t('There is no finished run of this definition yet. Start a search first.'),
  });
  if (!record || !isFinished(record)) return false;
  return carryOut(document, document.version, planApply(document.getText(), record, layer));
}

/** Turns the fixed value at the caret into a choice around it. */
export async function widenValue({ documents }: Services): Promise<boolean> {
  const editor = vscode.window.activeTextEditor;
  const document = activeDefinition();
  const found = editor && document && widenableAt(documents.get(document), document.offsetAt(editor.selection.active));
  if (!found) {
    void say.information(
      vscode.l10n.t(
        'Put the caret on a fixed value that may be a choice: op, kernel, filters, units, expand, bits or sparsity of a layer.',
      ),
    );
    return false;
  }
  const options = await vscode.window.showInputBox({
    title: vscode.l10n.t('Widen {0} to a choice', found.key),
    prompt: vscode.l10n.t('Options, separated by |'),
    value: found.options.join(' | '),
    validateInput: (text) => refusalOf(document, found.path, text),
  });
  if (options === undefined) return false;
  return carryOut(
    document,
    document.version,
    languageOf(document.uri.path).edit(document.getText(), found.path, optionsOf(options)),
  );
}

const optionsOf = (text: string): readonly string[] =>
  text
    .split('|')
    .map((option) => option.trim())
    .filter((option) => option !== '');

function refusalOf(
  document: vscode.TextDocument,
  path: readonly (string | number)[],
  text: string,
): string | undefined {
  const plan = languageOf(document.uri.path).edit(document.getText(), path, optionsOf(text));
  return 'refused' in plan ? plan.refused : undefined;
}
