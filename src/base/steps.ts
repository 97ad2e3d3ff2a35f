/** Long work in steps: a generator that yields now and then and returns what it made. */

/** Work that whoever can wait spreads over time. */
export type Steps<T> = Generator<undefined, T>;

/** All of the work at once. */
export function drained<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
