/** Of a run with `ensemble:`: who wins, the members together or the single network, and the way to their page. */
import { ENSEMBLE_TITLE, ensembleSentences } from '../../src/wire/ensemble-sentences.ts';
import type { RunView } from '../state.ts';
import { h, type Child } from '../ui/dom.ts';

/** Nothing where the run has no ensemble, or is not done. */
export function ensembleCard({ result }: RunView): Child {
  const lines = ensembleSentences(result);
  return lines.length === 0
    ? null
    : h(
        'section',
        { class: 'card', key: 'ensemble' },
        h('h2', {}, ENSEMBLE_TITLE),
        lines.map((line) => h('p', {}, line)),
      );
}
