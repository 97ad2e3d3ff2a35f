/** Lists of numbers as text, for keys. */

const texts = new WeakMap<readonly number[], string>();

/** The numbers with commas between. Layers share their lists of options and values, so each list is written once. */
export function listed(values: readonly number[]): string {
  if (values.length === 1) return String(values[0]!);
  let text = texts.get(values);
  if (text === undefined) texts.set(values, (text = values.join()));
  return text;
}
