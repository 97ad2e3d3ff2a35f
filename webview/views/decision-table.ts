/** Every decision of the search with the probability of each option, and how the architecture was settled. */
import { formatBytes, formatShare } from '../../src/text/format.ts';
import { capitalised } from '../../src/text/sentences.ts';
import { confirmationText } from '../../src/wire/compiler-answer.ts';
import { ensembleCertificate } from '../../src/wire/ensemble-sentences.ts';
import { settlement as storyOf } from '../../src/charts/settlement.ts';
import { weightLimit } from '../../src/wire/limits.ts';
import type { NetworkResult, RepairedEvent, RunResult } from '../../src/wire/run.ts';
import { stageTitle } from '../../src/wire/stages.ts';
import { isSearching, openDecisions, type OpenDecision } from '../figures.ts';
import type { RunView } from '../state.ts';
import { probabilityBar } from '../ui/bars.ts';
import { h, type Child } from '../ui/dom.ts';

/** Of a bar of this table, in pixels. */
const LEAST_WIDTH = 150;

/** `stem.filters`, to be broken behind the dots and nowhere else. */
const breakable = (id: string): Child =>
  id.split('.').map((part, index) => (index === 0 ? part : [h('wbr'), `.${part}`]));

function decisionRow({ header, probabilities, chosen, fitted }: OpenDecision, open: boolean): HTMLElement {
  const options = header.labels.map((label, index) => ({ label, probability: probabilities[index] ?? 0 }));
  return h(
    'tr',
    { key: header.id },
    h(
      'th',
      { scope: 'row' },
      breakable(header.id),
      header.layers.length > 1 ? h('div', { class: 'dim' }, `joined: ${header.layers.join(', ')}`) : null,
    ),
    h(
      'td',
      {},
      h('b', {}, header.labels[chosen] ?? '?'),
      open ? h('span', { class: 'dim' }, ` ${formatShare(probabilities[chosen] ?? 0)}`) : null,
      fitted === undefined
        ? null
        : h('div', { class: 'dim' }, `${header.labels[fitted] ?? '?'} in the network as it stands`),
    ),
    h(
      'td',
      { class: 'wide' },
      open
        ? probabilityBar(options, chosen, LEAST_WIDTH)
        : h(
            'span',
            { class: 'options' },
            header.labels.map((label, index) =>
              h('span', { class: index === chosen ? 'pick pick-chosen' : 'pick' }, label),
            ),
          ),
    ),
  );
}

/** What a repair came after: the stage of the epoch before it, which of several networks tells the one. */
function repairText(view: RunView, { seq, reason, beforeBytes, afterBytes }: RepairedEvent): string {
  const before = view.epochs.findLast((epoch) => epoch.seq < seq);
  const after = before ? ` after ${stageTitle(view.started, before.stage)}` : '';
  return `Repaired${after} (${reason}): ${formatBytes(beforeBytes)} became ${formatBytes(afterBytes)}.`;
}

function certificateText(
  { certificate: { exactBytes, encodedSha256 }, confirmation, name }: NetworkResult,
  of: RunResult,
): string {
  const compiler = confirmation ? ` ${capitalised(confirmationText(confirmation))}.` : '';
  const whose = of.networks.length > 1 ? `Certificate of ${name}` : 'Certificate';
  return `${whose}: the encoder stored the final weights in ${formatBytes(exactBytes)} of ${formatBytes(weightLimit(of.limits))}; SHA-256 of the streams ${encodedSha256}.${compiler}`;
}

/** How the architecture was settled, as far as it is: nothing where there is nothing to tell. */
export function storyCard({ events, result }: RunView): Child {
  const lines = storyOf(events, result);
  return lines.length === 0
    ? null
    : h(
        'section',
        { class: 'card settlement', key: 'story' },
        h('h2', {}, 'How the architecture was settled'),
        lines.map((line) => h('p', {}, line)),
      );
}

function settlement(view: RunView): Child {
  const { decoded, repairs, result, events } = view;
  const several = result && result.networks.length > 1;
  const lines = [
    ...storyOf(events, result),
    // Of several networks it is the one that was trained first.
    ...(decoded && !several ? [`Chosen under the exact size: ${formatBytes(decoded.exactBytes)}.`] : []),
    ...repairs.map((repair) => repairText(view, repair)),
    ...(several && !result.ensemble
      ? [
          `${result.networks[0].name} is shown: of ${result.networks.length} networks it has the least loss on the validation part.`,
        ]
      : []),
    ...(result?.networks.map((network) => certificateText(network, result)) ?? []),
    ...(result?.ensemble ? [ensembleCertificate(result.ensemble)] : []),
  ];
  return lines.length === 0
    ? null
    : h(
        'section',
        { class: 'card settlement' },
        h('h2', {}, several ? 'How the architectures were settled' : 'How the architecture was settled'),
        h(
          'ul',
          {},
          lines.map((line) => h('li', {}, line)),
        ),
      );
}

function content(view: RunView): Child {
  const decisions = openDecisions(view);
  if (!view.started) return h('p', { class: 'dim' }, 'The decisions appear when the search has started.');
  if (decisions.length === 0)
    return h(
      'p',
      { class: 'dim' },
      'The definition leaves nothing open: it is an architecture, and only its weights are trained.',
    );
  const open = isSearching(view) || view.epochs.length === 0;
  return [
    settlement(view),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of decisions' },
      h(
        'table',
        { class: 'plain decisions' },
        h('caption', { class: 'visually-hidden' }, 'Decisions of the search, their current choice and their options'),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ['Decision', open ? 'Current choice' : 'Chosen', open ? 'Probability of each option' : 'Options'].map(
              (name) => h('th', { scope: 'col' }, name),
            ),
          ),
        ),
        h(
          'tbody',
          {},
          decisions.map((decision) => decisionRow(decision, open)),
        ),
      ),
    ),
  ];
}

export function decisionsTab(view: RunView): HTMLElement {
  return h('section', { class: 'stack', key: 'decisions' }, content(view));
}
