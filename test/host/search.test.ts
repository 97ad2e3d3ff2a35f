/**
 * The life of a run in the editor: a real search by the real worker, stopped, killed, resumed, shown, applied,
 * exported, deleted.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS, RESULTS_PANEL } from '../../src/editor/contributions.ts';
import type { RunRecord } from '../../src/editor/runs/run-record.ts';
import type { ExtensionApi } from '../../src/extension.ts';
import { parseDefinition } from '../../src/language/yaml/parse-definition.ts';
import type { HostMessage } from '../../src/wire/panel-messages.ts';
import {
  activated,
  answering,
  caretOn,
  codeActions,
  eventually,
  hoverText,
  openDefinition,
  positionOf,
  SMALL,
  temporaryFolder,
  type Asked,
} from './support.ts';
import { exportSuite } from './export-suite.ts';
import { limitOn, weightLimit } from '../../src/wire/limits.ts';
import { mainNetwork } from '../fixtures/run-parts.ts';

const MINUTES = 60_000;

/** A search long enough to be stopped in the middle. */
const LONG = SMALL.replace(
  'warmup: 1, search: 2, sparsify: 1, settle: 1',
  'warmup: 2, search: 40, sparsify: 10, settle: 10',
).replace('name: small', 'name: long');

describe('a search', function () {
  this.timeout(4 * MINUTES);
  let api: ExtensionApi;
  before(async () => {
    api = await activated();
  });

  const start = async (document: vscode.TextDocument): Promise<string> => {
    const id = await vscode.commands.executeCommand<string | undefined>(COMMANDS.startSearch.id, document.uri);
    assert.ok(id, 'no run was started');
    return id;
  };
  const ended = (id: string): Promise<RunRecord> =>
    eventually(
      'the end of the run',
      () => {
        const record = api.runs.get(id);
        return record && record.state !== 'running' && record.state !== 'queued' && record;
      },
      3 * MINUTES,
    );
  const firstEpoch = (id: string): Promise<true> =>
    eventually('the first epoch', () => api.runs.get(id)?.events.some(({ type }) => type === 'epoch'), 2 * MINUTES);

  describe('from start to the applied architecture', () => {
    let document: vscode.TextDocument;
    let run: RunRecord;
    const posted: HostMessage[] = [];
    let toasts: readonly Asked[] = [];

    // The browser's VS Code saves by itself a second after an edit; these tests look at what is not saved.
    const autoSave = (value: string | undefined): Thenable<void> =>
      vscode.workspace.getConfiguration('files').update('autoSave', value, vscode.ConfigurationTarget.Global);
    after(() => autoSave(undefined));

    before(async () => {
      await autoSave('off');
      document = await openDefinition();
      const subscription = api.panel.onDidPost((message) => {
        posted.push(message);
      });
      // Open before the search, so that the page does not come up after a search of three seconds.
      await vscode.commands.executeCommand(COMMANDS.showResults.id);
      await eventually('the first snapshot', () => posted.some(({ type }) => type === 'snapshot'));
      toasts = await answering({}, async () => {
        const id = await start(document);
        await eventually('the turn of the search', () => api.runs.get(id)?.state === 'running');
        run = await ended(id);
      });
      await eventually('the last message to the panel', () =>
        posted.some(
          (message) =>
            message.type === 'runChanged' && message.summary.id === run.header.id && message.summary.state === 'done',
        ),
      );
      subscription.dispose();
    });

    it('ends within its budget, with a certificate', () => {
      assert.equal(
        run.state,
        'done',
        run.failure && `${run.failure.what} ${run.failure.why}\n${run.failure.log.join('\n')}`,
      );
      assert.ok(run.result);
      assert.equal(weightLimit(run.result.limits), 2048);
      const { certificate, totals } = mainNetwork(run.result);
      assert.ok(totals.totalBytes <= 2048);
      assert.equal(certificate.exactBytes, totals.totalBytes);
    });

    it('keeps a readable run folder beside the definition', () => {
      const files = fs.readdirSync(run.folder);
      for (const name of ['run.json', 'events.ndjson', 'result.json', 'weights.safetensors'])
        assert.ok(files.includes(name), name);
      assert.ok(run.folder.startsWith(path.join(path.dirname(document.fileName), '.udc', 'runs')));
    });

    it('tells the panel everything: a snapshot, then each event once and in order', () => {
      const first = posted.findIndex(({ type }) => type === 'snapshot');
      assert.ok(first >= 0, 'no snapshot');
      const last = posted.findLastIndex(({ type }) => type === 'snapshot');
      const shown = posted.slice(last).flatMap((message) => {
        if (message.type === 'snapshot')
          return message.shown.filter(({ summary }) => summary.id === run.header.id).flatMap(({ events }) => events);
        return message.type === 'events' && message.runId === run.header.id ? message.events : [];
      });
      assert.deepEqual(
        shown.map(({ seq }) => seq),
        run.events.map(({ seq }) => seq),
      );
    });

    it('says so once, with Open and Apply', () => {
      const done = toasts.filter(
        ({ prompt, first }) => prompt === 'showInformationMessage' && String(first).includes('is done'),
      );
      assert.equal(done.length, 1, JSON.stringify(toasts.map(({ first }) => first)));
      assert.deepEqual(done[0]?.args.slice(1), ['Open', 'Apply']);
    });

    it('is in the view, with metric and size', async () => {
      const item = (await api.view.getChildren())
        .map((entry) => api.view.getTreeItem(entry))
        .find(({ id }) => id === run.header.id);
      assert.equal(item?.label, 'small');
      assert.match(String(item.description), /% accuracy, .* of 2\u00a0KiB · UDC · /);
      assert.equal(item.contextValue, 'run:done');
    });

    it('is told by the hover of a layer, exactly', async () => {
      const layer = run.result?.networks[0].layers.find(({ name }) => name === 'stem');
      const text = await hoverText(document, positionOf(document, 'stem'));
      assert.ok(
        text.startsWith(`The last search of small decided: conv, ${layer?.output.join('×') ?? ''}, 8 bit`),
        text,
      );
      assert.match(text.split('\n')[0]!, /exact\.$/);
    });

    it('offers one layer and the whole as code actions that change decided values only', async () => {
      await vscode.window.showTextDocument(document);
      const at = positionOf(document, 'block');
      const [layer] = await codeActions(document, new vscode.Range(at, at), /^Apply what was found for block only/);
      assert.ok(layer?.edit, 'no action for the layer');
      assert.equal(layer.kind?.value, 'refactor.rewrite.udc');
      assert.ok(await vscode.workspace.applyEdit(layer.edit));
      const lines = document.getText().split('\n');
      const before = SMALL.split('\n');
      lines.forEach((line, i) => {
        if (!line.includes('name: block')) assert.equal(line, before[i]);
      });
      const block = parseDefinition(document.getText()).definition?.layers[1];
      assert.equal(block?.op.options.length, 1);
      assert.equal(block.filters?.options.length, 1);
      assert.ok(document.isDirty, 'an action must not save');
      await vscode.commands.executeCommand('undo');
      assert.equal(document.getText(), SMALL);
    });

    it('writes the architecture by the command, without saving, and takes it back by undo', async () => {
      const toast = 'Show Changes';
      await answering({ showInformationMessage: () => toast }, async () => {
        assert.equal(await vscode.commands.executeCommand(COMMANDS.applyArchitecture.id, run.header.id), true);
      });
      const before = await eventually('the changes', () =>
        vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'udc-before'),
      );
      assert.equal(before.getText(), SMALL);
      await vscode.window.showTextDocument(document);
      const parsed = parseDefinition(document.getText());
      assert.deepEqual(parsed.network?.decisions, []);
      assert.match(document.getText(), /# the first layer/);
      assert.ok(document.isDirty);
      assert.equal(fs.readFileSync(document.fileName, 'utf8'), SMALL);
    });

    it('then shows exact sizes, without "≈"', async () => {
      const layer = run.result?.networks[0].layers.find(({ name }) => name === 'stem');
      assert.ok(layer);
      const text = await hoverText(document, positionOf(document, 'stem'));
      assert.ok(text.includes(`**stem**: ${layer.totalBytes < 1024 ? `${layer.totalBytes}\u00a0B` : ''}`), text);
      assert.doesNotMatch(text.split('\n')[0]!, /≈/);
      const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
        'vscode.executeInlayHintProvider',
        document.uri,
        new vscode.Range(0, 0, document.lineCount, 0),
      );
      assert.ok(hints.length > 0 && hints.every(({ label }) => typeof label === 'string' && !label.includes('≈')));
      await vscode.commands.executeCommand('undo');
      assert.equal(document.getText(), SMALL);
    });

    it('refuses to apply to a definition that has changed, and says what changed', async () => {
      const edit = new vscode.WorkspaceEdit();
      edit.insert(
        document.uri,
        document.lineAt(document.lineCount - 1).range.end,
        '  - { name: late, op: dense, units: 3 }\n',
      );
      assert.ok(await vscode.workspace.applyEdit(edit));
      const asked = await answering({}, () =>
        vscode.commands.executeCommand(COMMANDS.applyArchitecture.id, run.header.id),
      );
      assert.match(String(asked.find(({ prompt }) => prompt === 'showErrorMessage')?.first), /late/);
      await vscode.commands.executeCommand('undo');
    });

    it('applies a layer by the command at the caret', async () => {
      await caretOn(document, 'block');
      assert.equal(await vscode.commands.executeCommand(COMMANDS.applyLayer.id, run.header.id), true);
      assert.equal(parseDefinition(document.getText()).definition?.layers[1]?.op.options.length, 1);
      await vscode.commands.executeCommand('undo');
    });

    exportSuite(() => ({ document, run }));

    it('restores the panel after a reload, with the runs it showed', async () => {
      const state = { runIds: [run.header.id], tab: 'layers', sort: { column: 'name', descending: false } };
      const snapshot = new Promise<HostMessage>((resolve) => {
        const subscription = api.panel.onDidPost((message) => {
          if (message.type !== 'snapshot') return;
          subscription.dispose();
          resolve(message);
        });
      });
      const panel = vscode.window.createWebviewPanel(RESULTS_PANEL, 'UDC Results', vscode.ViewColumn.Beside);
      await api.panel.deserializeWebviewPanel(panel, state);
      const message = await snapshot;
      assert.equal(message.type, 'snapshot');
      assert.deepEqual(
        message.shown.map(({ summary, result }) => [summary.id, result?.networks[0].totals.totalBytes]),
        [[run.header.id, run.result?.networks[0].totals.totalBytes]],
      );
      assert.match(panel.webview.html, /default-src &#39;none&#39;/);
      assert.doesNotMatch(panel.webview.html, /unsafe|small/);
    });

    it('is shown for the definition in the editor, in a tab of its name, and leads to layers beside the panel', async () => {
      const other = await openDefinition(SMALL.replace('name: small', 'name: another'), 'another.udc.yaml');
      await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One, preview: false });
      await vscode.commands.executeCommand(COMMANDS.showResults.id);
      await eventually('the panel with the run', () => api.panel.title === 'UDC: small');
      assert.deepEqual(api.panel.shownRuns, [run.header.id]);
      await vscode.window.showTextDocument(other, { viewColumn: api.panel.column!, preview: false });
      await vscode.commands.executeCommand(COMMANDS.showResults.id, run.header.id);
      await eventually('the panel in front', () => api.panel.column !== undefined);
      const shown = api.panel.column;
      await vscode.commands.executeCommand(COMMANDS.openDefinition.id, run.header.id, 'stem');
      const editor = vscode.window.activeTextEditor!;
      assert.equal(editor.document.uri.fsPath, document.uri.fsPath);
      assert.notEqual(editor.viewColumn, shown);
      assert.equal(api.panel.column, shown, 'the panel is still seen');
      assert.match(document.getText(editor.selection), /name: stem/);
    });

    it('is applied to the definition where that is seen, never over the panel', async () => {
      const shown = api.panel.column;
      assert.ok(shown !== undefined);
      // As after a click on the panel's button: its group is the active one.
      await vscode.commands.executeCommand(COMMANDS.showResults.id, run.header.id);
      await vscode.commands.executeCommand(
        shown === vscode.ViewColumn.One
          ? 'workbench.action.focusFirstEditorGroup'
          : 'workbench.action.focusSecondEditorGroup',
      );
      const tabs = (): number =>
        vscode.window.tabGroups.all
          .flatMap((group) => group.tabs)
          .filter(({ input }) => input instanceof vscode.TabInputText && input.uri.fsPath === document.uri.fsPath)
          .length;
      const before = tabs();
      await answering({}, () => vscode.commands.executeCommand(COMMANDS.applyArchitecture.id, run.header.id));
      assert.equal(api.panel.column, shown, 'the panel is still seen');
      assert.equal(tabs(), before, 'the definition stands in no second tab');
      await vscode.commands.executeCommand('undo');
    });

    it('is deleted after a question, and stays when the answer is no', async () => {
      const other = fs.cpSync(run.folder, `${run.folder}-copy`, { recursive: true });
      assert.equal(other, undefined);
      await vscode.commands.executeCommand(COMMANDS.refreshRuns.id);
      // A copied run is known by its folder.
      const copy = `${path.basename(run.folder)}-copy`;
      assert.ok(api.runs.get(copy), 'a run that appeared on disk is listed');
      await answering({}, () => vscode.commands.executeCommand(COMMANDS.deleteRun.id, copy));
      assert.ok(fs.existsSync(`${run.folder}-copy`));
      await answering({ showWarningMessage: () => 'Delete' }, () =>
        vscode.commands.executeCommand(COMMANDS.deleteRun.id, copy),
      );
      assert.ok(!fs.existsSync(`${run.folder}-copy`));
      assert.equal(api.runs.get(copy), undefined);
    });
  });

  it('stops with a checkpoint when asked, and goes on from it', async () => {
    const document = await openDefinition(LONG);
    const id = await start(document);
    await firstEpoch(id);
    await vscode.commands.executeCommand(COMMANDS.stopSearch.id, id);
    const stopped = await ended(id);
    assert.equal(stopped.state, 'cancelled');
    const epochs = stopped.events.filter(({ type }) => type === 'epoch').length;
    assert.ok(epochs >= 1);
    await vscode.commands.executeCommand(COMMANDS.resumeSearch.id, id);
    await eventually(
      'a further epoch',
      () => (api.runs.get(id)?.events.filter(({ type }) => type === 'epoch').length ?? 0) > epochs,
      MINUTES,
    );
    const numbers = api.runs.get(id)!.events.map(({ seq }) => seq);
    assert.deepEqual(
      numbers,
      numbers.map((_, i) => i),
    );
    await vscode.commands.executeCommand(COMMANDS.stopSearch.id, id);
    await ended(id);
  });

  it('says why its worker died and offers to resume', async () => {
    const document = await openDefinition(LONG);
    let id = '';
    let dead: RunRecord | undefined;
    const asked = await answering({}, async () => {
      id = await start(document);
      await firstEpoch(id);
      const pid = await api.runs.workerOf(id);
      assert.ok(pid);
      process.kill(pid, 'SIGKILL');
      dead = await ended(id);
    });
    assert.equal(dead?.state, 'interrupted');
    assert.match(`${dead.failure?.what} ${dead.failure?.why}`, /SIGKILL/);
    const toast = asked.find(({ prompt }) => prompt === 'showErrorMessage');
    assert.match(String(toast?.first), /SIGKILL/);
    assert.deepEqual(toast?.args.slice(1), ['Resume', 'Show Log']);
    await vscode.commands.executeCommand(COMMANDS.resumeSearch.id, id);
    await eventually(
      'the resumed run',
      () => api.runs.get(id)?.state === 'running' && api.runs.get(id)?.failure === undefined,
    );
    await vscode.commands.executeCommand(COMMANDS.stopSearch.id, id);
    await ended(id);
  });

  it('is not started for a definition with errors, nor for a budget that nothing fits', async () => {
    const before = api.runs.all().length;
    const broken = await openDefinition(SMALL.replace('op: dense', 'op: dens'));
    const asked = await answering({}, () => vscode.commands.executeCommand(COMMANDS.startSearch.id, broken.uri));
    assert.match(String(asked[0]?.first), /line 15: .*dens/);
    const tight = await openDefinition(SMALL.replace('2 KiB', '200 B'));
    const refused = await answering({}, () => vscode.commands.executeCommand(COMMANDS.startSearch.id, tight.uri));
    assert.match(
      String(refused[0]?.first),
      /small: The budget of 200\u00a0B for weights cannot be met: the smallest architecture needs/,
    );
    assert.equal(api.runs.all().length, before);
  });

  it('runs on the Node.js that a setting names, and says which setting is wrong', async () => {
    const settings = vscode.workspace.getConfiguration('udc');
    const document = await openDefinition(LONG);
    const before = api.runs.all().length;
    try {
      await settings.update('nodePath', '/no/such/node', vscode.ConfigurationTarget.Global);
      const asked = await answering({}, () => vscode.commands.executeCommand(COMMANDS.startSearch.id, document.uri));
      assert.match(
        String(asked.find(({ prompt }) => prompt === 'showErrorMessage')?.first),
        /The setting udc\.nodePath names \/no\/such\/node, which does not answer/,
      );
      assert.equal(api.runs.all().length, before);
      const link = path.join(temporaryFolder(), 'node');
      fs.symlinkSync(process.execPath, link);
      await settings.update('nodePath', link, vscode.ConfigurationTarget.Global);
      const id = await start(document);
      await firstEpoch(id);
      if (process.platform === 'linux')
        assert.ok(fs.readFileSync(`/proc/${(await api.runs.workerOf(id))!}/cmdline`, 'utf8').startsWith(link));
      await vscode.commands.executeCommand(COMMANDS.stopSearch.id, id);
      await ended(id);
    } finally {
      await settings.update('nodePath', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('asks for the budget when none is set, and takes no budget below the smallest architecture', async () => {
    const document = await openDefinition(SMALL.replace(', weights: 2 KiB', ''));
    let id: string | undefined;
    const asked = await answering({ showInputBox: () => '3 KiB' }, async () => {
      id = await vscode.commands.executeCommand<string>(COMMANDS.startSearch.id, document.uri);
    });
    const options = asked.find(({ prompt }) => prompt === 'showInputBox')?.first as vscode.InputBoxOptions;
    assert.match(String(await options.validateInput?.('10 B')), /smallest architecture needs/);
    assert.match(String(await options.validateInput?.('many')), /KiB/);
    assert.equal(await options.validateInput?.('3 KiB'), undefined);
    assert.ok(id);
    assert.equal(limitOn(api.runs.get(id)?.header.limits ?? [], 'weights'), 3072);
    await vscode.commands.executeCommand(COMMANDS.stopSearch.id, id);
    await ended(id);
  });
});
