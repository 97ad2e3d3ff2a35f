/** "UDC: Fit Bits": one `bits:` a layer, as the memories of the target allow, proposed beside what stands there. */
import * as vscode from 'vscode';
import { architectureToFit, OpenDecisionError, type Fit } from '../../costs/allocate/fit-bits.ts';
import { fittedValues } from '../../language/fitted-values.ts';
import { languageOf } from '../../language/language-table.ts';
import type { FitAnswer, FitTask } from '../../runs/fit-thread.ts';
import { formatBytes } from '../../text/format.ts';
import { showBesidePanel } from '../beside-panel.ts';
import type { DefinitionDocuments } from '../language/sizes/documents.ts';
import type { ExactSizes } from '../language/sizes/exact-sizes.ts';
import { fitted, memoryLimits } from '../language/sizes/fitted.ts';
import type { NetworkSizes } from '../language/sizes/analysis.ts';
import { isDefinitionOf } from '../runs/definition-of.ts';
import { isFinished } from '../runs/run-record.ts';
import type { RunStore } from '../runs/run-store.ts';
import { pick, say, whileWorking } from '../say.ts';
import { askThread } from '../worker-thread.ts';
import { showRefusal } from './applying.ts';
import { chooseDefinition, type SampleHolder } from './definitions.ts';
import { propose } from './proposed-changes.ts';
import { mayRunWorker } from './trust.ts';

interface Services extends SampleHolder {
  readonly documents: DefinitionDocuments;
  readonly exact: ExactSizes;
  readonly runs: RunStore;
}

type Rule = 'memory-driven' | 'sensitivity';
const isRule = (value: unknown): value is Rule => value === 'memory-driven' || value === 'sensitivity';

/** Weights of the network, which the rule by sensitivity looks at. */
interface Weights {
  /** Whose they are, within a sentence. */
  readonly origin: string;
  readonly run?: FitTask['fit']['run'];
}

/**
 * Proposes bits for a definition in a diff editor. Nothing is changed until that is accepted. Returns whether anything
 * was proposed.
 * @param called the definition that it was called on
 * @param rule how bits are allocated; asked for where there are weights to look at
 */
export async function fitBits(services: Services, called: unknown, rule?: unknown): Promise<boolean> {
  const { documents } = services;
  const document = await chooseDefinition(services, called);
  if (!document) return false;
  await documents.prepared(document);
  const { sizes, errors } = documents.get(document);
  const before = document.getText();
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
  if (!(await mayFit(document, sizes))) return false;
  const weights = weightsOf(services, document, sizes);
  const wanted = isRule(rule) ? rule : await askRule(weights);
  if (wanted === undefined) return false;
  const fit =
    wanted === 'sensitivity'
      ? await fitInThread(document, sizes, weights)
      : fitted(sizes, services.exact.of(document, sizes)?.layers);
  if (!fit) return false;
  if (fit.impossible !== undefined) {
    void say.warning(fit.impossible);
    return false;
  }
  if (document.getText() !== before) {
    void say.warning(
      vscode.l10n.t('{0} was edited in between; run the command again.', vscode.workspace.asRelativePath(document.uri)),
    );
    return false;
  }
  return proposeFit(document, fit, wanted);
}

async function proposeFit(document: vscode.TextDocument, fit: Fit, rule: Rule): Promise<boolean> {
  const plan = languageOf(document.uri.path).set(document.getText(), fittedValues(fit.rows));
  if ('refused' in plan) {
    await showRefusal(document, plan);
    return false;
  }
  const bytes = formatBytes(fit.bytes);
  if (plan.edits.length === 0) {
    void say.information(vscode.l10n.t('These bits stand there already: ≈ {0} of weights.', bytes));
    return false;
  }
  const now = formatBytes(fit.bytesBefore);
  const title =
    rule === 'sensitivity'
      ? vscode.l10n.t('now and with bits by sensitivity')
      : vscode.l10n.t('now and with bits by memory');
  const message =
    plan.paths.length === 1
      ? vscode.l10n.t('1 value would change: ≈ {0} of weights instead of {1}.', bytes, now)
      : vscode.l10n.t('{0} values would change: ≈ {1} of weights instead of {2}.', plan.paths.length, bytes, now);
  await propose(document, plan, title, message);
  return true;
}

/** Is it an architecture, but for its bits, with a memory that is limited? Where not, a message says so. */
async function mayFit(document: vscode.TextDocument, sizes: NetworkSizes): Promise<boolean> {
  try {
    architectureToFit(sizes);
  } catch (error) {
    if (!(error instanceof OpenDecisionError)) throw error;
    const show = vscode.l10n.t('Show');
    if ((await say.warning(error.message, show)) !== show) return false;
    const place = document.positionAt(error.decision.sites[0]?.choice.range?.start ?? 0);
    await showBesidePanel(document, { selection: new vscode.Range(place, place) });
    return false;
  }
  if (memoryLimits(sizes)) return true;
  void say.warning(vscode.l10n.t('Nothing limits this network: write target: weights, for example 48 KiB.'));
  return false;
}

/**
 * Of the finished run whose architecture this is, else the file that the definition starts from, else the newest run of
 * it; undefined where there are none, or no data to measure gradients on.
 */
function weightsOf({ exact, runs }: Services, document: vscode.TextDocument, sizes: NetworkSizes): Weights | undefined {
  const { dataset, training } = sizes.definition;
  if (dataset === undefined || document.uri.scheme !== 'file') return undefined;
  const finished = runs.all().filter(isFinished);
  const known = exact.of(document, sizes);
  const own = known?.result && finished.find(({ result }) => result === known.result);
  if (!own && training.initialWeights !== undefined) return { origin: training.initialWeights };
  const run = own ?? finished.find(({ header }) => isDefinitionOf(header, document));
  if (!run) return undefined;
  const network = known?.network?.name;
  return {
    origin: vscode.l10n.t('the run {0}', run.name),
    run: { folder: run.folder, ...(own && network !== undefined && { network }) },
  };
}

/** By memory where there is nothing to ask; undefined where the user has thought better of it. */
async function askRule(weights: Weights | undefined): Promise<Rule | undefined> {
  if (!weights) return 'memory-driven';
  const items = [
    {
      label: vscode.l10n.t('By Memory Alone'),
      detail: vscode.l10n.t(
        'The layer with about the largest share is halved until all fit. At once; no weight is looked at.',
      ),
      rule: 'memory-driven' as const,
    },
    {
      label: vscode.l10n.t('By Sensitivity'),
      detail: vscode.l10n.t(
        'Bits and zeros that harm least, by the weights of {0} and some hundred samples. Takes seconds; nothing is trained.',
        weights.origin,
      ),
      rule: 'sensitivity' as const,
    },
  ];
  return (await pick(items, { title: vscode.l10n.t('How are bits allocated?') }))?.rule;
}

async function fitInThread(
  document: vscode.TextDocument,
  sizes: NetworkSizes,
  weights: Weights | undefined,
): Promise<Fit | undefined> {
  if (!weights) {
    void say.warning(
      vscode.l10n.t(
        'Sensitivities need weights and data: search this definition first, or name a file of weights in training: initialWeights, and samples in dataset.',
      ),
    );
    return undefined;
  }
  if (!(await mayRunWorker())) return undefined;
  const title = vscode.l10n.t('UDC: measuring how bits harm {0}', sizes.definition.name);
  const answer = await whileWorking({ location: vscode.ProgressLocation.Notification, title }, () =>
    askThread<FitTask, FitAnswer>(
      'worker',
      {
        fit: {
          text: document.getText(),
          definitionPath: document.uri.fsPath,
          ...(weights.run && { run: weights.run }),
        },
        limits: memoryLimits(sizes) ?? {},
      },
      vscode.l10n.t('the data'),
    ),
  );
  if ('fit' in answer) return answer.fit;
  void say.error(vscode.l10n.t('Sensitivities cannot be measured: {0}', answer.problem));
  return undefined;
}
