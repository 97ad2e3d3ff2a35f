/** The lists that a sweep varies, as people write them: `2KiB,4KiB`, `2KiB..16KiB`, `1..3,7`. */
import { parseBytes } from './byte-units.ts';

/** More values than this in one list are a slip. */
const MOST_VALUES = 500;

const distinct = <T>(values: readonly T[], what: string): readonly T[] => {
  if (values.length === 0) throw new RangeError(`there is no ${what}`);
  if (values.length > MOST_VALUES) throw new RangeError(`${values.length} ${what}s are more than ${MOST_VALUES}`);
  return [...new Set(values)];
};

/** The parts between commas, without what is empty. */
export const listed = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/**
 * Budgets in bytes, each once, the smallest first: `2KiB,4KiB`; `2KiB..16KiB` doubles from the first to the last.
 * @throws RangeError that says what would be right
 */
export function parseBudgets(text: string): readonly number[] {
  const values = listed(text).flatMap((part) => {
    const [first, last, ...rest] = part.split('..');
    if (last === undefined) return [parseBytes(part)];
    if (rest.length > 0) throw new RangeError(`\`${part}\` is no range of budgets such as \`2KiB..16KiB\``);
    return doublings(parseBytes(first!), parseBytes(last), part);
  });
  return [...distinct(values, 'budget')].sort((a, b) => a - b);
}

function doublings(first: number, last: number, part: string): readonly number[] {
  if (last < first) throw new RangeError(`\`${part}\` ends before it begins`);
  const values = [];
  for (let value = first; value < last; value *= 2) values.push(value);
  return [...values, last];
}

const WHOLE = /^\d{1,15}$/;

/**
 * Seeds, each once, in the order in which they are written: `1..3,7`.
 * @throws RangeError that says what would be right
 */
export function parseSeeds(text: string): readonly number[] {
  const expected = 'whole numbers such as `1,2,3` or a range such as `1..3`';
  const values = listed(text).flatMap((part) => {
    const ends = part.split('..').map((end) => end.trim());
    if (ends.length > 2 || !ends.every((end) => WHOLE.test(end)))
      throw new RangeError(`\`${part}\` is no seed; they are ${expected}`);
    const [first, last = first] = ends.map(Number) as [number, number?];
    if (last! < first) throw new RangeError(`\`${part}\` ends before it begins`);
    if (last! - first >= MOST_VALUES) throw new RangeError(`\`${part}\` holds more than ${MOST_VALUES} seeds`);
    return Array.from({ length: last! - first + 1 }, (_, at) => first + at);
  });
  return distinct(values, 'seed');
}
