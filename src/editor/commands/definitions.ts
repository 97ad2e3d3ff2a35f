/** Finding the model definition that a command is about, and making a new one. */
import * as vscode from 'vscode';
import { DEFINITION_PATTERNS, isDefinitionName } from '../../wire/definition-names.ts';
import { TEXT_SCHEMES } from '../contributions.ts';
import { pick, say } from '../say.ts';

/** Where the extension lies: its sample is what a new definition starts from. */
export interface SampleHolder {
  readonly extensionUri: vscode.Uri;
}

/** The folder of the sample that the extension ships. */
const SAMPLE_FOLDER = ['examples', 'quickstart'] as const;
const FIRST_NAME = 'model.udc.yaml';
const MOST_FOUND = 200;

const BESIDE: ReadonlySet<string> = new Set(Object.values(TEXT_SCHEMES));

/** Texts beside a definition, before an edit or as proposed, are none. */
export const isDefinition = ({ uri }: vscode.TextDocument): boolean =>
  isDefinitionName(uri.path) && !BESIDE.has(uri.scheme);

/** The definition in the active editor. */
export function activeDefinition(): vscode.TextDocument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document && isDefinition(document) ? document : undefined;
}

/**
 * The definition that a command means: the file it was called on, else the one in the active editor, else the only one
 * of the workspace, else the one that the user picks.
 * Undefined when the user picks none.
 */
export async function chooseDefinition(
  holder: SampleHolder,
  called: unknown,
): Promise<vscode.TextDocument | undefined> {
  if (called instanceof vscode.Uri) return vscode.workspace.openTextDocument(called);
  const active = activeDefinition();
  if (active) return active;
  const found = await findDefinitions();
  if (found.length === 0) {
    const create = vscode.l10n.t('New Model Definition');
    const answer = await say.information(
      vscode.l10n.t('There is no model definition (*.udc.yaml) in this workspace.'),
      create,
    );
    return answer === create ? newDefinition(holder) : undefined;
  }
  if (found.length === 1) return vscode.workspace.openTextDocument(found[0]!);
  const picked = await pick(
    found.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri })),
    { title: vscode.l10n.t('Which model definition?'), matchOnDescription: true },
  );
  return picked && vscode.workspace.openTextDocument(picked.uri);
}

/** The definitions of the workspace, by path. */
export async function findDefinitions(): Promise<readonly vscode.Uri[]> {
  const found = await vscode.workspace.findFiles(
    `{${DEFINITION_PATTERNS.join(',')}}`,
    '**/{node_modules,.udc,dist,out}/**',
    MOST_FOUND,
  );
  return [...found].sort((a, b) => a.path.localeCompare(b.path));
}

async function sampleText({ extensionUri }: SampleHolder): Promise<string> {
  const folder = vscode.Uri.joinPath(extensionUri, ...SAMPLE_FOLDER);
  const name = (await vscode.workspace.fs.readDirectory(folder)).map(([file]) => file).find(isDefinitionName);
  if (name === undefined) throw new Error(`The sample is missing from ${folder.fsPath}: reinstall the extension.`);
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, name)));
}

/** Writes the sample definition under a name that the user chooses and opens it; without a folder it opens unsaved. */
export async function newDefinition(holder: SampleHolder, called?: unknown): Promise<vscode.TextDocument | undefined> {
  const folder = await chooseFolder(called);
  if (!folder) {
    if ((vscode.workspace.workspaceFolders?.length ?? 0) > 1) return undefined;
    return show(await vscode.workspace.openTextDocument({ language: 'yaml', content: await sampleText(holder) }));
  }
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t('New Model Definition'),
    prompt: vscode.l10n.t('Name of the file. It starts as a sample that can be searched at once.'),
    value: await freeName(folder),
    valueSelection: [0, FIRST_NAME.indexOf('.')],
    validateInput: (value) => checkName(folder, value),
  });
  if (name === undefined) return undefined;
  const uri = vscode.Uri.joinPath(folder, name);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(await sampleText(holder)));
  return show(await vscode.workspace.openTextDocument(uri));
}

async function show(document: vscode.TextDocument): Promise<vscode.TextDocument> {
  await vscode.window.showTextDocument(document);
  return document;
}

async function chooseFolder(called: unknown): Promise<vscode.Uri | undefined> {
  if (called instanceof vscode.Uri) return called;
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length <= 1) return folders[0]?.uri;
  return (
    await vscode.window.showWorkspaceFolderPick({ placeHolder: vscode.l10n.t('Folder of the new model definition') })
  )?.uri;
}

export async function exists(uri: vscode.Uri): Promise<boolean> {
  return Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    () => true,
    () => false,
  );
}

async function freeName(folder: vscode.Uri): Promise<string> {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? FIRST_NAME : FIRST_NAME.replace('.', `-${number}.`);
    if (!(await exists(vscode.Uri.joinPath(folder, name)))) return name;
  }
}

async function checkName(folder: vscode.Uri, name: string): Promise<string | undefined> {
  if (!isDefinitionName(name)) return vscode.l10n.t('The name must end in .udc.yaml, for example {0}.', FIRST_NAME);
  if (/[\\:*?"<>|]/.test(name)) return vscode.l10n.t('The name has a character that file systems do not take.');
  return (await exists(vscode.Uri.joinPath(folder, name))) ? vscode.l10n.t('{0} exists already.', name) : undefined;
}
