/** The compressed size of each layer: at the end of its first line, or, where that line is long, behind its name. */
import * as vscode from 'vscode';
import { nodeAt } from '../../language/tree.ts';
import { SETTINGS } from '../contributions.ts';
import { onSettingChange, readSettings } from '../settings.ts';
import type { Analysis, NetworkSizes } from './sizes/analysis.ts';
import type { DefinitionDocuments } from './sizes/documents.ts';
import type { ExactSizes } from './sizes/exact-sizes.ts';
import { bytesRange, estimated, shareRange } from './texts/words.ts';

/** Beyond so many columns the end of a line may lie outside of the window, as beside the results panel. */
const LONG_LINE = 80;

export class LayerSizeHints implements vscode.InlayHintsProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeInlayHints = this.changed.event;
  private readonly subscriptions: readonly vscode.Disposable[];

  constructor(
    private readonly documents: DefinitionDocuments,
    private readonly exact: ExactSizes,
  ) {
    this.subscriptions = [
      this.changed,
      onSettingChange([SETTINGS.inlayHints], () => {
        this.changed.fire();
      }),
      exact.onDidChange(() => {
        this.changed.fire();
      }),
    ];
  }

  async provideInlayHints(
    document: vscode.TextDocument,
    range: vscode.Range,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlayHint[]> {
    await this.documents.prepared(document);
    if (token.isCancellationRequested || !readSettings(document).inlayHints) return [];
    const analysis = this.documents.get(document);
    const { sizes: whole, layerSizes: sizes, tree } = analysis;
    if (!sizes) return [];
    const exact = whole && this.exact.of(document, whole);
    const hints: vscode.InlayHint[] = whole ? inputHints(document, range, whole, analysis) : [];
    for (const [index, { spec }] of sizes.network.layers.entries()) {
      if (!analysis.storesAsSaid(index)) continue;
      const line = document.positionAt(spec.range.start).line;
      if (line < range.start.line || line > range.end.line) continue;
      const known = exact?.layers[index]?.totalBytes;
      const { smallest, largest } = known === undefined ? sizes.layerRange(index) : { smallest: known, largest: known };
      if (largest === 0) continue;
      const share = sizes.budgetBytes === undefined ? '' : ` (${shareRange(smallest, largest, sizes.budgetBytes)})`;
      const { end } = document.lineAt(line).range;
      const name = nodeAt(tree, ['layers', spec.index, 'name']).node;
      const behindName =
        end.character > LONG_LINE && name?.kind === 'scalar' ? document.positionAt(name.range.end) : undefined;
      const place = behindName?.line === line ? behindName : end;
      const hint = new vscode.InlayHint(place, estimated(bytesRange(smallest, largest), known !== undefined) + share);
      hint.paddingLeft = true;
      hint.tooltip =
        known === undefined
          ? vscode.l10n.t(
              'Estimated bytes of the weights of {0}, as {1} stores them, over its choices. Hover the layer for the sum.',
              spec.name,
              sizes.target.title,
            )
          : vscode.l10n.t(
              'Exact bytes of the weights of {0}, as {1} stores them, from {2}.',
              spec.name,
              sizes.target.title,
              exact?.origin ?? '',
            );
      hints.push(hint);
    }
    return hints;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

/** What the sizes of the input take of activations, behind their line: weights do not depend on it. */
function inputHints(
  document: vscode.TextDocument,
  range: vscode.Range,
  sizes: NetworkSizes,
  { tree }: Analysis,
): vscode.InlayHint[] {
  const { node } = nodeAt(tree, ['input']);
  const ends = sizes.atInputs.flat().map(({ peakActivationBytes }) => peakActivationBytes);
  if (node?.kind !== 'scalar' || ends.length === 0) return [];
  const { line } = document.positionAt(node.range.end);
  if (line < range.start.line || line > range.end.line) return [];
  const peaks = bytesRange(Math.min(...ends), Math.max(...ends));
  const hint = new vscode.InlayHint(document.lineAt(line).range.end, vscode.l10n.t('{0} of activations', peaks));
  hint.paddingLeft = true;
  hint.tooltip = vscode.l10n.t(
    'Activations at their peak, over the sizes of the input and the architectures with the fewest and the most weights. Hover the input for each size.',
  );
  return [hint];
}
