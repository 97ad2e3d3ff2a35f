/** The commands on the list of runs: rename, note, compare, sort, filter. */
import * as vscode from 'vscode';
import { RUN_ORDERS, type RunOrder } from '../../wire/run-list.ts';
import type { ResultsPanel } from '../panel/results-panel.ts';
import { isRecord, type RunsView } from '../runs/runs-view.ts';
import { runDescription } from '../runs/run-record.ts';
import type { RunStore } from '../runs/run-store.ts';
import { pick, pickMany, say } from '../say.ts';
import { chooseRun } from './choose-run.ts';

interface Services {
  readonly runs: RunStore;
  readonly panel: ResultsPanel;
  readonly view: RunsView;
}

const NO_RUNS = (): string => vscode.l10n.t('There are no runs yet.');

export async function renameRun({ runs }: Services, called: unknown, given: unknown): Promise<void> {
  const record = await chooseRun(runs, called, {
    title: vscode.l10n.t('Rename which run?'),
    accepts: () => true,
    none: NO_RUNS(),
  });
  if (!record) return;
  const name =
    typeof given === 'string'
      ? given
      : await vscode.window.showInputBox({
          title: vscode.l10n.t('Name of this run'),
          prompt: vscode.l10n.t('Shown in lists and in the panel; empty: the name of the definition.'),
          value: record.name,
        });
  if (name !== undefined) await runs.label(record.header.id, { name });
}

export async function noteRun({ runs }: Services, called: unknown, given: unknown): Promise<void> {
  const record = await chooseRun(runs, called, {
    title: vscode.l10n.t('Note of which run?'),
    accepts: () => true,
    none: NO_RUNS(),
  });
  if (!record) return;
  const note =
    typeof given === 'string'
      ? given
      : await vscode.window.showInputBox({
          title: vscode.l10n.t('Note of {0}', record.name),
          prompt: vscode.l10n.t('What is worth remembering of this run; empty: no note.'),
          value: record.note ?? '',
        });
  if (note !== undefined) await runs.label(record.header.id, { note });
}

/** Shows runs beside each other: those selected in the view, or those that the user ticks. */
export async function compareRuns({ runs, panel }: Services, _: unknown, selected: unknown): Promise<void> {
  await runs.whenListed();
  const chosen = Array.isArray(selected) ? selected.filter(isRecord).map(({ header }) => header.id) : [];
  if (chosen.length > 1) return panel.show(chosen);
  const items = runs
    .all()
    .map((record) => ({
      label: record.name,
      description: runDescription(record),
      detail: new Date(record.header.created).toLocaleString(),
      id: record.header.id,
      picked: chosen.includes(record.header.id),
    }));
  if (items.length === 0) {
    void say.information(NO_RUNS());
    return;
  }
  const picked = await pickMany(items, {
    title: vscode.l10n.t('Compare which runs?'),
    placeHolder: vscode.l10n.t('The panel shows them beside each other in its tab Compare'),
    matchOnDescription: true,
  });
  if (picked && picked.length > 0) await panel.show(picked.map(({ id }) => id));
}

const ORDER_TEXT: Readonly<Record<RunOrder, string>> = {
  date: 'the newest first',
  name: 'by the alphabet',
  budget: 'the smallest first',
  strategy: 'by the alphabet',
  metric: 'the best first',
  size: 'the smallest first',
};

export async function sortRunsBy({ view }: Services, given: unknown): Promise<void> {
  const named = RUN_ORDERS.find((order) => order === given);
  if (named) {
    view.arrange({ order: named });
    return;
  }
  const now = view.arrangement.order;
  const items = RUN_ORDERS.map((order) => ({
    label: order,
    description: order === now ? vscode.l10n.t('{0}, as now', ORDER_TEXT[order]) : ORDER_TEXT[order],
    order,
  }));
  const picked = await pick(items, { title: vscode.l10n.t('Sort runs by') });
  if (picked) view.arrange({ order: picked.order });
}

export async function filterRuns({ view }: Services, given: unknown): Promise<void> {
  const text =
    typeof given === 'string'
      ? given
      : await vscode.window.showInputBox({
          title: vscode.l10n.t('Filter runs'),
          prompt: vscode.l10n.t(
            'Words that a run has in its name, note, strategy, state, date or definition; empty: all runs.',
          ),
          value: view.arrangement.filter,
        });
  if (text !== undefined) view.arrange({ filter: text });
}
