/** Strategies in the editor: written in a definition, explained where they are written, and picked for one run. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/editor/contributions.ts';
import type { RunRecord } from '../../src/editor/runs/run-record.ts';
import type { ExtensionApi } from '../../src/extension.ts';
import { STRATEGIES } from '../../src/wire/strategies.ts';
import { formatNamedMeasured, integerMeasured } from '../../src/wire/tasks/metrics.ts';
import { activated, answering, eventually, hoverText, openDefinition, positionOf, SMALL } from './support.ts';
import { STRATEGY_NAMES } from '../../src/wire/strategies.ts';

const MINUTES = 60_000;

const searchedBy = (strategy: string): string => SMALL.replace('search: {', `search: { strategy: ${strategy},`);

describe('strategies', function () {
  this.timeout(4 * MINUTES);
  let api: ExtensionApi;
  before(async () => {
    api = await activated();
  });

  const ended = (id: string): Promise<RunRecord> =>
    eventually(
      'the end of the run',
      () => {
        const record = api.runs.get(id);
        return record && record.state !== 'running' && record.state !== 'queued' && record;
      },
      3 * MINUTES,
    );
  /** The strategy of a run that a command starts; the run is stopped. */
  const strategyOf = async (work: () => PromiseLike<string | undefined>): Promise<string> => {
    const id = await work();
    assert.ok(id, 'no run was started');
    await vscode.commands.executeCommand(COMMANDS.stopSearch.id, id);
    return (await ended(id)).header.strategy;
  };

  it('are offered, each with what it does and what it costs', async () => {
    const document = await openDefinition(searchedBy('udc'));
    const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      positionOf(document, 'strategy: ', 'strategy: '.length),
    );
    for (const { id, about, price } of STRATEGIES) {
      const item = items.find(({ label }) => label === id);
      const text = item?.documentation instanceof vscode.MarkdownString ? item.documentation.value : '';
      assert.ok(text.includes(about) && text.includes(price), `${id}: ${text}`);
    }
  });

  it('are explained on hover', async () => {
    const document = await openDefinition(searchedBy('random'));
    const text = await hoverText(document, positionOf(document, 'random', 2));
    for (const { id, about, price } of STRATEGIES) assert.ok(text.includes(`\`${id}\`: ${about} ${price}`), text);
  });

  it('search as the definition says, with several networks where they find several', async () => {
    const document = await openDefinition(searchedBy('uniform'));
    const id = await vscode.commands.executeCommand<string>(COMMANDS.startSearch.id, document.uri);
    const { header, result, failure } = await ended(id);
    assert.equal(header.strategy, 'uniform');
    assert.deepEqual(
      result?.networks.map(({ name }) => name).sort(),
      ['uniform 2-bit', 'uniform 4-bit', 'uniform 8-bit'],
      JSON.stringify(failure),
    );
  });

  it('say above an applied network how good that one is, not the best', async () => {
    const document = await openDefinition(searchedBy('uniform'));
    const id = await vscode.commands.executeCommand<string>(COMMANDS.startSearch.id, document.uri);
    const { result } = await ended(id);
    const last = result!.networks.at(-1)!;
    const answer = (items: unknown): vscode.QuickPickItem | undefined =>
      (items as readonly vscode.QuickPickItem[]).find(({ label }) => label === last.name);
    await answering({ showQuickPick: answer }, async () => {
      await vscode.commands.executeCommand(COMMANDS.applyArchitecture.id, id);
    });
    const [summary] = (
      await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', document.uri)
    ).filter(({ command }) => command?.title.startsWith('Found by a search'));
    const said = formatNamedMeasured(result!.metric, integerMeasured(last));
    assert.ok(summary?.command?.title.includes(said), `${summary?.command?.title}: ${said}`);
  });

  it('are picked for one run, the one of the definition first', async () => {
    const document = await openDefinition(searchedBy('random'));
    let offered: readonly vscode.QuickPickItem[] = [];
    const picking = (label: string | undefined): PromiseLike<string | undefined> => {
      let id: string | undefined;
      const answer = (items: unknown): vscode.QuickPickItem | undefined => {
        offered = items as readonly vscode.QuickPickItem[];
        return offered.find((item) => item.label === label);
      };
      return answering({ showQuickPick: answer }, async () => {
        id = await vscode.commands.executeCommand(COMMANDS.startSearchWith.id, document.uri);
      }).then(() => id);
    };
    assert.equal(await strategyOf(() => picking('Evolution')), 'evolution');
    assert.deepEqual(
      offered.map(({ label }) => label),
      ['Random', ...STRATEGIES.map(({ title }) => title).filter((title) => title !== 'Random')],
    );
    for (const { title, about, price } of STRATEGIES)
      assert.equal(offered.find(({ label }) => label === title)?.detail, `${about} ${price}`);
    const before = api.runs.all().length;
    assert.equal(await picking(undefined), undefined);
    assert.equal(api.runs.all().length, before, 'a dismissed pick starts nothing');
  });

  it('are named by an argument, and another name is refused with those that there are', async () => {
    const document = await openDefinition();
    const start = (named: string): PromiseLike<string | undefined> =>
      vscode.commands.executeCommand(COMMANDS.startSearch.id, document.uri, named);
    assert.equal(await strategyOf(() => start('evolution')), 'evolution');
    const asked = await answering({}, () => start('annealing'));
    assert.match(
      String(asked[0]?.first),
      new RegExp(`no strategy “annealing”; there are ${STRATEGY_NAMES.join(', ')}`),
    );
  });

  it('compress a network that is given: what it fixes becomes a choice, and the search keeps its operators', async () => {
    const fixed = SMALL.replace(/^search:.*\n/m, '')
      .replace('filters: 8 | 16, bits: 8', 'filters: 16, bits: 8')
      .replace('dsconv | conv', 'dsconv')
      .replace('filters: 8 | 16 | 24', 'filters: 24')
      .replace('dsconv | skip', 'dsconv');
    const document = await openDefinition(fixed);
    const start = (): PromiseLike<string | undefined> =>
      vscode.commands.executeCommand(COMMANDS.compressNetwork.id, document.uri, false);
    assert.equal(await strategyOf(start), 'reinforcement');
    const text = document.getText();
    assert.match(text, /name: stem, .*filters: 8 \| 16, bits: 2 \| 3 \| 4 \| 6 \| 8/);
    assert.match(text, /name: logits, op: dense, units: 6, bits: /, 'the output keeps its units');
    assert.match(text, /op: dsconv, .*sparsity: 0 \| 0\.5 \| 0\.75/);
  });
});
