/** Hovers: a layer's cost on its name or anywhere between its values, a value's meaning and cost on the value. */
import * as vscode from 'vscode';
import type { Analysis, NetworkSizes } from './sizes/analysis.ts';
import type { DefinitionDocuments } from './sizes/documents.ts';
import type { ExactSizes } from './sizes/exact-sizes.ts';
import { ensembleText } from './texts/members-text.ts';
import { foundText, layerText } from './texts/layer-text.ts';
import { inSlices } from './sizes/slices.ts';
import { COMMANDS } from '../contributions.ts';
import type { DataTallies } from './data-tallies.ts';
import type { MeasuredNetworks } from './measured-networks.ts';
import { layerOf, placeAt, type Place } from './place.ts';
import { toRange } from './ranges.ts';
import { namesData } from './texts/data-text.ts';
import { layerValueText, settingText } from './texts/value-text.ts';

/** Milliseconds that a hover waits for a number that may take long; it says so then. */
const PATIENCE = 1000;
const patience = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PATIENCE));

/** On these the network as a whole is shown. */
const WHOLE: ReadonlySet<string> = new Set(['name', 'target', 'target.npu', 'layers']);

/** On these the layer itself is shown. */
const LAYER_KEYS: ReadonlySet<unknown> = new Set(['name', 'op']);

export class DefinitionHovers implements vscode.HoverProvider {
  constructor(
    private readonly documents: DefinitionDocuments,
    private readonly exact: ExactSizes,
    private readonly tallies: DataTallies,
    private readonly measured: MeasuredNetworks,
  ) {}

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    await this.documents.prepared(document);
    if (token.isCancellationRequested) return undefined;
    const analysis = this.documents.get(document);
    const place = placeAt(analysis.tree, document.offsetAt(position));
    if (place) await this.prepared(document, analysis, place);
    const measured = place ? await this.measuredTexts(document, analysis, place) : [];
    // Another text has its own hovers.
    if (token.isCancellationRequested || this.documents.get(document) !== analysis) return undefined;
    const parts = place ? [...this.texts(document, place), ...measured] : [];
    return place && parts.length > 0
      ? new vscode.Hover(
          [...parts.map((text) => new vscode.MarkdownString(text)), ...this.links(document, analysis, place)],
          toRange(document, place.range),
        )
      : undefined;
  }

  /** What the network takes on devices, where the hover is of the network as a whole. */
  private async measuredTexts(
    document: vscode.TextDocument,
    { sizes }: Analysis,
    { path }: Place,
  ): Promise<readonly string[]> {
    if (!sizes || !WHOLE.has(path.join('.'))) return [];
    const text = await this.measured.of(document, sizes);
    return text === '' ? [] : [text];
  }

  /** Where more is to be seen. Nothing of the text is in it: it may run a command. */
  private links(document: vscode.TextDocument, { errors }: Analysis, { path }: Place): vscode.MarkdownString[] {
    if (!namesData(path) || errors.length > 0) return [];
    const { id, title } = COMMANDS.previewData;
    const address = encodeURIComponent(JSON.stringify([document.uri.toString()]));
    const link = new vscode.MarkdownString(`[$(eye) ${title}](command:${id}?${address})`, true);
    link.isTrusted = { enabledCommands: [id] };
    return [link];
  }

  /** Waits for what the hover of a place needs beside the sizes. */
  private async prepared(document: vscode.TextDocument, analysis: Analysis, { path }: Place): Promise<void> {
    const { sizes, layerSizes } = analysis;
    if (namesData(path)) await Promise.race([this.tallies.ask(document, analysis), patience()]);
    const layer = layerOf(path);
    if (layer !== undefined && layerSizes && layer < layerSizes.network.layers.length)
      await inSlices(layerSizes.layerSteps(layer));
    else if (sizes && (path[0] === 'target' || path[0] === 'ensemble'))
      await Promise.race([this.documents.worked(document), patience()]);
  }

  private texts(document: vscode.TextDocument, { path }: Place): string[] {
    const analysis = this.documents.get(document);
    const { sizes: all, layerSizes: sizes } = analysis;
    const layer = layerOf(path);
    if (layer === undefined || !sizes || !analysis.isSized(layer)) {
      const setting = settingText(all, path, all && this.exact.of(document, all)?.totalBytes);
      const samples = namesData(path) ? this.tallies.of(document) : undefined;
      const ensemble = all && path[0] === 'ensemble' ? ensembleText(all, this.exact.lastEnsemble(document)) : '';
      return [setting, samples, ensemble].filter((text) => text !== undefined && text !== '') as string[];
    }
    const key = path[2];
    const exact = all && this.exact.of(document, all)?.layers[layer];
    const whole = [...(all ? this.foundTexts(document, all, layer) : []), layerText(sizes, layer, exact)];
    if (typeof key !== 'string') return whole;
    const value = layerValueText(sizes, layer, key);
    return LAYER_KEYS.has(key) ? [...whole, value] : [value, ...whole];
  }

  /** What a search found for the layer, or the imported network has there, unless the definition says it already. */
  private foundTexts(document: vscode.TextDocument, sizes: NetworkSizes, layer: number): string[] {
    if (this.exact.of(document, sizes)) return [];
    const found = this.exact.found(document, sizes, sizes.network.layers[layer]!.spec.name);
    return found ? [foundText(found)] : [];
  }
}
