/** Times and counts as people write them: '3 ms', '250 µs'; '1.2 M', '800 k', '1200000'. */

const SECONDS: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, μs: 1e-6 };
const COUNTS: Readonly<Record<string, number>> = { '': 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9 };

/** Longest time that an inference may be given, and most cycles or multiply-accumulates: exact in a double. */
const MOST_SECONDS = 86_400;
const MOST_COUNT = 1e15;

/** What `parseSeconds` and `parseCount` accept, for messages. */
export const SECONDS_EXPECTED = 'a time with its unit such as `3 ms`, `250 us` or `0.5 s`';
export const COUNT_EXPECTED = 'a number such as `1200000`, `1.2 M` or `800 k` (k = 1000, M = 1000000)';

/** A number and its unit, in the unit of `units`; undefined for anything else. */
export function quantity(text: string, units: Readonly<Record<string, number>>, anyCase = false): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-zµμ]*)\s*$/i.exec(text);
  const unit = anyCase ? match?.[2]?.toLowerCase() : match?.[2];
  if (!match || unit === undefined || !Object.hasOwn(units, unit)) return undefined;
  // Digits after the point are decimal: 0.0029 s is 2.9 ms, whatever a product of doubles says.
  return Number((Number(match[1]) * units[unit]!).toPrecision(15));
}

/** Reads a time in seconds; its unit must be there. @throws RangeError that says what would be right */
export function parseSeconds(text: string): number {
  const seconds = quantity(text, SECONDS) ?? 0;
  if (seconds <= 0 || seconds > MOST_SECONDS) throw new RangeError(`\`${text.trim()}\` is not ${SECONDS_EXPECTED}`);
  return seconds;
}

const DURATIONS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400 };
const MOST_DURATION = 365 * 86_400;

/** What `parseDuration` accepts, for messages. */
export const DURATION_EXPECTED = 'a time with its unit such as `30 min`, `2 h` or `90 s`';

/** Reads how long work may take, in seconds, with its unit. @throws RangeError that says what would be right */
export function parseDuration(text: string): number {
  const seconds = quantity(text, DURATIONS) ?? 0;
  if (seconds <= 0 || seconds > MOST_DURATION) throw new RangeError(`\`${text.trim()}\` is not ${DURATION_EXPECTED}`);
  return seconds;
}

/** Reads a count; a fraction of one is cut off. @throws RangeError that says what would be right */
export function parseCount(text: string): number {
  const count = Math.floor(quantity(text, COUNTS) ?? 0);
  if (count < 1 || count > MOST_COUNT) throw new RangeError(`\`${text.trim()}\` is not ${COUNT_EXPECTED}`);
  return count;
}

/** So many seconds, as `parseSeconds` reads them: '3 ms'. */
export const secondsText = (seconds: number): string => `${Number((1000 * seconds).toPrecision(15))} ms`;
