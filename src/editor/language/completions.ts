/** Completion of keys, values and whole layers. */
import { languageOf } from '../../language/language-table.ts';
import * as vscode from 'vscode';
import type { CompletionItem, KnownNames } from '../../language/language.ts';
import { schemaAt } from '../../language/definition-schema.ts';
import { memoryModesFor, systemsFor } from '../../targets/configured.ts';
import { chipNamed, TARGETS } from '../../targets/find-target.ts';
import { toRange } from './ranges.ts';

const KINDS: Readonly<Record<CompletionItem['kind'], vscode.CompletionItemKind>> = {
  key: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.Value,
  layer: vscode.CompletionItemKind.Snippet,
};

/** Names of the presets that a chip has; none where there is no such chip. */
const presetNames: NonNullable<KnownNames['presets']> = (npu, system) => {
  const target = chipNamed(npu);
  const names = (presets: readonly { readonly name: string }[]): string[] => presets.map(({ name }) => name);
  return target
    ? { system: names(systemsFor(target)), memory: names(memoryModesFor(target, system)) }
    : { system: [], memory: [] };
};

const NAMES: KnownNames = {
  targets: TARGETS.map(({ name }) => name),
  presets: presetNames,
  generators: schemaAt(['dataset', 'generator'])?.examples ?? [],
};

export class DefinitionCompletions implements vscode.CompletionItemProvider {
  static readonly triggers = [' ', '|', ':', '{', ','] as const;

  provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): vscode.CompletionItem[] {
    if (token.isCancellationRequested) return [];
    return languageOf(document.uri.path)
      .complete(document.getText(), document.offsetAt(position), NAMES)
      .map((found, order) => {
        const item = new vscode.CompletionItem(found.label, KINDS[found.kind]);
        item.insertText = found.insertText;
        item.range = toRange(document, found.range);
        item.sortText = String(order).padStart(4, '0');
        if (found.detail !== undefined) item.detail = found.detail;
        if (found.documentation !== undefined) item.documentation = new vscode.MarkdownString(found.documentation);
        // A key is followed by its value, which has completions of its own.
        if (found.kind === 'key') item.command = { command: 'editor.action.triggerSuggest', title: '' };
        return item;
      });
  }
}
