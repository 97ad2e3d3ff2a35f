/** What a search around a given network chooses from: the network's own values are the largest. */
/** Multiples of 8 fill the bricks of every NPU here; the last choice is the network's own width. */
const GRANULE = 8;

/** `8 | 12 | 16` of 16 filters. */
export function widthChoices(filters: number): string {
  const smaller = [0.5, 0.75].map((share) => Math.round((filters * share) / GRANULE) * GRANULE);
  return [...new Set([...smaller, filters])].filter((width) => width > 0 && width <= filters).join(' | ');
}

/** Of what every bit costs, a choice that a search can tell apart; those of it that the target stores. */
const BITS = [2, 3, 4, 6, 8];

/** `2 | 4 | 8`. @param stored bitwidths that the target stores */
export const bitChoices = (stored: readonly number[]): string =>
  BITS.filter((offered) => stored.includes(offered)).join(' | ');

/** Of the sparsities that weights may be pruned to. */
export const SPARSITIES = '0 | 0.5 | 0.75';
