/** "UDC: Compress This Network": choices around a network that is given, its weights, and the search that keeps it. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { languageOf } from '../../language/language-table.ts';
import type { PlacedValue } from '../../language/language.ts';
import { openedValues } from '../../language/opened-values.ts';
import type { TreeNode } from '../../language/tree.ts';
import { findTarget } from '../../targets/find-target.ts';
import { nameOfTarget } from '../../wire/target-name.ts';
import { yamlScalar } from '../../text/neutral.ts';
import { showBesidePanel } from '../beside-panel.ts';
import { pick, say } from '../say.ts';
import { carryOut } from './applying.ts';
import { namedStrategy } from './choose-strategy.ts';
import { chooseDefinition } from './definitions.ts';
import { startSearch, type SearchServices } from './start-search.ts';

/**
 * Makes what a definition fixes of channels, bits and sparsities choices, unsaved, asks for the network's weights where
 * it names none, and starts a search by reinforcement learning. Returns the new run's id, or undefined when nothing was
 * started.
 * @param called the definition that it was called on
 * @param weights the file of the weights, or `false` to train the network first; asked for otherwise
 */
export async function compressNetwork(
  services: SearchServices,
  called: unknown,
  weights?: unknown,
): Promise<string | undefined> {
  const document = await chooseDefinition(services, called);
  if (!document) return undefined;
  const text = document.getText();
  const { network, tree, diagnostics } = languageOf(document.uri.path).read(text);
  if (!network) {
    const file = vscode.workspace.asRelativePath(document.uri);
    void say.warning(vscode.l10n.t('Correct {0} first: {1}', file, diagnostics[0]?.message ?? ''));
    return undefined;
  }
  const initial =
    network.definition.training.initialWeights === undefined
      ? await initialWeights(document, tree, weights)
      : { values: [] };
  if (!initial) return undefined;
  const values = [
    ...openedValues(network, tree, findTarget(nameOfTarget(network.definition.target)).bits),
    ...initial.values,
  ];
  if (values.length > 0) {
    await showBesidePanel(document);
    const plan = languageOf(document.uri.path).set(text, values);
    if (!(await carryOut(document, document.version, plan))) return undefined;
  }
  return startSearch(services, document.uri, namedStrategy('reinforcement'));
}

/** What names the weights of the network; undefined where the user has thought better of it. */
async function initialWeights(
  { uri }: vscode.TextDocument,
  tree: TreeNode | undefined,
  wanted: unknown,
): Promise<{ readonly values: readonly PlacedValue[] } | undefined> {
  const chosen = wanted === false || wanted instanceof vscode.Uri ? wanted : await askWeights(uri);
  if (chosen === undefined) return undefined;
  if (chosen === false) return { values: [] };
  const file = path.relative(path.dirname(uri.fsPath), chosen.fsPath).replaceAll('\\', '/');
  const training = tree?.kind === 'map' && tree.entries.some(({ key }) => key === 'training');
  return {
    values: [
      training
        ? { place: ['training', 'initialWeights'], value: yamlScalar(file) }
        : { place: ['training'], value: `{ initialWeights: ${yamlScalar(file)} }` },
    ],
  };
}

async function askWeights(definition: vscode.Uri): Promise<vscode.Uri | false | undefined> {
  const file = {
    label: vscode.l10n.t('Choose Its Weights…'),
    detail: vscode.l10n.t('A .safetensors file of an import, or of a finished run of this network'),
    trains: false,
  };
  const train = {
    label: vscode.l10n.t('Train the Network First'),
    detail: vscode.l10n.t('Half of the search’s epochs train it before it is compressed'),
    trains: true,
  };
  const title = vscode.l10n.t('Which weights does the network have?');
  const answer = await pick([file, train], { title });
  if (!answer) return undefined;
  if (answer.trains) return false;
  const filters = { [vscode.l10n.t('Weights')]: ['safetensors'] };
  const defaultUri = vscode.Uri.joinPath(definition, '..');
  return (await vscode.window.showOpenDialog({ title, filters, defaultUri }))?.[0];
}
