/**
 * Exact sizes for a definition whose weights are there and were encoded: it is the architecture of a finished run, or
 * of the weights file that it names.
 */
import * as vscode from 'vscode';
import { knownBytes, type EncodedSource } from '../../../costs/weights/known-bytes.ts';
import type { LastRun } from '../texts/members-text.ts';
import type { LayerReport, NetworkResult, RunResult } from '../../../wire/run.ts';
import { isDefinitionOf } from '../../runs/definition-of.ts';
import type { RunStore } from '../../runs/run-store.ts';
import type { NetworkSizes } from './analysis.ts';
import { WeightFiles } from './weight-files.ts';

export interface ExactResult {
  /** Whose weights they are, within a sentence: a run or a file. */
  readonly origin: string;
  readonly totalBytes: number;
  /** Absent where the weights are not a run's. */
  readonly result?: RunResult;
  /** Which of the run's networks it is. */
  readonly network?: NetworkResult;
  /** One per layer of the network; absent where the layer stores nothing. */
  readonly layers: readonly (LayerReport | undefined)[];
}

/** What is known of one layer, with what is said before it. */
export interface FoundLayer {
  readonly origin: string;
  readonly report: LayerReport;
}

interface Source extends EncodedSource {
  readonly result?: RunResult;
  readonly network?: NetworkResult;
}

export class ExactSizes implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** A run finished or went, or a weights file was read. */
  readonly onDidChange = this.changed.event;
  private known = new WeakMap<NetworkSizes, { readonly exact: ExactResult | undefined }>();
  private readonly files = new WeightFiles();
  private readonly subscription: vscode.Disposable;

  constructor(private readonly runs: RunStore) {
    const forget = (): void => {
      this.known = new WeakMap();
      this.changed.fire();
    };
    this.subscription = vscode.Disposable.from(
      this.files,
      this.files.onDidChange(forget),
      runs.onDidChange((change) => {
        if (change.type === 'removed' || (change.type === 'run' && change.record.result)) forget();
      }),
    );
  }

  /** The newest run, or else the weights file, whose architecture this definition is, or undefined. */
  of(document: vscode.TextDocument, sizes: NetworkSizes): ExactResult | undefined {
    if (!sizes.isArchitecture) {
      // Read for the hints, it is there when the first layer is hovered.
      this.files.of(document, sizes);
      return undefined;
    }
    const known = this.known.get(sizes);
    if (known) return known.exact;
    const bytes = knownBytes(sizes.network, sizes.target.name, this.sources(document, sizes));
    const exact = bytes && {
      origin: bytes.source.origin,
      totalBytes: bytes.totalBytes,
      layers: bytes.layers,
      ...(bytes.source.result && { result: bytes.source.result }),
      ...(bytes.source.network && { network: bytes.source.network }),
    };
    this.known.set(sizes, { exact });
    return exact;
  }

  /**
   * What the newest finished run of this definition found for a layer, whether it was applied or not; else what the
   * layer costs in the weights file.
   */
  found(document: vscode.TextDocument, sizes: NetworkSizes, layer: string): FoundLayer | undefined {
    const named = (layers: readonly LayerReport[] | undefined): LayerReport | undefined =>
      layers?.find(({ name }) => name === layer);
    const run = this.runs.all().find(({ result, header }) => result && isDefinitionOf(header, document));
    const ofRun = named(run?.result?.networks[0].layers);
    if (run && ofRun) return { origin: vscode.l10n.t('The last search of {0} decided', run.name), report: ofRun };
    const file = this.files.of(document, sizes);
    const ofFile = file?.exact.target === sizes.target.name ? named(file.exact.layers) : undefined;
    return file && ofFile && { origin: vscode.l10n.t('In {0}', file.name), report: ofFile };
  }

  /** The newest finished run of this definition that had an ensemble. */
  lastEnsemble(document: vscode.TextDocument): LastRun | undefined {
    const run = this.runs.all().find(({ result, header }) => result?.ensemble && isDefinitionOf(header, document));
    return run?.result && { name: run.name, result: run.result };
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  /**
   * Runs of the definition, newest first, then its weights file, then runs of definitions of the same name elsewhere,
   * as on the command line.
   */
  private *sources(document: vscode.TextDocument, sizes: NetworkSizes): Generator<Source> {
    const finished = this.runs.all().filter(({ result }) => result);
    const sourcesOf = ({ result, name }: (typeof finished)[number]): Source[] =>
      result!.networks.map((network) => ({
        origin: vscode.l10n.t('the run {0}', name),
        target: result!.target,
        layers: network.layers,
        result: result!,
        network,
      }));
    const isOwn = ({ header }: (typeof finished)[number]): boolean => isDefinitionOf(header, document);
    for (const run of finished) if (isOwn(run)) yield* sourcesOf(run);
    const file = this.files.of(document, sizes);
    if (file) yield { origin: file.name, ...file.exact };
    for (const run of finished) if (!isOwn(run) && run.result!.name === sizes.definition.name) yield* sourcesOf(run);
  }
}
