/**
 * From a run's events and results to chart series, with a summary and a table of each for people who do not see the
 * picture. Pure.
 */
import { formatBytes, formatNumber, formatRoundBytes, formatUnit, type Unit } from '../text/format.ts';
import {
  baselineMeasured,
  formatMeasured,
  formatNamedMeasured,
  integerMeasured,
  metricGain,
  metricOf,
  type Measurement,
} from '../wire/tasks/metrics.ts';
import { weightLimit } from '../wire/limits.ts';
import type { CurveHeader, EpochEvent, RunEvent, RunResult, StartedEvent } from '../wire/run.ts';
import { numberOf, stageTitle } from '../wire/stages.ts';

export interface Series {
  readonly name: string;
  /** One value per epoch of the chart; null where there is none. */
  readonly values: readonly (number | null)[];
  /** Lengths of dashes and gaps: series differ by line as well as by colour. Empty: a solid line. */
  readonly dash: readonly number[];
}

/** Epochs `from` to `to`, both included. */
export interface StageSpan {
  readonly stage: string;
  readonly title: string;
  readonly from: number;
  readonly to: number;
}

/** Charts that every search has. */
export type CommonChart = 'loss' | 'metric' | 'size' | 'norms' | 'learningRate' | 'secondsPerStep' | 'residentBytes';

export interface Chart {
  /** One of `CommonChart`, or the id of a curve that the strategy declares. */
  readonly id: string;
  readonly title: string;
  /** What the quantity means, in one sentence. */
  readonly about: string;
  readonly unit: Unit;
  readonly epochs: readonly number[];
  readonly series: readonly Series[];
  /** A horizontal line, for example the budget. */
  readonly reference?: { readonly name: string; readonly value: number };
  readonly stages: readonly StageSpan[];
  /** Epochs that begin with other weights than those that the epoch before ended with. */
  readonly restarts?: readonly number[];
  /** Short spikes are cut off at the top. */
  readonly spikes?: boolean;
  /** Declared by the strategy. */
  readonly own?: boolean;
}

/** A network as a point of its metric against size. */
export interface Point {
  readonly name: string;
  /** Short, for a picture: without the run that a baseline belongs to. */
  readonly label: string;
  readonly kind: 'search' | 'baseline';
  readonly bytes: number;
  readonly metric: number;
  /** No other point is at least as good in both and better in one. */
  readonly front: boolean;
}

export const DASHES: readonly (readonly number[])[] = [[], [6, 4], [2, 3], [10, 3, 2, 3], [1, 2], [12, 4]];
type Picks = readonly (readonly [name: string, pick: (epoch: EpochEvent) => number | null])[];
interface Recipe {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly unit: Unit;
  readonly spikes?: boolean;
  readonly own?: boolean;
  readonly picks: Picks;
}

function normAt(epoch: EpochEvent, rank: (sorted: readonly number[]) => number | undefined): number | null {
  return rank(Object.values(epoch.norms).sort((a, b) => a - b)) ?? null;
}

const EXPECTED = 'expected';

const RECIPES: readonly Recipe[] = [
  {
    id: 'loss',
    title: 'Loss',
    unit: 'number',
    about: 'Task loss on the training and the validation part; lower is better.',
    picks: [
      ['training', (e) => e.trainLoss],
      ['validation', (e) => e.validationLoss],
    ],
  },
  {
    id: 'metric',
    title: 'Metric',
    unit: 'number',
    about: 'What the task reports.',
    picks: [['validation', (e) => e.metric]],
  },
  {
    id: 'size',
    title: 'Encoded size',
    unit: 'bytes',
    about: 'Expected over the open decisions, and exact for the current architecture.',
    picks: [
      [EXPECTED, (e) => e.expectedBytes ?? null],
      ['exact', (e) => e.exactBytes],
    ],
  },
  {
    id: 'norms',
    title: 'Weight norms',
    unit: 'number',
    about: 'Norm of each operator’s weights over its initial norm; it should stay flat.',
    picks: [
      ['highest', (e) => normAt(e, (n) => n.at(-1))],
      ['median', (e) => normAt(e, (n) => n[n.length >> 1])],
      ['lowest', (e) => normAt(e, (n) => n[0])],
    ],
  },
  {
    id: 'learningRate',
    title: 'Learning rate',
    unit: 'number',
    about: 'Step size of the optimiser at the end of the epoch.',
    picks: [['rate', (e) => e.learningRate]],
  },
  {
    id: 'secondsPerStep',
    title: 'Time per step',
    unit: 'seconds',
    about: 'Mean time of a training step in the epoch.',
    picks: [['step', (e) => e.measured.secondsPerStep]],
  },
  {
    id: 'residentBytes',
    title: 'Memory',
    unit: 'bytes',
    about: 'Resident memory of the search process.',
    picks: [['resident', (e) => e.measured.residentBytes]],
  },
];

export function epochsOf(events: readonly RunEvent[]): readonly EpochEvent[] {
  return events.filter((event) => event.type === 'epoch');
}

export function startedOf(events: readonly RunEvent[]): StartedEvent | undefined {
  return events.find((event) => event.type === 'started');
}

/** Where each stage begins and ends, from the epochs that are there. */
export function stageSpans(epochs: readonly EpochEvent[], started: StartedEvent | undefined): readonly StageSpan[] {
  return [...new Set(epochs.map((epoch) => epoch.stage))].map((stage) => {
    const own = epochs.filter((epoch) => epoch.stage === stage);
    return { stage, title: stageTitle(started, stage), from: own[0]!.epoch, to: own.at(-1)!.epoch };
  });
}

/**
 * Epochs at which training starts anew: the first one of a network that is trained from other weights than those
 * before, and of each further network. Runs of older versions do not say.
 */
export function restartsOf(events: readonly RunEvent[]): readonly number[] {
  const found: number[] = [];
  let anew = false;
  let chosen = false;
  let last = 0;
  for (const event of events) {
    if (event.type === 'decoded') [anew, chosen] = [event.anew === true, true];
    // After the choice a trial is the end of one of several networks.
    else if (event.type === 'trial' && chosen) anew = true;
    else if (event.type === 'epoch') {
      if (anew && last > 0) found.push(event.epoch);
      [anew, last] = [false, event.epoch];
    }
  }
  return found;
}

/** 'Training starts anew with epoch 17.' Empty where it does not. */
export function restartText({ restarts = [] }: Pick<Chart, 'restarts'>): string {
  if (restarts.length === 0) return '';
  return `Training starts anew with ${restarts.length === 1 ? 'epoch' : 'epochs'} ${restarts.join(', ')}.`;
}

/** What the strategy reports beside what every search does. */
function recipeOf({ id, title, line, about, unit, spikes }: CurveHeader): Recipe {
  const pick = (epoch: EpochEvent): number | null => numberOf(epoch, id) ?? null;
  return { id, title, about, unit, own: true, picks: [[line, pick]], ...(spikes !== undefined && { spikes }) };
}

/** @param shown series that have values, or may come to have some */
function titled(
  recipe: Recipe,
  started: StartedEvent | undefined,
  shown: readonly Series[],
): Pick<Recipe, 'title' | 'about' | 'unit'> {
  if (recipe.id === 'size' && !shown.some(({ name }) => name === EXPECTED))
    return { ...recipe, about: 'Exact, of the current architecture.' };
  return recipe.id === 'metric' ? metricOf(started?.metric) : recipe;
}

/** All charts of one run, in the order they are shown. No epochs give charts without points. */
export function curves(events: readonly RunEvent[]): readonly Chart[] {
  const epochs = epochsOf(events);
  const started = startedOf(events);
  const stages = stageSpans(epochs, started);
  const restarts = restartsOf(events);
  const size = RECIPES.findIndex(({ id }) => id === 'size') + 1;
  const all = [...RECIPES.slice(0, size), ...(started?.curves.map(recipeOf) ?? []), ...RECIPES.slice(size)];
  return all.map((recipe) => {
    const series = recipe.picks.map(([name, pick], index) => ({
      name,
      values: epochs.map(pick),
      dash: DASHES[index % DASHES.length]!,
    }));
    // What no epoch tells is left out, unless that is all that there is: a strategy may expect no bytes.
    const told = series.filter(({ values }) => values.some((value) => value !== null));
    const shown = told.length > 0 ? told : series;
    const { title, about, unit } = titled(recipe, started, shown);
    return {
      id: recipe.id,
      title,
      about,
      unit,
      stages,
      epochs: epochs.map((epoch) => epoch.epoch),
      series: shown,
      ...(restarts.length > 0 && { restarts }),
      ...(recipe.spikes !== undefined && { spikes: recipe.spikes }),
      ...(recipe.own !== undefined && { own: recipe.own }),
      ...(recipe.id === 'size' && started ? { reference: { name: 'budget', value: weightLimit(started.limits) } } : {}),
    };
  });
}

/**
 * One quantity of several runs over each other: the last series of the chart (exact size, validation loss) of each. The
 * first run's title and unit are used, and the budget line where all runs have the same budget.
 */
export function overlay(
  runs: readonly { readonly name: string; readonly events: readonly RunEvent[] }[],
  id: CommonChart,
): Chart | undefined {
  const charts = runs.map((run) => ({ name: run.name, chart: curves(run.events).find((chart) => chart.id === id)! }));
  const first = charts[0]?.chart;
  if (!first) return undefined;
  const epochs = [...new Set(charts.flatMap(({ chart }) => chart.epochs))].sort((a, b) => a - b);
  const series = charts.map(({ name, chart }, index) => {
    const values = new Map(chart.epochs.map((epoch, at) => [epoch, chart.series.at(-1)!.values[at] ?? null]));
    return { name, values: epochs.map((epoch) => values.get(epoch) ?? null), dash: DASHES[index % DASHES.length]! };
  });
  const { reference, restarts, ...rest } = first;
  const shared = reference && charts.every(({ chart }) => chart.reference?.value === reference.value);
  return {
    ...rest,
    epochs,
    series,
    stages: charts.length === 1 ? first.stages : [],
    ...(shared ? { reference } : {}),
    ...(restarts && charts.length === 1 && { restarts }),
  };
}

function valuesWithEpochs(chart: Chart, series: Series): readonly { readonly epoch: number; readonly value: number }[] {
  return series.values.flatMap((value, index) => (value === null ? [] : [{ epoch: chart.epochs[index]!, value }]));
}

/** The chart in words: first, last, lowest and highest value of each series. */
export function summary(chart: Chart): string {
  const parts = chart.series.flatMap((series) => {
    const points = valuesWithEpochs(chart, series);
    if (points.length === 0) return [];
    const show = (value: number): string => formatUnit(chart.unit, value);
    const low = points.reduce((a, b) => (b.value < a.value ? b : a));
    const high = points.reduce((a, b) => (b.value > a.value ? b : a));
    if (points.length === 1) return [`${series.name} ${show(points[0]!.value)}`];
    return [
      `${series.name} from ${show(points[0]!.value)} to ${show(points.at(-1)!.value)} (lowest ${show(low.value)} in epoch ${low.epoch}, highest ${show(high.value)} in epoch ${high.epoch})`,
    ];
  });
  if (parts.length === 0) return `${chart.title}: no data yet.`;
  const reference = chart.reference ? `; ${chart.reference.name} ${formatUnit(chart.unit, chart.reference.value)}` : '';
  const { epochs } = chart;
  const span = epochs.length === 1 ? `epoch ${epochs[0]!}` : `epochs ${epochs[0]!} to ${epochs.at(-1)!}`;
  return [`${chart.title}, ${span}: ${parts.join('; ')}${reference}.`, restartText(chart)]
    .filter((text) => text !== '')
    .join(' ');
}

/** The chart as a table of text: a header row and one row per epoch. */
export function chartTable(chart: Chart): {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  const stageOf = (epoch: number): string => chart.stages.findLast((span) => span.from <= epoch)?.title ?? '';
  const staged = chart.stages.length > 0;
  return {
    head: ['Epoch', ...(staged ? ['Stage'] : []), ...chart.series.map((series) => series.name)],
    rows: chart.epochs.map((epoch, at) => [
      String(epoch),
      ...(staged ? [stageOf(epoch)] : []),
      ...chart.series.map((series) => {
        const value = series.values[at];
        return value === null || value === undefined ? '–' : formatUnit(chart.unit, value);
      }),
    ]),
  };
}

/** Which operator's weights have grown or shrunk most, in words; undefined before the first epoch. */
export function normSummary(epoch: EpochEvent | undefined): string | undefined {
  const entries = Object.entries(epoch?.norms ?? {});
  if (entries.length === 0) return undefined;
  const [name, norm] = entries.reduce((a, b) => (Math.abs(Math.log(b[1])) > Math.abs(Math.log(a[1])) ? b : a));
  return `Farthest from its initial norm: ${name}, ${formatNumber(norm)} times.`;
}

/** What a network of a run is called beside others: as the run, where that has no other. `several`: runs are shown. */
export function networkName(
  run: string,
  { networks }: Pick<RunResult, 'networks'>,
  { name }: Pick<RunResult['networks'][number], 'name'>,
  several: boolean,
): string {
  if (networks.length === 1) return run;
  return several ? `${name} (${run})` : name;
}

/**
 * Metric (one for all) against size of finished runs and their baselines, by integer evaluation on the test part, with
 * the Pareto front marked. Sorted by size.
 */
export function paretoPoints(runs: readonly { readonly name: string; readonly result: RunResult }[]): readonly Point[] {
  const several = runs.length > 1;
  const points = runs.flatMap(({ name, result }) => [
    ...result.networks.map((network) => ({
      name: networkName(name, result, network, several),
      label: result.networks.length === 1 ? name : network.name,
      kind: 'search' as const,
      bytes: network.totals.totalBytes,
      metric: network.integerMetric,
    })),
    ...result.baselines.map((baseline) => ({
      name: several ? `${baseline.name} (${name})` : baseline.name,
      label: baseline.name,
      kind: 'baseline' as const,
      bytes: baseline.exactBytes,
      metric: baseline.integerMetric,
    })),
  ]);
  const beats = (a: { bytes: number; metric: number }, b: { bytes: number; metric: number }): boolean => {
    const gain = metricGain(runs[0]?.result.metric, a.metric, b.metric);
    return a.bytes <= b.bytes && gain >= 0 && (a.bytes < b.bytes || gain > 0);
  };
  return points
    .map((point) => ({ ...point, front: !points.some((other) => beats(other, point)) }))
    .sort((a, b) => a.bytes - b.bytes);
}

interface Comparison {
  readonly best: RunResult['baselines'][number];
  /** Of the metrics, whichever way is better. */
  readonly difference: number;
  readonly amount: string;
}

/** The result against the best baseline that fits its budget; undefined without one. */
function comparison(result: RunResult): Comparison | undefined {
  const fitting = result.baselines.filter((baseline) => baseline.exactBytes <= weightLimit(result.limits));
  if (fitting.length === 0) return undefined;
  const { metric } = result;
  const best = fitting.reduce((a, b) => (metricGain(metric, b.integerMetric, a.integerMetric) > 0 ? b : a));
  const difference = result.networks[0].integerMetric - best.integerMetric;
  return { best, difference, amount: metricOf(metric).difference(Math.abs(difference)) };
}

/**
 * What the search gained over the best baseline that fits the budget, in a sentence; undefined without one.
 */
export function verdict(result: RunResult): string | undefined {
  const found = comparison(result);
  if (!found) return undefined;
  const { best, difference, amount } = found;
  const [network] = result.networks;
  const place = difference === 0 ? 'level with' : `${amount} ${difference > 0 ? 'above' : 'below'}`;
  const samples = network.test?.samples;
  const measured = baselineMeasured(best, samples).integer;
  const other = `${best.name}, ${formatMeasured(result.metric, measured)}`;
  const own = `${formatNamedMeasured(result.metric, integerMeasured(network))} in ${formatBytes(network.totals.totalBytes)}`;
  return `${own}: ${place} the best baseline in the same budget (${other})${toldApart(difference, integerMeasured(network), measured)}.`;
}

/** Differences of less than so many standard errors may well be chance. */
const CHANCE = 2;

/**
 * A remark where the test part is too small to tell two networks apart. As both are measured on the same samples and
 * mostly err on the same ones, the error of their difference is rather less: the remark is cautious.
 */
function toldApart(difference: number, one: Measurement, other: Measurement): string {
  if (difference === 0 || one.error === undefined || other.error === undefined) return '';
  return Math.abs(difference) < CHANCE * Math.hypot(one.error, other.error)
    ? '; on this test part that may be chance'
    : '';
}

/** The same in a few words: '+2.3 points over uniform 4-bit'. */
export function gainOver(result: RunResult): string | undefined {
  const found = comparison(result);
  if (!found) return undefined;
  const { best, difference, amount } = found;
  if (difference === 0) return `level with ${best.name}`;
  const beside = metricOf(result.metric).better === 'higher' ? 'over' : 'against';
  return `${difference > 0 ? '+' : '−'}${amount} ${beside} ${best.name}`;
}

/** Round positions for an axis from `low` to `high`, some `wanted` of them. For bytes they are round in KiB or MiB. */
export function ticks(low: number, high: number, wanted: number, unit: Unit = 'number'): readonly number[] {
  if (!(high > low)) return [low];
  const base = unit === 'bytes' ? 1024 ** Math.max(0, Math.floor(Math.log(Math.max(high, 1)) / Math.log(1024))) : 1;
  const rough = (high - low) / base / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factors = unit === 'bytes' ? [1, 2, 5, 10] : [1, 2, 2.5, 5, 10];
  const step = factors.map((factor) => factor * power).find((candidate) => candidate >= rough * 0.999)!;
  const first = Math.ceil(low / base / step - 1e-9);
  const last = Math.floor(high / base / step + 1e-9);
  return Array.from(
    { length: Math.max(0, last - first + 1) },
    (_, index) => Number(((first + index) * step).toPrecision(12)) * base,
  );
}

/** A tick's value in full: ticks are round, so rounding to three digits would only blur them. */
export function tickLabel(value: number, unit: Unit): string {
  if (unit === 'bytes') return formatRoundBytes(value);
  // Small shares, of which a text says only that they are small, stand beside each other here.
  if (unit === 'share' && value > 0 && value < 5e-4) return `${Number((100 * value).toPrecision(2))}\u00a0%`;
  return unit === 'number' && Math.abs(value) >= 1e-3 && Math.abs(value) < 1e6
    ? String(Number(value.toPrecision(6)))
    : formatUnit(unit, value);
}

/**
 * Values that differ by less than this part of the largest are drawn as nearly flat, not blown up to the height of the
 * chart.
 */
const FLAT = 0.1;

/**
 * A quantity that may leap for a few epochs is cut off at the top where it is so many times higher than the rest: it
 * would flatten it.
 */
const SPIKE = 4;

/** The highest value that decides the height of the chart; one epoch in a dozen, at least one, may be a spike. */
function withoutSpikes(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const high = sorted.at(-1)!;
  const rest = sorted.at(-1 - Math.max(1, Math.floor(sorted.length / 12))) ?? high;
  return rest > 0 && high > SPIKE * rest ? (SPIKE / 2) * rest : high;
}

/** Lowest and highest value to draw, with a little air; references are inside. What comes near 0 starts there. */
export function valueRange(chart: Chart): readonly [number, number] {
  const values = [
    ...chart.series.flatMap((series) => series.values.filter((value) => value !== null)),
    ...(chart.reference ? [chart.reference.value] : []),
  ];
  if (values.length === 0) return [0, 1];
  const low = Math.min(...values);
  const high = chart.spikes ? withoutSpikes(values) : Math.max(...values);
  const air = Math.max(0.06 * (high - low), (FLAT * Math.abs(high) - (high - low)) / 2, 1e-6);
  const bottom = low >= 0 && (low - air < 0 || low < 0.35 * high) ? 0 : low - air;
  const top = chart.unit === 'share' ? Math.min(1, high + air) : high + air;
  return [bottom, Math.max(top, bottom + 1e-9)];
}
