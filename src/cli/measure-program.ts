/**
 * `udc measure` alone, as the editor runs it: whoever started it is told of each number as it comes, and stops it by a
 * message, or by ending.
 */
import { answered } from './terminal/answered.ts';
import { run } from './commands/measure-devices.ts';

/** Room for a line of progress: nobody's terminal is as wide. */
const COLUMNS = 400;

/** Carries out the command line of this process. */
export async function measureForEditor(): Promise<void> {
  // Whoever wants it to stop may do so before anything is measured.
  const stopped = new AbortController();
  for (const event of ['message', 'disconnect'] as const)
    process.on(event, () => {
      stopped.abort();
    });
  process.exitCode = await answered(
    process.argv.slice(2),
    {
      out: (text) => {
        process.stdout.write(text);
      },
      err: (text) => {
        process.stderr.write(text);
      },
      columns: COLUMNS,
      rewriteLine: (text) => {
        if (process.connected && text !== '') process.send?.({ progress: text });
      },
      onInterrupt: (callback) => {
        if (stopped.signal.aborted) callback();
        stopped.signal.addEventListener('abort', callback);
        return () => {
          stopped.signal.removeEventListener('abort', callback);
        };
      },
    },
    run,
  );
  // An open channel would keep this process.
  if (process.connected) process.disconnect();
}
