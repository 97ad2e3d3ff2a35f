/** Why a worker died, in words: from its exit code, its signal, and the last lines it wrote. */
import { MEMORY_ADVICE, saysOutOfMemory } from '../../base/memory-limits.ts';
import type { Explanation } from '../engine.ts';

export interface Death {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly log: readonly string[];
}

const RESUME = 'Resume goes on from the last checkpoint.';

interface Pattern {
  readonly holds: (death: Death) => boolean;
  readonly explanation: Explanation;
}

const PATTERNS: readonly Pattern[] = [
  {
    holds: ({ log }) => log.some(saysOutOfMemory),
    explanation: {
      code: 'out-of-memory',
      what: 'The search ran out of memory.',
      why: 'The network, the batch or the data set is too large for this machine.',
      next: MEMORY_ADVICE,
    },
  },
  {
    holds: ({ signal }) => signal === 'SIGKILL',
    explanation: {
      code: 'killed',
      what: 'The search process was killed (SIGKILL).',
      why: 'Someone ended it, or the system did because memory ran short.',
      next: RESUME,
    },
  },
  {
    holds: ({ signal }) => signal !== null && ['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGABRT', 'SIGFPE'].includes(signal),
    explanation: {
      code: 'crashed',
      what: 'The search process crashed in native code.',
      why: 'A tensor backend failed.',
      next: `${RESUME} If it crashes again, choose another backend.`,
    },
  },
];

export function explainDeath(death: Death): Explanation {
  const { code, signal, log } = death;
  const known = PATTERNS.find(({ holds }) => holds(death))?.explanation;
  const ended = signal === null ? `exit code ${code}` : `signal ${signal}`;
  if (known !== undefined) return { ...known, why: `${known.why} (${ended})` };
  const lastError = log.findLast((line) => /\b\w*Error\b: /.test(line)) ?? log.at(-1);
  return {
    code: 'died',
    what: `The search process ended unexpectedly (${ended}).`,
    why: lastError ?? 'It left no message.',
    next: RESUME,
  };
}

/** The last lines of a stream, each cut to a readable length. */
export class LastLines {
  private readonly kept: string[] = [];
  private open = '';

  constructor(
    private readonly count = 40,
    private readonly length = 400,
  ) {}

  /** Takes a piece of text and returns the lines that it completed. */
  push(text: string): string[] {
    const pieces = (this.open + text).split(/\r?\n/);
    this.open = pieces.pop()!.slice(-10 * this.length);
    const lines = pieces.filter((line) => line.trim() !== '').map((line) => this.cut(line));
    this.kept.push(...lines);
    this.kept.splice(0, Math.max(0, this.kept.length - this.count));
    return lines;
  }

  get lines(): readonly string[] {
    return this.open.trim() === '' ? this.kept : [...this.kept, this.cut(this.open)];
  }

  private cut(line: string): string {
    return line.length > this.length ? `${line.slice(0, this.length)}…` : line;
  }
}
