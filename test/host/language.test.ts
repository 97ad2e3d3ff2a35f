/** Hovers, hints, lenses, diagnostics, completion and code actions on a definition, as the editor asks for them. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import {
  activated,
  answering,
  codeActions,
  eventually,
  hoverText,
  openDefinition,
  positionOf,
  SMALL,
  temporaryFolder,
} from './support.ts';
import { languageOf } from '../../src/language/language-table.ts';
import { networkHash } from '../../src/measure/network-hash.ts';
import { instantiate } from '../../src/network/architecture.ts';
import type { StoredMeasurement } from '../../src/wire/measurements.ts';
import { COMMANDS } from '../../src/editor/contributions.ts';

const everything = (document: vscode.TextDocument): vscode.Range => new vscode.Range(0, 0, document.lineCount, 0);
const hints = (document: vscode.TextDocument): Thenable<vscode.InlayHint[]> =>
  vscode.commands.executeCommand('vscode.executeInlayHintProvider', document.uri, everything(document));
const lenses = (document: vscode.TextDocument): Thenable<vscode.CodeLens[]> =>
  vscode.commands.executeCommand('vscode.executeCodeLensProvider', document.uri);

/** An architecture: no choice is left. */
const FIXED = SMALL.replace('bits: 2 | 4 | 8, sparsity: 0 | 0.5', 'bits: 4')
  .replace('filters: 8 | 16,', 'filters: 8,')
  .replace('op: dsconv | conv, kernel: 3x3, filters: 8 | 16 | 24', 'op: conv, kernel: 3x3, filters: 40')
  .replace('op: dsconv | skip', 'op: dsconv');

describe('a definition in the editor', () => {
  let small: vscode.TextDocument;
  before(async () => {
    await activated();
    small = await openDefinition();
  });

  describe('hovers', () => {
    it('tell what a layer costs over its choices, marked as estimates, with the sum that made them', async () => {
      const text = await hoverText(small, positionOf(small, 'block'));
      assert.match(text, /\*\*block\*\*: ≈ .* to .* compressed, .* of the 2\u00a0KiB budget; .* to .* parameters\./);
      assert.match(text, /\| Shape in \| 8×8×8 \| 8×8×16 \|/);
      assert.match(text, /\| MACs \|/);
      assert.match(text, /\| Activation bytes while it runs \|/);
      assert.match(text, /- floats: .*3,456 × 4 B = /);
      assert.match(text, /- packed: .*3,456 × 8 bit = /);
      assert.match(text, /- Ethos-U55-128: .* bit.* \+ .* B bias and scale = ≈ /);
    });

    it('tell exact shapes and parameters of an architecture', async () => {
      const text = await hoverText(await openDefinition(FIXED), await positionIn(FIXED, 'stem'));
      assert.match(text, /80 parameters/);
      assert.match(text, /\| Shape out \| 8×8×8 \|/);
      assert.match(text, /\| MACs \| 4,608 \|/);
    });

    it('tell what was measured of an architecture, and nothing of another', async () => {
      const folder = temporaryFolder();
      const document = await openDefinition(FIXED, 'small.udc.yaml', folder);
      const { network } = languageOf('small.udc.yaml').read(FIXED);
      const chosen = network!.decisions.map(() => 0);
      const measured: StoredMeasurement = {
        ...{ network: networkHash(instantiate(network!, chosen)), name: 'small', weights: 'random', machine: 'm' },
        ...{ runtime: 'litert', device: 'xnnpack', title: 'LiteRT, XNNPACK', mark: 'measured' },
        ...{ seconds: { median: 0.0018 }, when: '2026-11-28T12:00:00.000Z' },
      };
      const other = { ...measured, network: 'another', seconds: { median: 5 } };
      fs.mkdirSync(path.join(folder, '.udc'));
      const lines = [measured, other].map((one) => `${JSON.stringify(one)}\n`).join('');
      fs.writeFileSync(path.join(folder, '.udc', 'measurements.ndjson'), lines);
      const text = await hoverText(document, positionOf(document, 'ethos-u55-128'));
      assert.match(text, /Measured 1\.8 ms on LiteRT, XNNPACK/);
      assert.doesNotMatch(text, /\b5 s on LiteRT/);
    });

    it('name the padding and the widths that waste nothing', async () => {
      const document = await openDefinition(FIXED);
      const text = await hoverText(document, positionOf(document, 'filters: 40', 9));
      assert.match(text, /filters 40 stores 64 in extra, which reads it; 32 or 64 waste nothing\./);
    });

    it('compare the options of a value', async () => {
      const text = await hoverText(small, positionOf(small, 'filters: 8 | 16 | 24', 10));
      for (const option of ['8', '16', '24']) assert.match(text, new RegExp(`\\| \`${option}\` \\| ≈ `));
      const sizes = [...text.matchAll(/\| `\d+` \| ≈ ([\d.]+)\u00a0(B|KiB) \| ≈ ([\d.]+)\u00a0(B|KiB)/g)].map(
        ([, , , bytes, unit]) => Number(bytes) * (unit === 'KiB' ? 1024 : 1),
      );
      assert.equal(sizes.length, 3);
      assert.deepEqual(
        [...sizes].sort((a, b) => a - b),
        sizes,
        'wider is larger',
      );
    });

    it('describe operators, target and budget', async () => {
      assert.match(
        await hoverText(small, positionOf(small, 'dsconv | conv')),
        /depthwise convolution, then a 1x1 convolution/,
      );
      assert.match(await hoverText(small, positionOf(small, 'ethos-u55-128')), /stores weights of 2, 3, 4/);
      assert.match(await hoverText(small, positionOf(small, '2 KiB')), /The architectures of this definition take ≈/);
    });

    it('say nothing in other YAML files', async () => {
      const document = await openDefinition(SMALL, 'other.yaml');
      assert.equal(await hoverText(document, positionOf(document, 'block')), '');
      assert.deepEqual(await hints(document), []);
    });
  });

  describe('inlay hints', () => {
    it('show the size at the end of each layer that stores weights', async () => {
      const found = await hints(small);
      assert.deepEqual(
        found.map(({ position }) => small.lineAt(position.line).text.match(/name: (\w+)/)?.[1]),
        ['stem', 'block', 'extra', 'logits'],
      );
      for (const hint of found) {
        const { text } = small.lineAt(hint.position.line);
        const name = /name: [\w-]+/.exec(text);
        assert.equal(hint.position.character, text.length > 80 && name ? name.index + name[0].length : text.length);
        assert.match(String(hint.label), /^≈ .*(B|KiB)( to .*)? \(.*%\)$/);
      }
    });

    it('can be switched off', async () => {
      const settings = vscode.workspace.getConfiguration('udc');
      try {
        await settings.update('inlayHints.enabled', false, vscode.ConfigurationTarget.Global);
        await eventually('no hints', async () => (await hints(small)).length === 0);
      } finally {
        await settings.update('inlayHints.enabled', undefined, vscode.ConfigurationTarget.Global);
      }
      await eventually('hints again', async () => (await hints(small)).length === 4);
    });
  });

  describe('lenses', () => {
    it('give the number of architectures, the range against the budget, and the search', async () => {
      const [summary, search] = await lenses(small);
      assert.match(String(summary?.command?.title), /^2,592 architectures, ≈ .* to .*, some fit 2\u00a0KiB$/);
      assert.equal(search?.command?.command, COMMANDS.startSearch.id);
    });

    it('lead to the data, where the definition names some', async () => {
      const commands = async (text: string): Promise<unknown[]> =>
        (await lenses(await openDefinition(text))).map(({ command }) => command?.command);
      assert.ok((await commands(SMALL)).includes(COMMANDS.previewData.id));
      const without = SMALL.replace(/^dataset:.*\n/m, '');
      assert.notEqual(without, SMALL);
      assert.ok(!(await commands(without)).includes(COMMANDS.previewData.id));
    });

    it('count the problems, and say how far sizes are known', async () => {
      const titles = async (text: string): Promise<unknown[]> =>
        (await lenses(await openDefinition(text))).map(({ command }) => command?.title);
      assert.deepEqual(await titles(SMALL.replace('op: dense', 'op: dens')), ['1 problem: sizes of 4 of 5 layers']);
      assert.deepEqual(await titles(SMALL.replace('task: classification', 'task: classificatio')), [
        '1 problem: sizes of 5 of 5 layers',
      ]);
    });
  });

  describe('diagnostics', () => {
    it('come with place and remedy, and the remedy is a quick fix', async () => {
      const document = await openDefinition(SMALL.replace('op: dense', 'op: dens'));
      const [found] = await eventually('diagnostics', () => {
        const list = vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === 'UDC');
        return list.length > 0 && list;
      });
      assert.equal(document.getText(found!.range), 'dens');
      assert.match(found!.message, /dens/);
      const [fix] = await codeActions(document, found!.range, /dense/);
      assert.ok(fix?.edit);
      assert.equal(fix.kind?.value, vscode.CodeActionKind.QuickFix.value);
      assert.ok(await vscode.workspace.applyEdit(fix.edit));
      assert.equal(document.getText(), SMALL);
      await eventually('no diagnostics', () => vscode.languages.getDiagnostics(document.uri).length === 0);
    });
  });

  describe('keys without effect', () => {
    it('are faded, and no problem', async () => {
      const document = await openDefinition(
        SMALL.replace(
          'op: dsconv | skip, kernel: 3x3, filters: 16,',
          'op: dsconv | skip, kernel: 3x3, filters: 16, expand: 2,',
        ),
      );
      const [found, ...others] = await eventually('diagnostics', () => {
        const list = vscode.languages.getDiagnostics(document.uri);
        return list.length > 0 && list;
      });
      assert.deepEqual(others, []);
      assert.equal(found!.severity, vscode.DiagnosticSeverity.Hint);
      assert.deepEqual(found!.tags, [vscode.DiagnosticTag.Unnecessary]);
      assert.match(found!.message, /`expand` has no effect on/);
    });
  });

  describe('widening', () => {
    it('turns a fixed value into a choice by a code action', async () => {
      const document = await openDefinition(FIXED);
      const at = positionOf(document, 'filters: 40', 9);
      const [action] = await codeActions(document, new vscode.Range(at, at), /^Widen filters to/);
      assert.ok(action?.edit);
      assert.ok(await vscode.workspace.applyEdit(action.edit));
      assert.match(document.getText(), /filters: 24 \| 40 \| 64 \| 80|filters: \d+ \| 40 \| /);
      assert.equal(document.isDirty, true);
    });

    it('asks for the options by the command, and refuses what is no choice', async () => {
      const document = await openDefinition(FIXED);
      const at = positionOf(document, 'kernel: 3x3', 9);
      await vscode.window.showTextDocument(document, { selection: new vscode.Range(at, at) });
      const asked = await answering({ showInputBox: () => '3x3 | 5x5' }, () =>
        vscode.commands.executeCommand(COMMANDS.widenValue.id),
      );
      const options = asked[0]?.first as vscode.InputBoxOptions;
      assert.equal(typeof (await options.validateInput?.('3x3 | nine')), 'string');
      assert.match(document.getText(), /kernel: 3x3 \| 5x5/);
    });
  });

  describe('bits within the memory', () => {
    const OVER = `udc: 1
name: net
input: 16x16x1
target: { npu: ethos-u55-128, weights: 4 KiB }
layers:
  - { name: stem, op: conv, kernel: 3x3, stride: 2, filters: 16, bits: 8 }
  - { name: wide, op: conv, kernel: 3x3, filters: 32, bits: 8 } # stays
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 10, bits: 8 }
`;

    it('are a quick fix of a budget that is too small, and leave the rest of the text alone', async () => {
      const document = await openDefinition(OVER);
      const at = positionOf(document, '4 KiB');
      await eventually('the budget to be judged', () =>
        vscode.languages.getDiagnostics(document.uri).some(({ code }) => code === 'budget-too-small'),
      );
      const [action] = await codeActions(document, new vscode.Range(at, at), /^Fit bits to the memory: \d layers?, ≈ /);
      assert.ok(action?.edit);
      assert.ok(await vscode.workspace.applyEdit(action.edit));
      assert.match(document.getText(), /name: wide, op: conv, kernel: 3x3, filters: 32, bits: [42] \} # stays/);
      await eventually('the budget to be met', () =>
        vscode.languages.getDiagnostics(document.uri).every(({ code }) => code !== 'budget-too-small'),
      );
    });

    const shownDiff = (): vscode.TabInputTextDiff | undefined => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return input instanceof vscode.TabInputTextDiff ? input : undefined;
    };

    it('are proposed beside the definition by the command, and written when that is accepted', async () => {
      const document = await openDefinition(OVER);
      assert.equal(await vscode.commands.executeCommand(COMMANDS.fitBits.id), true);
      const shown = shownDiff();
      assert.equal(shown?.original.toString(), document.uri.toString());
      const proposed = await vscode.workspace.openTextDocument(shown!.modified);
      assert.match(proposed.getText(), /name: wide, op: conv, kernel: 3x3, filters: 32, bits: [42] \} # stays/);
      assert.equal(document.getText(), OVER);
      assert.equal(document.isDirty, false);
      const after = proposed.getText();
      assert.equal(await vscode.commands.executeCommand(COMMANDS.acceptProposal.id), true);
      assert.equal(document.getText(), after);
      assert.equal(document.isDirty, true);
      assert.equal(shownDiff(), undefined);
    });

    it('change nothing where they are discarded, or the text is another one by then', async () => {
      const document = await openDefinition(OVER);
      await vscode.commands.executeCommand(COMMANDS.fitBits.id);
      await vscode.commands.executeCommand(COMMANDS.discardProposal.id);
      assert.equal(shownDiff(), undefined);
      assert.equal(document.getText(), OVER);
      await vscode.commands.executeCommand(COMMANDS.fitBits.id, document.uri, 'memory-driven');
      const { modified } = shownDiff()!;
      const edit = new vscode.WorkspaceEdit();
      edit.insert(document.uri, new vscode.Position(0, 0), '# edited\n');
      assert.ok(await vscode.workspace.applyEdit(edit));
      const asked = await answering({}, async () => {
        assert.equal(await vscode.commands.executeCommand(COMMANDS.acceptProposal.id, modified), false);
      });
      assert.match(String(asked[0]?.first), /was edited in between/);
      assert.equal(document.getText(), `# edited\n${OVER}`);
    });

    it('say what sensitivities need where there are no weights', async () => {
      const document = await openDefinition(OVER);
      const asked = await answering({}, async () => {
        assert.equal(await vscode.commands.executeCommand(COMMANDS.fitBits.id, document.uri, 'sensitivity'), false);
      });
      assert.match(String(asked[0]?.first), /need weights and data/);
    });
  });

  describe('faster operators', () => {
    it('are offered at an operator, with what they change, and written in its place', async () => {
      const document = await openDefinition(
        // Larger maps, and room for what is faster.
        FIXED.replace('16x16x1', '64x64x1')
          .replace('2 KiB', '8 KiB')
          .replace(
            /layers:[^]*/,
            `layers:
  - { name: stem, op: conv, kernel: 3x3, filters: 8 }
  - { name: block, op: ibn, kernel: 3x3, filters: 8, expand: 4 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6 }
`,
          ),
      );
      const at = positionOf(document, 'op: ibn', 5);
      const [action] = await codeActions(document, new vscode.Range(at, at), /^Use fused-ibn: −\d+\u00a0% cycles/);
      assert.ok(action?.edit);
      assert.ok(await vscode.workspace.applyEdit(action.edit));
      assert.match(document.getText(), /name: block, op: fused-ibn, kernel: 3x3/);
    });
  });

  describe('completion', () => {
    const labels = async (document: vscode.TextDocument, position: vscode.Position): Promise<readonly string[]> => {
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        document.uri,
        position,
      );
      return list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    };

    it('offers operators where an operator stands', async () => {
      const found = await labels(small, positionOf(small, 'op: conv', 4));
      for (const operator of ['conv', 'dsconv', 'ibn', 'dense', 'skip']) assert.ok(found.includes(operator), operator);
    });

    it('offers the keys of a layer that are not there yet', async () => {
      const document = await openDefinition(SMALL.replace('units: 6 }', 'units: 6, }'));
      const found = await labels(document, positionOf(document, 'units: 6, }', 10));
      assert.ok(found.includes('bits') && found.includes('sparsity'), found.join());
      assert.ok(!found.includes('units'), 'a key that is there already');
    });
  });
});

async function positionIn(text: string, word: string): Promise<vscode.Position> {
  return positionOf(await openDefinition(text), word);
}
