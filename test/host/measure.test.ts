/** "Measure" and "Compare Devices": what is asked, the report on its page, its files, and a reload. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS, DEVICES_PANEL } from '../../src/editor/contributions.ts';
import type { ExtensionApi } from '../../src/extension.ts';
import { readMeasurements } from '../../src/runs/folder/read-measurements.ts';
import type { MeasuredMessage } from '../../src/wire/measure-messages.ts';
import { activated, answering, eventually, openDefinition, SMALL, temporaryFolder, type Asked } from './support.ts';

/** Two that need nothing but this extension. */
const DEVICES = ['estimate/ethos-u55-128', 'estimate/ethos-u65-256'];

type Item = vscode.QuickPickItem & { readonly device?: string };

describe('measuring', function () {
  this.timeout(240_000);
  let api: ExtensionApi;
  before(async () => {
    api = await activated();
  });
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  /** Runs a command, ticking the devices above. */
  async function ticking(
    command: string,
    ...args: readonly unknown[]
  ): Promise<{ readonly asked: readonly Asked[]; readonly id: string | undefined }> {
    let id: string | undefined;
    const asked = await answering(
      { showQuickPick: (items) => (items as readonly Item[]).filter(({ device }) => DEVICES.includes(device ?? '')) },
      async () => {
        id = await vscode.commands.executeCommand<string>(command, ...args);
      },
    );
    return { asked, id };
  }

  it('asks on which devices, names those that are not there with their reason, and shows the report', async () => {
    const document = await openDefinition();
    const told: MeasuredMessage[] = [];
    const listening = api.measured.onDidPost((message) => told.push(message));
    const { asked, id } = await ticking(COMMANDS.measure.id, document.uri);
    assert.deepEqual(
      asked.map(({ args }) => (args[1] as vscode.QuickPickOptions).title),
      ['Measure on which devices?'],
    );
    const items = asked[0]!.first as readonly Item[];
    for (const one of items.filter(({ description }) => description === 'not there')) {
      assert.ok(one.detail, one.label);
      assert.equal(one.device, undefined);
    }
    assert.ok(items.some(({ label, kind }) => kind === vscode.QuickPickItemKind.Separator && /estimate/i.test(label)));
    const { report } = api.measured.shown!;
    assert.equal(api.measured.shown!.id, id);
    assert.deepEqual(
      report.networks.map(({ name, weights, cells }) => [name, weights, cells.map(({ mark }) => mark)]),
      [['small', 'random', ['estimated', 'estimated']]],
    );
    assert.equal(api.measured.title, 'UDC: small on 2 devices');
    await eventually('the report on the page', () => told.at(-1)?.id === id);
    listening.dispose();
    // Beside the definition, where its hovers look.
    const store = path.join(path.dirname(document.fileName), '.udc', 'measurements.ndjson');
    assert.equal((await readMeasurements(store)).length, 2);
  });

  it('compares devices on several files, and ticks the devices of before', async () => {
    const folder = temporaryFolder();
    const files = ['a', 'b', 'c'].map((name, i) => {
      const file = path.join(folder, `${name}.udc.yaml`);
      fs.writeFileSync(file, SMALL.replace('name: small', `name: ${name}`).replace('units: 6', `units: ${6 + i}`));
      return vscode.Uri.file(file);
    });
    const { asked } = await ticking(COMMANDS.compareDevices.id, files[0], files);
    const ticked = (asked[0]!.first as readonly Item[]).filter(({ picked }) => picked).map(({ device }) => device);
    assert.deepEqual(ticked, DEVICES);
    const { networks } = api.measured.shown!.report;
    assert.deepEqual(
      networks.map(({ name }) => name),
      ['a', 'b', 'c'],
    );
    assert.equal(api.measured.title, 'UDC: 3 networks on 2 devices');
  });

  it('writes the report that it shows, measures it again, and shows it after a reload', async () => {
    const document = await openDefinition();
    const { id } = await ticking(COMMANDS.measure.id, document.uri);
    const folder = temporaryFolder();
    for (const [format, pattern] of [
      ['html', /<h1>Networks on devices<\/h1>/],
      ['csv', /^network,weights,when,machine,runtime/],
    ] as const) {
      const file = path.join(folder, `m.${format}`);
      await answering({ showSaveDialog: () => vscode.Uri.file(file) }, () =>
        api.measured.receive({ type: 'measureSave', format }),
      );
      assert.match(fs.readFileSync(file, 'utf8'), pattern);
    }
    assert.deepEqual(await answering({}, () => api.measured.receive({ type: 'measureAgain' })), []);
    const again = api.measured.shown!;
    assert.notEqual(again.id, id);
    assert.equal(again.report.columns.length, 2);

    const restored = async (kept: string): Promise<boolean> => {
      const panel = vscode.window.createWebviewPanel(DEVICES_PANEL, '', vscode.ViewColumn.Active);
      let closed = false;
      panel.onDidDispose(() => {
        closed = true;
      });
      await api.measured.deserializeWebviewPanel(panel, { id: kept, oneScale: true });
      return !closed;
    };
    assert.equal(await restored(again.id), true);
    assert.deepEqual(api.measured.shown, again);
    assert.equal(api.measured.title, 'UDC: small on 2 devices');
  });

  it('says what is wrong with what it is given', async () => {
    const wrong = await openDefinition(SMALL.replace('op: dense', 'op: dens'));
    const { asked } = await ticking(COMMANDS.measure.id, wrong.uri);
    assert.match(String(asked.at(-1)!.first), /UDC: Measure failed: .*small\.udc\.yaml:15:.*dens/);
    const none = await answering({ showQuickPick: () => [] }, () =>
      vscode.commands.executeCommand(COMMANDS.measure.id, wrong.uri),
    );
    assert.match(String(none.at(-1)!.first), /Tick one device or more/);
  });
});
