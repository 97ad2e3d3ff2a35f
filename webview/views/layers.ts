/** The table of layers: what each is, and, while searching, how probable each of its options is. */
import { formatBytes, formatCount, formatLarge, formatShare, formatZeros } from '../../src/text/format.ts';
import type { PanelState } from '../../src/wire/panel-messages.ts';
import { hasNarrowMaps, mapBits } from '../../src/wire/map-bits.ts';
import { weightLimit } from '../../src/wire/limits.ts';
import type { DecisionHeader } from '../../src/wire/run.ts';
import { entropyBound, splitParts } from '../../src/wire/byte-split.ts';
import { addSplits, isSearching, layerRows, openDecisions, sortRows, type LayerRow } from '../figures.ts';
import type { RunView } from '../state.ts';
import { probabilityBar, stackedBar, valueBar } from '../ui/bars.ts';
import { sortHeading, type SortColumn } from '../ui/components.ts';
import { h, type Child } from '../ui/dom.ts';

/** What fills the memory, and by which bits and zeros, first: a narrow panel shows that much. */
const COLUMNS: readonly SortColumn[] = [
  { id: 'order', title: 'Layer' },
  { id: 'bytes', title: 'Size' },
  { id: 'bits', title: 'Bits' },
  { id: 'sparsity', title: 'Sparsity' },
  { id: 'op', title: 'Operator' },
  { id: 'width', title: 'Width' },
  { id: 'kernel', title: 'Kernel' },
  { id: 'output', title: 'Output' },
  { id: 'macs', title: 'MACs', numeric: true },
];

/** Where maps have fewer bits than 8, or may have. */
const MAP_BITS: SortColumn = { id: 'mapBits', title: 'Output bits' };

const columnsOf = (maps: boolean): readonly SortColumn[] =>
  maps ? COLUMNS.flatMap((column) => (column.id === 'bits' ? [column, MAP_BITS] : [column])) : COLUMNS;

const MOST_BITS = 8;

/** As in the style sheet, in pixels. */
const BAR_WIDTHS: Readonly<Record<DecisionHeader['kind'], number>> = {
  operator: 112,
  expansion: 112,
  kernel: 76,
  width: 100,
  bits: 100,
  sparsity: 100,
  resolution: 226,
  'activation-bits': 100,
};

/** The value as text over its picture: probabilities while the decision is open, else `decided`. */
function decisionCell(
  row: LayerRow,
  kinds: readonly [DecisionHeader['kind'], ...DecisionHeader['kind'][]],
  text: string,
  searching: boolean,
  decided: Child = null,
  title?: string,
): HTMLElement {
  const open = searching ? kinds.flatMap((kind) => row.decisions[kind] ?? []) : [];
  const bars = open.map(({ header, probabilities, chosen }) =>
    probabilityBar(
      header.labels.map((label, index) => ({
        label: header.kind === 'expansion' ? `×${label}` : label,
        probability: probabilities[index] ?? 0,
      })),
      chosen,
      BAR_WIDTHS[header.kind],
    ),
  );
  return h(
    'td',
    { title, class: `of-${kinds[0]}` },
    h('span', { class: 'value' }, text),
    bars.length > 0 ? bars : decided,
  );
}

function sizeCell({ layer, share }: LayerRow, largest: number): HTMLElement {
  const part = (bytes: number): number => bytes / largest;
  const parts = splitParts(layer);
  const bound = entropyBound(layer);
  const title = `${parts.map(({ name, bytes }) => `${name} ${formatCount(bytes)}`).join(', ')} bytes${bound === undefined ? '' : `; entropy bound of the weights ${formatCount(bound)}`}`;
  if (layer.totalBytes === 0) return h('td', {}, h('span', { class: 'dim' }, '–'));
  return h(
    'td',
    { title },
    h(
      'span',
      { class: 'value amounts' },
      h('span', {}, formatBytes(layer.totalBytes)),
      h('span', { class: 'dim' }, formatShare(share)),
    ),
    stackedBar(
      parts.map(({ name, bytes, look }) => ({ name, share: part(bytes), look })),
      [],
      'bar-small',
    ),
  );
}

/** 'ibn ×4': an operator with expansion says by how much once that is decided; before, its bar does. */
function operatorName({ layer, decisions }: LayerRow, searching: boolean): string {
  const expansion = decisions.expansion;
  return searching || !expansion || (layer.op !== 'ibn' && layer.op !== 'fused-ibn')
    ? layer.op
    : `${layer.op} ×${expansion.header.labels[expansion.chosen] ?? ''}`;
}

function tableRow(
  row: LayerRow,
  runId: string,
  { searching, maps, largest }: { searching: boolean; maps: boolean; largest: number },
): HTMLElement {
  const { layer } = row;
  const weighted = layer.parameters > 0;
  const achieved = layer.achievedSparsity;
  const skipped = layer.op === 'skip';
  return h(
    'tr',
    { key: layer.name, class: skipped ? 'skipped' : undefined },
    h(
      'th',
      { scope: 'row' },
      h(
        'button',
        {
          type: 'button',
          class: 'link',
          do: 'revealLayer',
          with: `${runId}\n${layer.name}`,
          title: `${layer.name}: go to this layer in the definition`,
        },
        layer.name,
      ),
    ),
    sizeCell(row, largest),
    decisionCell(
      row,
      ['bits'],
      weighted ? String(layer.bits) : '–',
      searching,
      weighted && valueBar(layer.bits / MOST_BITS),
    ),
    maps
      ? decisionCell(
          row,
          ['activation-bits'],
          skipped ? '–' : String(mapBits(layer)),
          searching,
          !skipped && valueBar(mapBits(layer) / MOST_BITS),
        )
      : null,
    decisionCell(
      row,
      ['sparsity'],
      weighted ? formatZeros(layer) : '–',
      searching,
      weighted && valueBar(achieved ?? layer.sparsity),
      achieved === undefined
        ? undefined
        : `${formatShare(layer.sparsity)} decided; ${formatShare(achieved)} of the integer weights are zero`,
    ),
    decisionCell(row, ['operator', 'expansion'], operatorName(row, searching), searching),
    decisionCell(row, ['width'], formatCount(layer.output[2]), searching),
    decisionCell(row, ['kernel'], layer.kernel === '' ? '–' : layer.kernel, searching),
    h('td', {}, h('span', { class: 'value' }, layer.output.join('×'))),
    h('td', { class: 'numeric' }, h('span', { class: 'value' }, layer.macs > 0 ? formatLarge(layer.macs) : '–')),
  );
}

/** The size of the input, above the layers, where it is a choice. */
function inputRow(view: RunView, searching: boolean, columns: number): Child {
  const input = openDecisions(view).find(({ header }) => header.kind === 'resolution');
  if (!input) return null;
  const { header, probabilities, chosen, fitted = chosen } = input;
  const size = (header.labels[fitted] ?? '').replaceAll('x', '×');
  const options = header.labels.map((label, index) => ({ label, probability: probabilities[index] ?? 0 }));
  return h(
    'tr',
    { key: 'the input' },
    h('th', { scope: 'row' }, 'input'),
    h(
      'td',
      { colspan: columns - 3, title: `one of ${header.labels.join(', ')}` },
      h('span', { class: 'value' }, size),
      searching ? probabilityBar(options, chosen, BAR_WIDTHS.resolution) : null,
    ),
    h('td', {}, h('span', { class: 'value' }, size)),
    h('td', { class: 'numeric' }, h('span', { class: 'value' }, '–')),
  );
}

export function layerTable(view: RunView, sort: PanelState['sort']): HTMLElement {
  const rows = layerRows(view);
  if (rows.length === 0)
    return h(
      'section',
      { class: 'layers', key: 'layers' },
      h('p', { class: 'dim' }, 'The layers appear with the first epoch.'),
    );
  const searching = isSearching(view);
  const largest = Math.max(1, ...rows.map((row) => row.layer.totalBytes));
  const total = addSplits(rows.map((row) => row.layer)).totalBytes;
  const maps = hasNarrowMaps(rows.map((row) => row.layer)) || rows.some((row) => row.decisions['activation-bits']);
  const columns = columnsOf(maps);
  const macs = rows.reduce((sum, row) => sum + row.layer.macs, 0);
  return h(
    'section',
    { class: 'layers', key: 'layers' },
    h(
      'div',
      { class: 'card-head' },
      h('h2', {}, 'Layers'),
      h(
        'span',
        { class: 'dim' },
        searching
          ? 'The architecture that fits now; bars: probability of each option, the most probable framed'
          : 'Bars: bits of 8, share of zeros',
      ),
    ),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of layers' },
      h(
        'table',
        { class: `layer-table${searching ? ' searching' : ''}` },
        h('caption', { class: 'visually-hidden' }, 'Layers of the architecture. The buttons in the head sort.'),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            columns.map((column) => sortHeading(column, sort, 'sort')),
          ),
        ),
        h(
          'tbody',
          {},
          inputRow(view, searching, columns.length),
          sortRows(rows, sort.column, sort.descending).map((row) =>
            tableRow(row, view.summary.id, { searching, maps, largest }),
          ),
        ),
        h(
          'tfoot',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, 'Total'),
            h(
              'td',
              {},
              h(
                'span',
                { class: 'amounts' },
                h('span', {}, formatBytes(total)),
                h('span', { class: 'dim' }, formatShare(total / weightLimit(view.summary.limits))),
              ),
            ),
            h('td', { colspan: columns.length - 3 }, `${rows.length} layers`),
            h('td', { class: 'numeric' }, formatLarge(macs)),
          ),
        ),
      ),
    ),
  );
}
