/** "Combine Runs…": finished runs as an ensemble that stops when it is sure, in the panel; and its files for a chip. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { CombineAnswer, CombineTask } from '../../runs/ensembles/combine-folders.ts';
import { RunFolder } from '../../runs/folder/run-folder.ts';
import { formatBytes } from '../../text/format.ts';
import { atPoint, ENSEMBLE_RULES, hasExits, RULE_WORDS, type EnsembleRule } from '../../wire/ensemble.ts';
import { networkNamed } from '../../wire/result-networks.ts';
import { exportTools } from '../bundles.ts';
import type { ResultsPanel } from '../panel/results-panel.ts';
import { isFinished, runDescription, type FinishedRun, type RunRecord } from '../runs/run-record.ts';
import type { RunStore } from '../runs/run-store.ts';
import { isRecord } from '../runs/runs-view.ts';
import { pick, pickMany, say, whileWorking } from '../say.ts';
import { askThread } from '../worker-thread.ts';
import { mayRunWorker } from './trust.ts';
import { askParent, freeFolder, offerFolder, writeInto } from './write-whole.ts';

interface Services {
  readonly runs: RunStore;
  readonly panel: ResultsPanel;
}

/** Those of this window. */
let ensembles = 0;

/** Can it be a member? Only classifiers can be sure of a class. */
const isClassifier = (record: RunRecord): record is FinishedRun =>
  isFinished(record) && record.result.metric === 'accuracy';

/** Can it be combined alone: exit by exit, or the members that it has found? */
const isAlone = ({ result }: FinishedRun): boolean =>
  result.ensemble !== undefined || (result.networks[0].exits ?? []).length > 0;

/**
 * Carries out the command on the runs that are selected in the view, or that the user ticks. Returns the id of the
 * ensemble that the panel shows, or undefined where there is none (and the user was told why).
 * @param rule one of the rules, where it is known; else the user is asked
 */
export async function combineRuns(
  { runs, panel }: Services,
  called: unknown,
  selected: unknown,
  rule?: EnsembleRule,
): Promise<string | undefined> {
  if (!(await mayRunWorker())) return undefined;
  const given = Array.isArray(selected) ? selected : [typeof called === 'string' ? runs.get(called) : called];
  const records = await chooseMembers(runs, given);
  if (!records) return undefined;
  const [first] = records;
  const found = records.length === 1 ? first?.result.ensemble : undefined;
  const wanted = rule ?? found?.rule ?? (await askRule());
  if (wanted === undefined) return undefined;
  const answer = await whileWorking(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t(
        'UDC: asking {0} networks about the validation and test parts',
        found ? found.members.length + 1 : records.length,
      ),
    },
    () =>
      askThread<CombineTask, CombineAnswer>(
        'worker',
        { combine: records.map(({ folder }) => folder), rule: wanted },
        vscode.l10n.t('the data'),
      ),
  );
  if ('problem' in answer) {
    void say.error(vscode.l10n.t('These runs cannot be combined: {0}', answer.problem));
    return undefined;
  }
  const { report } = answer;
  const nameOf = new Map(records.map((record) => [basename(record.folder), record.name]));
  const names = report.members.map(
    ({ run, exit, network, bytes }) =>
      `${exit ?? (found ? network : (nameOf.get(run) ?? run))} (${formatBytes(bytes)})`,
  );
  const id = `ensemble-${Date.now()}-${++ensembles}`;
  await panel.showEnsemble({ type: 'ensemble', id, names, report });
  return id;
}

/** Two runs or more, or one with early exits; undefined, and the user is told, where there are none. */
async function chooseMembers(runs: RunStore, called: readonly unknown[]): Promise<readonly FinishedRun[] | undefined> {
  await runs.whenListed();
  const given = called.filter(isRecord).filter(isClassifier);
  if (given.length > 1 || given.some(isAlone)) return given;
  const candidates = runs.all().filter(isClassifier);
  if (candidates.length < 2 && !candidates.some(isAlone)) {
    void say.information(
      vscode.l10n.t(
        'An ensemble needs two finished runs of classification, or one with `ensemble:` or early exits: search under another budget first.',
      ),
    );
    return undefined;
  }
  const items = candidates.map((record) => ({
    label: record.name,
    description: runDescription(record),
    detail: `${record.definition}, ${new Date(record.header.created).toLocaleString()}`,
    picked: given.includes(record),
    record,
  }));
  const picked = await pickMany(items, {
    title: vscode.l10n.t('Combine which runs?'),
    placeHolder: vscode.l10n.t(
      'Two or three of the same data, classes and target, or one with an ensemble or early exits',
    ),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined) return undefined;
  if (picked.length > 1 || picked.some(({ record }) => isAlone(record))) return picked.map(({ record }) => record);
  void say.information(vscode.l10n.t('Tick two runs or more, or one with an ensemble or early exits.'));
  return undefined;
}

async function askRule(): Promise<EnsembleRule | undefined> {
  const items = ENSEMBLE_RULES.map((rule) => ({ label: rule, description: RULE_WORDS[rule], rule }));
  return (await pick(items, { title: vscode.l10n.t('When is the ensemble sure?'), matchOnDescription: true }))?.rule;
}

/**
 * Writes the ensemble that the panel shows into a new folder. Returns that, or undefined where nothing was written.
 * @param point place of the point that is chosen; absent: the one of the report
 */
export async function exportShownEnsemble(
  { runs, panel }: Services,
  id: unknown,
  point: unknown,
): Promise<vscode.Uri | undefined> {
  const shown = panel.shownEnsemble;
  if (!shown || (typeof id === 'string' && id !== shown.id)) {
    void say.information(vscode.l10n.t('The panel shows no ensemble: run "UDC: Combine Runs…" first.'));
    return undefined;
  }
  const report = atPoint(shown.report, typeof point === 'number' ? point : shown.report.chosen);
  const members = hasExits(report) ? report.members.slice(0, 1) : report.members;
  const contents = await Promise.all(
    members.map(({ run, network }) => {
      const record = runs.get(run);
      return record && new RunFolder(record.folder).readContent((result) => networkNamed(result, network));
    }),
  );
  const { exportEnsemble, exportInput } = await exportTools();
  const inputs = contents.map((content) => {
    if (!content) throw new Error(vscode.l10n.t('A run of the ensemble has gone: combine runs again.'));
    return exportInput(content);
  });
  const parent = await askParent(vscode.l10n.t('Export the ensemble into a new folder of'));
  if (!parent) return undefined;
  const folder = await freeFolder(parent, 'ensemble');
  const files = await exportEnsemble(report, inputs);
  await writeInto(folder, Object.fromEntries(files.map(({ name, data }) => [name, data])));
  void offerFolder(folder, 'ensemble.h');
  return folder;
}
