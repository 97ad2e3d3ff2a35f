/**
 * Code actions: write a run's architecture into the definition, widen a value, and carry out the remedies of
 * diagnostics.
 */
import { messageOf } from '../../base/error-text.ts';
import * as vscode from 'vscode';
import type { EditPlan } from '../../language/edit-plan.ts';
import { fittedValues } from '../../language/fitted-values.ts';
import type { Diagnostic } from '../../network/types.ts';
import { formatBytes, formatChange } from '../../text/format.ts';
import { formatNamedMeasured, integerMeasured } from '../../wire/tasks/metrics.ts';
import { planApply, searchedNetwork } from '../commands/applying.ts';
import { COMMANDS, REWRITE_KIND, SOURCE } from '../contributions.ts';
import { isDefinitionOf } from '../runs/definition-of.ts';
import { isFinished, type FinishedRun } from '../runs/run-record.ts';
import type { RunStore } from '../runs/run-store.ts';
import type { Analysis } from './sizes/analysis.ts';
import type { DefinitionDocuments } from './sizes/documents.ts';
import type { ExactSizes } from './sizes/exact-sizes.ts';
import { fittedIfAny } from './sizes/fitted.ts';
import { toRange, toWorkspaceEdit } from './ranges.ts';
import { placeAt } from './place.ts';
import { widenableAt } from './widening.ts';

export const REWRITE = vscode.CodeActionKind.Empty.append(REWRITE_KIND);

/** Codes of diagnostics that fewer bits are a remedy for. */
const OVER_A_MEMORY: ReadonlySet<string> = new Set(['budget-too-small', 'activations-too-large']);

/** Finished runs whose architectures are offered, newest first. */
const MOST_RUNS = 3;

export class DefinitionActions implements vscode.CodeActionProvider {
  static readonly metadata: vscode.CodeActionProviderMetadata = {
    providedCodeActionKinds: [vscode.CodeActionKind.QuickFix, REWRITE],
  };
  private readonly plans = new WeakMap<Analysis, Map<string, EditPlan>>();

  constructor(
    private readonly documents: DefinitionDocuments,
    private readonly runs: RunStore,
    private readonly exact: ExactSizes,
  ) {}

  provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    context: vscode.CodeActionContext,
    token: vscode.CancellationToken,
  ): vscode.CodeAction[] {
    if (token.isCancellationRequested) return [];
    const analysis = this.documents.get(document);
    const wanted = (kind: vscode.CodeActionKind): boolean => !context.only || context.only.contains(kind);
    return [
      ...(wanted(vscode.CodeActionKind.QuickFix)
        ? [...this.fixes(document, range, context, analysis), ...this.fitting(document, context, analysis)]
        : []),
      ...(wanted(REWRITE)
        ? [
            ...this.applying(document, range, analysis),
            ...this.widening(document, range, analysis),
            ...this.faster(document, range, analysis),
          ]
        : []),
    ];
  }

  private fixes(
    document: vscode.TextDocument,
    range: vscode.Range,
    context: vscode.CodeActionContext,
    { diagnostics }: Analysis,
  ): vscode.CodeAction[] {
    const near = diagnostics.filter((found) => found.fixes && toRange(document, found.range).intersection(range));
    return near.flatMap((found) =>
      (found.fixes ?? []).map((fix) => {
        const action = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix);
        action.edit = toWorkspaceEdit(document, [{ range: fix.range, text: fix.text }]);
        action.diagnostics = shownAs(document, found, context.diagnostics);
        action.isPreferred = found.fixes?.length === 1;
        return action;
      }),
    );
  }

  /** Bits within the memories, for what is over one of them. */
  private fitting(
    document: vscode.TextDocument,
    { diagnostics }: vscode.CodeActionContext,
    { sizes, language, text }: Analysis,
  ): vscode.CodeAction[] {
    const over = diagnostics.filter(({ source, code }) => source === SOURCE && OVER_A_MEMORY.has(String(code)));
    const fit = over.length > 0 && sizes ? fittedIfAny(sizes, this.exact.of(document, sizes)?.layers) : undefined;
    if (!fit || fit.impossible !== undefined) return [];
    const plan = language.set(text, fittedValues(fit.rows));
    if ('refused' in plan || plan.edits.length === 0) return [];
    const action = new vscode.CodeAction(
      plan.paths.length === 1
        ? vscode.l10n.t('Fit bits to the memory: 1 layer, ≈ {0} of weights', formatBytes(fit.bytes))
        : vscode.l10n.t(
            'Fit bits to the memory: {0} layers, ≈ {1} of weights',
            plan.paths.length,
            formatBytes(fit.bytes),
          ),
      vscode.CodeActionKind.QuickFix,
    );
    action.edit = toWorkspaceEdit(document, plan.edits);
    action.diagnostics = over;
    action.isPreferred = true;
    const shown = new vscode.CodeAction(
      vscode.l10n.t('Show what fits to the memory first'),
      vscode.CodeActionKind.QuickFix,
    );
    shown.command = { title: shown.title, command: COMMANDS.fitBits.id, arguments: [document.uri] };
    shown.diagnostics = over;
    return [action, shown];
  }

  private applying(document: vscode.TextDocument, range: vscode.Range, analysis: Analysis): vscode.CodeAction[] {
    const runs = this.runs
      .all()
      .filter(isFinished)
      .filter(({ header }) => isDefinitionOf(header, document))
      .slice(0, MOST_RUNS);
    const offset = document.offsetAt(range.start);
    const layer = analysis.parsed.layerRanges.findIndex(({ start, end }) => offset >= start && offset <= end);
    return runs.flatMap((run) => {
      const {
        metric,
        networks: [network],
      } = run.result;
      const found = vscode.l10n.t(
        'Apply the found architecture ({0} in {1})',
        formatNamedMeasured(metric, integerMeasured(network)),
        formatBytes(network.totals.totalBytes),
      );
      const whole = this.action(document, found, this.plan(analysis, run));
      const name = analysis.parsed.definition?.layers[layer]?.name;
      const part =
        name === undefined
          ? undefined
          : this.action(
              document,
              vscode.l10n.t('Apply what was found for {0} only ({1})', name, decidedFor(run, layer)),
              this.plan(analysis, run, layer),
            );
      return [part, whole].filter((action) => action !== undefined);
    });
  }

  private widening(document: vscode.TextDocument, range: vscode.Range, analysis: Analysis): vscode.CodeAction[] {
    const found = widenableAt(analysis, document.offsetAt(range.start));
    if (!found) return [];
    const plan = analysis.language.edit(analysis.text, found.path, found.options);
    // What cannot be widened here is not worth a greyed-out entry: the reason concerns the options that we made up.
    if ('refused' in plan) return [];
    return [
      this.action(document, vscode.l10n.t('Widen {0} to {1}', found.key, found.options.join(' | ')), plan),
    ].filter((action) => action !== undefined);
  }

  /** Operators that the model of cycles says are faster than the one under the caret. */
  private faster(document: vscode.TextDocument, range: vscode.Range, analysis: Analysis): vscode.CodeAction[] {
    const place = placeAt(analysis.parsed.tree, document.offsetAt(range.start));
    const [list, layer, key] = place?.path ?? [];
    const { sizes } = analysis;
    if (!place || !sizes || list !== 'layers' || typeof layer !== 'number' || key !== 'op') return [];
    return sizes.fasterOperators(layer).flatMap(({ op, cycles, bytes }) => {
      const plan = analysis.language.set(analysis.text, [{ place: place.path, value: op }]);
      if ('refused' in plan) return [];
      const title = vscode.l10n.t(
        'Use {0}: {1} cycles, {2} bytes of the network, by estimate',
        op,
        formatChange(cycles),
        formatChange(bytes),
      );
      return [this.action(document, title, plan)].filter((action) => action !== undefined);
    });
  }

  /** Undefined where there is nothing to change; disabled, with the reason, where it cannot be changed. */
  private action(document: vscode.TextDocument, title: string, plan: EditPlan): vscode.CodeAction | undefined {
    const action = new vscode.CodeAction(title, REWRITE);
    if ('refused' in plan) action.disabled = { reason: plan.refused };
    else if (plan.edits.length === 0) return undefined;
    else action.edit = toWorkspaceEdit(document, plan.edits);
    return action;
  }

  /** Light bulbs are asked for at every move of the caret; the plan changes only with the text. */
  private plan(analysis: Analysis, run: FinishedRun, layer?: number): EditPlan {
    const plans = this.plans.get(analysis) ?? new Map<string, EditPlan>();
    this.plans.set(analysis, plans);
    const key = `${run.header.id} ${layer ?? 'all'}`;
    const known = plans.get(key);
    if (known) return known;
    const plan = planSafely(analysis.text, run, layer);
    plans.set(key, plan);
    return plan;
  }
}

function planSafely(text: string, run: FinishedRun, layer?: number): EditPlan {
  try {
    return planApply(text, run, layer);
  } catch (error) {
    return { refused: messageOf(error), range: { start: 0, end: 0 }, line: 1, column: 1 };
  }
}

/** 'ibn, 48, 3' : the labels that a run decided for a layer. */
function decidedFor(run: FinishedRun, layer: number): string {
  const { network, assignment } = searchedNetwork(run);
  return network.decisions
    .flatMap(({ sites, labels, kind }, i) =>
      sites.some((site) => site.layer === layer)
        ? [`${kind === 'operator' ? '' : `${kind} `}${labels[assignment[i]!]!}`]
        : [],
    )
    .join(', ');
}

/** Ours among the diagnostics that the editor shows at the place. */
function shownAs(
  document: vscode.TextDocument,
  found: Diagnostic,
  shown: readonly vscode.Diagnostic[],
): vscode.Diagnostic[] {
  const range = toRange(document, found.range);
  return shown.filter(
    (diagnostic) => diagnostic.source === SOURCE && diagnostic.code === found.code && diagnostic.range.isEqual(range),
  );
}
