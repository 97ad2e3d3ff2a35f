/**
 * What the suites inside the extension host share: the extension's API, definitions on disk, waiting, and answers to
 * prompts.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension.ts';
import { scratchFolder } from '../scratch.ts';

export const EXTENSION_ID = 'udc.udc-nas';

/** A search of a few seconds: tiny network, generated data, every kind of decision. */
export const SMALL = `# comments stay
udc: 1
name: small
task: classification
input: 16x16x1
dataset: { format: generated, generator: shapes, samples: 240, seed: 1 }
target: { npu: ethos-u55-128, weights: 2 KiB }
search: { bits: 2 | 4 | 8, sparsity: 0 | 0.5 }
training: { warmup: 1, search: 2, sparsify: 1, settle: 1, batch: 40, seed: 3 }
layers:
  - { name: stem,   op: conv, kernel: 3x3, stride: 2, filters: 8 | 16, bits: 8 }   # the first layer
  - { name: block,  op: dsconv | conv, kernel: 3x3, filters: 8 | 16 | 24 }
  - { name: extra,  op: dsconv | skip, kernel: 3x3, filters: 16, bits: 4 }
  - { name: pool,   op: global-average-pool }
  - { name: logits, op: dense, units: 6 }
`;

/** The extension, activated. */
export async function activated(): Promise<ExtensionApi> {
  const extension = vscode.extensions.getExtension<ExtensionApi>(EXTENSION_ID);
  assert.ok(extension, `${EXTENSION_ID} is not installed`);
  return extension.activate();
}

/** A new folder outside the workspace. */
export const temporaryFolder = (): string => scratchFolder('host');

/** Writes a definition into a folder of its own and opens it. */
export async function openDefinition(
  text = SMALL,
  name = 'small.udc.yaml',
  folder = temporaryFolder(),
): Promise<vscode.TextDocument> {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text);
  const document = await vscode.workspace.openTextDocument(file);
  await vscode.window.showTextDocument(document, { preview: false });
  return document;
}

/** The position of a text in a document, `into` characters after its start. */
export function positionOf(document: vscode.TextDocument, text: string, into = 1): vscode.Position {
  const offset = document.getText().indexOf(text);
  assert.ok(offset >= 0, `${text} is not in ${document.fileName}`);
  return document.positionAt(offset + into);
}

/** Puts the caret on a text. */
export async function caretOn(document: vscode.TextDocument, text: string, into = 1): Promise<void> {
  const position = positionOf(document, text, into);
  await vscode.window.showTextDocument(document, { preview: false, selection: new vscode.Range(position, position) });
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** Waits until `ask` gives something, or fails naming what it waited for. */
export async function eventually<T>(
  what: string,
  ask: () => T | undefined | false | PromiseLike<T | undefined | false>,
  milliseconds = 30_000,
): Promise<T> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`waited ${milliseconds / 1000} s for ${what}`);
    await pause(50);
  }
}

type Prompt =
  | 'showInputBox'
  | 'showQuickPick'
  | 'showSaveDialog'
  | 'showOpenDialog'
  | 'showInformationMessage'
  | 'showWarningMessage'
  | 'showErrorMessage';

export interface Asked {
  readonly prompt: Prompt;
  readonly first: unknown;
  readonly args: readonly unknown[];
}

/**
 * Answers the prompts of the extension while `work` runs; returns what was asked. A prompt without an answer is
 * dismissed.
 */
export async function answering(
  answers: Partial<Record<Prompt, (...args: readonly unknown[]) => unknown>>,
  work: () => PromiseLike<unknown>,
): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  const window = vscode.window as unknown as Record<Prompt, (...args: unknown[]) => PromiseLike<unknown>>;
  const prompts: readonly Prompt[] = [
    'showInputBox',
    'showQuickPick',
    'showSaveDialog',
    'showOpenDialog',
    'showInformationMessage',
    'showWarningMessage',
    'showErrorMessage',
  ];
  const before = prompts.map((prompt) => window[prompt]);
  for (const prompt of prompts) {
    window[prompt] = (...args) => {
      asked.push({ prompt, first: args[0], args });
      return Promise.resolve(answers[prompt]?.(...args));
    };
  }
  try {
    await work();
  } finally {
    prompts.forEach((prompt, i) => {
      window[prompt] = before[i]!;
    });
  }
  return asked;
}

/** All the Markdown of the hovers at a position. */
export async function hoverText(document: vscode.TextDocument, position: vscode.Position): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    position,
  );
  return hovers
    .flatMap(({ contents }) => contents.map((content) => (typeof content === 'string' ? content : content.value)))
    .join('\n\n');
}

/** The code actions at a place, by the part of the title that is given. */
export async function codeActions(
  document: vscode.TextDocument,
  range: vscode.Range,
  title: RegExp,
): Promise<readonly vscode.CodeAction[]> {
  const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
    'vscode.executeCodeActionProvider',
    document.uri,
    range,
  );
  return actions.filter((action) => title.test(action.title));
}
