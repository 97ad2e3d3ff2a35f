/** Work on many things, some at a time: files that are open at once are limited, by the system and by courtesy. */

const AT_ONCE = 8;

/** The results of `work` on each item, in the order of the items, at most eight at work at a time. */
export async function mapLimited<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]!);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
