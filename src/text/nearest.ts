/** The nearest of a list of names to what somebody typed. */

/**
 * Number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string
 * alignment).
 */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2]! + 1);
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length]!;
}

/** How far a name may be from what was typed: a third of its letters. */
function isNear(distance: number, wanted: string, name: string): boolean {
  return distance <= Math.max(1, Math.ceil(Math.max(wanted.length, name.length) / 3));
}

/**
 * All names that `typed` may mean, the nearest first: at most a third of their letters differ, or they begin with it.
 * Case does not count.
 * @param most how many at most
 */
export function nearNames(typed: string, names: readonly string[], most = 6): readonly string[] {
  const wanted = typed.slice(0, 64).toLowerCase();
  const found = names.flatMap((name) => {
    const known = name.toLowerCase();
    const begun = wanted.length >= 3 && known.startsWith(wanted);
    const distance = begun ? 0.5 : editDistance(wanted, known);
    return begun || isNear(distance, wanted, known) ? [{ name, distance }] : [];
  });
  return found
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ name }) => name);
}

/** The name that `typed` most likely means, or undefined when none is near. Case does not count. */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  return nearNames(typed, names, 1)[0];
}

/** `a`, `b` or `c`: for a question. `quote` stands on both sides of each. */
export function alternatives(names: readonly string[], quote: string): string {
  const quoted = names.map((name) => `${quote}${name}${quote}`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)!}`;
}
