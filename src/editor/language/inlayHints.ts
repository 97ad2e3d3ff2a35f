/** The compressed size at the end of each layer's first line. */
import * as vscode from 'vscode';
import { SETTINGS } from '../contributions.ts';
import { onSettingChange, readSettings } from '../settings.ts';
import type { DefinitionDocuments } from './documents.ts';
import type { ExactSizes } from './exactSizes.ts';
import { bytesRange, estimated, shareRange } from './words.ts';

export class LayerSizeHints implements vscode.InlayHintsProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeInlayHints = this.changed.event;
  private readonly subscriptions: readonly vscode.Disposable[];

  constructor(private readonly documents: DefinitionDocuments, private readonly exact: ExactSizes) {
    this.subscriptions = [
      this.changed,
      onSettingChange([SETTINGS.inlayHints], () => { this.changed.fire(); }),
      exact.onDidChange(() => { this.changed.fire(); }),
    ];
  }

  provideInlayHints(document: vscode.TextDocument, range: vscode.Range, token: vscode.CancellationToken): vscode.InlayHint[] {
    if (token.isCancellationRequested || !readSettings(document).inlayHints) return [];
    const { sizes: whole, layerSizes: sizes } = this.documents.get(document);
    if (!sizes) return [];
    const exact = whole && this.exact.of(document, whole);
    const hints: vscode.InlayHint[] = [];
    for (const [index, { spec }] of sizes.network.layers.entries()) {
      const line = document.positionAt(spec.range.start).line;
      if (line < range.start.line || line > range.end.line) continue;
      const known = exact?.layers[index]?.totalBytes;
      const { smallest, largest } = known === undefined ? sizes.layerRange(index) : { smallest: known, largest: known };
      if (largest === 0) continue;
      const share = sizes.budgetBytes === undefined ? '' : ` (${shareRange(smallest, largest, sizes.budgetBytes)})`;
      const hint = new vscode.InlayHint(document.lineAt(line).range.end, estimated(bytesRange(smallest, largest), known !== undefined) + share);
      hint.paddingLeft = true;
      hint.tooltip = known === undefined
        ? vscode.l10n.t('Estimated bytes of the weights of {0}, as {1} stores them, over its choices. Hover the layer for the sum.', spec.name, sizes.target.title)
        : vscode.l10n.t('Exact bytes of the weights of {0}, as {1} stores them, from {2}.', spec.name, sizes.target.title, exact?.origin ?? '');
      hints.push(hint);
    }
    return hints;
  }

  dispose(): void { for (const subscription of this.subscriptions) subscription.dispose(); }
}
