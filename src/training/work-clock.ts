/**
 * How long a search will take: it knows how much of each kind of work is left, and learns how long each takes. What has
 * not begun yet is taken to be to the rest as experience says, so that the estimate moves smoothly when it begins.
 */

/** Kinds of work whose steps take different times: shared weights, judging under them, a network alone. */
export type Work = 'shared' | 'judging' | 'alone';

/** So many steps of each kind; judging is counted in steps of the shared weights that take as long. */
export type WorkLeft = Readonly<Partial<Record<Work, number>>>;

/**
 * A step of each kind over one of the shared weights. (Sampling and mixing make those 1.1 to 1.25 times as long as a
 * plain step: docs/performance.md.)
 */
const USUAL: Readonly<Record<Work, number>> = { shared: 1, judging: 1, alone: 0.8 };
/** What is usual counts as much as so many steps that were measured. */
const TRUST = 100;

export const weighed = (left: WorkLeft): number =>
  (Object.keys(USUAL) as Work[]).reduce((sum, kind) => sum + USUAL[kind] * (left[kind] ?? 0), 0);

export class WorkClock {
  private readonly spent = new Map<Work, { seconds: number; steps: number }>();
  private last: number;

  /** @param now milliseconds that never go back */
  constructor(private readonly now: () => number = () => performance.now()) {
    this.last = now();
  }

  /** The time since the last call was spent on this work. @param steps that it completed */
  tick(kind: Work, steps: number): void {
    const now = this.now();
    const known = this.spent.get(kind) ?? { seconds: 0, steps: 0 };
    this.spent.set(kind, { seconds: known.seconds + (now - this.last) / 1000, steps: known.steps + steps });
    this.last = now;
  }

  /** Seconds that a usual step takes, by all work so far. */
  private get base(): number {
    let [seconds, steps] = [0, 0];
    for (const [kind, one] of this.spent) {
      seconds += one.seconds;
      steps += USUAL[kind] * one.steps;
    }
    return steps === 0 ? 0 : seconds / steps;
  }

  secondsLeft(left: WorkLeft): number {
    const { base } = this;
    return (Object.keys(USUAL) as Work[]).reduce((sum, kind) => {
      const { seconds, steps } = this.spent.get(kind) ?? { seconds: 0, steps: 0 };
      const pace = (TRUST * base * USUAL[kind] + seconds) / (TRUST + steps);
      return sum + pace * (left[kind] ?? 0);
    }, 0);
  }
}
