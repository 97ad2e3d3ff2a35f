/** "Combine Runs…" in the editor: what is asked, the ensemble in the panel, and its files. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS, RESULTS_PANEL } from '../../src/editor/contributions.ts';
import type { RunRecord } from '../../src/editor/runs/run-record.ts';
import type { ExtensionApi } from '../../src/extension.ts';
import { ensembleReport } from '../../src/wire/ensemble.ts';
import { activated, answering, eventually, openDefinition, SMALL, temporaryFolder } from './support.ts';

const MINUTES = 60_000;

describe('combining runs', function () {
  this.timeout(6 * MINUTES);
  let api: ExtensionApi;
  const records: RunRecord[] = [];

  before(async () => {
    api = await activated();
    for (const budget of ['2 KiB', '1500 B']) {
      const document = await openDefinition(SMALL.replace('weights: 2 KiB', `weights: ${budget}`));
      const id = await vscode.commands.executeCommand<string>(COMMANDS.startSearch.id, document.uri);
      const record = await eventually(
        'the end of a run',
        () => api.runs.get(id)?.result && api.runs.get(id),
        4 * MINUTES,
      );
      records.push(record);
    }
  });

  it('asks which runs and which rule, and shows the ensemble', async () => {
    const titles: unknown[] = [];
    let id: string | undefined;
    await answering(
      {
        showQuickPick: (items, options) => {
          const { title, canPickMany } = options as vscode.QuickPickOptions;
          titles.push(title);
          const offered = items as readonly (vscode.QuickPickItem & { readonly record?: RunRecord })[];
          const own = offered.filter(({ record }) => records.some((one) => one.header.id === record?.header.id));
          return canPickMany ? own : offered.find(({ label }) => label === 'entropy');
        },
      },
      async () => {
        id = await vscode.commands.executeCommand<string>(COMMANDS.combineRuns.id);
      },
    );
    assert.deepEqual(titles, ['Combine which runs?', 'When is the ensemble sure?']);
    const shown = api.panel.shownEnsemble;
    assert.equal(shown?.id, id);
    assert.equal(shown?.report.decider.rule, 'entropy');
    assert.deepEqual(shown?.report.members.map(({ run }) => run).sort(), records.map(({ header }) => header.id).sort());
    // It is titled with its next message.
    await eventually('the title of the ensemble', () => /^UDC: ensemble of small/.test(api.panel.title ?? ''));
  });

  it('shows it again after a reload, and another panel does not', async () => {
    const shown = api.panel.shownEnsemble!;
    const sort = { column: 'order', descending: false };
    const restored = async (ensembleId: string): Promise<unknown> => {
      const panel = vscode.window.createWebviewPanel(RESULTS_PANEL, '', vscode.ViewColumn.Beside);
      await api.panel.deserializeWebviewPanel(panel, { runIds: [], tab: 'overview', sort, ensembleId });
      return api.panel.shownEnsemble;
    };
    assert.deepEqual(await restored(shown.id), shown);
    await eventually('its title', () => /^UDC: ensemble of small/.test(api.panel.title ?? ''));
    assert.equal(await restored('ensemble-0-0'), undefined);
    await api.panel.showEnsemble(shown);
  });

  it('writes the point that the panel shows into a new folder', async () => {
    const parent = temporaryFolder();
    const { id } = api.panel.shownEnsemble!;
    const into = async (): Promise<vscode.Uri | undefined> => {
      let written: vscode.Uri | undefined;
      await answering({ showOpenDialog: () => [vscode.Uri.file(parent)] }, async () => {
        written = await vscode.commands.executeCommand<vscode.Uri>(COMMANDS.exportEnsemble.id, id, 0);
      });
      return written;
    };
    const folder = (await into())!.fsPath;
    assert.equal(folder, path.join(parent, 'ensemble'));
    assert.equal((await into())!.fsPath, path.join(parent, 'ensemble-2'));
    assert.deepEqual(fs.readdirSync(folder).sort(), [
      ...['ensemble.c', 'ensemble.h', 'ensemble.html', 'ensemble.json', 'ensemble.py'],
      ...['member-1.h', 'member-1.tflite', 'member-2.h', 'member-2.tflite', 'members.c'],
    ]);
    assert.equal(ensembleReport(JSON.parse(fs.readFileSync(path.join(folder, 'ensemble.json'), 'utf8'))).chosen, 0);
    assert.match(fs.readFileSync(path.join(folder, 'ensemble.h'), 'utf8'), /#define UDC_ENSEMBLE_POINT 0\n/);
  });

  it('says why runs cannot be combined, and that the panel shows no ensemble', async () => {
    const asked = await answering({}, async () => {
      await api.panel.show([records[0]!.header.id]);
      await vscode.commands.executeCommand(COMMANDS.exportEnsemble.id);
    });
    assert.match(String(asked[0]!.first), /The panel shows no ensemble/);
  });
});
