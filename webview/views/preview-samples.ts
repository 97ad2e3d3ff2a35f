/** Samples as the network sees them: pictures, heat maps with axes, curves, pairs, and numbers to reach. */
import { commonEnds, endsOfLane, lanePath, type LaneEnds } from '../../src/charts/preview/lane-path.ts';
import {
  CURVES_NOTE,
  endOfAxis,
  groupCount,
  groupTitle,
  overText,
  shownInWords,
  valuesText,
} from '../../src/charts/preview/preview-view.ts';
import { formatCount, formatNumber } from '../../src/text/format.ts';
import type {
  DataPreview,
  PreviewGroup,
  PreviewSample,
  Shown,
  ShownCurves,
  ShownHeat,
  ShownValues,
} from '../../src/wire/data-preview.ts';
import { h, svg, type Child } from '../ui/dom.ts';

const LANE = { width: 300, height: 36 } as const;

const picture = (shown: Extract<Shown, { type: 'image' | 'heat' }>, words: string): HTMLElement =>
  h('img', {
    class: `seen-${shown.type}`,
    src: `data:image/png;base64,${shown.png}`,
    alt: words,
    style: { 'aspect-ratio': `${shown.width} / ${shown.height}` },
  });

const ends = (from: string, to: string): HTMLElement =>
  h('div', { class: 'seen-ends dim', 'aria-hidden': 'true' }, h('span', {}, from), h('span', {}, to));

function heat(shown: ShownHeat, words: string): Child {
  const { across, up, low, high } = shown;
  return [
    h(
      'div',
      { class: 'seen-axes' },
      h(
        'div',
        { class: 'seen-up dim', 'aria-hidden': 'true' },
        h('span', {}, endOfAxis(up)),
        h('span', {}, formatNumber(up.first)),
      ),
      picture(shown, words),
    ),
    ends(`${across.name} ${formatNumber(across.first)}`, endOfAxis(across)),
    h(
      'div',
      { class: 'seen-scale dim', 'aria-hidden': 'true' },
      h('span', {}, `${up.name}s`),
      h('span', {}, `dark ${formatNumber(low)}, bright ${formatNumber(high)}`),
    ),
  ];
}

function curves(shown: ShownCurves, words: string, scale: readonly LaneEnds[]): Child {
  return [
    h('span', { class: 'visually-hidden' }, words),
    shown.lanes.map((lane, c) => {
      const { low, high } = endsOfLane(lane);
      return h(
        'div',
        { class: 'seen-lane', key: String(c), 'aria-hidden': 'true' },
        svg(
          'svg',
          { viewBox: `0 -1 ${LANE.width} ${LANE.height + 2}`, preserveAspectRatio: 'none' },
          svg('path', { d: lanePath(lane, scale[c]!, LANE.width, LANE.height) }),
        ),
        h(
          'span',
          { class: 'dim' },
          `${lane.name === '' ? '' : `${lane.name}: `}${formatNumber(low)} to ${formatNumber(high)}`,
        ),
      );
    }),
    shown.more > 0 ? h('p', { class: 'dim' }, `and ${formatCount(shown.more)} more channels`) : null,
    ends('0', overText(shown)),
  ];
}

function shownNodes(shown: Shown | ShownValues, scale: readonly LaneEnds[]): Child {
  const words = shownInWords(shown);
  switch (shown.type) {
    case 'image':
      return picture(shown, words);
    case 'heat':
      return heat(shown, words);
    case 'curves':
      return curves(shown, words, scale);
    case 'values':
      return h('p', {}, `to reach: ${valuesText(shown)}`);
  }
}

/** @param changed as training may change it? */
function sampleItem(sample: PreviewSample, changed: boolean, scale: readonly LaneEnds[]): HTMLElement {
  const { input, target } = (changed ? sample.changed : undefined) ?? sample;
  const pair = target !== undefined && target.type !== 'values';
  const part = (title: string, shown: Shown | ShownValues): HTMLElement =>
    h('div', { class: 'seen-part' }, pair ? h('span', { class: 'dim' }, title) : null, shownNodes(shown, scale));
  return h(
    'li',
    { key: String(sample.index), class: 'seen' },
    h('span', { class: 'dim' }, `sample ${formatCount(sample.index)}`),
    h(
      'div',
      { class: pair ? 'seen-pair' : '' },
      part('input', input),
      target === undefined ? null : part('to reach', target),
    ),
  );
}

function groupCard(
  group: PreviewGroup,
  preview: DataPreview,
  changed: boolean,
  scale: readonly LaneEnds[],
): HTMLElement {
  const { samples } = group;
  const kind = samples[0]?.input.type ?? 'image';
  return h(
    'section',
    { class: 'card', key: `group-${group.label ?? ''}` },
    h(
      'div',
      { class: 'card-head' },
      h('h3', {}, groupTitle(group, preview)),
      h('span', { class: 'dim' }, `${samples.length} of ${formatCount(groupCount(group, preview))}`),
    ),
    samples.length === 0
      ? h('p', { class: 'dim' }, 'This part has no sample of it.')
      : h(
          'ul',
          { class: `seen-list seen-list-${kind}` },
          samples.map((sample) => sampleItem(sample, changed, scale)),
        ),
  );
}

/** A card a class, or one for all. */
export function sampleCards(preview: DataPreview, changed: boolean): Child {
  const scale = commonEnds(preview.groups);
  return [
    scale.length > 0 ? h('p', { class: 'dim', key: 'scale' }, CURVES_NOTE) : null,
    preview.groups.map((group) => groupCard(group, preview, changed, scale)),
  ];
}
