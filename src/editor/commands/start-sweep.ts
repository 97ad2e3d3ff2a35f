/** "Sweep": asks for budgets, seeds, strategies and chips, says what it will take, and begins. */
import { messageOf } from '../../base/error-text.ts';
import * as vscode from 'vscode';
import { usualBudgets } from '../../costs/limits/usual-budgets.ts';
import { parseBudgets, parseSeeds } from '../../language/sweep-lists.ts';
import { PlanError, planSweep } from '../../runs/sweep/plan-sweep.ts';
import { coresHere, parallelHere } from '../../runs/sweep/sweep-driver.ts';
import { requestOf, type SweepRequest } from '../../runs/sweep/sweep-folder.ts';
import { EstimateError, secondsOf, sideBySide } from '../../runs/sweep/time-estimate.ts';
import { findTarget, TARGETS } from '../../targets/find-target.ts';
import { formatBytes, formatDuration } from '../../text/format.ts';
import { STRATEGIES, strategyTitle, type StrategyName } from '../../wire/strategies.ts';
import { cellsOf, listsOf, type SweepCell } from '../../wire/sweep-plan.ts';
import type { NetworkSizes } from '../language/sizes/analysis.ts';
import type { SweepStore } from '../runs/sweep-store.ts';
import { readSettings } from '../settings.ts';
import { pickMany, say, whileWorking } from '../say.ts';
import { idleStrategies } from './choose-strategy.ts';
import { readyToSearch, type SearchServices } from './start-search.ts';

interface Services extends SearchServices {
  readonly sweeps: SweepStore;
}

/** Carries out the command. Returns the sweep's id; undefined when nothing was started, and the user was told why. */
export const startSweep = (services: Services, called: unknown): Promise<string | undefined> =>
  begin(services, called, 'sweep');

/** The same for all strategies on the definition's own chip: who of them searches best. */
export const compareStrategies = (services: Services, called: unknown): Promise<string | undefined> =>
  begin(services, called, 'comparison');

async function begin(services: Services, called: unknown, kind: Kind): Promise<string | undefined> {
  const ready = await readyToSearch(services, called);
  if (!ready) return undefined;
  const { document, sizes } = ready;
  const { definition } = sizes;
  const title = titles(kind);
  const budgets = await askBudgets(title(1), sizes);
  if (!budgets) return undefined;
  const settings = readSettings(document);
  const seeds = await askSeeds(title(2), settings.seed ?? definition.training.seed);
  if (!seeds) return undefined;
  const strategies = await askStrategies(title(3), definition.strategy, kind);
  if (!strategies || strategies.length === 0) return undefined;
  const targets = kind === 'comparison' ? [sizes.target.name] : await askTargets(title(4), sizes.target.name);
  if (!targets || targets.length === 0) return undefined;
  let request: SweepRequest;
  try {
    request = planSweep({
      name: definition.name,
      definitionPath: document.uri.fsPath,
      definitionText: document.getText(),
      plan: { budgets, seeds, strategies, targets },
      given: {},
      backend: settings.backend,
      baselines: settings.baselines ? ['uniform'] : [],
    });
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    void say.error(vscode.l10n.t('{0}: {1}', definition.name, error.message));
    return undefined;
  }
  const cells = cellsOf(request.plan).filter(({ index }) => !request.leftOut.some((one) => one.index === index));
  if (cells.length === 0) {
    void say.error(vscode.l10n.t('{0}: {1}', definition.name, request.leftOut[0]?.reason ?? ''));
    return undefined;
  }
  if (!(await agreed(services, request, cells, idleStrategies(definition, strategies)))) return undefined;
  const id = await services.sweeps.start(await services.runs.runsFolder(document.uri), request);
  await services.panel.showSweep(id);
  return id;
}

type Kind = 'sweep' | 'comparison';

/** The titles of the questions, which are numbered from 1. */
function titles(kind: Kind): (question: 1 | 2 | 3 | 4) => string {
  const asked = [
    vscode.l10n.t('budgets'),
    vscode.l10n.t('seeds'),
    vscode.l10n.t('who searches'),
    vscode.l10n.t('chips'),
  ] as const;
  return (question) =>
    kind === 'sweep'
      ? vscode.l10n.t('Sweep ({0} of 4): {1}', question, asked[question - 1]!)
      : vscode.l10n.t('Compare strategies ({0} of 3): {1}', question, asked[question - 1]!);
}

const spaced = (bytes: number): string => formatBytes(bytes).replace('\u00a0', ' ');

async function askBudgets(title: string, sizes: NetworkSizes): Promise<readonly number[] | undefined> {
  const { smallest, largest, budgetBytes } = sizes;
  const usual = usualBudgets(Math.ceil(smallest), Math.ceil(largest));
  const all = [...new Set([...usual, ...(budgetBytes === undefined ? [] : [budgetBytes])])];
  const answer = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t(
      'Weight memories to search for, between commas; 2 KiB..16 KiB doubles from the first to the last. This definition reaches from {0} to {1}.',
      formatBytes(smallest),
      formatBytes(largest),
    ),
    value: all
      .sort((a, b) => a - b)
      .map(spaced)
      .join(', '),
    validateInput: (text) => problemOf(() => parseBudgets(text)) ?? tooSmall(parseBudgets(text), smallest),
  });
  return answer === undefined ? undefined : parseBudgets(answer);
}

function tooSmall(budgets: readonly number[], smallest: number): string | undefined {
  return budgets.every((budget) => budget < smallest)
    ? vscode.l10n.t('The smallest architecture needs {0}.', formatBytes(smallest))
    : undefined;
}

async function askSeeds(title: string, seed: number): Promise<readonly number[] | undefined> {
  const answer = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t(
      'Each budget is searched once for each seed: three show how much a result owes to chance. Numbers between commas, or 1..3.',
    ),
    value: `${seed}..${seed + 2}`,
    validateInput: (text) => problemOf(() => parseSeeds(text)),
  });
  return answer === undefined ? undefined : parseSeeds(answer);
}

function problemOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function askStrategies(
  title: string,
  own: StrategyName,
  kind: Kind,
): Promise<readonly StrategyName[] | undefined> {
  const items = STRATEGIES.map(({ id, title: label, about, price }) => ({
    id,
    label,
    description: id === own ? vscode.l10n.t('as in the definition') : '',
    detail: `${about} ${price}`,
    picked: kind === 'comparison' || id === own,
  }));
  items.sort((a, b) => Number(b.id === own) - Number(a.id === own));
  const picked = await pickMany(items, {
    title,
    placeHolder: vscode.l10n.t('Several are compared at the same budgets and seeds'),
    matchOnDetail: true,
  });
  return picked?.map(({ id }) => id);
}

async function askTargets(title: string, own: string): Promise<readonly string[] | undefined> {
  // A chip with the presets of the definition is one of its own.
  const chips = TARGETS.some(({ name }) => name === own) ? TARGETS : [findTarget(own), ...TARGETS];
  const items = chips.map(({ name, title: chip }) => ({
    label: name,
    description: name === own ? vscode.l10n.t('{0}, as in the definition', chip) : chip,
    picked: name === own,
  }));
  items.sort((a, b) => Number(b.label === own) - Number(a.label === own));
  const picked = await pickMany(items, {
    title,
    placeHolder: vscode.l10n.t('Every budget is searched for each of them'),
    matchOnDescription: true,
  });
  return picked?.map(({ label }) => label);
}

/** Times some steps, says what the sweep will take, with `notes` on what of it has no effect, and asks. */
async function agreed(
  { runs }: Services,
  request: SweepRequest,
  cells: readonly SweepCell[],
  notes: readonly string[],
): Promise<boolean> {
  const parallel = parallelHere(cells.length);
  const cores = coresHere(parallel);
  const { strategies, budgets, seeds, targets } = listsOf(cells);
  const of = new Map<string, number>();
  try {
    const timed = await whileWorking(
      {
        location: vscode.ProgressLocation.Notification,
        cancellable: true,
        title: vscode.l10n.t('UDC: timing some training steps'),
      },
      async (report, cancelled) => {
        const stop = new AbortController();
        cancelled.onCancellationRequested(() => {
          stop.abort();
        });
        for (const strategy of [...new Set([...strategies, ...request.baselines])]) {
          report({ message: strategyTitle(strategy) });
          const alone = requestOf({ ...request, baselines: [] }, { ...cells[0]!, strategy });
          of.set(strategy, await secondsOf(alone, cores, runs.launcherFor(request.backend), stop.signal));
        }
        return true;
      },
    ).then(undefined, (error: unknown) => {
      if (error instanceof EstimateError) throw error;
      return false;
    });
    if (!timed) return false;
  } catch (error) {
    void say.error(vscode.l10n.t('This sweep cannot begin: {0}', messageOf(error)));
    return false;
  }
  const compared = request.baselines.reduce((sum, id) => sum + of.get(id)!, 0);
  const seconds = sideBySide(
    cells.map(({ strategy }) => of.get(strategy)! + compared),
    parallel,
  );
  const start = vscode.l10n.t('Start Sweep');
  const [leftOut] = request.leftOut;
  const detail = [
    vscode.l10n.t('Budgets: {0}', budgets.map(formatBytes).join(', ')),
    vscode.l10n.t('Seeds: {0}', seeds.join(', ')),
    vscode.l10n.t('By: {0}', strategies.map(strategyTitle).join(', ')),
    vscode.l10n.t('For: {0}', targets.join(', ')),
    vscode.l10n.t('{0} side by side, with {1} of the cores each. It can be stopped and resumed.', parallel, cores),
    ...(leftOut ? [vscode.l10n.t('{0} left out: {1}', request.leftOut.length, leftOut.reason)] : []),
    ...notes,
  ].join('\n');
  const answer = await say.information(
    vscode.l10n.t('{0} runs, about {1} in all.', cells.length, formatDuration(seconds)),
    { modal: true, detail },
    start,
  );
  return answer === start;
}
