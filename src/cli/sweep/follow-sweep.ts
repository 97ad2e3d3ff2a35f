/** Stays with a sweep to its end: a line for each run, on a terminal a status line, and what Ctrl-C leaves. */
import { sweepJson } from '../../reports/sweep-json.ts';
import {
  cellText,
  referenceTable,
  sweepReasons,
  sweepRunsTable,
  sweepStanding,
  sweepTable,
} from '../../reports/sweep-tables.ts';
import type { Table } from '../../reports/facts.ts';
import { LAUNCHERS } from '../../runs/launchers/launcher-table.ts';
import type { RunEnd, RunListener } from '../../runs/launchers/launcher.ts';
import { resumeRun, startRun } from '../../runs/supervisor.ts';
import { missingCells, SweepDrive } from '../../runs/sweep/sweep-driver.ts';
import { readFacts } from '../../runs/sweep/sweep-facts.ts';
import type { SweepFolder } from '../../runs/sweep/sweep-folder.ts';
import { formatDuration } from '../../text/format.ts';
import { shareDone } from '../../wire/progress-text.ts';
import type { SweepCell, SweepFacts } from '../../wire/sweep-plan.ts';
import type { Progress } from '../../wire/run.ts';
import { oneLine } from '../../text/neutral.ts';
import { near, self, typed } from '../outcome.ts';
import { EXIT, SILENT, json, type LiveIo } from '../terminal/io.ts';
import { onInterrupts } from '../terminal/interrupts.ts';
import { plain, reportTable } from '../terminal/table.ts';

export interface FollowSweepOptions {
  readonly parallel: number;
  readonly cores: number;
  /** Does not wait for other searches. */
  readonly now: boolean;
  /** Says nothing on the way. */
  readonly json: boolean;
}

/** What is said of a sweep on its way. */
export class SweepView {
  private readonly progress = new Map<number, Progress>();
  private readonly waits = new Map<number, string>();
  private begun = 0;
  private ended = 0;
  private failures = 0;

  constructor(
    private readonly io: LiveIo,
    private readonly count: number,
    private readonly several: boolean,
  ) {}

  listen(cell: SweepCell): RunListener {
    return {
      queued: (text) => {
        if (!this.waits.has(cell.index)) this.print(`${cellText(cell, this.several)}: ${text}`);
        this.waits.set(cell.index, text);
      },
      begun: () => {
        this.waits.delete(cell.index);
      },
      progress: (progress) => {
        this.progress.set(cell.index, progress);
        this.draw();
      },
    };
  }

  changed(cell: SweepCell, state: string, end?: RunEnd | string): void {
    const name = cellText(cell, this.several);
    if (state === 'running') this.print(`${++this.begun} of ${this.count}: ${name}: begun`);
    else {
      this.ended += 1;
      if (state === 'failed') this.failures += 1;
      this.progress.delete(cell.index);
      const why =
        typeof end === 'string'
          ? end
          : end?.failure && state === 'failed'
            ? `${end.failure.what} ${end.failure.why}`
            : '';
      this.print(`${name}: ${state}${why === '' ? '' : `: ${why}`}`);
    }
  }

  /** Whether a run failed, be it that none was begun. */
  get failed(): boolean {
    return this.failures > 0;
  }

  print(text: string): void {
    if (this.io.columns !== undefined) this.io.rewriteLine?.('');
    this.io.err(plain(`${text}\n`));
    this.draw();
  }

  private draw(): void {
    const { columns } = this.io;
    if (columns === undefined) return;
    const now = [...this.progress.values()];
    const shares = now.map((one) => `${Math.floor(100 * shareDone(one))} %`).join(', ');
    const left =
      now.length === 0
        ? ''
        : `; the next is done in ${formatDuration(Math.min(...now.map(({ secondsLeft }) => secondsLeft)))}`;
    const text = `${this.ended} of ${this.count} ended${shares === '' ? '' : `; at ${shares}`}${left}`;
    this.io.rewriteLine?.(plain([...text].slice(0, columns - 1).join('')));
  }

  clear(): void {
    if (this.io.columns !== undefined) this.io.rewriteLine?.('');
  }
}

/** Works on what is missing. Returns whether it was stopped, and whether a run failed. */
export async function followSweep(
  folder: SweepFolder,
  { parallel, cores, now, json: silent }: FollowSweepOptions,
  io: LiveIo,
): Promise<{ readonly stopped: boolean; readonly failed: boolean }> {
  const file = await folder.read();
  const missing = missingCells(await folder.cells(file)).length;
  const view = new SweepView(silent ? SILENT : io, missing, file.plan.targets.length > 1);
  const launcher = LAUNCHERS.local();
  const drive = await SweepDrive.start(
    folder,
    { parallel, cores },
    {
      begin: (work, cell, place) => {
        const own = { ...place, ...(now && { now }) };
        return 'path' in work
          ? resumeRun(work.path, view.listen(cell), launcher, own)
          : startRun(work.runsFolder, work.request, view.listen(cell), launcher, own);
      },
      changed: (cell, state, _, end) => {
        view.changed(cell, state, end);
      },
    },
  );
  const interrupts = onInterrupts(
    io,
    () => {
      view.print('Stopping after checkpoints; Ctrl-C again stops at once.');
      drive.cancel();
    },
    () => {
      drive.kill();
    },
  );
  try {
    const { stopped } = await drive.ended;
    return { stopped, failed: view.failed };
  } finally {
    interrupts.release();
    view.clear();
  }
}

const tableText = (one: Table): string => `${one.title}:\n${reportTable(one)}\n`;

/** Why runs have no result: a cell of a table would make all of its lines as long. */
const reasonsText = (facts: SweepFacts): string =>
  sweepReasons(facts)
    .map(({ runs, state, reason }) => `${state}: ${runs}: ${oneLine(reason)}\n`)
    .join('');

/** What can be done with a sweep; nothing where none of its runs is done. */
function nextOf(folder: SweepFolder, { rows }: SweepFacts): readonly string[] {
  if (!rows.some(({ state }) => state === 'done')) return [];
  return [
    'Next:',
    `  ${self()} export ${typed(folder.path)} --out sweep.html`,
    '      writes a report with the frontier (.csv: a line for each run)',
    `  ${self()} apply RUN`,
    '      writes what a run chose into the definition; `udc runs` lists them',
    '',
  ];
}

/** Prints how a sweep stands. Returns the exit code: 1 where a run failed. */
export async function reportSweep(folder: SweepFolder, asJson: boolean, io: LiveIo): Promise<number> {
  const facts = await readFacts(folder);
  const failed = facts.rows.some(({ state }) => state === 'failed');
  if (asJson) io.out(json({ sweep: folder.path, ...sweepJson(facts) }));
  else {
    const tables = [
      sweepTable(facts),
      ...(facts.rows.some(({ state }) => state !== 'done') ? [sweepRunsTable(facts)] : []),
    ];
    const references = referenceTable(facts);
    const reasons = reasonsText(facts);
    io.out(
      plain(
        [
          '',
          ...tables.flatMap((one) => (one ? [tableText(one)] : [])),
          ...(reasons === '' ? [] : [reasons]),
          ...(references ? [tableText(references)] : []),
          `${sweepStanding(facts)}`,
          `sweep folder  ${near(folder.path)}`,
          '',
          ...nextOf(folder, facts),
        ].join('\n'),
      ),
    );
  }
  return failed ? EXIT.input : EXIT.done;
}
