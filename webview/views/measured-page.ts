/** The page of measurements: networks × devices, bars a device, one device as a picture, where the time goes. */
import {
  cellWords,
  commonReason,
  deviceBars,
  longestLayersOf,
  MARK_MEANINGS,
  randomText,
  toldColumns,
  type CellWords,
  type DeviceBars,
} from '../../src/charts/measured-view.ts';
import { measureNotes, orderText } from '../../src/charts/measure-tables.ts';
import { reportTitle } from '../../src/wire/measured-text.ts';
import { MARKS, type Mark, type MeasureReport } from '../../src/wire/measurements.ts';
import { valueBar } from '../ui/bars.ts';
import { button, checkbox, dropdown, progressRing } from '../ui/components.ts';
import { h, type Child } from '../ui/dom.ts';
import { moment } from './header.ts';
import { measuredChart } from './measured-chart.ts';

export interface MeasuredChoices {
  /** Place of the device that the picture is of. */
  readonly device?: number;
  readonly oneScale: boolean;
  /** Pixels. */
  readonly width: number;
}

/** What of the page is beside a picture, in pixels. */
const BESIDE = 52;

/** How a number came about, in a word; its border says the same. */
const markText = (mark: Mark): HTMLElement => h('span', { class: `how how-${mark}` }, mark);

function head(report: MeasureReport): HTMLElement {
  const { when, machine, networks } = report;
  return h(
    'header',
    { class: 'head', key: 'head' },
    h(
      'div',
      { class: 'title-row' },
      h('h1', {}, reportTitle(report)),
      h(
        'div',
        { class: 'actions', role: 'toolbar', 'aria-label': 'Actions' },
        button('Save as HTML', { do: 'save', with: 'html', icon: 'file-code' }),
        button('Save as CSV', { do: 'save', with: 'csv', icon: 'table' }),
        button('Measure Again', { do: 'again', icon: 'refresh' }),
      ),
    ),
    h('p', { class: 'dim' }, `${moment(when)} · this computer: ${machine}`),
    [orderText(report), randomText(networks)].map((text) => (text === '' ? null : h('p', {}, text))),
  );
}

const cellContent = ({ mark, amount, lines, reason }: CellWords): Child => [
  mark === 'unknown' ? null : h('b', {}, amount),
  ' ',
  markText(mark),
  lines.map((line) => h('div', { class: 'dim' }, line)),
  reason === undefined ? null : h('div', { class: 'dim reason' }, reason),
];

function deviceRow(report: MeasureReport, column: number): HTMLElement {
  const { columns, networks } = report;
  const common = commonReason(report, column);
  return h(
    'tr',
    { key: String(column) },
    h('th', { scope: 'row' }, columns[column]!.title),
    common === undefined
      ? networks.map(({ cells }, i) => h('td', { key: String(i) }, cellContent(cellWords(cells[column]!))))
      : h('td', { colspan: networks.length }, markText('unknown'), h('div', { class: 'dim reason' }, common)),
  );
}

function tableCard(report: MeasureReport): HTMLElement {
  return h(
    'section',
    { class: 'card', key: 'table' },
    h('h2', {}, 'Networks on devices'),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of networks on devices' },
      h(
        'table',
        { class: 'plain measured-table' },
        h(
          'caption',
          { class: 'visually-hidden' },
          'Median of an inference, its 90th percentile and spread, memory and energy, and how each number came about',
        ),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'Device'),
            report.networks.map(({ name }, i) => h('th', { scope: 'col', key: String(i) }, name)),
          ),
        ),
        h(
          'tbody',
          {},
          report.columns.map((_, column) => deviceRow(report, column)),
        ),
      ),
    ),
    h(
      'dl',
      { class: 'measured-marks' },
      MARKS.map((mark) =>
        h('div', { key: mark }, h('dt', {}, markText(mark)), h('dd', { class: 'dim' }, MARK_MEANINGS[mark])),
      ),
    ),
  );
}

const namedBar = (key: string, name: string, text: string, share: number): HTMLElement =>
  h('li', { key }, h('span', { class: 'bar-name' }, name), h('span', { class: 'bar-amount' }, text), valueBar(share));

const barsOf = ({ column, title, bars }: DeviceBars): HTMLElement =>
  h(
    'section',
    { key: String(column), class: 'device-bars' },
    h('h3', {}, title),
    h(
      'ul',
      {},
      bars.map(({ name, amount, mark, share }, i) => namedBar(String(i), name, `${amount}, ${mark}`, share)),
    ),
  );

function barsCard(report: MeasureReport, oneScale: boolean): Child {
  const all = deviceBars(report, oneScale);
  if (all.length === 0) return null;
  return h(
    'section',
    { class: 'card', key: 'bars' },
    h(
      'div',
      { class: 'card-head' },
      h('h2', {}, 'By device'),
      checkbox('One scale for all devices', 'oneScale', 'oneScale', oneScale),
    ),
    h(
      'p',
      { class: 'dim' },
      oneScale
        ? 'Bars of all devices are on one scale; where a device only counts, on one of its own.'
        : 'Bars of a device are on a scale of its own: its longest fills the line.',
    ),
    h('div', { class: 'device-grid' }, all.map(barsOf)),
  );
}

function pictureCard(report: MeasureReport, { device, width }: MeasuredChoices): Child {
  const told = toldColumns(report);
  const shown = told.find((column) => column === device) ?? told[0];
  if (shown === undefined) return null;
  return h(
    'section',
    { class: 'card', key: 'picture' },
    h(
      'div',
      { class: 'card-head' },
      h('h2', {}, 'Networks on one device'),
      dropdown(
        'Device',
        'device',
        told.map((column) => ({ value: String(column), text: report.columns[column]!.title })),
        String(shown),
      ),
    ),
    measuredChart(report, shown, width - BESIDE),
  );
}

function layersCard(report: MeasureReport): Child {
  const all = longestLayersOf(report);
  if (all.length === 0) return null;
  return h(
    'section',
    { class: 'card', key: 'layers' },
    h('h2', {}, 'Where the time goes'),
    h('p', { class: 'dim' }, 'The longest layers of each network, on each device that tells of layers.'),
    h(
      'div',
      { class: 'device-grid' },
      all.map(({ network, device, mark, layers }, i) =>
        h(
          'section',
          { key: String(i), class: 'device-bars' },
          h('h3', {}, `${network} on ${device}`),
          markText(mark),
          h(
            'ol',
            {},
            layers.map(({ name, text, share }, k) => namedBar(String(k), name, text, share)),
          ),
        ),
      ),
    ),
  );
}

function notesCard(report: MeasureReport): Child {
  const notes = measureNotes(report);
  if (notes.length === 0) return null;
  return h(
    'section',
    { class: 'card', key: 'notes' },
    h('h2', {}, 'What the numbers are'),
    h(
      'ul',
      { class: 'left-out' },
      notes.map((text, i) => h('li', { key: String(i) }, text)),
    ),
  );
}

/** All of the page; without a report, that it is on its way. */
export function measuredPage(report: MeasureReport | undefined, choices: MeasuredChoices): readonly Node[] {
  if (!report)
    return [
      h(
        'div',
        { class: 'empty', key: 'loading' },
        progressRing('Reading the measurements'),
        h('p', {}, 'Reading the measurements…'),
      ),
    ];
  return [
    head(report),
    h(
      'div',
      { class: 'stack measured', key: 'measured' },
      tableCard(report),
      barsCard(report, choices.oneScale),
      pictureCard(report, choices),
      layersCard(report),
      notesCard(report),
    ),
  ];
}
