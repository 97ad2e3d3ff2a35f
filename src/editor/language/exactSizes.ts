/** Exact sizes for a definition that is the architecture of a finished run: its weights were encoded, so nothing needs estimating. */
import * as vscode from 'vscode';
import type { LayerReport, RunResult } from '../../shared/run.ts';
import { isDefinitionOf } from '../runs/definitionOf.ts';
import type { RunStore } from '../runs/store.ts';
import type { NetworkSizes } from './analysis.ts';
import { matchResult } from './matchResult.ts';

export interface ExactResult {
  readonly runId: string;
  readonly runName: string;
  readonly totalBytes: number;
  readonly result: RunResult;
  /** One per layer of the network; absent where the layer stores nothing. */
  readonly layers: readonly (LayerReport | undefined)[];
}

export class ExactSizes implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** A run finished or went. */
  readonly onDidChange = this.changed.event;
  private known = new WeakMap<NetworkSizes, { readonly exact: ExactResult | undefined }>();
  private readonly subscription: vscode.Disposable;

  constructor(private readonly runs: RunStore) {
    this.subscription = runs.onDidChange((change) => {
      if (change.type !== 'removed' && !(change.type === 'run' && change.record.result)) return;
      this.known = new WeakMap();
      this.changed.fire();
    });
  }

  /** The newest run whose result this definition is, or undefined. */
  of(document: vscode.TextDocument, sizes: NetworkSizes): ExactResult | undefined {
    if (!sizes.isArchitecture) return undefined;
    const known = this.known.get(sizes);
    if (known) return known.exact;
    const exact = this.find(document, sizes);
    this.known.set(sizes, { exact });
    return exact;
  }

  /** What the newest finished run of this definition found for a layer, whether it was applied or not. */
  found(document: vscode.TextDocument, layer: string): { readonly runName: string; readonly report: LayerReport } | undefined {
    const run = this.runs.all().find(({ result, header }) => result && isDefinitionOf(header, document));
    const report = run?.result?.layers.find(({ name }) => name === layer);
    return run && report && { runName: run.name, report };
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  private find(document: vscode.TextDocument, sizes: NetworkSizes): ExactResult | undefined {
    for (const { result, header, name } of this.runs.all()) {
      if (!result || !isDefinitionOf(header, document)) continue;
      const layers = matchResult(sizes, result);
      if (layers) return { runId: header.id, runName: name, totalBytes: result.totals.totalBytes, result, layers };
    }
    return undefined;
  }
}
