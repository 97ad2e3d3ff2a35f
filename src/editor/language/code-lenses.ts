/** The lenses above a definition: how many architectures, their sizes against the budget, and what to do next. */
import * as vscode from 'vscode';
import { formatArchitectures, formatBytes } from '../../text/format.ts';
import { formatNamedMeasured, integerMeasured } from '../../wire/tasks/metrics.ts';
import { isDefinition } from '../commands/definitions.ts';
import { COMMANDS, SETTINGS } from '../contributions.ts';
import { isDefinitionOf } from '../runs/definition-of.ts';
import { isLive, isResumable } from '../runs/run-record.ts';
import type { RunStore } from '../runs/run-store.ts';
import { onSettingChange, readSettings } from '../settings.ts';
import type { NetworkSizes } from './sizes/analysis.ts';
import type { DefinitionDocuments } from './sizes/documents.ts';
import type { ExactSizes } from './sizes/exact-sizes.ts';
import { weightLimit } from '../../wire/limits.ts';
import { againstBudget, bytesRange, estimated } from './texts/words.ts';

/** Between an icon and its text: lenses drop plain spaces there. */
const GAP = '\u00a0';

export class DefinitionLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;
  private readonly subscriptions: readonly vscode.Disposable[];

  constructor(
    private readonly documents: DefinitionDocuments,
    private readonly runs: RunStore,
    private readonly exact: ExactSizes,
  ) {
    this.subscriptions = [
      this.changed,
      onSettingChange([SETTINGS.codeLens], () => {
        this.changed.fire();
      }),
      runs.onDidChange(({ type }) => {
        if (type === 'run' || type === 'removed') this.changed.fire();
      }),
      exact.onDidChange(() => {
        this.changed.fire();
      }),
    ];
  }

  async provideCodeLenses(document: vscode.TextDocument, token: vscode.CancellationToken): Promise<vscode.CodeLens[]> {
    if (!isDefinition(document)) return [];
    await this.documents.prepared(document);
    if (token.isCancellationRequested || !readSettings(document).codeLens) return [];
    const analysis = this.documents.get(document);
    const { sizes, errors } = analysis;
    const top = new vscode.Range(0, 0, 0, 0);
    if (!sizes) {
      const layers = analysis.layerSizes?.network.layers ?? [];
      const sized = layers.filter(({ spec }) => analysis.storesAsSaid(spec.index)).length;
      const problems = errors.length === 1 ? vscode.l10n.t('1 problem') : vscode.l10n.t('{0} problems', errors.length);
      const known =
        sized === 0 ? vscode.l10n.t('no sizes yet') : vscode.l10n.t('sizes of {0} of {1} layers', sized, layers.length);
      return [new vscode.CodeLens(top, { title: `${problems}: ${known}`, command: 'workbench.actions.view.problems' })];
    }
    if (!sizes.isJudged)
      void this.documents.judged(document).then(() => {
        if (this.documents.get(document) === analysis) this.changed.fire();
      });
    const lenses = [this.describe(document, sizes), ...this.nextSteps(document, sizes)];
    return lenses.map((command) => new vscode.CodeLens(top, command));
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private describe(document: vscode.TextDocument, sizes: NetworkSizes): vscode.Command {
    const exact = this.exact.of(document, sizes);
    if (exact?.result && exact.network) {
      const { metric, limits } = exact.result;
      return {
        title: vscode.l10n.t(
          'Found by a search: {0} in {1} of {2}',
          formatNamedMeasured(metric, integerMeasured(exact.network)),
          formatBytes(exact.totalBytes),
          formatBytes(weightLimit(limits)),
        ),
        command: '',
      };
    }
    const { smallest, largest } = exact ? { smallest: exact.totalBytes, largest: exact.totalBytes } : sizes;
    const count = sizes.isArchitecture
      ? vscode.l10n.t('1 architecture')
      : vscode.l10n.t('{0} architectures', formatArchitectures(sizes.network.architectures));
    const size = estimated(bytesRange(smallest, largest), exact !== undefined);
    // Limits on other things than weights; judged by estimates, so not where the bytes are exact.
    const isRefused = exact === undefined && sizes.isJudged && sizes.refusal() !== undefined;
    const budget =
      sizes.cannotRun.length > 0
        ? vscode.l10n.t('{0} cannot run it', sizes.target.title)
        : sizes.budgetBytes === undefined
          ? vscode.l10n.t('no budget set')
          : isRefused && smallest <= sizes.budgetBytes
            ? sizes.isArchitecture
              ? vscode.l10n.t('not within the limits')
              : vscode.l10n.t('none is within all limits')
            : againstBudget(smallest, largest, sizes.budgetBytes);
    return { title: `${count}, ${size}, ${budget}`, command: '' };
  }

  private nextSteps(document: vscode.TextDocument, { network }: NetworkSizes): vscode.Command[] {
    const runs = this.runs.all().filter(({ header }) => isDefinitionOf(header, document));
    const live = runs.find(({ state }) => isLive(state));
    if (live) {
      return [
        {
          title: `$(debug-stop)${GAP}${COMMANDS.stopSearch.title}`,
          command: COMMANDS.stopSearch.id,
          arguments: [live.header.id],
        },
        {
          title: `$(graph)${GAP}${COMMANDS.showResults.title}`,
          command: COMMANDS.showResults.id,
          arguments: [live.header.id],
        },
      ];
    }
    const steps: vscode.Command[] = [
      {
        title: `$(play)${GAP}${COMMANDS.startSearch.title}`,
        command: COMMANDS.startSearch.id,
        arguments: [document.uri],
      },
    ];
    const newest = runs[0];
    if (newest && isResumable(newest.state))
      steps.push({
        title: `$(debug-continue)${GAP}${COMMANDS.resumeSearch.title}`,
        command: COMMANDS.resumeSearch.id,
        arguments: [newest.header.id],
      });
    if (newest)
      steps.push({
        title: `$(graph)${GAP}${COMMANDS.showResults.title}`,
        command: COMMANDS.showResults.id,
        arguments: [newest.header.id],
      });
    if (network.definition.dataset)
      steps.push({
        title: `$(eye)${GAP}${COMMANDS.previewData.title}`,
        command: COMMANDS.previewData.id,
        arguments: [document.uri],
      });
    return steps;
  }
}
