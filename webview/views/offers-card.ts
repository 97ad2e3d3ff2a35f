/** Other sizes that a run offers: a slider over bytes; the architecture, its size and its metric follow. */
import { formatBytes, formatCount, formatZeros } from '../../src/text/format.ts';
import { weightLimit } from '../../src/wire/limits.ts';
import type { Offer, Offers } from '../../src/wire/offers.ts';
import type { LayerReport, RunResult } from '../../src/wire/run.ts';
import { formatMetric, metricOf } from '../../src/wire/tasks/metrics.ts';
import { button } from '../ui/components.ts';
import { h } from '../ui/dom.ts';
import { drawing } from './picture.ts';

/** The largest that is within a budget, else the smallest. */
export function offerWithin({ list }: Offers, bytes: number): number {
  return Math.max(
    0,
    list.findLastIndex(({ exactBytes }) => exactBytes <= bytes),
  );
}

/** '5.94 KiB, predicted 86.2 %': what a screen reader says of the slider's place. */
export function offerInWords(
  { metric: tested, offers }: Pick<RunResult, 'metric' | 'offers'>,
  { exactBytes, predictedMetric }: Offer,
): string {
  const metric = offers?.metric ?? tested;
  return `${formatBytes(exactBytes)}, predicted ${metricOf(metric).name} ${formatMetric(metric, predictedMetric)}`;
}

/** How far the predictions can be trusted. */
function rankingText({ measured, heldOut, kendall }: Offers['ranking']): string {
  const fitted = `Predictions are fitted to ${formatCount(measured)} measured architectures`;
  return kendall === undefined
    ? `${fitted}.`
    : `${fitted}; they rank ${formatCount(heldOut)} others with a Kendall’s τ of ${kendall.toFixed(2)} (1: as measured, 0: at random).`;
}

function layerRow(layer: LayerReport): HTMLElement {
  const weighted = layer.parameters > 0;
  return h(
    'tr',
    { key: layer.name, class: layer.op === 'skip' ? 'skipped' : undefined },
    h('th', { scope: 'row' }, layer.name),
    h('td', {}, layer.op),
    h('td', {}, layer.kernel === '' ? '–' : layer.kernel),
    h('td', { class: 'numeric' }, formatCount(layer.output[2])),
    h('td', { class: 'numeric' }, weighted ? String(layer.bits) : '–'),
    h('td', { class: 'numeric' }, weighted ? formatZeros(layer) : '–'),
    h('td', { class: 'numeric' }, weighted ? formatCount(layer.totalBytes) : '–'),
  );
}

const HEADS = ['Layer', 'Operator', 'Kernel', 'Width', 'Bits', 'Zeros', 'Bytes'];

function layerTable(layers: readonly LayerReport[]): HTMLElement {
  return h(
    'details',
    {},
    h('summary', {}, 'Layers as a table'),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of layers of the offered network' },
      h(
        'table',
        { class: 'plain' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            HEADS.map((title, i) => h('th', { scope: 'col', class: i > 2 ? 'numeric' : undefined }, title)),
          ),
        ),
        h('tbody', {}, layers.map(layerRow)),
      ),
    ),
  );
}

const figure = (value: string, what: string): HTMLElement =>
  h('div', { class: 'offer-figure' }, h('b', {}, value), h('span', { class: 'dim' }, what));

/** @param chosen place in the list; absent: the largest within the run's own budget */
export function offersCard(
  runId: string,
  result: RunResult & { readonly offers: Offers },
  chosen?: number,
): HTMLElement {
  const { offers } = result;
  const metric = offers.metric ?? result.metric;
  const { list, ranking } = offers;
  const index = Math.min(chosen ?? offerWithin(offers, weightLimit(result.limits)), list.length - 1);
  const offer = list[index]!;
  const { name } = metricOf(metric);
  const [first, last] = [list[0]!, list.at(-1)!];
  return h(
    'section',
    { class: 'card', key: 'offers' },
    h(
      'div',
      { class: 'card-head' },
      h('h2', {}, 'Other sizes'),
      h('span', { class: 'dim' }, 'From the weights that this run keeps, untrained, on the validation part'),
    ),
    h(
      'div',
      { class: 'offer-slider' },
      h('span', { class: 'dim' }, formatBytes(first.exactBytes)),
      h('input', {
        key: `slider:${runId}`,
        type: 'range',
        min: 0,
        max: list.length - 1,
        step: 1,
        value: index,
        'data-input': 'offer',
        'data-with': runId,
        'aria-label': 'Weight memory of the offered network',
        'aria-valuetext': offerInWords(result, offer),
      }),
      h('span', { class: 'dim' }, formatBytes(last.exactBytes)),
    ),
    h(
      'div',
      { class: 'offer-figures' },
      figure(formatBytes(offer.exactBytes), `${formatCount(offer.exactBytes)} bytes, exact`),
      figure(formatMetric(metric, offer.predictedMetric), `${name}, predicted`),
      figure(formatMetric(metric, offer.measuredMetric), `${name}, measured`),
      h(
        'div',
        { class: 'actions' },
        button('Specialise', { do: 'specialiseOffer', with: `${runId}\n${index}`, icon: 'layers', look: 'primary' }),
        button('Apply', { do: 'applyOffer', with: `${runId}\n${index}`, icon: 'check' }),
      ),
    ),
    drawing(offer.layers, runId, 'Picture of the offered network'),
    layerTable(offer.layers),
    h('p', { class: 'dim' }, rankingText(ranking)),
  );
}
