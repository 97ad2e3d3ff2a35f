/** What stands in place of results, or above them: waiting, nothing yet, something failed. Each names the next step. */
import type { ProblemMessage } from '../../src/wire/panel-messages.ts';
import type { RunView } from '../state.ts';
import { button, icon, iconButton, progressRing } from '../ui/components.ts';
import { h, type Child } from '../ui/dom.ts';

/** `slow`: the host should have answered by now. */
export function loading(slow: boolean): HTMLElement {
  return h(
    'div',
    { class: 'empty', key: 'loading' },
    progressRing('Reading the runs'),
    h(
      'p',
      {},
      slow
        ? 'Still waiting for the extension. If this stays, run “UDC: Show Log” to see why, or close and reopen this panel.'
        : 'Reading the runs…',
    ),
  );
}

export function empty(hasRuns: boolean): HTMLElement {
  return h(
    'div',
    { class: 'empty', key: 'empty' },
    h('h1', {}, hasRuns ? 'No run selected' : 'No search yet'),
    h(
      'p',
      {},
      hasRuns
        ? 'Pick a run in the UDC view, or start a new search.'
        : 'A search takes a model definition (*.udc.yaml) and finds operators, widths, bits and sparsity that fit the weight memory of your NPU. Results appear here, live.',
    ),
    button('Start Search', { do: 'start', icon: 'play', look: 'primary' }),
  );
}

/** Why the run ended early; nothing for a run that goes on or is done. */
export function failureNotice(view: RunView): Child {
  const { summary, failure, failed } = view;
  if (summary.state !== 'failed' && summary.state !== 'interrupted') return null;
  const fallback =
    summary.state === 'interrupted'
      ? {
          what: 'The search was interrupted.',
          why: 'Its process ended before it was done.',
          next: 'Resume goes on from the last checkpoint; nothing before it is lost.',
        }
      : {
          what: 'The search failed.',
          why: failed ? `${failed.message} (${failed.code})` : 'Its process ended without saying why.',
          next: 'Show Log has the details.',
        };
  const { what, why, next } = failure ?? fallback;
  const log = failure?.log ?? [];
  return h(
    'section',
    { class: `notice notice-${summary.state === 'failed' ? 'error' : 'warning'}`, role: 'alert', key: 'failure' },
    icon(summary.state === 'failed' ? 'error' : 'warning'),
    h(
      'div',
      {},
      h('p', {}, h('b', {}, what)),
      h('p', {}, why),
      h('p', {}, next),
      log.length > 0
        ? h('details', { key: 'log' }, h('summary', {}, 'Last lines of the worker'), h('pre', {}, log.join('\n')))
        : null,
    ),
  );
}

export function problemNotice(problem: ProblemMessage): HTMLElement {
  return h(
    'section',
    { class: 'notice notice-error', role: 'alert', key: 'problem' },
    icon('error'),
    h('div', {}, h('p', {}, h('b', {}, problem.what)), h('p', {}, problem.why), h('p', {}, problem.next)),
    iconButton('Dismiss', { do: 'dismiss', icon: 'close' }),
  );
}

/** The panel itself has a fault: the run is not touched. */
export function crashed(message: string): HTMLElement {
  return h(
    'section',
    { class: 'notice notice-error', role: 'alert', key: 'crash' },
    icon('error'),
    h(
      'div',
      {},
      h('p', {}, h('b', {}, 'The panel could not draw this.')),
      h('p', {}, message),
      h(
        'p',
        {},
        'The run itself is not affected. Close and reopen the panel; if it comes back, please report it with the log (“UDC: Show Log”).',
      ),
    ),
  );
}
