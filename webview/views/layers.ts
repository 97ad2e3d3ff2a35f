/** The table of layers: what each is, and, while searching, how probable each of its options is. */
import { formatBytes, formatCount, formatLarge, formatShare } from '../../src/shared/format.ts';
import type { PanelState } from '../../src/shared/panel.ts';
import type { DecisionHeader } from '../../src/shared/run.ts';
import { addSplits, isSearching, layerRows, sortRows, type LayerRow } from '../figures.ts';
import type { RunView } from '../state.ts';
import { probabilityBar, stackedBar, valueBar } from '../ui/bars.ts';
import { icon } from '../ui/components.ts';
import { h, type Child } from '../ui/dom.ts';

const COLUMNS: readonly { readonly id: string; readonly title: string; readonly numeric?: boolean }[] = [
  { id: 'order', title: 'Layer' }, { id: 'op', title: 'Operator' }, { id: 'output', title: 'Output' }, { id: 'kernel', title: 'Kernel' }, { id: 'width', title: 'Width' },
  { id: 'bits', title: 'Bits' }, { id: 'sparsity', title: 'Sparsity' }, { id: 'bytes', title: 'Size', numeric: true }, { id: 'macs', title: 'MACs', numeric: true },
];

const MOST_BITS = 8;

/** As in the style sheet, in pixels. */
const BAR_WIDTHS: Readonly<Record<DecisionHeader['kind'], number>> = { operator: 124, expansion: 124, kernel: 84, width: 108, bits: 108, sparsity: 108 };

function heading(column: (typeof COLUMNS)[number], sort: PanelState['sort']): HTMLElement {
  const active = sort.column === column.id;
  return h(
    'th', { scope: 'col', class: column.numeric ? 'numeric' : undefined, 'aria-sort': active ? (sort.descending ? 'descending' : 'ascending') : 'none' },
    h('button', { type: 'button', class: 'sort', do: 'sort', with: column.id }, column.title, icon(active ? (sort.descending ? 'arrow-small-down' : 'arrow-small-up') : 'blank')),
  );
}

/** The value as text over its picture: probabilities while the decision is open, else `decided`. */
function decisionCell(row: LayerRow, kinds: readonly DecisionHeader['kind'][], text: string, searching: boolean, decided: Child = null, title?: string): HTMLElement {
  const open = searching ? kinds.flatMap((kind) => row.decisions[kind] ?? []) : [];
  const bars = open.map(({ header, probabilities, chosen }) => probabilityBar(header.labels.map((label, index) => ({ label: header.kind === 'expansion' ? `×${label}` : label, probability: probabilities[index] ?? 0 })), chosen, BAR_WIDTHS[header.kind]));
  return h('td', { title }, h('span', { class: 'value' }, text), bars.length > 0 ? bars : decided);
}

function sizeCell({ layer, share }: LayerRow, largest: number): HTMLElement {
  const part = (bytes: number): number => bytes / largest;
  const title = `weights ${formatCount(layer.weightBytes - layer.paddingBytes)}, scales and biases ${formatCount(layer.sideBytes)}, padding ${formatCount(layer.paddingBytes)} bytes; entropy bound ${formatCount(layer.entropyBytes)}`;
  if (layer.totalBytes === 0) return h('td', { class: 'numeric' }, h('span', { class: 'dim' }, '0'));
  return h(
    'td', { class: 'numeric', title },
    h('span', { class: 'value' }, formatBytes(layer.totalBytes), h('span', { class: 'dim' }, ` ${formatShare(share)}`)),
    stackedBar([{ name: 'weights', share: part(layer.weightBytes - layer.paddingBytes), look: 'weights' }, { name: 'scales and biases', share: part(layer.sideBytes), look: 'side' }, { name: 'padding', share: part(layer.paddingBytes), look: 'padding' }], [], 'bar-small'),
  );
}

function tableRow(row: LayerRow, runId: string, searching: boolean, largest: number): HTMLElement {
  const { layer } = row;
  const weighted = layer.parameters > 0;
  const achieved = layer.achievedSparsity;
  const skipped = layer.op === 'skip';
  return h(
    'tr', { key: layer.name, class: skipped ? 'skipped' : undefined },
    h('th', { scope: 'row' }, h('button', { type: 'button', class: 'link', do: 'revealLayer', with: `${runId}\n${layer.name}`, title: 'Go to this layer in the definition' }, layer.name)),
    decisionCell(row, ['operator', 'expansion'], layer.op, searching),
    h('td', {}, h('span', { class: 'value' }, layer.output.join('×'))),
    decisionCell(row, ['kernel'], layer.kernel === '' ? '–' : layer.kernel, searching),
    decisionCell(row, ['width'], formatCount(layer.output[2]), searching),
    decisionCell(row, ['bits'], weighted ? String(layer.bits) : '–', searching, weighted && valueBar(layer.bits / MOST_BITS)),
    decisionCell(row, ['sparsity'], weighted ? formatShare(layer.sparsity) : '–', searching, weighted && valueBar(layer.sparsity), achieved === undefined ? undefined : `${formatShare(achieved)} of the integer weights are zero`),
    sizeCell(row, largest),
    h('td', { class: 'numeric' }, h('span', { class: 'value' }, layer.macs > 0 ? formatLarge(layer.macs) : '–')),
  );
}

export function layerTable(view: RunView, sort: PanelState['sort']): HTMLElement {
  const rows = layerRows(view);
  if (rows.length === 0) return h('section', { class: 'layers', key: 'layers' }, h('p', { class: 'dim' }, 'The layers appear with the first epoch.'));
  const searching = isSearching(view);
  const largest = Math.max(1, ...rows.map((row) => row.layer.totalBytes));
  const total = addSplits(rows.map((row) => row.layer)).totalBytes;
  const macs = rows.reduce((sum, row) => sum + row.layer.macs, 0);
  return h(
    'section', { class: 'layers', key: 'layers' },
    h('div', { class: 'card-head' }, h('h2', {}, 'Layers'), h('span', { class: 'dim' }, searching ? 'Current architecture; bars: probability of each option, the current one framed' : 'Bars: bits of 8, share of zeros')),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of layers' }, h(
      'table', { class: `layer-table${searching ? ' searching' : ''}` },
      h('caption', { class: 'visually-hidden' }, 'Layers of the architecture. The buttons in the head sort.'),
      h('thead', {}, h('tr', {}, COLUMNS.map((column) => heading(column, sort)))),
      h('tbody', {}, sortRows(rows, sort.column, sort.descending).map((row) => tableRow(row, view.summary.id, searching, largest))),
      h('tfoot', {}, h('tr', {}, h('th', { scope: 'row' }, 'Total'), h('td', { colspan: COLUMNS.length - 3 }, `${rows.length} layers`), h('td', { class: 'numeric' }, formatBytes(total), h('span', { class: 'dim' }, ` ${formatShare(total / view.summary.budgetBytes)}`)), h('td', { class: 'numeric' }, formatLarge(macs)))),
    )),
  );
}
