/** The live view of a search: one line an epoch, and on a terminal a status line below that is written anew. */
import { formatBytes, formatDuration, formatMetric, formatShare, formatUnit } from '../../text/format.ts';
import { weightLimit } from '../../wire/limits.ts';
import { placeText, stepText } from '../../wire/progress-text.ts';
import { numberOf, totalEpochs } from '../../wire/stages.ts';
import type { CurveHeader, EpochEvent, Progress, RunEvent, StartedEvent } from '../../wire/run.ts';
import type { LiveIo } from './io.ts';
import { pad, plain } from './table.ts';

/** The columns of the epoch lines, with widths that hold any value. */
const COLUMNS = [
  { title: 'epoch', width: 7 },
  { title: 'stage', width: 8, left: true },
  { title: 'loss', width: 7 },
  { title: 'val. loss', width: 9 },
  { title: 'metric', width: 8 },
  { title: 'expected', width: 9 },
  { title: 'exact', width: 9 },
  { title: 'of budget', width: 9 },
] as const;

/** Columns that a strategy adds are as wide as their heads, and as any value of theirs. */
const WIDTH_OF_ADDED = 9;

const line = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => {
      const column = COLUMNS[i];
      return pad(plain(cell), column?.width ?? WIDTH_OF_ADDED, column && 'left' in column ? 'left' : 'right');
    })
    .join('  ')
    .trimEnd();

/** Redraws of the status line a second, at most. */
const REDRAW_MS = 100;

export class LiveView {
  private started: StartedEvent | undefined;
  private last: EpochEvent | undefined;
  private titled = false;
  private drawn = 0;
  private status = '';

  constructor(private readonly io: LiveIo) {}

  event(event: RunEvent): void {
    switch (event.type) {
      case 'started':
        this.begin(event);
        break;
      case 'epoch':
        this.epoch(event);
        break;
      case 'decoded':
        this.print(`chosen: ${plain(formatBytes(event.exactBytes))} when encoded; training it now`);
        break;
      case 'repaired':
        this.print(
          `repaired: ${event.reason}: ${plain(formatBytes(event.beforeBytes))} became ${plain(formatBytes(event.afterBytes))}`,
        );
        break;
      case 'finished':
      case 'failed':
        this.clear();
        break;
    }
  }

  progress(progress: Progress): void {
    if (this.io.columns === undefined || Date.now() - this.drawn < REDRAW_MS) return;
    this.drawn = Date.now();
    const { title, loss, secondsLeft } = progress;
    const parts = [`${title}  ${placeText(progress)}  ${stepText(progress)}  loss ${loss.toFixed(3)}`];
    if (this.last !== undefined && this.started !== undefined) {
      const { metric, exactBytes, expectedBytes } = this.last;
      parts.push(
        `${formatMetric(this.started.metric, metric)}`,
        `${expectedBytes === undefined ? '' : `${formatBytes(expectedBytes)} expected, `}${formatBytes(exactBytes)} exact of ${formatBytes(weightLimit(this.started.limits))}`,
      );
    }
    parts.push(`${formatDuration(secondsLeft)} left`);
    this.status = plain(parts.join('  ·  '));
    this.draw();
  }

  /** Events that a resumed run has behind it: known, not shown. */
  recall(events: readonly RunEvent[]): void {
    for (const event of events) {
      if (event.type === 'started') this.started = event;
      if (event.type === 'epoch') this.last = event;
    }
  }

  /** A line for the user, above the status. */
  print(text: string): void {
    this.clear();
    this.io.err(`${text}\n`);
    this.draw();
  }

  /** Takes the status line away. */
  clear(): void {
    if (this.io.columns !== undefined && this.status !== '') this.io.rewriteLine?.('');
    this.drawn = 0;
  }

  private begin(event: StartedEvent): void {
    this.started = event;
    const { name, target, limits, backend, backendReason, seed, samples, initialWeights: initial } = event;
    const weights = limits.find(({ cost }) => cost === 'weights');
    const range =
      weights?.smallest === undefined || weights.largest === undefined
        ? ''
        : `; the search space reaches from ${formatBytes(weights.smallest)} to ${formatBytes(weights.largest)}`;
    this.print(
      plain(
        [
          `${name} for ${target}: ${formatBytes(weightLimit(limits))} of weights${range}`,
          `backend ${backend} (${backendReason}), seed ${seed}, ${samples.train} training, ${samples.validation} validation and ${samples.test} test samples`,
          ...(initial
            ? [
                `starting from ${initial.file}: ${initial.taken} of ${initial.operations} operations, inputs ${initial.inputs}`,
              ]
            : []),
          '',
        ].join('\n'),
      ),
    );
  }

  private epoch(event: EpochEvent): void {
    const metric = this.started?.metric ?? 'accuracy';
    if (!this.titled) {
      this.titled = true;
      const titles = COLUMNS.map(({ title }) => (title === 'metric' ? metric : title));
      this.print(line([...titles, ...this.added.map(({ column }) => column)]));
    }
    this.last = event;
    const epochs = this.started === undefined ? '' : `/${totalEpochs(this.started)}`;
    const share = this.started === undefined ? '' : formatShare(event.exactBytes / weightLimit(this.started.limits));
    this.print(
      line([
        `${event.epoch}${epochs}`,
        event.stage,
        event.trainLoss.toFixed(3),
        event.validationLoss.toFixed(3),
        formatMetric(metric, event.metric),
        event.expectedBytes === undefined ? '' : formatBytes(event.expectedBytes),
        formatBytes(event.exactBytes),
        share,
        ...this.added.map(({ id, unit }) => {
          const value = numberOf(event, id);
          return value === undefined ? '' : formatUnit(unit, value);
        }),
      ]),
    );
  }

  /** The strategy's own columns. */
  private get added(): readonly (CurveHeader & { readonly column: string })[] {
    const has = (curve: CurveHeader): curve is CurveHeader & { readonly column: string } => curve.column !== undefined;
    return this.started?.curves.filter(has) ?? [];
  }

  private draw(): void {
    const { columns } = this.io;
    if (columns === undefined || this.status === '') return;
    this.io.rewriteLine?.([...this.status].slice(0, columns - 1).join(''));
  }
}
