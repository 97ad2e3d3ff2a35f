/** The head of the page: which run, in which state, on what, how far, and what can be done with it. */
import { placeText, stepText } from '../../src/wire/progress-text.ts';
import { formatCount, formatDuration, formatNumber, formatShare } from '../../src/text/format.ts';
import type { RunAction, RunSummary } from '../../src/wire/panel-messages.ts';
import type { RunState } from '../../src/wire/run.ts';
import { sourceText } from '../../src/wire/source-text.ts';
import { stageTitle, totalEpochs } from '../../src/wire/stages.ts';
import { stageProgress, workedSeconds } from '../figures.ts';
import { latestEpoch, type RunView } from '../state.ts';
import { button, dropdown, icon, iconButton, progressRing } from '../ui/components.ts';
import { h, type Child } from '../ui/dom.ts';

export const STATES: Readonly<Record<RunState, { readonly text: string; readonly icon: string }>> = {
  queued: { text: 'Queued', icon: 'clock' },
  running: { text: 'Running', icon: 'sync' },
  interrupted: { text: 'Interrupted', icon: 'debug-pause' },
  cancelled: { text: 'Stopped', icon: 'circle-slash' },
  failed: { text: 'Failed', icon: 'error' },
  done: { text: 'Done', icon: 'pass' },
};

const ACTION_LOOKS: Readonly<
  Record<RunAction, { readonly text: string; readonly icon: string; readonly place: 'main' | 'icon' | 'link' }>
> = {
  stop: { text: 'Stop', icon: 'debug-stop', place: 'main' },
  resume: { text: 'Resume', icon: 'debug-continue', place: 'main' },
  apply: { text: 'Apply', icon: 'check', place: 'main' },
  export: { text: 'Export', icon: 'export', place: 'main' },
  ensemble: { text: 'Ensemble', icon: 'layers', place: 'main' },
  openDefinition: { text: 'Open Definition', icon: 'go-to-file', place: 'icon' },
  showLog: { text: 'Show Log', icon: 'output', place: 'icon' },
  delete: { text: 'Delete Run', icon: 'trash', place: 'icon' },
};

export function stateBadge(state: RunState, after = ''): HTMLElement {
  const { text, icon: name } = STATES[state];
  return h('span', { class: `state state-${state}` }, icon(name), `${text}${after}`);
}

/** A moment as people in this place write it. */
export function moment(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? iso
    : date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

function actions({ id, actions: open, sweep }: RunSummary): HTMLElement {
  const main = open.filter((action) => ACTION_LOOKS[action].place === 'main');
  const icons = open.filter((action) => ACTION_LOOKS[action].place === 'icon');
  const first = main.find((action) => action !== 'stop');
  return h(
    'div',
    { class: 'actions', role: 'toolbar', 'aria-label': 'Actions' },
    main.map((action) =>
      button(ACTION_LOOKS[action].text, {
        do: action,
        with: id,
        icon: ACTION_LOOKS[action].icon,
        look: action === first ? 'primary' : 'secondary',
      }),
    ),
    sweep === undefined ? null : button('Sweep', { do: 'showSweep', with: sweep, icon: 'graph-scatter' }),
    icons.map((action) =>
      iconButton(ACTION_LOOKS[action].text, { do: action, with: id, icon: ACTION_LOOKS[action].icon }),
    ),
  );
}

/** `spoken`: the value says by itself what it is, so that its name is only for screen readers. */
function fact(
  name: string,
  value: Child,
  { title, spoken = false }: { title?: string; spoken?: boolean } = {},
): HTMLElement {
  return h(
    'div',
    { class: title === undefined ? 'fact' : 'fact fact-cut', title },
    h('dt', { class: spoken ? 'visually-hidden' : undefined }, name),
    h('dd', {}, value),
  );
}

/** All that tells the run from others, in one quiet line. */
function facts(view: RunView): HTMLElement {
  const { summary, started } = view;
  const { id, definition, seed, created } = summary;
  const initial = started?.initialWeights;
  const opens = summary.actions.includes('openDefinition');
  const link = (): HTMLElement =>
    h('button', { type: 'button', class: 'link', do: 'openDefinition', with: id }, definition);
  return h(
    'dl',
    { class: 'facts' },
    fact('Definition', opens ? link() : definition, { spoken: true }),
    started && fact('Target', started.target, { spoken: true }),
    started && fact('Searched by', started.strategy.title, { title: 'the strategy of the search' }),
    networkFact(view),
    summary.from && fact('Weights', sourceText(summary.from)),
    fact('seed', String(seed)),
    started && fact('Backend', started.backend, { title: started.backendReason, spoken: true }),
    initial &&
      fact('Starts from', [initial.file, ` · ${initial.taken} of ${initial.operations} operations`], {
        title: `SHA-256 ${initial.sha256}`,
      }),
    started && fact('samples', samplesText(started.samples), { title: 'training, validation, test' }),
    fact('Started', moment(created), { spoken: true }),
  );
}

/** Which of several networks is shown. */
function networkFact({ result }: RunView): Child {
  if (!result || result.networks.length < 2) return null;
  const { networks, ensemble } = result;
  if (ensemble)
    return fact('Network', `${networks[0].name}, beside ${ensemble.members.length} members of an ensemble`, {
      title: 'the single network of the same budget; Ensemble shows the members together',
      spoken: true,
    });
  return fact('Network', `${networks[0].name}, best of ${networks.length}`, {
    title: 'the one with the least loss on the validation part; Compare has all',
    spoken: true,
  });
}

function samplesText({ train, validation, test }: NonNullable<RunView['started']>['samples']): string {
  return [train, validation, test].map(formatCount).join(' / ');
}

/** ' in 1 min 12 s' of a finished run. */
function workedText(view: RunView): string {
  const seconds = view.result && workedSeconds(view);
  return seconds === undefined ? '' : ` in ${formatDuration(seconds)}`;
}

/** Where the run is, in words. */
export function statusLine(view: RunView): string {
  const { summary, progress } = view;
  const latest = latestEpoch(view);
  const total = totalEpochs(view.started);
  if (summary.state === 'running' && progress && progress.epoch >= (latest?.epoch ?? 0)) {
    return `${progress.title} · ${placeText(progress)} · ${stepText(progress)} · loss ${formatNumber(progress.loss)} · ${formatDuration(progress.secondsLeft)} left`;
  }
  if (summary.state === 'queued') return 'Waiting for another search to end.';
  if (summary.state === 'running' && !latest) return 'Reading the data and preparing the first epoch.';
  if (!latest) return 'No epoch was finished.';
  const where = `${stageTitle(view.started, latest.stage)} · epoch ${latest.epoch} of ${total}`;
  return summary.state === 'running'
    ? `${where} done`
    : `Ended after epoch ${latest.epoch} of ${total} (${stageTitle(view.started, latest.stage).toLowerCase()}).`;
}

/** Stages whose lengths can still be compared by eye. */
const MOST_IN_A_ROW = 6;

function stages(view: RunView): Child {
  const all = stageProgress(view);
  if (all.length === 0) return null;
  const total = all.reduce((sum, stage) => sum + stage.weight, 0);
  const done = all.reduce((sum, stage) => sum + stage.done * stage.weight, 0) / total;
  return h(
    'div',
    {
      class: `stages${all.length > MOST_IN_A_ROW ? ' stages-many' : ''}`,
      role: 'progressbar',
      'aria-label': 'Stages of the run',
      'aria-valuemin': 0,
      'aria-valuemax': 100,
      'aria-valuenow': Math.round(100 * done),
      'aria-valuetext': `${formatShare(done)}: ${statusLine(view)}`,
    },
    all.map(({ title, about, epochs, weight, done: share }) =>
      h(
        'div',
        {
          class: `stage${share >= 1 ? ' stage-done' : share > 0 ? ' stage-now' : ''}`,
          style: { 'flex-grow': String(weight) },
          title: `${title}: ${epochs > 0 ? `${epochs} epochs` : `up to ${formatCount(weight)} steps`}. ${about}`,
        },
        h(
          'div',
          { class: 'stage-track' },
          h('div', { class: 'stage-fill', style: { width: `${(100 * share).toFixed(2)}%` } }),
        ),
        h(
          'span',
          { class: 'stage-name' },
          share >= 1 ? icon('check') : null,
          h('span', { class: 'stage-text' }, title),
        ),
      ),
    ),
  );
}

/** A drop-down of runs; nothing where there is only one. */
function picker(runs: readonly RunSummary[], current: string): Child {
  if (runs.length < 2) return null;
  return h(
    'div',
    { class: 'picker' },
    dropdown(
      'Run',
      'run',
      runs.map((run) => ({
        value: run.id,
        text: `${run.name} · ${run.strategy} · ${moment(run.created)} · seed ${run.seed} · ${STATES[run.state].text.toLowerCase()}`,
      })),
      current,
    ),
  );
}

export function header(view: RunView, runs: readonly RunSummary[]): HTMLElement {
  const { summary } = view;
  return h(
    'header',
    { key: 'header' },
    picker(runs, summary.id),
    h(
      'div',
      { class: 'title-row' },
      h('h1', {}, summary.name),
      stateBadge(summary.state, workedText(view)),
      actions(summary),
    ),
    facts(view),
    view.result ? null : stages(view),
    view.result
      ? null
      : h(
          'p',
          { class: 'status-line' },
          summary.state === 'running' && !latestEpoch(view) && !view.progress ? progressRing('Preparing') : null,
          statusLine(view),
        ),
  );
}
