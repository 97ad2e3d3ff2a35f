/** "Specialise for a Budget" in the editor: what is asked, what is refused, the run that comes of it, and its apply. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/editor/contributions.ts';
import type { RunRecord } from '../../src/editor/runs/run-record.ts';
import type { ExtensionApi } from '../../src/extension.ts';
import { languageOf } from '../../src/language/language-table.ts';
import type { Definition } from '../../src/network/types.ts';
import { limitOn } from '../../src/wire/limits.ts';
import { activated, answering, eventually, openDefinition, SMALL } from './support.ts';

const MINUTES = 60_000;

const activeTarget = (document: vscode.TextDocument): Definition['target'] =>
  languageOf(document.uri.path).read(document.getText()).definition!.target;

describe('specialising', function () {
  this.timeout(6 * MINUTES);
  let api: ExtensionApi;
  let source: RunRecord;
  let document: vscode.TextDocument;

  const ended = (id: string): Promise<RunRecord> =>
    eventually(
      'the end of the run',
      () => {
        const record = api.runs.get(id);
        return record && record.state !== 'running' && record.state !== 'queued' && record;
      },
      5 * MINUTES,
    );

  before(async () => {
    api = await activated();
    document = await openDefinition(SMALL.replace('search: {', 'search: { strategy: once-for-all,'));
    const id = await vscode.commands.executeCommand<string>(COMMANDS.startSearch.id, document.uri);
    source = await ended(id);
    assert.ok(source.result?.offers, JSON.stringify(source.failure));
  });

  it('asks for chip, budget and tuning, says what is wrong with a budget, and makes a run within it', async () => {
    const asked: string[] = [];
    let refusal: unknown;
    let id: string | undefined;
    await answering(
      {
        showQuickPick: (items, options) => {
          const offered = items as readonly vscode.QuickPickItem[];
          asked.push(String((options as vscode.QuickPickOptions).title));
          return offered[0];
        },
        showInputBox: async (options) => {
          const { validateInput, title } = options as vscode.InputBoxOptions;
          asked.push(String(title));
          refusal = await validateInput?.('10 B');
          assert.match(String(await validateInput?.('much')), /bytes/);
          assert.equal(await validateInput?.('900 B'), undefined);
          return '900 B';
        },
      },
      async () => {
        id = await vscode.commands.executeCommand<string>(COMMANDS.specialise.id, source.header.id);
      },
    );
    assert.deepEqual(asked, ['Specialise for which chip?', 'Weight memory of the network', 'Tune the weights?']);
    assert.match(String(refusal), /smallest/i);
    const { header, result, failure } = await ended(id!);
    assert.ok(result, JSON.stringify(failure));
    assert.equal(header.from?.id, source.header.id);
    assert.equal(limitOn(header.limits, 'weights'), 900);
    assert.ok(result.networks[0].certificate.exactBytes <= 900);
  });

  it('applies an offer to the definition, with a budget that it is within', async () => {
    const list = source.result!.offers!.list;
    const before = activeTarget(document);
    assert.equal(
      await vscode.commands.executeCommand(COMMANDS.applyArchitecture.id, source.header.id, list.length - 1),
      true,
    );
    const text = document.getText();
    assert.ok(!/filters: \S+ \|/.test(text), text);
    const width = list.at(-1)!.layers[0]!.output[2];
    assert.match(text, new RegExp(`name: stem.*filters: ${width}[ ,]`));
    const { weights } = activeTarget(document);
    assert.ok(weights! >= list.at(-1)!.exactBytes, text);
    assert.equal(weights! > before.weights!, list.at(-1)!.exactBytes > before.weights!);
  });

  it('says what to do where a run keeps no such weights', async () => {
    const plain = await openDefinition(SMALL.replace('search: {', 'search: { strategy: uniform,'));
    const run = await ended(await vscode.commands.executeCommand<string>(COMMANDS.startSearch.id, plain.uri));
    let said = '';
    await answering(
      {
        showInformationMessage: (text) => {
          said = String(text);
          return undefined;
        },
      },
      () => vscode.commands.executeCommand(COMMANDS.specialise.id, run.header.id),
    );
    assert.match(said, /Once for all/);
  });
});
