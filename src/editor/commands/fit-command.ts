/** "UDC: Fit Bits": one `bits:` a layer, as the memories of the target allow, shown as changes of the definition. */
import * as vscode from 'vscode';
import { OpenDecisionError, type Fit } from '../../costs/allocate/fit-bits.ts';
import { fittedValues } from '../../language/fitted-values.ts';
import { languageOf } from '../../language/language-table.ts';
import { formatBytes } from '../../text/format.ts';
import { showBesidePanel } from '../beside-panel.ts';
import type { DefinitionDocuments } from '../language/sizes/documents.ts';
import type { ExactSizes } from '../language/sizes/exact-sizes.ts';
import { fitted } from '../language/sizes/fitted.ts';
import type { NetworkSizes } from '../language/sizes/analysis.ts';
import { say } from '../say.ts';
import { carryOut } from './applying.ts';
import { chooseDefinition, type SampleHolder } from './definitions.ts';
import { showChanges } from './show-changes.ts';

interface Services extends SampleHolder {
  readonly documents: DefinitionDocuments;
  readonly exact: ExactSizes;
}

/**
 * Writes the bits into a definition, unsaved, and shows what changed. Returns whether it did.
 * @param called the definition that it was called on
 */
export async function fitBits(services: Services, called: unknown): Promise<boolean> {
  const { documents, exact } = services;
  const document = await chooseDefinition(services, called);
  if (!document) return false;
  await documents.prepared(document);
  const { sizes, errors } = documents.get(document);
  if (!sizes) {
    void say.warning(
      vscode.l10n.t(
        'Correct {0} first: {1}',
        vscode.workspace.asRelativePath(document.uri),
        errors[0]?.message ?? vscode.l10n.t('it cannot be read.'),
      ),
    );
    return false;
  }
  const fit = await fitOf(document, sizes, exact.of(document, sizes)?.layers);
  if (!fit) return false;
  const before = document.getText();
  const plan = languageOf(document.uri.path).set(before, fittedValues(fit.rows));
  const bytes = formatBytes(fit.bytes);
  if (!('refused' in plan) && plan.edits.length === 0) {
    void say.information(vscode.l10n.t('These bits stand there already: ≈ {0} of weights.', bytes));
    return false;
  }
  await showBesidePanel(document);
  const done = await carryOut(document, document.version, plan);
  if (!done || 'refused' in plan) return false;
  await showChanges(document, before);
  void say.information(
    plan.paths.length === 1
      ? vscode.l10n.t('1 layer has other bits now: ≈ {0} of weights. Undo takes it back.', bytes)
      : vscode.l10n.t(
          '{0} layers have other bits now: ≈ {1} of weights. Undo takes it back.',
          plan.paths.length,
          bytes,
        ),
  );
  return true;
}

/** The fit, or a message that says why there is none. */
async function fitOf(
  document: vscode.TextDocument,
  sizes: NetworkSizes,
  exact: Parameters<typeof fitted>[1],
): Promise<Fit | undefined> {
  try {
    const fit = fitted(sizes, exact);
    if (fit?.impossible === undefined && fit) return fit;
    void say.warning(
      fit?.impossible ?? vscode.l10n.t('Nothing limits this network: write target: weights, for example 48 KiB.'),
    );
  } catch (error) {
    if (!(error instanceof OpenDecisionError)) throw error;
    const show = vscode.l10n.t('Show');
    if ((await say.warning(error.message, show)) !== show) return undefined;
    const range = error.decision.sites[0]?.choice.range;
    const place = document.positionAt(range?.start ?? 0);
    await showBesidePanel(document, { selection: new vscode.Range(place, place) });
  }
  return undefined;
}
