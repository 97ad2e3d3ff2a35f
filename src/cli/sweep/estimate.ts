/** How long a sweep will take: a few steps of each strategy are timed. */
import { LAUNCHERS } from '../../runs/launchers/launcher-table.ts';
import { requestOf, type SweepRequest } from '../../runs/sweep/sweep-folder.ts';
import { EstimateError, secondsOf, sideBySide } from '../../runs/sweep/time-estimate.ts';
import { formatDuration } from '../../text/format.ts';
import { strategyTitle } from '../../wire/strategies.ts';
import type { SweepCell } from '../../wire/sweep-plan.ts';
import { CommandError, EXIT, type LiveIo } from '../terminal/io.ts';

export interface SweepTime {
  /** Of the whole. */
  readonly seconds: number;
  /** Of one run, by strategy. */
  readonly of: Readonly<Record<string, number>>;
  readonly text: string;
}

/** @throws CommandError where a run cannot even begin, or on Ctrl-C */
export async function estimated(
  request: SweepRequest,
  cells: readonly SweepCell[],
  { parallel, cores }: { readonly parallel: number; readonly cores: number },
  io: LiveIo,
): Promise<SweepTime> {
  const stop = new AbortController();
  const release = io.onInterrupt?.(() => {
    stop.abort();
  });
  const wanted = [...new Set([...request.plan.strategies, ...request.baselines])];
  const of: Record<string, number> = {};
  try {
    for (const strategy of wanted) {
      const cell = { ...(cells.find((one) => one.strategy === strategy) ?? cells[0]!), strategy };
      // Strategies that are compared are timed by themselves.
      const alone = requestOf({ ...request, baselines: [] }, cell);
      if (io.columns !== undefined) io.rewriteLine?.(`timing some steps of ${strategyTitle(strategy)}`);
      of[strategy] = await secondsOf(alone, cores, LAUNCHERS.local(), stop.signal);
    }
  } catch (error) {
    if (stop.signal.aborted) throw new CommandError('nothing was started', EXIT.interrupted);
    if (error instanceof EstimateError) throw new CommandError(`this sweep cannot begin: ${error.message}`);
    throw error;
  } finally {
    if (io.columns !== undefined) io.rewriteLine?.('');

    release?.();
  }
  const compared = request.baselines.reduce((sum, id) => sum + of[id]!, 0);
  const seconds = sideBySide(
    cells.map(({ strategy }) => of[strategy]! + compared),
    parallel,
  );
  const each = wanted.map((id) => `${strategyTitle(id)} ${formatDuration(of[id]!)}`).join(', ');
  return { seconds, of, text: `about ${formatDuration(seconds)} in all (a run, by some timed steps: ${each})` };
}
