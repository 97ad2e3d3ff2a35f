/**
 * Edits of a definition that are shown before they are made: what it says beside what it would say, in the diff editor.
 * Nothing is changed until the user accepts, by the button in the editor's title or that of the notification.
 */
import * as vscode from 'vscode';
import { applyEdits, type Edits } from '../../language/edit-plan.ts';
import { columnBesidePanel, showBesidePanel } from '../beside-panel.ts';
import { TEXT_SCHEMES } from '../contributions.ts';
import { say } from '../say.ts';
import { carryOut } from './applying.ts';

interface Proposal {
  readonly document: vscode.TextDocument;
  /** The text that the edits are of. */
  readonly before: string;
  readonly after: string;
  readonly plan: Edits;
}

/** The latest of each definition, by the address of what it would say. */
class Proposals implements vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly known = new Map<string, Proposal>();

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.known.get(uri.toString())?.after ?? '';
  }

  get(uri: vscode.Uri): Proposal | undefined {
    return this.known.get(uri.toString());
  }

  put(uri: vscode.Uri, proposal: Proposal): void {
    this.known.set(uri.toString(), proposal);
    this.changed.fire(uri);
  }
}

const proposals = new Proposals();

export function registerProposals(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(TEXT_SCHEMES.proposed, proposals);
}

/**
 * Shows what edits would make of a document, and offers to apply them.
 * @param plan for the document's text as it is
 * @param title of the diff, after the file's name
 * @param message of the notification
 */
export async function propose(
  document: vscode.TextDocument,
  plan: Edits,
  title: string,
  message: string,
): Promise<void> {
  const before = document.getText();
  const uri = document.uri.with({ scheme: TEXT_SCHEMES.proposed });
  proposals.put(uri, { document, before, after: applyEdits(before, plan.edits), plan });
  await vscode.commands.executeCommand(
    'vscode.diff',
    document.uri,
    uri,
    `${vscode.workspace.asRelativePath(document.uri)}: ${title}`,
    { viewColumn: columnBesidePanel(document), preview: true },
  );
  const [apply, discard] = [vscode.l10n.t('Apply'), vscode.l10n.t('Discard')];
  const proposal = proposals.get(uri);
  void say.information(message, apply, discard).then((answer) => {
    // By now another proposal may stand there, which the notification does not speak of.
    if (answer === undefined || proposals.get(uri) !== proposal) return;
    void (answer === apply ? acceptProposal(uri) : discardProposal(uri));
  });
}

/** Makes the edits that are shown, unsaved. Returns whether it did. @param called the address of what is proposed */
export async function acceptProposal(called: unknown): Promise<boolean> {
  const uri = proposedUri(called);
  const proposal = uri && proposals.get(uri);
  if (!proposal) {
    void say.information(vscode.l10n.t('No changes are proposed here: run "UDC: Fit Bits" first.'));
    return false;
  }
  const document = await vscode.workspace.openTextDocument(proposal.document.uri);
  if (document.getText() !== proposal.before) {
    void say.warning(
      vscode.l10n.t(
        '{0} was edited in between. Nothing was changed; run the command again.',
        vscode.workspace.asRelativePath(document.uri),
      ),
    );
    return false;
  }
  await closeDiff(uri);
  await showBesidePanel(document);
  return carryOut(document, document.version, proposal.plan);
}

/** Closes what is proposed; nothing was changed. */
export async function discardProposal(called: unknown): Promise<void> {
  const uri = proposedUri(called);
  if (uri) await closeDiff(uri);
}

/** What a command was called on, else what the active diff editor proposes. */
function proposedUri(called: unknown): vscode.Uri | undefined {
  if (called instanceof vscode.Uri) return called;
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputTextDiff ? input.modified : undefined;
}

async function closeDiff(uri: vscode.Uri): Promise<void> {
  const shown = vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof vscode.TabInputTextDiff && input.modified.toString() === uri.toString());
  await vscode.window.tabGroups.close(shown);
}
