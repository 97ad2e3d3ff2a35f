/** Budgets that are worth a sweep, where nobody names any: round numbers between what a space reaches. */

const KIB = 1024;
/** Round numbers of KiB within a doubling: 8, 12, 16, 24, … */
const STEPS = [1, 1.5] as const;

/**
 * Up to `most` round budgets, evenly spread by their ratio, all of which can be met and of which the largest still
 * limits; the largest size where there is no round one between.
 * @param smallest bytes of the smallest architecture @param largest of the largest
 */
export function usualBudgets(smallest: number, largest: number, most = 4): readonly number[] {
  const round: number[] = [];
  for (let power = 0.25; power * KIB <= largest; power *= 2)
    for (const step of STEPS) {
      const bytes = power * step * KIB;
      if (bytes >= smallest && bytes < largest) round.push(bytes);
    }
  if (round.length === 0) return [Math.ceil(largest)];
  if (round.length <= most) return round;
  const at = Array.from({ length: most }, (_, i) => Math.round((i * (round.length - 1)) / (most - 1)));
  return [...new Set(at)].map((index) => round[index]!);
}
