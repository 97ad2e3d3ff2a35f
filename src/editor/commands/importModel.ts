/** "Import Model": a .tflite as a table, and as a model definition beside it. */
import * as vscode from 'vscode';
import { weightsName, withInitialWeights } from '../../export/definition/initial.ts';
import { networkName } from '../../export/network-name.ts';
import { NETWORK_EDITOR } from '../contributions.ts';
import { fileName, type NetworkReader } from '../networks/reader.ts';
import { exists } from './definitions.ts';
import { writeWhole } from './writeWhole.ts';
import { pick, say, whileWorking } from '../say.ts';

type Kind = 'fixed' | 'search';

/**
 * Carries out "Import Model". `called` is the file, or its address as a text; `wanted` how to define the network. What is not given is asked for.
 * @returns the definition that was written, or undefined where the user chose to write none
 * @throws Error naming the operator, with index and layer, that cannot be read
 */
export async function importModel({ networks }: { readonly networks: NetworkReader }, called: unknown, wanted: unknown): Promise<vscode.Uri | undefined> {
  const model = await modelOf(called);
  if (!model) return undefined;
  const network = await whileWorking({ location: vscode.ProgressLocation.Window, title: vscode.l10n.t('UDC: reading {0}', fileName(model)) }, () => networks.read(model));
  if (shownNetwork()?.toString() !== model.toString()) await vscode.commands.executeCommand('vscode.openWith', model, NETWORK_EDITOR);
  const { definitions } = network;
  if ('refused' in definitions) {
    void say.warning(vscode.l10n.t('No model definition can say what {0} is: {1}', fileName(model), definitions.refused));
    return undefined;
  }
  const kind = wanted === 'search' || wanted === 'fixed' ? wanted : await askKind(fileName(model));
  const uri = kind && await definitionBeside(model);
  if (!uri) return undefined;
  const weights = weightsOf(uri);
  await writeWhole(weights, definitions.weights);
  await writeWhole(uri, new TextEncoder().encode(withInitialWeights(definitions[kind], fileName(weights))));
  await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Beside, preview: false });
  return uri;
}

/** The .tflite in the active editor. */
function shownNetwork(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputCustom && input.viewType === NETWORK_EDITOR ? input.uri : undefined;
}

async function modelOf(called: unknown): Promise<vscode.Uri | undefined> {
  if (called instanceof vscode.Uri) return called;
  if (typeof called === 'string') return vscode.Uri.parse(called, true);
  return shownNetwork() ?? (await vscode.window.showOpenDialog({ title: vscode.l10n.t('Import Model'), filters: { [vscode.l10n.t('TensorFlow Lite')]: ['tflite'] } }))?.[0];
}

async function askKind(file: string): Promise<Kind | undefined> {
  const items: readonly (vscode.QuickPickItem & { readonly definition: Kind })[] = [
    { label: vscode.l10n.t('With a search space'), detail: vscode.l10n.t('Width, bits and sparsity of each layer are choices; the network itself is the largest one'), definition: 'search' },
    { label: vscode.l10n.t('As it is'), detail: vscode.l10n.t('One architecture, nothing to search'), definition: 'fixed' },
  ];
  return (await pick(items, { title: vscode.l10n.t('Definition of {0}', file) }))?.definition;
}

/** The file beside a definition that its search starts from. */
const weightsOf = (definition: vscode.Uri): vscode.Uri => vscode.Uri.joinPath(definition, '..', weightsName(fileName(definition)));

/** What is there already of a definition and its weights. */
async function present(definition: vscode.Uri): Promise<vscode.Uri | undefined> {
  if (await exists(definition)) return definition;
  return await exists(weightsOf(definition)) ? weightsOf(definition) : undefined;
}

/** A name for the definition beside the model. One that exists may hold the user's changes: they decide. */
async function definitionBeside(model: vscode.Uri): Promise<vscode.Uri | undefined> {
  const name = networkName(fileName(model));
  const beside = (end: string): vscode.Uri => vscode.Uri.joinPath(model, '..', `${name}${end}.udc.yaml`);
  const first = beside('');
  const there = await present(first);
  if (!there) return first;
  const replace = vscode.l10n.t('Replace');
  const keep = vscode.l10n.t('Keep Both');
  const answer = await say.warning(vscode.l10n.t('{0} exists already and may hold your changes.', fileName(there)), { modal: true }, replace, keep);
  if (answer === keep) return freeName(beside);
  if (answer !== replace) return undefined;
  const unsaved = vscode.workspace.textDocuments.some(({ uri, isDirty }) => isDirty && uri.toString() === first.toString());
  if (unsaved) throw new Error(vscode.l10n.t('{0} has unsaved changes: save or revert them first.', fileName(first)));
  return first;
}

async function freeName(beside: (end: string) => vscode.Uri): Promise<vscode.Uri> {
  for (let number = 2; ; number += 1) {
    const uri = beside(`-${number}`);
    if (!await present(uri)) return uri;
  }
}
