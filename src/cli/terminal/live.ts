/** The live view of a search: one line an epoch, and on a terminal a status line below that is written anew. */
import { formatBytes, formatDuration, formatShare, formatUnit } from '../../text/format.ts';
import { formatMetric, metricOf } from '../../wire/tasks/metrics.ts';
import { amountOf, weightLimit } from '../../wire/limits.ts';
import { placeText, stepText } from '../../wire/progress-text.ts';
import { numberOf, stageTitle, totalEpochs, withStagesInForce } from '../../wire/stages.ts';
import type { CurveHeader, EpochEvent, Progress, RunEvent, StartedEvent } from '../../wire/run.ts';
import type { LiveIo } from './io.ts';
import { pad, plain } from './table.ts';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly left?: boolean;
}

/** The columns of the epoch lines, with widths that hold any value; that of the stage depends on the strategy. */
const COLUMNS: readonly Column[] = [
  { title: 'epoch', width: 7 },
  { title: 'stage', width: 0, left: true },
  { title: 'loss', width: 7 },
  { title: 'val. loss', width: 9 },
  { title: 'metric', width: 8 },
  { title: 'expected', width: 9 },
  { title: 'exact', width: 9 },
  { title: 'of budget', width: 9 },
];

/** Columns that a strategy adds are as wide as their heads, and as any value of theirs. */
const WIDTH_OF_ADDED = 9;

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
        this.print(
          `chosen: ${plain(formatBytes(event.exactBytes))} when encoded${this.trains ? '; training it now' : ''}`,
        );
        break;
      case 'repaired':
        this.print(
          `repaired: ${event.reason}: ${plain(formatBytes(event.beforeBytes))} became ${plain(formatBytes(event.afterBytes))}`,
        );
        break;
      case 'shortened':
        if (this.started) this.started = withStagesInForce(this.started, [event]);
        this.print(`shortened: ${event.reason}`);
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
      if (event.type === 'shortened' && this.started) this.started = withStagesInForce(this.started, [event]);
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
    const { name, target, limits, backend, backendReason, seed, samples, decisions, initialWeights: initial } = event;
    const weights = limits.find(({ cost }) => cost === 'weights');
    const range =
      weights?.smallest === undefined || weights.largest === undefined
        ? ''
        : decisions.length === 0 && weights.smallest === weights.largest
          ? `; there is one architecture, ≈ ${formatBytes(weights.largest)}`
          : `; the search space reaches from ≈ ${formatBytes(weights.smallest)} to ≈ ${formatBytes(weights.largest)}`;
    this.print(
      plain(
        [
          `${name} for ${target}: ${limits.map(({ cost, limit }) => amountOf(cost, limit)).join(', ')}${range}`,
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
    const metric = this.started?.metric;
    if (!this.titled) {
      this.titled = true;
      const titles = COLUMNS.map(({ title }) => (title === 'metric' ? metricOf(metric).id : title));
      this.print(this.line([...titles, ...this.added.map(({ column }) => column)]));
    }
    this.last = event;
    const epochs = this.started === undefined ? '' : `/${totalEpochs(this.started)}`;
    const share = this.started === undefined ? '' : formatShare(event.exactBytes / weightLimit(this.started.limits));
    this.print(
      this.line([
        `${event.epoch}${epochs}`,
        stageTitle(this.started, event.stage),
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

  /** Is there training to come? */
  private get trains(): boolean {
    return this.started === undefined || totalEpochs(this.started) > (this.last?.epoch ?? 0);
  }

  private line(cells: readonly string[]): string {
    return cells
      .map((cell, i) => {
        const { width, left } = COLUMNS[i] ?? { width: WIDTH_OF_ADDED, left: false };
        return pad(plain(cell), width === 0 ? this.widthOfStage : width, left ? 'left' : 'right');
      })
      .join('  ')
      .trimEnd();
  }

  /** Of the longest title of a stage with epochs. */
  private get widthOfStage(): number {
    const stages = this.started?.stages.filter(({ epochs }) => epochs > 0) ?? [];
    return Math.max('stage'.length, ...stages.map(({ title }) => [...title].length));
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
