/** The budget meters and the figures beside them. */
import { formatBytes, formatCount, formatLarge, formatMetric, formatShare } from '../../src/shared/format.ts';
import { activationMeter, currentLayers, weightMeter } from '../figures.ts';
import { latestEpoch, type RunView } from '../state.ts';
import { stackedBar, type Mark, type Part } from '../ui/bars.ts';
import { icon } from '../ui/components.ts';
import { h, type Child } from '../ui/dom.ts';

function key(look: Part['look'] | 'entropy' | 'budget', name: string, bytes: number): HTMLElement {
  return h('li', {}, h('span', { class: `swatch swatch-${look}`, 'aria-hidden': 'true' }), `${name} `, h('b', {}, formatBytes(bytes)));
}

/** How much of a budget is left. */
function verdict(totalBytes: number, budgetBytes: number): HTMLElement {
  const over = totalBytes - budgetBytes;
  return over > 0
    ? h('span', { class: 'verdict verdict-over' }, icon('warning'), `${formatBytes(over)} over`)
    : h('span', { class: 'verdict' }, `${formatShare(totalBytes / budgetBytes)}, ${formatBytes(-over)} free`);
}

function meterShell(label: string, valueText: string, value: number, maximum: number, ...content: readonly Child[]): HTMLElement {
  return h('div', { class: 'meter', role: 'meter', 'aria-label': label, 'aria-valuemin': 0, 'aria-valuemax': maximum, 'aria-valuenow': Math.min(value, maximum), 'aria-valuetext': valueText }, content);
}

function weights(view: RunView): HTMLElement {
  const meter = weightMeter(view);
  const { budgetBytes } = view.summary;
  const title = h('h2', {}, 'Weight memory');
  if (!meter) return h('section', { class: 'card' }, title, h('p', { class: 'dim' }, `Budget ${formatBytes(budgetBytes)}. Sizes appear with the first epoch.`));
  const { split, expectedBytes, final } = meter;
  const full = Math.max(budgetBytes, split.totalBytes);
  const streamed = split.weightBytes - split.paddingBytes;
  const part = (name: string, bytes: number, look: Part['look']): Part => ({ name: `${name}: ${formatBytes(bytes)}`, share: bytes / full, look });
  const marks: readonly Mark[] = [
    { name: `entropy bound: ${formatBytes(split.entropyBytes)}`, share: split.entropyBytes / full, look: 'entropy' },
    { name: `budget: ${formatBytes(budgetBytes)}`, share: budgetBytes / full, look: 'budget' },
  ];
  const text = `${formatBytes(split.totalBytes)} of ${formatBytes(budgetBytes)}: weights ${formatBytes(streamed)}, scales and biases ${formatBytes(split.sideBytes)}, padding ${formatBytes(split.paddingBytes)}; entropy bound ${formatBytes(split.entropyBytes)}`;
  return h(
    'section', { class: 'card' },
    h('div', { class: 'card-head' }, title, verdict(split.totalBytes, budgetBytes)),
    h('p', { class: 'amount' }, h('b', {}, formatBytes(split.totalBytes)), ` of ${formatBytes(budgetBytes)}`),
    meterShell('Weight memory against its budget', text, split.totalBytes, budgetBytes, stackedBar([part('weights', streamed, 'weights'), part('scales and biases', split.sideBytes, 'side'), part('padding', split.paddingBytes, 'padding')], marks, 'bar-large')),
    h('ul', { class: 'keys' }, key('weights', 'Weights', streamed), key('side', 'Scales and biases', split.sideBytes), key('padding', 'Padding', split.paddingBytes), key('entropy', 'Entropy bound', split.entropyBytes)),
    h('p', { class: 'dim note' }, `${formatCount(split.totalBytes)} of ${formatCount(budgetBytes)} bytes, exact for the ${final ? 'final weights' : 'current architecture'}`, expectedBytes === undefined ? null : `; expected over the open decisions ${formatBytes(expectedBytes)}`),
  );
}

function activations(view: RunView): Child {
  const meter = activationMeter(view);
  if (!meter) return null;
  const { peakBytes, budgetBytes } = meter;
  const final = view.result !== undefined;
  const title = h('h2', {}, 'Activation memory');
  if (budgetBytes === undefined) {
    return h('section', { class: 'card' }, title, h('p', { class: 'amount' }, h('b', {}, formatBytes(peakBytes)), final ? ' at the peak, no limit set' : ' in the largest layer, no limit set'), figures(view));
  }
  const full = Math.max(budgetBytes, peakBytes);
  return h(
    'section', { class: 'card' }, h('div', { class: 'card-head' }, title, verdict(peakBytes, budgetBytes)),
    h('p', { class: 'amount' }, h('b', {}, formatBytes(peakBytes)), ` of ${formatBytes(budgetBytes)}`, final ? ' at the peak' : ', largest layer'),
    meterShell('Peak activation memory against its budget', `${formatBytes(peakBytes)} of ${formatBytes(budgetBytes)}`, peakBytes, budgetBytes, stackedBar([{ name: `peak: ${formatBytes(peakBytes)}`, share: peakBytes / full, look: 'plain' }], [{ name: 'budget', share: budgetBytes / full, look: 'budget' }], 'bar-large')),
    figures(view),
  );
}

function figure(name: string, value: string, title = ''): HTMLElement {
  return h('div', { class: 'figure', title }, h('dt', {}, name), h('dd', {}, value));
}

/** Metric, parameters, MACs, cycles: of the result, or of the newest epoch. */
function figures(view: RunView): HTMLElement {
  const { result } = view;
  const latest = latestEpoch(view);
  const metric = result?.metric ?? view.started?.metric ?? 'accuracy';
  const name = metric === 'accuracy' ? 'accuracy' : 'PSNR';
  const layers = currentLayers(view);
  const sum = (pick: 'parameters' | 'macs'): number => layers.reduce((total, layer) => total + layer[pick], 0);
  return h(
    'dl', { class: 'figures' },
    result ? figure(`Test ${name}`, formatMetric(metric, result.integerMetric), `Integer evaluation on the test part; float: ${formatMetric(metric, result.floatMetric)}`) : latest && figure(`Validation ${name}`, formatMetric(metric, latest.metric)),
    figure('Parameters', formatLarge(sum('parameters')), formatCount(sum('parameters'))),
    figure('MACs', formatLarge(sum('macs')), formatCount(sum('macs'))),
    result ? figure('Cycles', `≈ ${formatLarge(result.totals.cycles)}`, 'Estimate for one inference on the target') : null,
  );
}

export function meters(view: RunView): HTMLElement {
  return h('div', { class: 'meters', key: 'meters' }, weights(view), activations(view));
}
