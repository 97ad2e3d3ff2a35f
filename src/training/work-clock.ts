/**
 * How long a search will take: it knows how much of each kind of work is left, and learns how long each takes. What has
 * not begun yet is taken to be to the rest as experience says, so that the estimate moves smoothly when it begins.
 */

/**
 * Kinds of work whose steps take different times: shared weights, judging under them, a network alone, networks each
 * alone but several at once.
 */
export type Work = 'shared' | 'judging' | 'alone' | 'beside';

/** So many steps of each kind; judging is counted in steps of the shared weights that take as long. */
export type WorkLeft = Readonly<Partial<Record<Work, number>>>;

const KINDS: readonly Work[] = ['shared', 'judging', 'alone', 'beside'];

/**
 * A step of each kind over one of the shared weights. (Sampling and mixing make those 1.1 to 1.25 times as long as a
 * plain step: docs/performance.md.)
 */
const USUAL: Readonly<Record<Work, number>> = { shared: 1, judging: 1, alone: 0.8, beside: 0.8 };
/** What is usual counts as much as so many steps that were measured. */
const TRUST = 100;

/** Networks that are trained at once, as far as their time is concerned. */
export interface AtOnce {
  /** How many times as fast as one after another they usually are. */
  readonly gain: number;
  /** Seconds until the first of them begins. */
  readonly startSeconds: number;
}

/** All work of both. */
export function workOfAll(parts: readonly WorkLeft[]): WorkLeft {
  const sum = (kind: Work): number => parts.reduce((total, part) => total + (part[kind] ?? 0), 0);
  return Object.fromEntries(KINDS.map((kind) => [kind, sum(kind)]));
}

export class WorkClock {
  private readonly spent = new Map<Work, { seconds: number; steps: number }>();
  private readonly usual: Readonly<Record<Work, number>>;
  private readonly startSeconds: number;
  private last: number;

  /** @param now milliseconds that never go back */
  constructor(
    { gain, startSeconds }: AtOnce = { gain: 1, startSeconds: 0 },
    private readonly now: () => number = () => performance.now(),
  ) {
    this.last = now();
    this.usual = { ...USUAL, beside: USUAL.beside / gain };
    this.startSeconds = startSeconds;
  }

  /** The time since the last call was spent on this work. @param steps that it completed */
  tick(kind: Work, steps: number): void {
    const now = this.now();
    const known = this.spent.get(kind) ?? { seconds: 0, steps: 0 };
    this.spent.set(kind, { seconds: known.seconds + (now - this.last) / 1000, steps: known.steps + steps });
    this.last = now;
  }

  /** Work of all kinds in one number: what shares of it are counted in. */
  weighed(left: WorkLeft): number {
    return KINDS.reduce((sum, kind) => sum + this.usual[kind] * (left[kind] ?? 0), 0);
  }

  /** Seconds that a usual step takes, by all work so far. */
  private get base(): number {
    let [seconds, steps] = [0, 0];
    for (const [kind, one] of this.spent) {
      seconds += one.seconds;
      steps += this.usual[kind] * one.steps;
    }
    return steps === 0 ? 0 : seconds / steps;
  }

  private pace(kind: Work): number {
    const { seconds, steps } = this.spent.get(kind) ?? { seconds: 0, steps: 0 };
    return (TRUST * this.base * this.usual[kind] + seconds) / (TRUST + steps);
  }

  secondsLeft(left: WorkLeft): number {
    return KINDS.reduce((sum, kind) => sum + this.secondsOf(kind, left[kind] ?? 0), 0);
  }

  /** Networks are trained at once where that is faster, start included. */
  private secondsOf(kind: Work, steps: number): number {
    const seconds = this.pace(kind) * steps;
    return kind === 'beside' && !this.spent.has('beside')
      ? Math.min(this.pace('alone') * steps, seconds + this.startSeconds)
      : seconds;
  }
}
