/** A preview of data as one self-contained HTML page: facts, counts, and samples as pictures. No script. */
import { commonEnds, endsOfLane, lanePath, type LaneEnds } from '../charts/preview/lane-path.ts';
import {
  CURVES_NOTE,
  endOfAxis,
  groupCount,
  groupTitle,
  overText,
  PART_TITLES,
  shownInWords,
  valuesText,
} from '../charts/preview/preview-view.ts';
import { formatCount, formatNumber } from '../text/format.ts';
import { htmlDocument } from '../text/html-page.ts';
import { escapeHtml as escape } from '../text/neutral.ts';
import {
  MOST_GROUPS,
  type DataPreview,
  type PreviewGroup,
  type PreviewSample,
  type Seen,
  type Shown,
  type ShownValues,
} from '../wire/data-preview.ts';
import { htmlTable } from './html-table.ts';
import { previewTables } from './preview-tables.ts';
import { REPORT_STYLE } from './report-style.ts';

const STYLE = `${REPORT_STYLE}
.seen { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); gap: 1rem; list-style: none; padding: 0; font-size: .85rem; }
.seen.wide-samples { grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); }
.seen li { break-inside: avoid; overflow-wrap: anywhere; } .seen img { image-rendering: pixelated; width: 100%; max-width: 12rem; background: var(--soft); display: block; }
.seen .heat img { max-width: 20rem; height: 8rem; } .seen svg { display: block; width: 100%; height: 2.6rem; } .seen path { fill: none; stroke: currentColor; stroke-width: 1.2; vector-effect: non-scaling-stroke; }
.ends { display: flex; justify-content: space-between; gap: .5rem; opacity: .75; } .seen small { opacity: .75; display: block; }
`;

const LANE = { width: 320, height: 40 } as const;

const image = (shown: Extract<Shown, { type: 'image' | 'heat' }>): string =>
  `<img src="data:image/png;base64,${escape(shown.png)}" style="aspect-ratio: ${shown.width} / ${shown.height}" alt="${escape(shownInWords(shown))}">`;

const ends = (from: string, to: string): string =>
  `<div class="ends"><span>${escape(from)}</span><span>${escape(to)}</span></div>`;

function shownHtml(shown: Shown | ShownValues, scale: readonly LaneEnds[]): string {
  switch (shown.type) {
    case 'image':
      return image(shown);
    case 'heat': {
      const { across, up, low, high } = shown;
      const bands = `${up.name} ${formatNumber(up.first)} (below) to ${endOfAxis(up)} (above)`;
      return `<div class="heat">${image(shown)}${ends(`${across.name} ${formatNumber(across.first)}`, endOfAxis(across))}<small>${escape(bands)}; dark ${escape(formatNumber(low))}, bright ${escape(formatNumber(high))}</small></div>`;
    }
    case 'curves': {
      const lanes = shown.lanes.map((lane, c) => {
        const { low, high } = endsOfLane(lane);
        const path = lanePath(lane, scale[c]!, LANE.width, LANE.height);
        const name = lane.name === '' ? '' : `${lane.name}: `;
        return `<svg viewBox="0 -1 ${LANE.width} ${LANE.height + 2}" preserveAspectRatio="none" aria-hidden="true"><path d="${escape(path)}"/></svg><small>${escape(`${name}${formatNumber(low)} to ${formatNumber(high)}`)}</small>`;
      });
      const more = shown.more > 0 ? `<small>and ${formatCount(shown.more)} more channels</small>` : '';
      return `${lanes.join('')}${more}${ends('0', overText(shown))}`;
    }
    case 'values':
      return `<p>to reach: ${escape(valuesText(shown))}</p>`;
  }
}

const seenHtml = ({ input, target }: Seen, scale: readonly LaneEnds[]): string =>
  target === undefined || target.type === 'values'
    ? `${shownHtml(input, scale)}${target ? shownHtml(target, scale) : ''}`
    : `<small>input</small>${shownHtml(input, scale)}<small>to reach</small>${shownHtml(target, scale)}`;

const sampleHtml = (sample: PreviewSample, scale: readonly LaneEnds[]): string =>
  `<li><small>sample ${formatCount(sample.index)}</small>${seenHtml(sample, scale)}${sample.changed ? `<small>as training may change it</small>${seenHtml(sample.changed, scale)}` : ''}</li>`;

function groupHtml(group: PreviewGroup, preview: DataPreview, scale: readonly LaneEnds[]): string {
  const title = `<h3>${escape(groupTitle(group, preview))} <small>${formatCount(groupCount(group, preview))}</small></h3>`;
  if (group.samples.length === 0) return `${title}<p>There is no sample in this part.</p>`;
  const wide = group.samples[0]!.input.type === 'curves' ? ' wide-samples' : '';
  const samples = group.samples.map((sample) => sampleHtml(sample, scale));
  return `${title}<ul class="seen${wide}">${samples.join('')}</ul>`;
}

/** The page. What files and the definition say is escaped. */
export function previewHtml(preview: DataPreview): string {
  const { facts, counts, cautions, skipped } = previewTables(preview);
  const { groups, shown, classes, name } = preview;
  const scale = commonEnds(groups);
  const some =
    classes.length > groups.length ? `<p>The first ${MOST_GROUPS} of ${formatCount(classes.length)} classes.</p>` : '';
  const paragraphs = (kind: string, texts: readonly string[]): string =>
    texts.map((text) => `<p${kind === '' ? '' : ` class="${kind}"`}>${escape(text)}</p>`).join('');
  return htmlDocument({
    title: `${name}: data`,
    policy: "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    head: [`<style>${STYLE}</style>`],
    body: `<header><h1>${escape(name)}: what the network sees</h1><dl class="facts">${facts
      .map(([label, value]) => `<dt>${escape(label)}</dt><dd>${escape(value)}</dd>`)
      .join('')}</dl></header>
<main>
${paragraphs('warning', cautions)}
${skipped.length === 0 ? '' : `<section><h2>Left out</h2>${paragraphs('', skipped)}</section>`}
<section><h2>${PART_TITLES[shown.part]} samples</h2>${some}${scale.length > 0 ? `<p>${CURVES_NOTE}</p>` : ''}${groups.map((group) => groupHtml(group, preview, scale)).join('\n')}</section>
${counts ? `<section><h2>Classes</h2>${htmlTable(counts)}</section>` : ''}
</main>`,
  });
}
