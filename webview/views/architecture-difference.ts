/** Two networks of a sweep beside each other, layer by layer: what differs is marked. */
import { layerDifferences, type LayerDifference } from '../../src/charts/layer-differences.ts';
import { formatBytes, formatCount } from '../../src/text/format.ts';
import { formatMetric } from '../../src/wire/tasks/metrics.ts';
import type { RunResult } from '../../src/wire/run.ts';
import { h, type Child } from '../ui/dom.ts';

export interface Compared {
  readonly title: string;
  readonly result: RunResult;
}

const KEYS = ['op', 'kernel', 'output', 'bits', 'sparsity', 'bytes'] as const;
const HEADS: Readonly<Record<(typeof KEYS)[number], string>> = {
  op: 'Operator',
  kernel: 'Kernel',
  output: 'Output',
  bits: 'Bits',
  sparsity: 'Zeros',
  bytes: 'Stored',
};

function cell({ before, after, differs }: LayerDifference['values'][number]): HTMLElement {
  return differs
    ? h('td', { class: 'differs' }, before || '–', h('span', { class: 'arrow' }, ' → '), h('b', {}, after || '–'))
    : h('td', { class: 'dim' }, before);
}

export function architectureDifference(first: Compared, second: Compared): Child {
  const [a, b] = [first.result.networks[0], second.result.networks[0]];
  const rows = layerDifferences(a.layers, b.layers);
  const changed = rows.filter(({ values }) => values.some(({ differs }) => differs)).length;
  const { metric } = first.result;
  const told = ({ title, result }: Compared): string =>
    `${title}: ${formatMetric(metric, result.networks[0].integerMetric)}, ${formatBytes(result.networks[0].certificate.exactBytes)}`;
  return h(
    'section',
    { class: 'card', key: 'difference' },
    h('h2', {}, 'Layer by layer'),
    h(
      'p',
      {},
      `${told(first)} → ${told(second)}. ${formatCount(changed)} of ${formatCount(rows.length)} layers differ.`,
    ),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Layers of both networks' },
      h(
        'table',
        { class: 'plain' },
        h('caption', { class: 'visually-hidden' }, 'What the second network has otherwise than the first'),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ['Layer', ...KEYS.map((key) => HEADS[key])].map((name) => h('th', { scope: 'col' }, name)),
          ),
        ),
        h(
          'tbody',
          {},
          rows.map(({ name, values }) => h('tr', { key: name }, h('th', { scope: 'row' }, name), values.map(cell))),
        ),
      ),
    ),
  );
}
