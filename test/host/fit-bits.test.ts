/** "Fit Bits" where the network has weights: both rules are offered, and the one by sensitivity looks at them. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/editor/contributions.ts';
import type { ExtensionApi } from '../../src/extension.ts';
import { activated, answering, eventually, openDefinition } from './support.ts';

const MINUTES = 60_000;

const TRAINED = `udc: 1
name: trained
task: classification
input: 16x16x1
dataset: { format: generated, generator: shapes, samples: 240, seed: 1 }
target: { npu: ethos-u55-128, weights: 8 KiB }
training: { warmup: 1, search: 1, race: 1, sparsify: 1, settle: 1, batch: 40, seed: 3 }
layers:
  - { name: stem,   op: conv, kernel: 3x3, stride: 2, filters: 8, bits: 8 }
  - { name: body,   op: conv, kernel: 3x3, filters: 16, bits: 8 } # stays
  - { name: pool,   op: global-average-pool }
  - { name: logits, op: dense, units: 6, bits: 8 }
`;

describe('bits of a network that was trained', function () {
  this.timeout(6 * MINUTES);
  let api: ExtensionApi;
  let document: vscode.TextDocument;

  before(async () => {
    api = await activated();
    document = await openDefinition(TRAINED, 'trained.udc.yaml');
    const id = await vscode.commands.executeCommand<string>(COMMANDS.startSearch.id, document.uri);
    await eventually('the end of the run', () => api.runs.get(id)?.result, 4 * MINUTES);
    const edit = new vscode.WorkspaceEdit();
    const at = document.getText().indexOf('8 KiB');
    edit.replace(document.uri, new vscode.Range(document.positionAt(at), document.positionAt(at + 5)), '1000 B');
    assert.ok(await vscode.workspace.applyEdit(edit));
  });

  it('are proposed by memory or by sensitivity, as the user picks', async () => {
    for (const rule of ['By Memory Alone', 'By Sensitivity']) {
      const before = document.getText();
      const offered: string[] = [];
      const asked = await answering(
        {
          showQuickPick: (items) => {
            const list = items as readonly vscode.QuickPickItem[];
            offered.push(...list.map(({ label }) => label));
            return list.find(({ label }) => label === rule);
          },
        },
        async () => {
          assert.equal(await vscode.commands.executeCommand(COMMANDS.fitBits.id, document.uri), true);
        },
      );
      assert.deepEqual(offered, ['By Memory Alone', 'By Sensitivity']);
      assert.match(String(asked.at(-1)?.first), /^\d values? would change: ≈ .* of weights instead of /);
      const shown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      assert.ok(shown instanceof vscode.TabInputTextDiff);
      assert.equal(document.getText(), before);
      const proposed = await vscode.workspace.openTextDocument(shown.modified);
      assert.match(proposed.getText(), /name: body, {3}op: conv, kernel: 3x3, filters: 16, bits: [2-6] \} # stays/);
      await vscode.commands.executeCommand(COMMANDS.discardProposal.id, shown.modified);
    }
  });

  it('are not fitted where the user thinks better of it', async () => {
    await answering({}, async () => {
      assert.equal(await vscode.commands.executeCommand(COMMANDS.fitBits.id, document.uri), false);
    });
    assert.ok(!(vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff));
  });
});
