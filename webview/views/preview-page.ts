/** The page of a data preview: what can be chosen, what is wrong, facts, counts by class, samples, what is left out. */
import {
  cautions,
  countRows,
  MARK_WORDS,
  PART_TITLES,
  previewFacts,
  type CountCell,
  type CountRow,
} from '../../src/charts/preview/preview-view.ts';
import { formatCount } from '../../src/text/format.ts';
import { MOST_GROUPS, PARTS, type DataPreview } from '../../src/wire/data-preview.ts';
import type { PreviewProblem, PreviewStatus } from '../../src/wire/preview-messages.ts';
import { button, checkbox, dropdown, icon, progressRing } from '../ui/components.ts';
import { h, type Child } from '../ui/dom.ts';
import { sampleCards } from './preview-samples.ts';

export interface PreviewModel {
  readonly status?: PreviewStatus;
  readonly preview?: DataPreview;
  /** Are samples shown as training may change them? */
  readonly changed: boolean;
}

const EACH = [2, 4, 8, 16] as const;
/** Classes of which the table has rows without being asked. */
const MOST_ROWS = 200;

function choices({ shown, groups }: DataPreview, changed: boolean): HTMLElement {
  const changes = groups.some(({ samples }) => samples.some((sample) => sample.changed !== undefined));
  return h(
    'div',
    { class: 'preview-choices', key: 'choices' },
    dropdown(
      'Part',
      'part',
      PARTS.map((part) => ({ value: part, text: `${PART_TITLES[part]} part` })),
      shown.part,
    ),
    dropdown(
      'Samples of each class',
      'samples',
      [...new Set([...EACH, shown.samples])].map((each) => ({
        value: String(each),
        text: groups[0]?.label === undefined ? `${each} samples` : `${each} of each class`,
      })),
      String(shown.samples),
    ),
    changes ? checkbox('As training may change them', 'changed', 'changed', changed) : null,
    button('Other samples', { do: 'others', icon: 'refresh' }),
  );
}

function head({ status, preview }: PreviewModel): HTMLElement {
  const busy = status === undefined || status.busy;
  return h(
    'header',
    { key: 'head' },
    h(
      'div',
      { class: 'title-row' },
      h('h1', {}, preview?.name ?? 'Data'),
      h(
        'div',
        { class: 'actions' },
        button('Look again', { do: 'again', icon: 'sync' }),
        status ? button('Open definition', { do: 'reveal', with: '1:1', icon: 'go-to-file' }) : null,
      ),
    ),
    h(
      'p',
      { class: 'status-line', role: 'status' },
      busy || status.checking ? progressRing(busy ? 'Reading samples' : 'Looking at all data') : null,
      h(
        'span',
        {},
        [
          status?.file,
          busy ? 'reading samples…' : status.checking ? 'looking at the data for what cannot be read…' : undefined,
        ]
          .filter((text) => text !== undefined)
          .join(' · '),
      ),
    ),
  );
}

function problemNotice({ severity, message, line, column }: PreviewProblem, i: number, file: string): HTMLElement {
  const error = severity === 'error';
  return h(
    'section',
    { class: `notice notice-${error ? 'error' : 'warning'}`, role: error ? 'alert' : undefined, key: `problem-${i}` },
    icon(error ? 'error' : 'warning'),
    h(
      'div',
      {},
      h('p', {}, message),
      h(
        'p',
        {},
        h(
          'button',
          { type: 'button', class: 'link', do: 'reveal', with: `${line}:${column}` },
          `${file}:${line}:${column}`,
        ),
      ),
    ),
  );
}

function facts(preview: DataPreview): HTMLElement {
  return h(
    'section',
    { class: 'card', key: 'facts' },
    h('h2', {}, 'What the network sees'),
    h(
      'dl',
      { class: 'preview-facts' },
      previewFacts(preview).map(([label, value]) =>
        h('div', { key: label }, h('dt', { class: 'dim' }, label), h('dd', {}, value)),
      ),
    ),
  );
}

function countCell({ count, share, mark, part }: CountCell): HTMLElement {
  return h(
    'td',
    { key: part, class: 'numeric' },
    mark === undefined ? null : h('span', { class: 'count-mark' }, icon('warning'), ` ${MARK_WORDS[mark]} `),
    mark === 'none' ? h('span', { class: 'visually-hidden' }, '0') : formatCount(count),
    h('div', { class: 'value-bar' }, h('div', { style: { width: `${(100 * share).toFixed(1)}%` } })),
  );
}

function countsCard(rows: readonly CountRow[]): Child {
  const [first] = rows;
  if (!first) return null;
  const shown = rows.slice(0, MOST_ROWS);
  const more = rows.length - shown.length;
  return h(
    'section',
    { class: 'card', key: 'counts' },
    h(
      'div',
      { class: 'card-head' },
      h('h2', {}, `Classes: ${formatCount(rows.length)}`),
      h('span', { class: 'dim' }, 'bar: share of the largest class of the part · few: less than a fifth of it'),
    ),
    h(
      'div',
      { class: 'scroll test-scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of classes' },
      h(
        'table',
        { class: 'plain count-table' },
        h('caption', { class: 'visually-hidden' }, 'Samples of each class and part'),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'Class'),
            first.cells.map(({ part }) => h('th', { scope: 'col', class: 'numeric' }, PART_TITLES[part])),
          ),
        ),
        h(
          'tbody',
          {},
          shown.map(({ label, name, cells }) =>
            h('tr', { key: String(label) }, h('th', { scope: 'row' }, name), cells.map(countCell)),
          ),
        ),
      ),
    ),
    more > 0 ? h('p', { class: 'dim' }, `and ${formatCount(more)} more: udc data --json lists all of them`) : null,
  );
}

/** Which classes are shown, and buttons to others. */
function pager({ shown: { from }, groups, classes }: DataPreview): Child {
  if (classes.length <= MOST_GROUPS) return null;
  const last = from + groups.length;
  return h(
    'div',
    { class: 'preview-choices', key: 'pager' },
    h('span', {}, `Classes ${formatCount(from + 1)} to ${formatCount(last)} of ${formatCount(classes.length)}`),
    from > 0
      ? button('Classes before', { do: 'page', with: String(Math.max(0, from - MOST_GROUPS)), icon: 'chevron-left' })
      : null,
    last < classes.length ? button('Classes after', { do: 'page', with: String(last), icon: 'chevron-right' }) : null,
  );
}

function leftOut({ notes }: DataPreview): Child {
  if (notes.length === 0) return null;
  return h(
    'section',
    { class: 'card', key: 'left-out' },
    h('h2', {}, 'Left out'),
    h(
      'ul',
      { class: 'left-out' },
      notes.map((text) => h('li', {}, text)),
    ),
  );
}

const caution = (text: string, i: number): HTMLElement =>
  h('p', { class: 'card caution', key: `caution-${i}` }, icon('warning'), h('span', {}, text));

/** All of the page. */
export function previewPage(model: PreviewModel): readonly Node[] {
  const { status, preview, changed } = model;
  // Of a definition with errors nothing older is shown as if it were its own.
  const shown = status?.failed === true ? undefined : preview;
  // What is said of the counts already is no problem beside it.
  const told = new Set(shown?.notes);
  const problems = (status?.problems ?? []).filter(({ message }) => !told.has(message));
  return [
    head(model),
    h(
      'div',
      { class: 'stack', key: 'body' },
      problems.map((one, i) => problemNotice(one, i, status?.file ?? '')),
      ...(shown
        ? [
            cautions(shown, shown.task)
              .filter((text) => !problems.some(({ message }) => text.toLowerCase().startsWith(message.toLowerCase())))
              .map(caution),
            facts(shown),
            countsCard(countRows(shown)),
            leftOut(shown),
            h('h2', { class: 'section-title', key: 'samples' }, `${PART_TITLES[shown.shown.part]} samples`),
            choices(shown, changed),
            pager(shown),
            sampleCards(shown, changed),
          ]
        : []),
    ),
  ];
}
