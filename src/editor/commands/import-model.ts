/** "Import Model": a network file as a table, and as a model definition beside it. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { weightsName, withDataset, withInitialWeights } from '../../formats/definition/start-settings.ts';
import { refusalLines } from '../../formats/definition/refusal.ts';
import type { ImportedNetwork, NetworkDefinitions } from '../../formats/import-network.ts';
import { networkName } from '../../formats/network-name.ts';
import { writeTogether } from '../../runs/files/write-together.ts';
import type { DatasetSpec } from '../../network/types.ts';
import { NETWORK_EDITOR } from '../contributions.ts';
import { fileName, type NetworkReader } from '../networks/network-reader.ts';
import { exists } from './definitions.ts';
import { EDITOR_FILES } from './write-whole.ts';
import { pick, say, whileWorking } from '../say.ts';

type Kind = 'fixed' | 'search';

/**
 * Carries out "Import Model". `called` is the file, or its address as a text; `wanted` how to define the network;
 * `target` for which chip. Of the
 * first two what is not given is asked for.
 * @returns the definition that was written, or undefined where the user chose to write none
 * @throws Error naming the operator, with index and layer, that cannot be read
 */
export async function importModel(
  { networks }: { readonly networks: NetworkReader },
  called: unknown,
  wanted: unknown,
  target?: unknown,
): Promise<vscode.Uri | undefined> {
  const model = await modelOf(called);
  if (!model) return undefined;
  const network = await reading(networks, model, typeof target === 'string' ? target : undefined);
  if (shownNetwork()?.toString() !== model.toString())
    await vscode.commands.executeCommand('vscode.openWith', model, NETWORK_EDITOR);
  if (!definitionsOf(model, network)) return undefined;
  const kind = wanted === 'search' || wanted === 'fixed' ? wanted : await askKind(fileName(model));
  const chosen = kind && (await runnable(networks, model, network, kind));
  const definitions = chosen && definitionsOf(model, chosen);
  if (!definitions) return undefined;
  const uri = await definitionBeside(model);
  if (!uri) return undefined;
  const data = await askData(uri);
  const weights = weightsOf(uri);
  const text = withInitialWeights(definitions[kind].text, fileName(weights));
  const definition = new TextEncoder().encode(data ? withDataset(text, data.format, data.path) : text);
  await writeTogether(
    [
      { file: weights, data: definitions.weights },
      { file: uri, data: definition },
    ],
    EDITOR_FILES,
  );
  await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Beside, preview: false });
  return uri;
}

/** The definitions that can be written; undefined where none can, and the user was told why. */
function definitionsOf(model: vscode.Uri, { definitions }: ImportedNetwork): NetworkDefinitions | undefined {
  if (!('refused' in definitions)) return definitions;
  void say.warning(vscode.l10n.t('No model definition can say what {0} is: {1}', fileName(model), definitions.refused));
  return undefined;
}

function reading(networks: NetworkReader, model: vscode.Uri, target: string | undefined): Thenable<ImportedNetwork> {
  return whileWorking(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('UDC: reading {0}', fileName(model)) },
    () => networks.read(model, target),
  );
}

/**
 * The network on a target that can run its definition. Where the one at hand cannot, the user chooses another, or to
 * have the definition all the
 * same, to adapt it by hand: its problems then stand at its layers. Undefined where they choose neither.
 */
async function runnable(
  networks: NetworkReader,
  model: vscode.Uri,
  network: ImportedNetwork,
  kind: Kind,
): Promise<ImportedNetwork | undefined> {
  if ('refused' in network.definitions) return network;
  const { problems, able } = network.definitions[kind];
  if (problems.length === 0) return network;
  const other = vscode.l10n.t('Choose Another Target…');
  const anyway = vscode.l10n.t('Write It to Adapt by Hand');
  const { reasons, remedy } = refusalLines(network.target, problems, able);
  const question = vscode.l10n.t(
    '{0} cannot run {1}: its definition would be one with errors.',
    network.target,
    fileName(model),
  );
  const detail = `${reasons.join('\n')}\n\n${remedy}.`;
  const answer = await say.warning(question, { modal: true, detail }, ...(able.length === 0 ? [] : [other]), anyway);
  if (answer === anyway) return network;
  if (answer !== other) return undefined;
  const target = (
    await pick(
      able.map((label) => ({ label })),
      { title: vscode.l10n.t('Targets that run {0}', fileName(model)) },
    )
  )?.label;
  return target === undefined ? undefined : reading(networks, model, target);
}

/** The network in the active editor. */
export function shownNetwork(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputCustom && input.viewType === NETWORK_EDITOR ? input.uri : undefined;
}

/** Is a command meant for a network file: by its argument, or by what the active editor shows? */
export function isNetworkFile(called: unknown): boolean {
  const uri = called instanceof vscode.Uri ? called : shownNetwork();
  return uri !== undefined && /\.(tflite|onnx)$/i.test(uri.path);
}

async function modelOf(called: unknown): Promise<vscode.Uri | undefined> {
  if (called instanceof vscode.Uri) return called;
  if (typeof called === 'string') return vscode.Uri.parse(called, true);
  return (
    shownNetwork() ??
    (
      await vscode.window.showOpenDialog({
        title: vscode.l10n.t('Import Model'),
        filters: { [vscode.l10n.t('TensorFlow Lite or ONNX')]: ['tflite', 'onnx'] },
      })
    )?.[0]
  );
}

async function askKind(file: string): Promise<Kind | undefined> {
  const items: readonly (vscode.QuickPickItem & { readonly definition: Kind })[] = [
    {
      label: vscode.l10n.t('With a search space'),
      detail: vscode.l10n.t(
        'Width, bits and sparsity of each layer are choices; the network itself is the largest one',
      ),
      definition: 'search',
    },
    {
      label: vscode.l10n.t('As it is'),
      detail: vscode.l10n.t('One architecture, nothing to search'),
      definition: 'fixed',
    },
  ];
  return (await pick(items, { title: vscode.l10n.t('Definition of {0}', file) }))?.definition;
}

interface Data {
  readonly format: DatasetSpec['format'];
  readonly path: string;
}

/**
 * The data that the network is to be trained on: a search cannot start without. Undefined where the user has none at
 * hand; the editor reminds of it.
 */
async function askData(definition: vscode.Uri): Promise<Data | undefined> {
  const items: readonly (vscode.QuickPickItem & { readonly format?: DatasetSpec['format'] })[] = [
    {
      label: vscode.l10n.t('NumPy arrays'),
      detail: vscode.l10n.t('A folder with x_train.npy, y_train.npy, x_test.npy, y_test.npy'),
      format: 'npy',
    },
    {
      label: vscode.l10n.t('IDX files'),
      detail: vscode.l10n.t('A folder with files as MNIST, Fashion-MNIST and EMNIST have them'),
      format: 'idx',
    },
    {
      label: vscode.l10n.t('CIFAR-10 binaries'),
      detail: vscode.l10n.t('A folder with data_batch_1.bin and so on'),
      format: 'cifar10',
    },
    {
      label: vscode.l10n.t('CIFAR-100 binaries'),
      detail: vscode.l10n.t('A folder with train.bin and test.bin'),
      format: 'cifar100',
    },
    {
      label: vscode.l10n.t('Later'),
      detail: vscode.l10n.t('The definition can be sized without data, but not searched'),
    },
  ];
  const format = (await pick(items, { title: vscode.l10n.t('Which data is the network to be trained on?') }))?.format;
  if (!format) return undefined;
  const folder = vscode.Uri.joinPath(definition, '..');
  const title = vscode.l10n.t('Folder of the data');
  const chosen = (
    await vscode.window.showOpenDialog({ title, canSelectFolders: true, canSelectFiles: false, defaultUri: folder })
  )?.[0];
  return chosen && { format, path: path.relative(folder.fsPath, chosen.fsPath).replaceAll('\\', '/') || '.' };
}

/** The file beside a definition that its search starts from. */
const weightsOf = (definition: vscode.Uri): vscode.Uri =>
  vscode.Uri.joinPath(definition, '..', weightsName(fileName(definition)));

/** What is there already of a definition and its weights. */
async function present(definition: vscode.Uri): Promise<vscode.Uri | undefined> {
  if (await exists(definition)) return definition;
  return (await exists(weightsOf(definition))) ? weightsOf(definition) : undefined;
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
  const answer = await say.warning(
    vscode.l10n.t('{0} exists already and may hold your changes.', fileName(there)),
    { modal: true },
    replace,
    keep,
  );
  if (answer === keep) return freeName(beside);
  if (answer !== replace) return undefined;
  const unsaved = vscode.workspace.textDocuments.some(
    ({ uri, isDirty }) => isDirty && uri.toString() === first.toString(),
  );
  if (unsaved) throw new Error(vscode.l10n.t('{0} has unsaved changes: save or revert them first.', fileName(first)));
  return first;
}

async function freeName(beside: (end: string) => vscode.Uri): Promise<vscode.Uri> {
  for (let number = 2; ; number += 1) {
    const uri = beside(`-${number}`);
    if (!(await present(uri))) return uri;
  }
}
