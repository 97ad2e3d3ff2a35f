/**
 * What the panel shows of a run, worked out from its view: meters, rows of the layer table, probabilities of decisions.
 * Pure, no DOM.
 */
import { limitOn, weightLimit, type CostName } from '../src/wire/limits.ts';
import { mapBits } from '../src/wire/map-bits.ts';
import type { ByteSplit, DecisionHeader, LayerReport, RunEvent, StageHeader } from '../src/wire/run.ts';
import { isDeciding } from '../src/wire/stages.ts';
import { latestEpoch, type RunView } from './state.ts';

export interface OpenDecision {
  readonly header: DecisionHeader;
  /** One per label; sums to 1. */
  readonly probabilities: readonly number[];
  /** Index of the option that was chosen; while the decision is open, of the most probable one. */
  readonly chosen: number;
  /**
   * Index of another option, which the current architecture takes for the sake of the limits; absent where it takes
   * the most probable one.
   */
  readonly fitted?: number;
}

export interface LayerRow {
  readonly layer: LayerReport;
  /** Place in the definition, from 0. */
  readonly order: number;
  /** Of the budget, 0..1. */
  readonly share: number;
  readonly decisions: Readonly<Partial<Record<DecisionHeader['kind'], OpenDecision>>>;
}

export interface WeightMeter {
  readonly budgetBytes: number;
  readonly split: ByteSplit;
  /** Present while decisions are open. */
  readonly expectedBytes?: number;
  /** The final bytes, by the encoder on the final weights. */
  readonly final: boolean;
}

/** Layers of the newest architecture; of the result where there is one. */
export function currentLayers(view: RunView): readonly LayerReport[] {
  return view.result?.networks[0].layers ?? view.epochs.findLast((epoch) => epoch.layers.length > 0)?.layers ?? [];
}

/** Whether decisions still have probabilities to show. */
export function isSearching(view: RunView): boolean {
  const stage = latestEpoch(view)?.stage;
  return !view.result && stage !== undefined && isDeciding(view.started, stage);
}

const NOTHING: ByteSplit = { totalBytes: 0, weightBytes: 0, sideBytes: 0, paddingBytes: 0, entropyBytes: 0 };

export function addSplits(splits: readonly ByteSplit[]): ByteSplit {
  return splits.reduce<ByteSplit>(
    (sum, split) => ({
      totalBytes: sum.totalBytes + split.totalBytes,
      weightBytes: sum.weightBytes + split.weightBytes,
      sideBytes: sum.sideBytes + split.sideBytes,
      paddingBytes: sum.paddingBytes + split.paddingBytes,
      entropyBytes: sum.entropyBytes + split.entropyBytes,
    }),
    NOTHING,
  );
}

/** Undefined before the first epoch. */
export function weightMeter(view: RunView): WeightMeter | undefined {
  const budgetBytes = weightLimit(view.summary.limits);
  if (view.result) return { budgetBytes, split: view.result.networks[0].totals, final: true };
  const layers = currentLayers(view);
  if (layers.length === 0) return undefined;
  const latest = latestEpoch(view);
  return {
    budgetBytes,
    split: addSplits(layers),
    final: false,
    ...(latest?.expectedBytes !== undefined && isSearching(view) && { expectedBytes: latest.expectedBytes }),
  };
}

/** Peak activation memory and its budget, if there is one. While searching the peak is that of the largest layer. */
export function activationMeter(
  view: RunView,
): { readonly peakBytes: number; readonly budgetBytes?: number } | undefined {
  const layers = currentLayers(view);
  if (!view.result && layers.length === 0) return undefined;
  const budgetBytes = limitOn(view.result?.limits ?? view.started?.limits ?? [], 'activations');
  return {
    peakBytes:
      view.result?.networks[0].totals.peakActivationBytes ?? Math.max(...layers.map((layer) => layer.activationBytes)),
    ...(budgetBytes !== undefined && { budgetBytes }),
  };
}

/** What was chosen, or the architecture of the epochs since: of several networks the one that is being trained. */
function chosenAssignment(view: RunView): readonly number[] | undefined {
  const { decoded } = view;
  const latest = latestEpoch(view);
  return decoded && (!latest || latest.seq < decoded.seq) ? decoded.assignment : latest?.assignment;
}

/** What the present network takes of a cost of work that is limited; undefined before the first epoch. */
export function workValue(view: RunView, cost: CostName): number | undefined {
  const costs = view.result?.networks[0].certificate.costs ?? latestEpoch(view)?.costs;
  return costs?.find((one) => one.cost === cost)?.value;
}

/** Every decision with its newest probabilities; once the architecture is decoded, 1 for what was chosen. */
export function openDecisions(view: RunView): readonly OpenDecision[] {
  const { started } = view;
  if (!started) return [];
  const latest = latestEpoch(view);
  const final = new Map(view.result?.networks[0].decisions.map((decision) => [decision.id, decision.option]));
  return started.decisions.map((header, index) => {
    const fixed = final.get(header.id) ?? (isSearching(view) ? undefined : chosenAssignment(view)?.[index]);
    if (fixed !== undefined)
      return { header, chosen: fixed, probabilities: header.labels.map((_, option) => (option === fixed ? 1 : 0)) };
    const probabilities = latest?.probabilities[index] ?? header.labels.map(() => 1 / header.labels.length);
    const chosen = probabilities.indexOf(Math.max(...probabilities));
    const fitted = latest?.assignment[index];
    const alike = fitted === undefined || probabilities[fitted] === probabilities[chosen];
    return { header, probabilities, ...(alike ? { chosen: fitted ?? chosen } : { chosen, fitted }) };
  });
}

/** One row per layer, in the order of the definition. */
export function layerRows(view: RunView): readonly LayerRow[] {
  const decisions = openDecisions(view);
  const budgetBytes = weightLimit(view.summary.limits);
  return currentLayers(view).map((layer, order) => ({
    layer,
    order,
    share: layer.totalBytes / budgetBytes,
    decisions: Object.fromEntries(
      decisions
        .filter((decision) => decision.header.layers.includes(layer.name))
        .map((decision) => [decision.header.kind, decision]),
    ),
  }));
}

/** What a column sorts by: text or number. */
const SORT_KEYS: Readonly<Record<string, (row: LayerRow) => string | number>> = {
  order: (row) => row.order,
  name: (row) => row.layer.name,
  op: (row) => row.layer.op,
  output: (row) => row.layer.output.reduce((product, side) => product * side, 1),
  kernel: (row) => row.layer.kernel,
  width: (row) => row.layer.output[2],
  bits: (row) => (row.layer.parameters > 0 ? row.layer.bits : 0),
  mapBits: (row) => mapBits(row.layer),
  sparsity: (row) => row.layer.achievedSparsity ?? row.layer.sparsity,
  bytes: (row) => row.layer.totalBytes,
  macs: (row) => row.layer.macs,
  activations: (row) => row.layer.activationBytes,
};

/** What rows are sorted by; undefined where a row has no such value. */
export type SortKey<Row> = (row: Row) => string | number | undefined;

/** Sorted rows; equal ones stay as they were, and those without a value come last. */
export function sortBy<Row>(rows: readonly Row[], key: SortKey<Row>, descending: boolean): readonly Row[] {
  const compare = (a: string | number, b: string | number): number =>
    typeof a === 'string' || typeof b === 'string'
      ? String(a).localeCompare(String(b), 'en', { numeric: true })
      : a - b;
  return [...rows].sort((one, other) => {
    const [a, b] = [key(one), key(other)];
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
    return (descending ? -1 : 1) * compare(a, b);
  });
}

/** Sorted rows; equal ones are in the order of the definition. An unknown column is that order. */
export function sortRows(rows: readonly LayerRow[], column: string, descending: boolean): readonly LayerRow[] {
  const inOrder = [...rows].sort((a, b) => a.order - b.order);
  return sortBy(inOrder, SORT_KEYS[column] ?? SORT_KEYS['order']!, descending);
}

/** A stage, its part of all steps, and how much of it is done, 0..1. */
export interface StageProgress extends StageHeader {
  readonly weight: number;
  readonly done: number;
}

/** Training steps that candidates have been through. */
function stepsOfTrials(events: readonly RunEvent[]): number {
  const steps = new Map<number, number>();
  for (const event of events) if (event.type === 'trial') steps.set(event.candidate, event.steps);
  return [...steps.values()].reduce((sum, one) => sum + one, 0);
}

/** How much of a stage without epochs is done: all, once something was chosen. */
function shareOfSteps({ decoded, events, progress }: RunView, { id, steps = 0 }: StageHeader): number {
  if (decoded) return 1;
  const told = progress?.stage === id && !progress.hasEpochs ? progress.step / Math.max(1, progress.steps) : 0;
  return Math.min(1, Math.max(told, stepsOfTrials(events) / Math.max(1, steps)));
}

function shareOfEpochs(view: RunView, stage: StageHeader): number {
  const { progress } = view;
  const finished = view.epochs.filter((epoch) => epoch.stage === stage.id).length;
  const lastEpoch = latestEpoch(view)?.epoch ?? 0;
  const within =
    progress && progress.stage === stage.id && progress.epoch > lastEpoch && progress.steps > 0
      ? progress.step / progress.steps
      : 0;
  return Math.min(1, (finished + within) / stage.epochs);
}

/**
 * Was something chosen without a race, as where one architecture alone is within the limits? Of runs of older versions,
 * which tell of no candidates, that is not known.
 */
const choseUnraced = ({ decoded, events }: RunView): boolean =>
  decoded !== undefined && stepsOfTrials(events) === 0 && events.some(({ type }) => type === 'candidate');

/** How far each stage is that takes steps, those of the running epoch included. */
export function stageProgress(view: RunView): readonly StageProgress[] {
  const { started } = view;
  if (!started) return [];
  const unraced = choseUnraced(view);
  return started.stages.flatMap((stage) => {
    const { epochs, steps = 0 } = stage;
    if (unraced && epochs === 0) return [];
    const weight = epochs > 0 ? epochs * started.stepsPerEpoch : steps;
    const share = epochs > 0 ? shareOfEpochs : shareOfSteps;
    return weight === 0 ? [] : [{ ...stage, weight, done: view.result ? 1 : share(view, stage) }];
  });
}

/**
 * Time that the search has worked, without pauses between its sessions; undefined where an older version did not write
 * it down.
 */
export function workedSeconds({ events, finished }: RunView): number | undefined {
  if (!finished?.measured) return undefined;
  return events.reduce((sum, event) => sum + ('measured' in event ? (event.measured?.seconds ?? 0) : 0), 0);
}
