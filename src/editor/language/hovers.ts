/** Hovers: a layer's cost on its name or anywhere between its values, a value's meaning and cost on the value. */
import * as vscode from 'vscode';
import type { DefinitionDocuments } from './documents.ts';
import type { ExactSizes } from './exactSizes.ts';
import { layerText } from './layerText.ts';
import { layerOf, placeAt, type Place } from './place.ts';
import { toRange } from './ranges.ts';
import { layerValueText, settingText } from './valueText.ts';

/** On these the layer itself is shown. */
const LAYER_KEYS: ReadonlySet<unknown> = new Set(['name', 'op']);

export class DefinitionHovers implements vscode.HoverProvider {
  constructor(private readonly documents: DefinitionDocuments, private readonly exact: ExactSizes) {}

  provideHover(document: vscode.TextDocument, position: vscode.Position, token: vscode.CancellationToken): vscode.Hover | undefined {
    if (token.isCancellationRequested) return undefined;
    const place = placeAt(this.documents.get(document).parsed.tree, document.offsetAt(position));
    const parts = place ? this.texts(document, place) : [];
    return place && parts.length > 0 ? new vscode.Hover(parts.map((text) => new vscode.MarkdownString(text)), toRange(document, place.range)) : undefined;
  }

  private texts(document: vscode.TextDocument, { path }: Place): string[] {
    const { sizes } = this.documents.get(document);
    const layer = layerOf(path);
    if (layer === undefined || !sizes) return [settingText(sizes, path)].filter((text) => text !== undefined);
    const key = path[2];
    const whole = (): string => layerText(sizes, layer, this.exact.of(document, sizes)?.layers[layer]);
    if (typeof key !== 'string') return [whole()];
    const value = layerValueText(sizes, layer, key);
    return LAYER_KEYS.has(key) ? [whole(), value] : [value, whole()];
  }
}
