/** A .tflite in the editor: its table, the definition made of it, and what cannot be read. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as flatbuffers from 'flatbuffers';
import * as vscode from 'vscode';
import { COMMANDS, NETWORK_EDITOR } from '../../src/editor/contributions.ts';
import { exportInput } from '../../src/reports/export-input.ts';
import { networkReport } from '../../src/formats/network/network-report.ts';
import { networkTable } from '../../src/formats/network/network-table.ts';
import { BuiltinOperator, Model } from '../../src/formats/tflite/tflite-schema.generated.ts';
import { writeTflite } from '../../src/formats/tflite/write-tflite.ts';
import { quantise } from '../../src/integer/quantise-network.ts';
import type { ExtensionApi } from '../../src/extension.ts';
import { findTarget } from '../../src/targets/find-target.ts';
import { formatBytes } from '../../src/text/format.ts';
import { escapeHtml } from '../../src/text/neutral.ts';
import { exampleRun } from '../unit/formats/run.ts';
import { NETWORKS } from '../unit/integer/networks.ts';
import { activated, answering, eventually, hoverText, positionOf, temporaryFolder, type Asked } from './support.ts';

const network = exportInput(exampleRun((decision) => decision)).network!.integer;
const bytes = writeTflite(network, { description: 'a test' });

function modelIn(folder: string, content: Uint8Array = bytes): vscode.Uri {
  const file = path.join(folder, 'small.tflite');
  fs.writeFileSync(file, content);
  return vscode.Uri.file(file);
}

/** The file with an operator in the place of its first that nothing here reads. */
function withUnknownOperator(): Uint8Array {
  const changed = bytes.slice();
  const code = Model.getRootAsModel(new flatbuffers.ByteBuffer(changed)).operatorCodes(0)!;
  code.bb!.writeInt32(code.bb_pos + code.bb!.__offset(code.bb_pos, 10), BuiltinOperator.TRANSPOSE_CONV);
  return changed;
}

const textOf = (uri: vscode.Uri): string => fs.readFileSync(uri.fsPath, 'utf8');

describe('Import Model', () => {
  let api: ExtensionApi;
  const pages: { readonly uri: vscode.Uri; readonly html: string }[] = [];
  before(async () => {
    api = await activated();
    api.networkEditor.onDidDraw((page) => {
      pages.push(page);
    });
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  const importing = async (
    uri: vscode.Uri,
    kind?: 'search' | 'fixed',
    answers: Parameters<typeof answering>[0] = {},
  ): Promise<{ readonly made: vscode.Uri | undefined; readonly asked: readonly Asked[] }> => {
    let made: vscode.Uri | undefined;
    const asked = await answering(answers, async () => {
      made = await vscode.commands.executeCommand<vscode.Uri | undefined>(COMMANDS.importModel.id, uri, kind);
    });
    return { made, asked };
  };
  const pageOf = (uri: vscode.Uri): Promise<string> =>
    eventually('the page', () => pages.findLast((page) => page.uri.toString() === uri.toString())?.html);

  it('opens the table that udc check prints', async () => {
    const uri = modelIn(temporaryFolder());
    await vscode.commands.executeCommand('vscode.open', uri);
    const html = await pageOf(uri);
    const { rows, total, lines } = networkTable(networkReport(network, findTarget('ethos-u55-128')));
    const shown = [...html.matchAll(/<tr[^>]*>(.*?)<\/tr>/g)].map(([, row]) =>
      [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) => cell),
    );
    // The bars beside the bytes are pictures.
    const texts = shown.slice(1).map((row) => row.map((cell) => cell!.replace(/<svg.*?<\/svg> /, '')));
    assert.deepEqual(
      texts,
      [...rows, total].map((row) => row.map(escapeHtml)),
    );
    assert.equal(
      [...html.matchAll(/<svg class="bar"/g)].length,
      rows.filter((row) => /[1-9].* B$/.test(row[2]!)).length,
    );
    for (const line of lines) assert.ok(html.includes(escapeHtml(line)), line);
    assert.doesNotMatch(html, /<script/);
    assert.equal([...html.matchAll(/href="command:udc\.importModel\?/g)].length, 2);
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputCustom && input.viewType === NETWORK_EDITOR);
  });

  it('sorts by a column, turns round, goes back, shows another target, and leads to the costliest layer', async () => {
    const uri = modelIn(temporaryFolder());
    await vscode.commands.executeCommand('vscode.open', uri);
    const report = networkReport(network, findTarget('ethos-u55-128'));
    const names = (html: string): string[] =>
      [...html.matchAll(/<tr id="layer-\d+"><th scope="row">(.*?)<\/th>/g)].map(([, name]) => name!);
    const bytesOf = (name: string): number => report.rows.find((row) => row.name === name)!.bytes.totalBytes;
    const first = await pageOf(uri);
    const inFile = names(first);
    const next = async (command: string, ...args: unknown[]): Promise<string> => {
      const before = await pageOf(uri);
      await vscode.commands.executeCommand(command, uri.toString(), ...args);
      return eventually('another page', async () => {
        const html = await pageOf(uri);
        return html !== before && html;
      });
    };
    const descending = names(await next('udc.network.sort', 2)).map(bytesOf);
    assert.deepEqual(
      descending,
      [...descending].sort((a, b) => b - a),
    );
    assert.deepEqual(
      names(await next('udc.network.sort', 2)).map(bytesOf),
      [...descending].reverse().sort((a, b) => a - b),
    );
    assert.deepEqual(names(await next('udc.network.sort', 2)), inFile);
    const anchor = /Most of it: <a href="#(layer-\d+)">(.*?)<\/a>/.exec(first)!;
    assert.equal(bytesOf(anchor[2]!), Math.max(...report.rows.map(({ bytes: { totalBytes } }) => totalBytes)));
    assert.ok(first.includes(`<tr id="${anchor[1]!}"><th scope="row">${anchor[2]!}</th>`));
    let other = '';
    await answering(
      {
        showQuickPick: (items) =>
          (items as readonly { label: string }[]).find(({ label }) => label === 'ethos-u65-512'),
      },
      async () => {
        other = await next('udc.network.chooseTarget');
      },
    );
    const { total } = networkTable(networkReport(network, findTarget('ethos-u65-512')));
    assert.ok(other.includes('On ethos-u65-512') && other.includes(escapeHtml(total[2]!)));
  });

  it('draws the table again when the file changes', async () => {
    const uri = modelIn(temporaryFolder());
    await vscode.commands.executeCommand('vscode.open', uri);
    const before = await pageOf(uri);
    const another = writeTflite(quantise(NETWORKS['separable']!()), { description: 'another' });
    // Again and again: VS Code watches a moment after it was asked to.
    const after = await eventually('another page', async () => {
      modelIn(path.dirname(uri.fsPath), another);
      const html = await pageOf(uri);
      return html !== before && html;
    });
    assert.match(after, />4x4x6</);
  });

  it('writes a definition with a search space beside it, with hovers', async () => {
    const uri = modelIn(temporaryFolder());
    // The network with a search space, then NumPy arrays, in a folder beside it.
    const data = vscode.Uri.joinPath(uri, '..', 'my data');
    const { made } = await importing(uri, undefined, {
      showQuickPick: (items) => (items as readonly unknown[])[0],
      showOpenDialog: () => [data],
    });
    assert.equal(made?.fsPath, path.join(path.dirname(uri.fsPath), 'small.udc.yaml'));
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.uri.toString(), made.toString());
    const { parsed, sizes } = (await api.definitions.load()).documents.get(document);
    assert.deepEqual(
      parsed.diagnostics.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.ok(sizes && sizes.network.architectures > 1n);
    assert.equal(parsed.definition?.training.initialWeights, 'small.safetensors');
    assert.deepEqual([parsed.definition?.dataset?.format, parsed.definition?.dataset?.path], ['npy', 'my data']);
    assert.deepEqual(
      vscode.languages.getDiagnostics(made).map(({ message }) => message),
      [],
    );
    const hover = (): Promise<string> =>
      hoverText(document, positionOf(document, `name: ${network.architecture.operations[0]!.layerName}`, 7));
    assert.match(await hover(), /\| Shape out \|/);
    const [first] = networkReport(network, findTarget('ethos-u55-128')).rows;
    const found = await eventually(
      'the imported layer',
      async () => /In small\.safetensors: .*/.exec(await hover())?.[0],
    );
    assert.ok(found.endsWith(`**${formatBytes(first!.bytes.totalBytes)}**, exact.`), found);
  });

  it('writes the network as it is, with the sizes of an architecture', async () => {
    const { made } = await importing(modelIn(temporaryFolder()), 'fixed');
    const document = await vscode.workspace.openTextDocument(made!);
    const { sizes } = (await api.definitions.load()).documents.get(document);
    assert.equal(sizes?.isArchitecture, true);
    const { rows, totals } = networkReport(network, findTarget('ethos-u55-128'));
    const lens = await eventually('an exact lens', async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        document.uri,
        1,
      );
      return lenses
        .map(({ command }) => command?.title)
        .find((title) => title?.includes('1 architecture') && !title.includes('≈'));
    });
    assert.ok(lens.includes(formatBytes(totals.bytes.totalBytes)), lens);
    const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
      'vscode.executeInlayHintProvider',
      document.uri,
      new vscode.Range(0, 0, document.lineCount, 0),
    );
    assert.deepEqual(
      hints.map(({ label }) => String(label)),
      rows.filter(({ bytes }) => bytes.totalBytes > 0).map(({ bytes }) => formatBytes(bytes.totalBytes)),
    );
    for (const [index, { bytes }] of rows.entries()) {
      if (bytes.totalBytes === 0) continue;
      const hover = await hoverText(
        document,
        positionOf(document, `name: ${sizes!.network.layers[index]!.spec.name}`, 7),
      );
      assert.ok(hover.includes(`B bias and scale = ${formatBytes(bytes.totalBytes)}, exact`), hover);
    }
    // Another architecture than the file's is an estimate again.
    const edit = new vscode.WorkspaceEdit();
    edit.replace(
      document.uri,
      new vscode.Range(0, 0, document.lineCount, 0),
      document.getText().replace(/filters: \d+/, 'filters: 4'),
    );
    assert.ok(await vscode.workspace.applyEdit(edit));
    assert.match(
      await hoverText(document, positionOf(document, `name: ${sizes!.network.layers[0]!.spec.name}`, 7)),
      /≈/,
    );
    await document.save();
  });

  it('says where weights to start from are missing, and where they fit no layer', async () => {
    const { made } = await importing(modelIn(temporaryFolder()), 'fixed');
    const document = await vscode.workspace.openTextDocument(made!);
    const edit = async (from: RegExp, to: string): Promise<void> => {
      const change = new vscode.WorkspaceEdit();
      change.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), document.getText().replace(from, to));
      assert.ok(await vscode.workspace.applyEdit(change));
    };
    const told = (pattern: RegExp): Promise<vscode.Diagnostic> =>
      eventually(String(pattern), () =>
        vscode.languages.getDiagnostics(document.uri).find(({ message }) => pattern.test(message)),
      );
    await edit(/small\.safetensors/, 'gone.safetensors');
    const missing = await told(/gone\.safetensors: there is no such file/);
    assert.equal(document.getText(missing.range), 'gone.safetensors');
    await edit(/gone\.safetensors/, 'small.safetensors');
    const codes = (): unknown[] => vscode.languages.getDiagnostics(document.uri).map(({ code }) => code);
    await eventually('nothing but that there are no data', () => codes().join() === 'no-dataset');
    await edit(/filters: \d+/, 'filters: 4');
    assert.equal((await told(/takes the first 4 of the \d+ channels/)).severity, vscode.DiagnosticSeverity.Warning);
    await document.save();
  });

  it('does not start a search without data, and leaves no run of a search whose data are not there', async () => {
    const { made } = await importing(modelIn(temporaryFolder()), 'search');
    const runs = (): number => api.runs.all().length;
    const before = runs();
    const start = (): Thenable<string | undefined> =>
      vscode.commands.executeCommand<string | undefined>(COMMANDS.startSearch.id, made);
    const without = await answering({ showInputBox: () => '200 KiB' }, start);
    assert.match(
      String(without.find(({ prompt }) => prompt === 'showErrorMessage')?.first),
      /There is no `dataset`: this can be sized, but not searched/,
    );
    assert.equal(runs(), before);
    const document = await vscode.workspace.openTextDocument(made!);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(
      made!,
      document.positionAt(document.getText().indexOf('training:')),
      'dataset: { format: npy, path: nowhere }\n',
    );
    assert.ok(await vscode.workspace.applyEdit(edit));
    await document.save();
    const tabs = (): number => vscode.window.tabGroups.all.flatMap((group) => group.tabs).length;
    const tabsBefore = tabs();
    const asked = await answering({ showInputBox: () => '200 KiB' }, start);
    // Before anything is asked, made or opened.
    assert.deepEqual(
      asked.map(({ prompt }) => prompt),
      ['showErrorMessage'],
    );
    assert.match(String(asked[0]?.first), /small\.udc\.yaml, line \d+: .*nowhere: there is no such folder/);
    assert.deepEqual([runs(), tabs()], [before, tabsBefore]);
    assert.ok(!fs.existsSync(path.join(path.dirname(made!.fsPath), '.udc')));
    const told = await eventually('the diagnostic', () =>
      vscode.languages.getDiagnostics(made!).find(({ code }) => code === 'data'),
    );
    assert.equal(document.getText(told.range), 'nowhere');
    const change = new vscode.WorkspaceEdit();
    change.replace(made!, told.range, 'elsewhere');
    assert.ok(await vscode.workspace.applyEdit(change));
    await eventually(
      'no diagnostic of other data',
      () => !vscode.languages.getDiagnostics(made!).some(({ code }) => code === 'data'),
    );
    await document.save();
  });

  it('says that the target cannot run the network, and offers those that can, or the definition to adapt', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'pooled.tflite');
    fs.writeFileSync(file, writeTflite(quantise(NETWORKS['separable']!()), { description: 'strided' }));
    const importTo = (
      answers: Parameters<typeof answering>[0],
      made: { uri?: vscode.Uri | undefined },
    ): Promise<readonly Asked[]> =>
      answering(answers, async () => {
        made.uri = await vscode.commands.executeCommand<vscode.Uri | undefined>(
          COMMANDS.importModel.id,
          vscode.Uri.file(file),
          'fixed',
          'max78000',
        );
      });
    const none: { uri?: vscode.Uri | undefined } = {};
    const asked = await importTo({}, none);
    assert.match(String(asked[0]?.first), /max78000 cannot run pooled\.tflite/);
    assert.match(JSON.stringify(asked[0]?.args), /MAX78000.*Targets that run it: .*ethos-u55-128/);
    assert.deepEqual([none.uri, fs.readdirSync(folder)], [undefined, ['pooled.tflite']]);
    const other: { uri?: vscode.Uri | undefined } = {};
    await importTo(
      {
        showWarningMessage: (...args) => args[2],
        showQuickPick: (items) => (items as readonly { label: string }[]).find(({ label }) => label === 'ethos-u55-64'),
      },
      other,
    );
    assert.match(textOf(other.uri!), /npu: ethos-u55-64/);
    fs.rmSync(other.uri!.fsPath);
    fs.rmSync(path.join(folder, 'pooled.safetensors'));
    const anyway: { uri?: vscode.Uri | undefined } = {};
    await importTo({ showWarningMessage: (...args) => args[3] }, anyway);
    assert.match(textOf(anyway.uri!), /npu: max78000/);
  });

  it('asks before it replaces a definition, and can keep both', async () => {
    const folder = temporaryFolder();
    const uri = modelIn(folder);
    const there = vscode.Uri.file(path.join(folder, 'small.udc.yaml'));
    fs.writeFileSync(there.fsPath, 'mine');
    const dismissed = await importing(uri, 'fixed');
    assert.match(
      String(dismissed.asked.find(({ prompt }) => prompt === 'showWarningMessage')?.first),
      /small\.udc\.yaml exists already/,
    );
    assert.deepEqual([dismissed.made, textOf(there)], [undefined, 'mine']);
    const kept = await importing(uri, 'fixed', { showWarningMessage: (...args) => args[3] });
    assert.deepEqual([path.basename(kept.made!.fsPath), textOf(there)], ['small-2.udc.yaml', 'mine']);
    const replaced = await importing(uri, 'fixed', { showWarningMessage: (...args) => args[2] });
    assert.equal(replaced.made?.toString(), there.toString());
    assert.match(textOf(there), /^udc: 1\n/);
    assert.deepEqual(fs.readdirSync(folder).sort(), [
      'small-2.safetensors',
      'small-2.udc.yaml',
      'small.safetensors',
      'small.tflite',
      'small.udc.yaml',
    ]);
  });

  it('names what no definition can say, writes nothing, and sizes the rest', async () => {
    const uri = modelIn(temporaryFolder(), withUnknownOperator());
    const { made, asked } = await importing(uri, 'fixed');
    assert.equal(made, undefined);
    const told = asked.find(({ prompt }) => prompt === 'showWarningMessage');
    assert.match(String(told?.first), /No model definition can say what small\.tflite is: .*TRANSPOSE_CONV/);
    assert.deepEqual(fs.readdirSync(path.dirname(uri.fsPath)), ['small.tflite']);
    await vscode.commands.executeCommand('vscode.open', uri);
    const html = await pageOf(uri);
    assert.match(html, /class="problem">[^<]*TRANSPOSE_CONV/);
    assert.match(html, /of the \d+ layers of \d+ that could be sized/);
    assert.doesNotMatch(html, /href="command:udc\.importModel/);
  });
});
