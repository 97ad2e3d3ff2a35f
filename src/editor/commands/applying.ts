/** From a finished run to the edits of its definition. */
import { targetForOffer, targetMadeFor } from '../../costs/limits/made-for.ts';
import { languageOf } from '../../language/language-table.ts';
import * as vscode from 'vscode';
import { decidedAssignment } from '../../network/decided-assignment.ts';
import type { EditPlan } from '../../language/edit-plan.ts';
import type { Assignment, Network } from '../../network/types.ts';
import { spaceOfRun } from '../../targets/within-target.ts';
import type { Offer } from '../../wire/offers.ts';
import type { NetworkResult } from '../../wire/run.ts';
import { showBesidePanel } from '../beside-panel.ts';
import { toWorkspaceEdit } from '../language/ranges.ts';
import type { FinishedRun } from '../runs/run-record.ts';
import { say } from '../say.ts';

interface Searched {
  readonly network: Network;
  readonly assignment: Assignment;
}

const searched = new WeakMap<NetworkResult, Searched>();

/**
 * The network that was searched and the option of each decision.
 * @param chosen of a result with several networks; by default the best
 * @throws Error where result and definition of the run do not belong together
 */
export function searchedNetwork({ header, result }: FinishedRun, chosen = result.networks[0]): Searched {
  const known = searched.get(chosen);
  if (known) return known;
  const { network: whole } = languageOf(header.definitionPath).read(header.definitionText);
  if (!whole)
    throw new Error(
      vscode.l10n.t(
        'The definition in the folder of run {0} cannot be read; another version of UDC may have written it.',
        header.id,
      ),
    );
  const network = spaceOfRun(whole, header);
  const decided = decidedAssignment(network, chosen.decisions);
  if ('undecided' in decided)
    throw new Error(vscode.l10n.t('The result of run {0} says nothing valid about {1}.', header.id, decided.undecided));
  const found = { network, assignment: decided.assignment };
  searched.set(chosen, found);
  return found;
}

/**
 * The edits that write a run's architecture, or one layer's part of it, into a text; or why not. What was made for a
 * chip and limits of its own is written with them.
 */
export function planApply(text: string, run: FinishedRun, layer?: number, chosen = run.result.networks[0]): EditPlan {
  const { network, assignment } = searchedNetwork(run, chosen);
  const language = languageOf(run.header.definitionPath);
  const target = targetMadeFor(run.header, run.result, language.read(text).definition?.target, chosen);
  return language.decide(
    text,
    network,
    assignment,
    layer === undefined ? { ...(target && { target }) } : { layers: [layer] },
  );
}

/** The same for an architecture that a run offers beside its networks. */
export function planOffer(text: string, run: FinishedRun, offer: Offer): EditPlan {
  const language = languageOf(run.header.definitionPath);
  const now = language.read(text).definition?.target;
  const target = now && targetForOffer(now, offer, run.result.target);
  return language.decide(text, searchedNetwork(run).network, offer.assignment, { ...(target && { target }) });
}

/**
 * Carries out a plan that was made for the document at `version`. Never saves: the change is the user's to keep or
 * undo.
 * @returns whether the document was edited
 */
export async function carryOut(document: vscode.TextDocument, version: number, plan: EditPlan): Promise<boolean> {
  if ('refused' in plan) {
    await showRefusal(document, plan);
    return false;
  }
  if (document.version !== version) {
    void say.warning(
      vscode.l10n.t(
        '{0} was edited in between. Nothing was changed; run the command again.',
        vscode.workspace.asRelativePath(document.uri),
      ),
    );
    return false;
  }
  return vscode.workspace.applyEdit(toWorkspaceEdit(document, plan.edits));
}

/** Says why a definition is not edited, and shows the place. */
export async function showRefusal(
  document: vscode.TextDocument,
  { refused, line, column }: Extract<EditPlan, { refused: string }>,
): Promise<void> {
  const show = vscode.l10n.t('Show');
  const answer = await say.error(
    vscode.l10n.t('{0}, line {1}: {2}', vscode.workspace.asRelativePath(document.uri), line, refused),
    show,
  );
  if (answer !== show) return;
  const position = new vscode.Position(line - 1, column - 1);
  await showBesidePanel(document, { selection: new vscode.Range(position, position) });
}
