/** "UDC: Preview Data" and the hover of `dataset:`: samples and counts, read in a thread, errors at their place. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS, DATA_PANEL } from '../../src/editor/contributions.ts';
import type { DataPreview } from '../../src/wire/data-preview.ts';
import type { PreviewHostMessage, PreviewStatus } from '../../src/wire/preview-messages.ts';
import { activated, eventually, hoverText, openDefinition, positionOf, SMALL, temporaryFolder } from './support.ts';

const FOLDER = SMALL.replace(
  '{ format: generated, generator: shapes, samples: 240, seed: 1 }',
  '{ format: npy, path: data }',
);

/** Shows the data of a document, and waits until the page was told all. */
async function shown(document: vscode.TextDocument): Promise<{ preview?: DataPreview; status: PreviewStatus }> {
  const { definitions } = await activated();
  const { previews } = await definitions.load();
  const told: PreviewHostMessage[] = [];
  const listening = previews.onDidPost((message) => told.push(message));
  try {
    await vscode.commands.executeCommand(COMMANDS.previewData.id, document.uri);
    const status = await eventually('the end of the look', () =>
      told.findLast((message) => message.type === 'previewStatus' && !message.busy && !message.checking),
    );
    const preview = told.findLast((message) => message.type === 'preview')?.preview;
    return { ...(preview && { preview }), status: status as PreviewStatus };
  } finally {
    listening.dispose();
  }
}

describe('Preview Data', () => {
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('opens a page with samples of each class, counts and preparation', async () => {
    const document = await openDefinition();
    const { preview, status } = await shown(document);
    assert.ok(preview);
    assert.equal(status.failed, false);
    assert.deepEqual(status.problems, []);
    assert.equal(preview.name, 'small');
    assert.deepEqual(
      preview.parts.map(({ count }) => count),
      [216, 24, 60],
    );
    assert.deepEqual(
      preview.groups.map(({ samples }) => samples.length),
      [4, 4, 4, 4, 4, 4],
    );
    const tab = vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .find(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(DATA_PANEL));
    assert.match(tab!.label, /small\.udc\.yaml$/);
  });

  it('shows others where the page asks for them', async () => {
    const { preview } = await shown(await openDefinition());
    const { definitions } = await activated();
    const { previews } = await definitions.load();
    const next = new Promise<DataPreview>((resolve) => {
      const listening = previews.onDidPost((message) => {
        if (message.type !== 'preview') return;
        listening.dispose();
        resolve(message.preview);
      });
    });
    await previews.receive({ type: 'previewAsk', request: { ...preview!.shown, seed: 5, part: 'test', samples: 2 } });
    const { shown: request, groups } = await next;
    assert.deepEqual(request, { part: 'test', samples: 2, seed: 5, from: 0 });
    assert.deepEqual(new Set(groups.map(({ samples }) => samples.length)), new Set([2]));
  });

  it('says what is wrong with the definition or its data, at its place, and leads there', async () => {
    const wrong = await openDefinition(SMALL.replace('op: dense', 'op: dens'));
    const { status } = await shown(wrong);
    assert.equal(status.failed, true);
    assert.equal(status.problems[0]!.line, 15);
    assert.match(status.problems[0]!.message, /dens/);
    const missing = await openDefinition(FOLDER);
    const looked = await shown(missing);
    assert.equal(looked.status.failed, true);
    const [problem] = looked.status.problems;
    assert.match(problem!.message, /data/);
    assert.equal(problem!.line, 6);
    const { definitions } = await activated();
    await (await definitions.load()).previews.receive({ type: 'previewReveal', ...problem });
    const editor = await eventually('the definition', () => {
      const active = vscode.window.activeTextEditor;
      return active?.document.uri.toString() === missing.uri.toString() && active;
    });
    assert.equal(editor.selection.active.line, 5);
  });

  it('looks again when the definition is saved', async () => {
    const document = await openDefinition(SMALL.replace('samples: 240', 'samples: 20'));
    await shown(document);
    const { definitions } = await activated();
    const { previews } = await definitions.load();
    let count = 0;
    const listening = previews.onDidPost((message) => {
      if (message.type === 'preview') count = message.preview.parts[0]!.count;
    });
    const edit = new vscode.WorkspaceEdit();
    const at = positionOf(document, 'samples: 20', 0);
    edit.replace(document.uri, new vscode.Range(at, at.translate(0, 11)), 'samples: 40');
    await vscode.workspace.applyEdit(edit);
    await document.save();
    await eventually('the other counts', () => count === 36);
    listening.dispose();
  });
});

describe('the page of a data preview after a reload', () => {
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  /** Restores the page as VS Code does, and waits for what the page is told at the end. */
  async function restored(state: unknown): Promise<{ preview?: DataPreview; status: PreviewStatus; label: string }> {
    const { definitions } = await activated();
    const { previews } = await definitions.load();
    const told: PreviewHostMessage[] = [];
    const listening = previews.onDidPost((message) => told.push(message));
    const panel = vscode.window.createWebviewPanel(DATA_PANEL, '', vscode.ViewColumn.Active);
    try {
      await previews.deserializeWebviewPanel(panel, state);
      const status = await eventually('the end of the look', () =>
        told.findLast((message) => message.type === 'previewStatus' && !message.busy && !message.checking),
      );
      const preview = told.findLast((message) => message.type === 'preview')?.preview;
      return { ...(preview && { preview }), status: status as PreviewStatus, label: panel.title };
    } finally {
      listening.dispose();
    }
  }

  it('shows what it showed, of a definition that nobody has opened yet', async () => {
    const { fsPath } = (await openDefinition()).uri;
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const request = { part: 'test', samples: 2, seed: 3, from: 0 };
    const document = vscode.Uri.file(fsPath).toString();
    const { preview, status, label } = await restored({ document, request, changed: false });
    assert.equal(status.failed, false);
    assert.equal(status.document, document);
    assert.deepEqual(preview!.shown, request);
    assert.match(label, /small\.udc\.yaml$/);
  });

  it('says where the definition is gone, and closes where nothing is known', async () => {
    const gone = vscode.Uri.file(path.join(temporaryFolder(), 'gone.udc.yaml')).toString();
    const { status, preview } = await restored({ document: gone, changed: true });
    assert.equal(preview, undefined);
    assert.deepEqual([status.failed, status.problems.length], [true, 1]);
    const { definitions } = await activated();
    const { previews } = await definitions.load();
    const panel = vscode.window.createWebviewPanel(DATA_PANEL, '', vscode.ViewColumn.Active);
    let closed = false;
    panel.onDidDispose(() => {
      closed = true;
    });
    await previews.deserializeWebviewPanel(panel, { an: 'older version' });
    await eventually('the end of the page', () => closed);
  });
});

describe('the hover of a data set', () => {
  it('counts samples by class and part, and leads to the page', async () => {
    const document = await openDefinition();
    const text = await eventually('the counts', async () => {
      const hover = await hoverText(document, positionOf(document, 'dataset'));
      return hover.includes('216') && hover;
    });
    assert.match(text, /216 training, 24 validation and 60 test samples\./);
    assert.match(text, /\| disc \| \d+ \| \d+ \| 10 \|/);
    assert.match(text, /\[\$\(eye\) Preview Data\]\(command:udc\.previewData\?/);
  });

  it('counts anew when the files have changed, and says why nothing can be counted', async () => {
    const document = await openDefinition(FOLDER);
    const hover = (): Promise<string> => hoverText(document, positionOf(document, 'path: data', 7));
    await eventually('that there is nothing', async () => /no such file or folder|there is no/.test(await hover()));
    const folder = path.join(path.dirname(document.fileName), 'data');
    fs.mkdirSync(folder);
    for (const part of ['train', 'test']) {
      fs.writeFileSync(path.join(folder, `x_${part}.npy`), npy('|u1', '30, 16, 16, 1', 30 * 256));
      fs.writeFileSync(path.join(folder, `y_${part}.npy`), npy('|u1', '30,', 30));
    }
    await eventually('counts', async () => (await hover()).includes('27 training, 3 validation and 30 test samples'));
  });
});

/** An array whose values count from 0 to 5 over and over. */
function npy(descr: string, shape: string, count: number): Buffer {
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const header = dictionary.padEnd(117) + '\n';
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  return Buffer.concat([
    start,
    Buffer.from(header, 'latin1'),
    Buffer.from(Array.from({ length: count }, (_, i) => i % 6)),
  ]);
}
