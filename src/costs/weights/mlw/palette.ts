/** What goes into the palette of a section. */
import { CODES, indexBits, MAX_PALETTE, type Palette } from './stream-format.ts';

/** Where Vela's encoders differ in it. */
export interface PaletteRules {
  /** Zeros are coded as runs where they are more than so many times as common as any other value … */
  readonly zeroFactor: number;
  /** … and at least half of them stand beside another zero. */
  readonly zerosInRuns: boolean;
  /** A palette is used for half of the weights; otherwise for more than half. */
  readonly halfIsEnough: boolean;
}

/** The palette for weights[start, end). */
export function choosePalette(weights: Int16Array, start: number, end: number, rules: PaletteRules): Palette {
  const counts = new Int32Array(CODES);
  for (let i = start; i < end; i++) {
    const w = weights[i]!;
    counts[w < 0 ? -2 * w + 1 : 2 * w]!++;
  }
  const total = end - start;
  let second = 0;
  for (let code = 1; code < CODES; code++) if (counts[code]! > second) second = counts[code]!;
  const zeroRuns =
    counts[0]! > rules.zeroFactor * second &&
    (!rules.zerosInRuns || zerosInRuns(weights, start, end) >= counts[0]! >> 1);
  const coded = zeroRuns ? total - counts[0]! : total;
  if (zeroRuns) counts[0] = 0;

  const used: number[] = [];
  for (let code = 0; code < CODES; code++) if (counts[code]! > 0) used.push(code);
  const directOffset = Math.min(31, used[0] ?? 0);
  const largest = used[used.length - 1] ?? 0;
  const byCount = [...used].sort((a, b) => counts[b]! - counts[a]! || b - a);
  let limit = MAX_PALETTE;
  if (used.length > MAX_PALETTE) {
    limit = Math.min(MAX_PALETTE, 511 - largest);
    if (limit === 1) limit = 0;
  }
  let codes = byCount.slice(0, limit);
  let covered = 0;
  for (const code of codes) covered += counts[code]!;
  if (rules.halfIsEnough ? covered < coded >> 1 : covered <= coded >> 1) codes = [];
  if (codes.length === 1) codes.push(0);
  const paletteMax = codes.length > 0 ? Math.max(...codes) : largest;
  const bits = Math.max(2, indexBits(paletteMax + 1));
  const complete = codes.length > 0 && covered === coded;
  return {
    codes: Uint16Array.from(codes),
    bits,
    directOffset,
    zeroRuns,
    uncompressedBits: complete ? indexBits(codes.length) : codes.length === 0 ? bits : 0,
  };
}

/** Zeros of weights[start, end) that stand beside another one. */
function zerosInRuns(weights: Int16Array, start: number, end: number): number {
  let total = 0;
  let run = 0;
  for (let i = start; i <= end; i++) {
    if (i < end && weights[i] === 0) {
      run++;
    } else {
      if (run > 1) total += run;
      run = 0;
    }
  }
  return total;
}
