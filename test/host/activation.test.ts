/** The extension starts, quickly and without noise, and contributes what its manifest says. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/editor/contributions.ts';
import { activated, answering, eventually, EXTENSION_ID, openDefinition } from './support.ts';

describe('activation', () => {
  // First of all suites: nothing has asked for a definition yet.
  it('happens when a YAML file is opened, and loads what understands definitions only with the first of them', async () => {
    await openDefinition('name: none of ours\n', 'other.yaml');
    const { definitions } = await activated();
    assert.equal(vscode.extensions.getExtension(EXTENSION_ID)?.isActive, true);
    assert.equal(definitions.isLoaded, false);
    await openDefinition();
    await eventually('the features of definitions', () => definitions.isLoaded);
  });

  it('registers every command', async () => {
    await activated();
    const known = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      Object.values(COMMANDS)
        .map(({ id }) => id)
        .filter((id) => !known.has(id)),
      [],
    );
  });

  it('shows nothing but the log when nothing happened', async () => {
    const { view, statusBar } = await activated();
    assert.deepEqual(
      (await view.getChildren())
        .map((item) => view.getTreeItem(item).contextValue)
        .filter((value) => value?.includes('running')),
      [],
    );
    assert.equal(statusBar.item.text, '');
    await vscode.commands.executeCommand(COMMANDS.showLog.id);
  });

  it('brings no tensor library into the extension host', () => {
    const bundle = path.join(vscode.extensions.getExtension(EXTENSION_ID)!.extensionPath, 'dist/extension.cjs');
    assert.doesNotMatch(fs.readFileSync(bundle, 'utf8'), /XNNPACK|tfjs-core/);
  });
});

describe('New Model Definition', () => {
  it('writes the sample under the name that was given, and opens it', async () => {
    const folder = vscode.Uri.file(path.dirname((await openDefinition()).fileName));
    const asked = await answering({ showInputBox: () => 'mine.udc.yaml' }, () =>
      vscode.commands.executeCommand(COMMANDS.newModelDefinition.id, folder),
    );
    const options = asked[0]?.first as vscode.InputBoxOptions;
    assert.equal(options.value, 'model.udc.yaml');
    assert.match(String(await options.validateInput?.('model.yaml')), /must end in \.udc\.yaml/);
    assert.match(String(await options.validateInput?.('mine.udc.yaml')), /exists already/);
    assert.equal(await options.validateInput?.('other.udc.yaml'), undefined);
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document && path.basename(document.fileName), 'mine.udc.yaml');
    const { documents } = await (await activated()).definitions.load();
    const { parsed, sizes } = documents.get(document!);
    assert.deepEqual(parsed.diagnostics, []);
    assert.ok(sizes && sizes.network.decisions.length > 0, 'the sample has choices');
    assert.equal(parsed.definition?.dataset?.format, 'generated', 'the sample needs no download');
  });

  it('writes nothing when the question is dismissed', async () => {
    const folder = path.dirname((await openDefinition()).fileName);
    await answering({}, () => vscode.commands.executeCommand(COMMANDS.newModelDefinition.id, vscode.Uri.file(folder)));
    assert.deepEqual(
      fs.readdirSync(folder).filter((name) => name.startsWith('model')),
      [],
    );
  });
});
