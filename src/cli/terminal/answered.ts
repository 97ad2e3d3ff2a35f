/** What errors of a command look like, to people and to programs. */
import { messageOf } from '../../base/error-text.ts';
import { DataError } from '../../data/data-error.ts';
import { RunError } from '../../runs/folder/run-error.ts';
import { CommandError, EXIT, json, neutral, type LiveIo } from './io.ts';
import { plain } from './table.ts';

/** Runs a command on a neutral terminal. Never throws; returns the exit code. */
export async function answered(
  args: readonly string[],
  terminal: LiveIo,
  command: (args: string[], io: LiveIo) => Promise<number>,
): Promise<number> {
  const io = neutral(terminal);
  try {
    return await command([...args], io);
  } catch (error) {
    const { message, exitCode, data } = tell(error);
    if (args.includes('--json')) io.out(json({ error: { exitCode, message, ...data } }));
    io.err(`${message}\n`);
    return exitCode;
  }
}

/** An error as people should see it: without a stack, unless they ask for it. */
function tell(error: unknown): { message: string; exitCode: number; data?: Readonly<Record<string, unknown>> } {
  if (error instanceof CommandError)
    return { message: plain(error.message), exitCode: error.exitCode, data: error.data };
  if (error instanceof RunError || error instanceof DataError) return { message: error.message, exitCode: EXIT.input };
  const details =
    process.env['UDC_DEBUG'] !== undefined && error instanceof Error
      ? error.stack
      : `${messageOf(error)} (set UDC_DEBUG=1 for details)`;
  return { message: `udc failed unexpectedly: ${details}`, exitCode: EXIT.input };
}
