/** Field widths and special values of the Ethos-U weight stream. */

export const ALIGNMENT = 16;
export const MAX_SLICE = 32767;
export const MAX_WEIGHT = 255;
/** Weight codes: 2·|w| + (w < 0), so 0…511; 1 would be "−0" and is never used. */
export const CODES = 2 * (MAX_WEIGHT + 1);
export const MAX_PALETTE = 32;

export const ZDIV_NONE = 6;
export const ZDIV_END = 7;
export const WDIV_UNCOMPRESSED = 7;

export const HEADER_BITS = 23;
export const PALETTE_HEADER_BITS = 13;
/** Symbols of a weight chunk, and of one with uncompressed weights of more than 5 bits. */
export const CHUNK = 12;
export const SHORT_CHUNK = 8;
/** Weights may lead zero runs by this much before they are held back. */
export const MAX_LEAD = 8;

export interface Palette {
  /** Codes by index; empty where every weight is coded directly. */
  readonly codes: Uint16Array;
  readonly bits: number;
  readonly directOffset: number;
  /** Are runs of zeros coded apart from the weights? */
  readonly zeroRuns: boolean;
  /** Bits of an uncompressed weight, or 0 where the palette does not allow them. */
  readonly uncompressedBits: number;
}

/** Golomb-Rice parameters of the weights of a slice. */
export interface WeightCode {
  readonly divisor: number;
  readonly truncated: boolean;
  readonly uncompressed: boolean;
}

const DIVISORS = [0, 1, 2, 3, 4, 5] as const;

/** Every weight code, in the order in which the encoder considers them. */
export const WEIGHT_CODES: readonly WeightCode[] = [
  ...DIVISORS.map((divisor) => ({ divisor, truncated: false, uncompressed: false })),
  ...DIVISORS.map((divisor) => ({ divisor, truncated: true, uncompressed: false })),
  { divisor: 0, truncated: false, uncompressed: true },
];
export const ZERO_CODES = [0, 1, 2, 3] as const;

/** Bits of an index into `x` entries (0 for x ≤ 1). */
export function indexBits(x: number): number {
  return x <= 1 ? 0 : 32 - Math.clz32(x - 1);
}
