/** "Specialise for a Budget": a network of another budget or target from the weights that a run has trained once. */
import { dirname } from 'node:path';
import { messageOf } from '../../base/error-text.ts';
import * as vscode from 'vscode';
import { feasibility, refusalText } from '../../costs/limits/feasibility.ts';
import { limitsElsewhere } from '../../costs/limits/limits-elsewhere.ts';
import { parseBytes } from '../../language/byte-units.ts';
import { languageOf } from '../../language/language-table.ts';
import { instantiate } from '../../network/architecture.ts';
import type { Network } from '../../network/types.ts';
import { withoutEnsemble } from '../../network/without-ensemble.ts';
import { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { specialiseRequest } from '../../runs/specialise-request.ts';
import { RunFolder } from '../../runs/folder/run-folder.ts';
import { findTarget, TARGETS, type Target } from '../../targets/find-target.ts';
import { problemsOfSpace } from '../../targets/runnable.ts';
import { leftOutText, withinTarget } from '../../targets/within-target.ts';
import { formatBytes } from '../../text/format.ts';
import type { Limit } from '../../wire/limits.ts';
import type { Offers } from '../../wire/offers.ts';
import type { ResultsPanel } from '../panel/results-panel.ts';
import { isFinished, noResultText, type RunRecord } from '../runs/run-record.ts';
import type { RunStore } from '../runs/run-store.ts';
import { pick, say } from '../say.ts';
import { chooseRun } from './choose-run.ts';
import { mayRunWorker } from './trust.ts';

interface Services {
  readonly runs: RunStore;
  readonly panel: ResultsPanel;
}

type Source = RunRecord & { readonly result: { readonly offers: Offers } };

const isSource = (record: RunRecord): record is Source => record.result?.offers !== undefined;

/**
 * Carries out the command. Returns the new run's id, or undefined when nothing was started (and the user was told why).
 * @param bytes the budget, where the panel has one: then only tuning is asked about
 */
export async function specialise(
  { runs, panel }: Services,
  called: unknown,
  bytes: unknown,
): Promise<string | undefined> {
  if (!(await mayRunWorker())) return undefined;
  const source = await sourceRun(runs, called);
  if (!source) return undefined;
  const given = typeof bytes === 'number' ? bytes : undefined;
  const target = given === undefined ? await askTarget(source) : findTarget(source.result.target);
  if (!target) return undefined;
  const limitsAt = limitsFor(source, target);
  if (!limitsAt) return undefined;
  const budget = given ?? (await askBudget(source, limitsAt));
  if (budget === undefined) return undefined;
  const tune = await askTuning();
  if (tune === undefined) return undefined;
  const { limits, refusal } = limitsAt(budget);
  if (refusal !== undefined) {
    void say.error(vscode.l10n.t('{0}: {1}', source.name, refusal));
    return undefined;
  }
  const named = target.name === source.result.target ? undefined : target.name;
  const request = await specialiseRequest(new RunFolder(source.folder), limits, { target: named, tune });
  const id = await runs.startIn(dirname(source.folder), request);
  await panel.show([id]);
  return id;
}

/** The run that has the weights: a network that was specialised stands for the run that it came from. */
async function sourceRun(runs: RunStore, called: unknown): Promise<Source | undefined> {
  const record = await chooseRun(runs, called, {
    title: vscode.l10n.t('Specialise the weights of which run?'),
    accepts: isSource,
    none: vscode.l10n.t(
      'No run keeps weights for other sizes yet. Run "UDC: Start Search With…" and choose Once for all first.',
    ),
  });
  if (!record) return undefined;
  const from = record.header.from && runs.get(record.header.from.id);
  const found = from ?? record;
  if (isSource(found)) return found;
  const why = isFinished(found)
    ? vscode.l10n.t('{0} keeps no weights for other sizes: search it by Once for all first.', found.name)
    : noResultText(found);
  void say.information(why);
  return undefined;
}

async function askTarget(source: Source): Promise<Target | undefined> {
  const own = source.result.target;
  const items = TARGETS.map((target) => ({
    label: target.name,
    description: target.name === own ? vscode.l10n.t('as the run') : '',
    target,
  }));
  items.sort((a, b) => Number(b.label === own) - Number(a.label === own));
  return (await pick(items, { title: vscode.l10n.t('Specialise for which chip?'), matchOnDescription: true }))?.target;
}

interface Judged {
  readonly limits: readonly Limit[];
  /** Why nothing is within them. */
  readonly refusal?: string;
}

/** The limits that hold with a budget; undefined, and the user is told, where the chip cannot run the definition. */
function limitsFor(source: Source, target: Target): ((budget: number) => Judged) | undefined {
  const language = languageOf(source.header.definitionPath);
  const text = language.retarget(source.header.definitionText, target.name);
  const whole: Network | undefined = 'text' in text ? language.read(text.text).network : undefined;
  if (!whole) {
    void say.error(vscode.l10n.t('The definition of {0} cannot be read any more.', source.name));
    return undefined;
  }
  const within = withinTarget(withoutEnsemble(whole), target);
  const reasons = 'refused' in within ? [within.refused] : problemsOfSmallest(target, within.network);
  if ('refused' in within || reasons.length > 0) {
    void say.error(vscode.l10n.t('{0} cannot run this: {1}', target.name, reasons.join('; ')));
    return undefined;
  }
  const { network } = within;
  const size = new SizeExpression(network, target);
  const { leftOut } = limitsElsewhere(network.definition, target);
  const notes = [leftOutText(target, within.leftOut), ...leftOut].filter((note) => note !== undefined);
  if (notes.length > 0) void say.information(notes.join(' '));
  return (budget) => {
    const { limits } = limitsElsewhere(network.definition, target, { weights: budget });
    const { refusal } = feasibility(network, target, limits, size);
    return { limits, ...(refusal && { refusal: refusalText(refusal) }) };
  };
}

const problemsOfSmallest = (target: Target, network: Network): readonly string[] =>
  problemsOfSpace(target, network, instantiate(network, new SizeExpression(network, target).smallest().assignment));

async function askBudget({ result }: Source, limitsAt: (budget: number) => Judged): Promise<number | undefined> {
  const { list } = result.offers;
  const [first, last] = [list[0], list.at(-1)];
  const check = (text: string): string | undefined => {
    try {
      return limitsAt(parseBytes(text)).refusal;
    } catch (error) {
      return messageOf(error);
    }
  };
  const answer = await vscode.window.showInputBox({
    title: vscode.l10n.t('Weight memory of the network'),
    prompt:
      first && last
        ? vscode.l10n.t(
            'On {0}, {1} to {2} are of use.',
            result.target,
            formatBytes(first.exactBytes),
            formatBytes(last.exactBytes),
          )
        : vscode.l10n.t('For example 6 KiB.'),
    value: formatBytes(result.networks[0].certificate.exactBytes).replace('\u00a0', ' '),
    validateInput: check,
  });
  return answer === undefined ? undefined : parseBytes(answer);
}

const TUNINGS = [0, 2, 10] as const;

async function askTuning(): Promise<number | undefined> {
  const items = TUNINGS.map((epochs) => ({
    label: epochs === 0 ? vscode.l10n.t('As it is') : vscode.l10n.t('Tune for {0} epochs', epochs),
    detail:
      epochs === 0
        ? vscode.l10n.t('No training: the weights are cut out and quantised, within seconds.')
        : vscode.l10n.t('Trains the network in the arithmetic of the chip.'),
    epochs,
  }));
  return (await pick(items, { title: vscode.l10n.t('Tune the weights?') }))?.epochs;
}
