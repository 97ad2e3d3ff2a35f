/**
 * The cards above everything: the metric, what it costs in weights and activations against their budgets, and the work
 * of an inference.
 */
import type { RunResult } from '../../src/wire/run.ts';
import { exitTexts } from '../../src/wire/exit-texts.ts';
import { formatBytes, formatCount, formatLarge, formatShare, formatUnit } from '../../src/text/format.ts';
import {
  bestMetric,
  floatMeasured,
  formatMeasured,
  formatMetric,
  integerMeasured,
  measureTexts,
  metricOf,
  type MetricName,
} from '../../src/wire/tasks/metrics.ts';
import { entropyBound, splitParts } from '../../src/wire/byte-split.ts';
import { COST_WORDS, isWork, weightLimit } from '../../src/wire/limits.ts';
import { activationMeter, currentLayers, weightMeter, workValue } from '../figures.ts';
import { latestEpoch, type RunView } from '../state.ts';
import { gainOver } from '../../src/charts/curves.ts';
import { stackedBar, type Mark, type Part } from '../ui/bars.ts';
import { icon } from '../ui/components.ts';
import { h, type Child } from '../ui/dom.ts';
import { weakestNote } from './test-tab.ts';

function key(look: Part['look'] | 'entropy' | 'budget', name: string, bytes: number): HTMLElement {
  return h(
    'li',
    {},
    h('span', { class: `swatch swatch-${look}`, 'aria-hidden': 'true' }),
    `${name} `,
    h('b', {}, formatBytes(bytes)),
  );
}

/** What is particular to the target: what saves nothing there, and what of the definition does not hold. */
const notesOf = ({ started }: RunView): readonly string[] => [
  ...(started?.savings === undefined ? [] : [started.savings]),
  ...(started?.leftOut ?? []),
];

/** How much of a budget is left. */
function verdict(totalBytes: number, budgetBytes: number): HTMLElement {
  const over = totalBytes - budgetBytes;
  return over > 0
    ? h('span', { class: 'verdict verdict-over' }, icon('warning'), `${formatBytes(over)} over`)
    : h('span', { class: 'verdict' }, `${formatShare(totalBytes / budgetBytes)}, ${formatBytes(-over)} free`);
}

function meterShell(
  label: string,
  valueText: string,
  value: number,
  maximum: number,
  ...content: readonly Child[]
): HTMLElement {
  return h(
    'div',
    {
      class: 'meter',
      role: 'meter',
      'aria-label': label,
      'aria-valuemin': 0,
      'aria-valuemax': maximum,
      'aria-valuenow': Math.min(value, maximum),
      'aria-valuetext': valueText,
    },
    content,
  );
}

function weights(view: RunView): HTMLElement {
  const meter = weightMeter(view);
  const budgetBytes = weightLimit(view.summary.limits);
  const title = h('h2', {}, 'Weight memory');
  if (!meter)
    return h(
      'section',
      { class: 'card' },
      title,
      h('p', { class: 'dim' }, `Budget ${formatBytes(budgetBytes)}. Sizes appear with the first epoch.`),
    );
  const { split, expectedBytes, final } = meter;
  const full = Math.max(budgetBytes, split.totalBytes);
  const parts = splitParts(split);
  const bound = entropyBound(split);
  const bars = parts.map(({ name, bytes, look }): Part => ({
    name: `${name}: ${formatBytes(bytes)}`,
    share: bytes / full,
    look,
  }));
  const marks: readonly Mark[] = [
    ...(bound === undefined
      ? []
      : [
          {
            name: `entropy bound of the weights: ${formatBytes(bound)}`,
            share: bound / full,
            look: 'entropy',
          } as const,
        ]),
    { name: `budget: ${formatBytes(budgetBytes)}`, share: budgetBytes / full, look: 'budget' },
  ];
  const text = `${formatBytes(split.totalBytes)} of ${formatBytes(budgetBytes)}: ${parts.map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`).join(', ')}${bound === undefined ? '' : `; entropy bound of the weights ${formatBytes(bound)}`}`;
  return h(
    'section',
    { class: 'card' },
    title,
    h(
      'p',
      { class: 'amount' },
      h('b', {}, formatBytes(split.totalBytes)),
      ` of ${formatBytes(budgetBytes)}`,
      verdict(split.totalBytes, budgetBytes),
    ),
    meterShell(
      'Weight memory against its budget',
      text,
      split.totalBytes,
      budgetBytes,
      stackedBar(bars, marks, 'bar-large'),
    ),
    h(
      'ul',
      { class: 'keys' },
      parts.map(({ name, look, bytes }) => key(look, `${name[0]!.toUpperCase()}${name.slice(1)}`, bytes)),
      bound === undefined ? null : key('entropy', 'Entropy bound of the weights', bound),
    ),
    h(
      'p',
      { class: 'dim note' },
      `${formatCount(split.totalBytes)} of ${formatCount(budgetBytes)} bytes, exact for the ${final ? 'final weights' : 'current architecture'}`,
      expectedBytes === undefined ? null : `; expected over the open decisions ${formatBytes(expectedBytes)}`,
    ),
    notesOf(view).map((text) => h('p', { class: 'note' }, icon('info'), ` ${text}`)),
  );
}

function activations(view: RunView): Child {
  const meter = activationMeter(view);
  if (!meter) return null;
  const { peakBytes, budgetBytes } = meter;
  const final = view.result !== undefined;
  const title = h('h2', {}, 'Activation memory');
  const where = final ? 'at the peak' : 'in the largest layer';
  if (budgetBytes === undefined) {
    return h(
      'section',
      { class: 'card' },
      title,
      h('p', { class: 'amount' }, h('b', {}, formatBytes(peakBytes))),
      h('p', { class: 'dim note' }, `${where}, no limit set`),
    );
  }
  const full = Math.max(budgetBytes, peakBytes);
  const parts: readonly Part[] = [{ name: `peak: ${formatBytes(peakBytes)}`, share: peakBytes / full, look: 'plain' }];
  const text = `${formatBytes(peakBytes)} of ${formatBytes(budgetBytes)}`;
  return h(
    'section',
    { class: 'card' },
    title,
    h('p', { class: 'amount' }, h('b', {}, formatBytes(peakBytes)), ` of ${formatBytes(budgetBytes)}`),
    meterShell(
      'Peak activation memory against its budget',
      text,
      peakBytes,
      budgetBytes,
      stackedBar(parts, [{ name: 'budget', share: budgetBytes / full, look: 'budget' }], 'bar-large'),
    ),
    h('p', { class: 'note' }, verdict(peakBytes, budgetBytes), h('span', { class: 'dim' }, ` · ${where}`)),
  );
}

/** A card for each limit on work: of the current architecture, at the end of the result. */
function limitedCards(view: RunView): readonly Child[] {
  const limits = (view.result?.limits ?? view.started?.limits ?? []).filter(({ cost }) => isWork(cost));
  return limits.map(({ cost, limit }) => {
    const { title, unit } = COST_WORDS[cost];
    const value = workValue(view, cost);
    const write = (amount: number): string => formatUnit(unit, amount);
    if (value === undefined)
      return h(
        'section',
        { class: 'card' },
        h('h2', {}, title),
        h('p', { class: 'dim' }, `Limit ${write(limit)}. What a network takes appears with the first epoch.`),
      );
    const full = Math.max(value, limit);
    const said = `${cost === 'macs' ? '' : '≈ '}${write(value)}`;
    return h(
      'section',
      { class: 'card' },
      h('h2', {}, title),
      h('p', { class: 'amount' }, h('b', {}, said), ` of ${write(limit)}`),
      meterShell(
        `${title} of an inference against its limit`,
        `${said} of ${write(limit)}`,
        value,
        limit,
        stackedBar(
          [{ name: said, share: value / full, look: 'plain' }],
          [{ name: 'limit', share: limit / full, look: 'budget' }],
          'bar-large',
        ),
      ),
      h('p', { class: 'note' }, workVerdict(value, limit, write)),
    );
  });
}

function workVerdict(value: number, limit: number, write: (amount: number) => string): HTMLElement {
  return value > limit
    ? h('span', { class: 'verdict verdict-over' }, icon('warning'), `${write(value - limit)} over`)
    : h('span', { class: 'verdict' }, `${formatShare(value / limit)}, ${write(limit - value)} free`);
}

/** What one inference costs: time where the clock is known, else operations; only what has no card of its own. */
function work(view: RunView): Child {
  const layers = currentLayers(view);
  if (layers.length === 0) return null;
  const limited = new Set((view.result?.limits ?? view.started?.limits ?? []).map(({ cost }) => cost));
  const sum = (pick: 'parameters' | 'macs'): number => layers.reduce((total, layer) => total + layer[pick], 0);
  const [macs, parameters, cycles] = [sum('macs'), sum('parameters'), view.result?.networks[0].totals.cycles];
  const clock = view.started?.clock;
  const counts = `${formatLarge(parameters)} parameters`;
  const title = `${formatCount(macs)} MACs, ${formatCount(parameters)} parameters`;
  const known = cycles === undefined || cycles === 0 ? undefined : cycles;
  const card = (name: string, amount: readonly Child[], ...notes: readonly Child[]): HTMLElement =>
    h(
      'section',
      { class: 'card', title },
      h('h2', {}, name),
      h('p', { class: 'amount' }, ...amount),
      h('p', { class: 'dim note' }, ...notes),
    );
  if (known !== undefined && !limited.has(clock === undefined ? 'cycles' : 'latency'))
    return clock === undefined
      ? card(
          'One inference',
          [h('b', {}, `≈ ${formatLarge(known)}`), ' cycles, estimated'],
          `${formatLarge(macs)} MACs · ${counts}`,
        )
      : card(
          'One inference',
          [h('b', {}, `≈ ${formatUnit('seconds', known / clock.hz)}`), ' estimated'],
          `${formatLarge(known)} cycles at ${formatLarge(clock.hz)}Hz · ${formatLarge(macs)} MACs · ${counts}`,
        );
  const speed =
    known === undefined || clock === undefined || limited.has('cycles')
      ? ''
      : `${formatLarge(known)} cycles at ${formatLarge(clock.hz)}Hz`;
  return limited.has('macs')
    ? card('Parameters', [h('b', {}, formatLarge(parameters))], speed)
    : card(
        'Operations',
        [h('b', {}, formatLarge(macs)), ' MACs'],
        [counts, speed].filter((text) => text !== '').join(' · '),
      );
}

/** What the task says beside the metric, and what takes no network. */
function besideTexts({ networks: [network], metric: kind, naive }: RunResult): readonly string[] {
  return [
    ...[...measureTexts(network.measures), ...exitTexts(network)].map(([title, value]) => `${title}: ${value}`),
    ...(naive ? [`${naive.name}: ${formatMetric(kind, naive.metric)}`] : []),
  ];
}

/** The value large, its standard error beside it. */
function measuredAmount(kind: MetricName | undefined, { networks }: RunResult): readonly HTMLElement[] {
  const [value, error] = formatMeasured(kind, integerMeasured(networks[0])).split(' ± ');
  return [h('b', {}, value), ...(error === undefined ? [] : [h('span', {}, `± ${error}`)])];
}

/** The answer, or how far the search has come to it: the largest thing on the page. */
function metric(view: RunView): Child {
  const { result } = view;
  const latest = latestEpoch(view);
  const kind = result?.metric ?? view.started?.metric;
  const { name } = metricOf(kind);
  if (result) {
    const gain = gainOver(result);
    const weakest = weakestNote(view);
    return h(
      'section',
      { class: 'card answer' },
      h('h2', {}, `Test ${name}, integer`),
      h('p', { class: 'amount' }, ...measuredAmount(kind, result)),
      h(
        'p',
        { class: 'dim note' },
        [
          `float ${formatMeasured(kind, floatMeasured(result.networks[0]))}`,
          ...(gain === undefined ? [] : [gain]),
        ].join(' · '),
      ),
      besideTexts(result).map((text) => h('p', { class: 'dim note' }, text)),
      weakest === undefined ? null : h('p', { class: 'dim' }, weakest),
    );
  }
  if (!latest) return null;
  const best = bestMetric(
    kind,
    view.epochs.map((epoch) => epoch.metric),
  );
  return h(
    'section',
    { class: 'card answer' },
    h('h2', {}, `Validation ${name}`),
    h('p', { class: 'amount' }, h('b', {}, formatMetric(kind, latest.metric))),
    h('p', { class: 'dim note' }, `epoch ${latest.epoch} · best so far ${formatMetric(kind, best)}`),
  );
}

export function meters(view: RunView): HTMLElement {
  return h(
    'div',
    { class: 'meters', key: 'meters' },
    metric(view),
    weights(view),
    activations(view),
    limitedCards(view),
    work(view),
  );
}
