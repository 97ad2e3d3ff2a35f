/** Starting a search: the definition, its budget, and what must hold before a worker is worth starting. */
import { messageOf } from '../../base/error-text.ts';
import * as vscode from 'vscode';
import { formatBytes } from '../../text/format.ts';
import { parseBytes } from '../../language/byte-units.ts';
import { showBesidePanel } from '../beside-panel.ts';
import { SETTINGS, SETTINGS_SECTION } from '../contributions.ts';
import type { Diagnostic } from '../../network/types.ts';
import { inSlices } from '../language/sizes/slices.ts';
import type { Analysis, NetworkSizes } from '../language/sizes/analysis.ts';
import type { DataFindings } from '../language/data-findings.ts';
import type { DefinitionDocuments } from '../language/sizes/documents.ts';
import { namedFileProblems } from '../language/problems/named-file-problems.ts';
import type { ResultsPanel } from '../panel/results-panel.ts';
import { readSettings } from '../settings.ts';
import type { RunStore } from '../runs/run-store.ts';
import { idleStrategies, type StrategyChoice } from './choose-strategy.ts';
import { chooseDefinition, type SampleHolder } from './definitions.ts';
import { mayRunWorker } from './trust.ts';
import { say, whileWorking } from '../say.ts';

export interface SearchServices extends SampleHolder {
  readonly runs: RunStore;
  readonly panel: ResultsPanel;
  readonly documents: DefinitionDocuments;
  readonly data: DataFindings;
}

/**
 * Carries out "Start Search" and "Start Search With…". Returns the new run's id, or undefined when nothing was started
 * (and the user was told why).
 */
export async function startSearch(
  services: SearchServices,
  called: unknown,
  strategyFor: StrategyChoice,
): Promise<string | undefined> {
  const { runs, panel } = services;
  const ready = await readyToSearch(services, called);
  if (!ready) return undefined;
  const { document: saved, sizes } = ready;
  const { definition } = sizes;
  const strategy = await strategyFor(definition.strategy);
  if (strategy === undefined) return undefined;
  for (const idle of idleStrategies(definition, [strategy]))
    void say.warning(vscode.l10n.t('{0}: {1}', definition.name, idle));
  const settings = readSettings(saved);
  const budgetBytes = sizes.budgetBytes ?? budgetSetting(settings.budget) ?? (await askBudget(sizes));
  if (budgetBytes === undefined) return undefined;
  const refusal = await inSlices(sizes.refusalSteps(budgetBytes));
  if (refusal) {
    void say.error(vscode.l10n.t('{0}: {1}', definition.name, refusal.text));
    return undefined;
  }
  const id = await runs.start({
    document: saved,
    strategy,
    limits: sizes.limitsWith(budgetBytes),
    seed: settings.seed ?? definition.training.seed,
    backend: settings.backend,
    baselines: settings.baselines ? ['uniform'] : [],
  });
  if (settings.openResults) await panel.show([id]);
  return id;
}

/**
 * A definition that a search can begin with: on a disk, without errors, its data and weights to be had. Undefined where
 * there is none, and the user was told why.
 */
export async function readyToSearch(
  { documents, data, extensionUri }: SearchServices,
  called: unknown,
): Promise<{ readonly document: vscode.TextDocument; readonly sizes: NetworkSizes } | undefined> {
  if (!(await mayRunWorker())) return undefined;
  const document = await chooseDefinition({ extensionUri }, called);
  if (!document) return undefined;
  const saved = await onDisk(document);
  if (!saved) return undefined;
  await documents.judged(saved);
  const analysis = documents.get(saved);
  const [firstError] = analysis.errors;
  if (firstError || !analysis.sizes) {
    await showProblem(
      saved,
      firstError?.line ?? 1,
      firstError?.message ?? vscode.l10n.t('The definition cannot be sized.'),
    );
    return undefined;
  }
  const obstacle =
    analysis.diagnostics.find(({ code }) => code === 'no-dataset') ?? (await filesProblem(saved, analysis, data));
  if (obstacle) {
    await showProblem(saved, obstacle.line, obstacle.message);
    return undefined;
  }
  return { document: saved, sizes: analysis.sizes };
}

/** What is wrong with the files that a definition names, found before anything is asked, made or opened. */
async function filesProblem(
  document: vscode.TextDocument,
  analysis: Analysis,
  data: DataFindings,
): Promise<Diagnostic | undefined> {
  const initial = (await namedFileProblems(document, analysis)).find(({ severity }) => severity === 'error');
  if (initial) return initial;
  const found = await whileWorking(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('UDC: reading the data') },
    () => data.look(document),
  );
  // A warning stands in the editor; it keeps nobody from searching.
  return found.find(({ severity }) => severity === 'error');
}

/** The budget of the settings; undefined when it is empty or is no number of bytes. */
function budgetSetting(text: string): number | undefined {
  if (text === '') return undefined;
  try {
    return parseBytes(text);
  } catch (error) {
    void say.warning(
      vscode.l10n.t('The setting {0} is ignored: {1}', `${SETTINGS_SECTION}.${SETTINGS.budget.id}`, messageOf(error)),
    );
    return undefined;
  }
}

async function askBudget(sizes: NetworkSizes): Promise<number | undefined> {
  const { smallest, largest } = sizes;
  const answer = await vscode.window.showInputBox({
    title: vscode.l10n.t('Weight memory for this search'),
    prompt: vscode.l10n.t(
      'The architectures of this definition take about {0} to {1}. To keep the answer, write it as `weights:` into `target`.',
      formatBytes(smallest),
      formatBytes(largest),
    ),
    value: formatBytes(Math.round((smallest + largest) / 2)).replace('\u00a0', ' '),
    validateInput: (text) => checkBudget(text, sizes),
  });
  return answer === undefined ? undefined : parseBytes(answer);
}

/** What is wrong with a budget, or undefined. */
async function checkBudget(text: string, sizes: NetworkSizes): Promise<string | undefined> {
  try {
    return (await inSlices(sizes.refusalSteps(parseBytes(text))))?.text;
  } catch (error) {
    return messageOf(error);
  }
}

/**
 * A run lies beside its definition and reads its data from there, so the definition needs a place on a disk. The text
 * that is searched is the editor's, saved or not.
 */
async function onDisk(document: vscode.TextDocument): Promise<vscode.TextDocument | undefined> {
  if (document.uri.scheme === 'file') return document;
  if (!document.isUntitled) {
    void say.error(
      vscode.l10n.t(
        'A search needs its dataset and run folder on disk; {0} is in a virtual file system.',
        document.uri.toString(),
      ),
    );
    return undefined;
  }
  const save = vscode.l10n.t('Save As…');
  const answer = await say.information(
    vscode.l10n.t('Save the model definition first: its run is kept beside it.'),
    save,
  );
  if (answer !== save) return undefined;
  const uri = await vscode.workspace.save(document.uri);
  return uri?.scheme === 'file' ? vscode.workspace.openTextDocument(uri) : undefined;
}

async function showProblem(document: vscode.TextDocument, line: number, message: string): Promise<void> {
  const open = vscode.l10n.t('Show Problem');
  const answer = await say.error(
    vscode.l10n.t('{0}, line {1}: {2}', vscode.workspace.asRelativePath(document.uri), line, message),
    open,
  );
  if (answer !== open) return;
  const position = new vscode.Position(line - 1, 0);
  await showBesidePanel(document, { selection: new vscode.Range(position, position) });
  await vscode.commands.executeCommand('workbench.actions.view.problems');
}
