/** Where a command writes: replaced in tests, and by the terminal in `main.ts`. */
import { oneLine, terminalText } from '../../text/neutral.ts';

export interface Io {
  /** The answer, for people or programs; ends with a newline. */
  out(text: string): void;
  /** What went wrong, and progress that is not the answer. */
  err(text: string): void;
}

/** A terminal that can rewrite its last line. */
export interface LiveIo extends Io {
  /** Width in characters; absent: lines are only appended. */
  readonly columns?: number | undefined;
  /** Writes the terminal's last line anew; '' takes it away. Needed where there are columns. */
  rewriteLine?(text: string): void;
  /** Asks a person yes or no; absent where none is there. */
  confirm?(question: string): Promise<boolean>;
  /** Calls back on Ctrl-C and on SIGTERM; returns what ends that. */
  onInterrupt?(callback: () => void): () => void;
}

/** Says nothing: what is shown on the way where a program reads the answer. */
export const SILENT: LiveIo = { out: () => undefined, err: () => undefined };

/** Exit codes of every command. */
export const EXIT = { done: 0, input: 1, usage: 2, budget: 3, interrupted: 130 } as const;

/** Ends a command with a message and an exit code. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** @param data what `--json` adds to the message */
  constructor(
    message: string,
    readonly exitCode: number = EXIT.input,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** The command line itself is wrong. */
export class UsageError extends CommandError {
  constructor(message: string) {
    super(message, EXIT.usage);
  }
}

/**
 * The same, with nothing in the texts that a terminal obeys: what commands write passes here, so that no name of a file
 * or a layer moves the cursor.
 */
export function neutral(io: LiveIo): LiveIo {
  return {
    out: (text) => {
      io.out(terminalText(text));
    },
    err: (text) => {
      io.err(terminalText(text));
    },
    get columns() {
      return io.columns;
    },
    rewriteLine: (text) => {
      io.rewriteLine?.(oneLine(text));
    },
    ...(io.confirm && { confirm: (question: string) => io.confirm!(oneLine(question)) }),
    ...(io.onInterrupt && { onInterrupt: (callback: () => void) => io.onInterrupt!(callback) }),
  };
}

/** A value as `--json` prints it. */
export const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
