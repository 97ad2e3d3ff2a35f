/** Stays with a run until its worker ends: shows it live, turns Ctrl-C into a checkpoint, and says how it ended. */
import type { RunFolder } from '../runs/folder/run-folder.ts';
import type { RunListener } from '../runs/launchers/launcher.ts';
import type { RunHandle } from '../runs/supervisor.ts';
import type { RunEvent } from '../wire/run.ts';
import { failureText } from '../text/sentences.ts';
import { EXIT, SILENT, json, type LiveIo } from './terminal/io.ts';
import { LiveView } from './terminal/live.ts';
import { onInterrupts } from './terminal/interrupts.ts';
import { outcomeText, self, typed } from './outcome.ts';

export interface FollowOptions {
  /** Print the outcome as JSON and nothing on the way. */
  readonly json: boolean;
  /** Events of the run so far, when it is resumed. */
  readonly before?: readonly RunEvent[];
}

/** Failures after which a run goes on once their cause is mended. */
const PASSING: readonly string[] = ['disk-full', 'data-changed'];

/** Where a program failed inside helps who mends it, not who uses it: `UDC_DEBUG=1` shows it. */
function shownLines(text: string): string[] {
  const lines = text.split('\n');
  return process.env['UDC_DEBUG'] === undefined
    ? lines.filter((line) => !/^\s*(at |=+$|throw |\^|#|$)|^(file|\/).*:\d+$|^Node\.js v/.test(line))
    : lines;
}

/** Starts a worker by `start` and follows it. Returns the exit code. */
export async function follow(
  start: (listener: RunListener) => Promise<RunHandle>,
  io: LiveIo,
  options: FollowOptions,
): Promise<number> {
  const view = new LiveView(options.json ? SILENT : io);
  view.recall(options.before ?? []);
  const handle = await start({
    queued: (text) => {
      view.print(`${text}. --now begins at once beside them.`);
    },
    event: (event) => {
      view.event(event);
    },
    progress: (progress) => {
      view.progress(progress);
    },
    rewound: (seq, fresh) => {
      if (!fresh) view.print(`resuming after event ${seq}`);
    },
    note: (text) => {
      for (const line of shownLines(text)) view.print(line);
    },
  });
  const interrupts = onInterrupts(
    io,
    () => {
      view.print('Stopping after a checkpoint; Ctrl-C again stops at once.');
      void handle.cancel();
    },
    () => {
      handle.kill();
    },
  );
  const end = await handle.ended;
  interrupts.release();
  view.clear();
  const { folder } = handle;
  if (end.state === 'done') return reportDone(folder, io, options);
  const exit = interrupts.count() > 0 ? EXIT.interrupted : end.code === 'budget' ? EXIT.budget : EXIT.input;
  if (options.json) {
    io.out(json({ ...(!end.refused && { run: folder.path }), state: end.state, code: end.code, failure: end.failure }));
    return exit;
  }
  const { failure } = end;
  if (failure !== undefined) io.err(`${failureText(failure)}\n`);
  if (!end.refused && (end.state !== 'failed' || PASSING.includes(end.code)))
    io.err(`Resume with: ${self()} resume ${typed(folder.path)}\n`);
  return exit;
}

/** Prints the outcome of a run that is done. */
export async function reportDone(folder: RunFolder, io: LiveIo, options: FollowOptions): Promise<number> {
  const [header, result] = [await folder.readHeader(), (await folder.readResult())!];
  if (options.json) io.out(json({ run: folder.path, state: 'done', ...result }));
  else io.out(`\n${outcomeText(folder, header, result, (await folder.readEvents()).events)}`);
  return EXIT.done;
}
