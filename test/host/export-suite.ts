/** Exporting a finished run from the editor: every format, folders, and what fails. Tests of the suite of a search. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/editor/contributions.ts';
import type { RunRecord } from '../../src/editor/runs/run-record.ts';
import { RunFolder } from '../../src/runs/folder/run-folder.ts';
import { mainNetwork } from '../fixtures/run-parts.ts';
import { answering, type Asked } from './support.ts';

/** By format, what such a file must hold for its readers to take it for one. */
const EXPORTED: Readonly<Record<string, RegExp>> = {
  json: /"certificate"/,
  csv: /^layer,operator,/,
  'csv-figures': /^figure,value\r?\nmetric,accuracy/,
  'csv-test': /^class,name,support,/,
  'csv-confusion': /^class,class_name,answer,/,
  'csv-worst': /^sample,class,/,
  markdown: /^# /m,
  html: /<!DOCTYPE html>/i,
  svg: /^<svg [^>]*xmlns=/,
  tflite: /^[^]{4}TFL3/,
  safetensors: /^[^]{8}\{"/,
  onnx: /QuantizeLinear/,
  'onnx-int4': /QuantizeLinear/,
  keras: /^(import|from) .*keras/m,
  pytorch: /^import torch/m,
  c: /#include <stdint\.h>/,
};

/** An item of the list of formats. */
interface Offered {
  readonly label: string;
  readonly format: { readonly id: string };
  readonly folder?: unknown;
}

/** @param made what was searched, and its finished run: asked for in each test */
export function exportSuite(made: () => { readonly document: vscode.TextDocument; readonly run: RunRecord }): void {
  it('exports every format that it offers, under a name that fits', async () => {
    const { document, run } = made();
    let offered: readonly Offered[] = [];
    await answering(
      {
        showQuickPick: (items) => {
          offered = items as typeof offered;
          return undefined;
        },
      },
      () => vscode.commands.executeCommand(COMMANDS.exportResults.id, run.header.id),
    );
    const files = offered.filter(({ folder }) => folder === undefined);
    assert.deepEqual(files.map(({ format }) => format.id).sort(), Object.keys(EXPORTED).sort());
    for (const item of files) {
      let suggested = '';
      const asked = await answering(
        {
          showQuickPick: (items) => (items as typeof offered).find(({ label }) => label === item.label),
          showSaveDialog: (options) => {
            const { defaultUri } = options as { readonly defaultUri: vscode.Uri };
            suggested = defaultUri.fsPath;
            return defaultUri;
          },
        },
        () => vscode.commands.executeCommand(COMMANDS.exportResults.id, run.header.id),
      );
      assert.deepEqual(
        asked.filter(({ prompt }) => prompt === 'showErrorMessage').map(({ first }) => first),
        [],
        item.label,
      );
      assert.equal(path.dirname(suggested), path.dirname(document.fileName));
      assert.match(fs.readFileSync(suggested, 'latin1'), EXPORTED[item.format.id]!, item.label);
    }
  });

  it('exports a C program into a folder of its own, and into another the next time', async () => {
    const { document, run } = made();
    const parent = path.join(path.dirname(document.fileName), 'c-programs');
    fs.mkdirSync(parent);
    const exported = (called: readonly unknown[]): PromiseLike<readonly Asked[]> =>
      answering(
        {
          showQuickPick: (items) => (items as readonly Offered[]).find(({ folder }) => folder !== undefined),
          showOpenDialog: () => [vscode.Uri.file(parent)],
        },
        () => vscode.commands.executeCommand(COMMANDS.exportResults.id, run.header.id, ...called),
      );
    const asked = [...(await exported([])), ...(await exported(['c/']))];
    assert.deepEqual(
      asked.filter(({ prompt }) => prompt === 'showErrorMessage').map(({ first }) => first),
      [],
    );
    const folders = fs.readdirSync(parent).sort();
    assert.equal(folders.length, 2);
    assert.equal(folders[1], `${folders[0]}-2`);
    for (const folder of folders) {
      const names = fs.readdirSync(path.join(parent, folder)).sort();
      const stem = names[1]!.replace(/\.h$/, '');
      assert.deepEqual(names, [`${stem}.c`, `${stem}.h`, `${stem}_test.c`]);
      const test = fs.readFileSync(path.join(parent, folder, names[2]!), 'utf8');
      assert.match(test, /^int main\(void\)/m);
      assert.ok(test.includes(`#include "${stem}.h"`));
    }
  });

  it('leaves a good file alone where an export fails, and says what is missing', async () => {
    const { document, run } = made();
    const file = path.join(path.dirname(document.fileName), 'good.tflite');
    fs.writeFileSync(file, 'good');
    const weights = new RunFolder(run.folder).weightsOf(mainNetwork(run.result!));
    fs.renameSync(weights, `${weights}.away`);
    try {
      const asked = await answering({ showSaveDialog: () => vscode.Uri.file(file) }, () =>
        vscode.commands.executeCommand(COMMANDS.exportResults.id, run.header.id, 'tflite'),
      );
      assert.match(
        String(asked.find(({ prompt }) => prompt === 'showErrorMessage')?.first),
        /Export Results failed: .*its folder has no weights\.safetensors/,
      );
    } finally {
      fs.renameSync(`${weights}.away`, weights);
    }
    assert.equal(fs.readFileSync(file, 'utf8'), 'good');
    assert.deepEqual(
      fs.readdirSync(path.dirname(file)).filter((name) => name.endsWith('.tmp')),
      [],
    );
  });
}
