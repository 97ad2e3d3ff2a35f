/** Where the encoder starts a new palette, and what goes into it. */
import { CODES, indexBits, MAX_WEIGHT, type Palette } from './format.ts';

const MAX_PALETTE = 32;
/** The encoder looks for a better palette after so many non-zero weights (twice as many while it has one). */
const WINDOWS = [32, 64, 128, 256, 512] as const;
/** No value: one place past them all. */
const NONE = 2 * MAX_WEIGHT + 1;

/** Start positions of the palette sections of `weights`, the first of them 0. */
export function paletteSections(weights: Int16Array): number[] {
  const starts = [0];
  const seen = new RecentValues();
  /** Positions of all non-zero weights so far: walking back is a look-up. */
  const nonZeroAt = new Int32Array(weights.length);
  let nonZeros = 0;
  let last = 0;
  let have = false;
  let size = 0;
  let zeros = 0;
  for (let i = 0; i < weights.length; i++) {
    const value = weights[i]!;
    const excluded = zeros > ((i - last) >> 2) ? 1 : 0;
    if (have && seen.lastAt(value) < last) {
      size++;
      const grown = size - 1 - excluded;
      if ((grown & (grown - 1)) === 0 && (i - last - zeros > 512 || size - excluded > MAX_PALETTE)) {
        starts.push(i);
        have = false;
        last = i;
        zeros = 0;
      }
    }
    seen.record(value, i);
    if (value === 0) zeros++;
    else nonZeroAt[nonZeros++] = i;

    const passed = i - last - zeros;
    if (passed <= 0 || (passed & 31) !== 0) continue;
    for (const base of WINDOWS) {
      const window = have ? base * 2 : base;
      const lead = i - last - zeros;
      if (lead <= 0 || lead % window !== 0) continue;
      const from = nonZeros > window + 1 ? Math.max(last, nonZeroAt[nonZeros - window - 2]!) : last;
      const distinct = seen.countSince(from);
      const saving = savedBits(window, have ? size - excluded : undefined, distinct - excluded, distinct);
      if (saving <= 0) continue;
      have = true;
      size = distinct;
      if (starts[starts.length - 1] !== from) starts.push(from);
      last = from;
      zeros = 0;
      for (let k = from; k <= i; k++) if (weights[k] === 0) zeros++;
    }
  }
  return starts;
}

/** Values in the order of their last occurrence, so that counting the recent ones looks at no others. */
class RecentValues {
  readonly #last = new Int32Array(2 * MAX_WEIGHT + 1).fill(-1);
  /** The next less and next more recent value of each; the ends point to NONE. */
  readonly #older = new Int16Array(2 * MAX_WEIGHT + 2).fill(NONE);
  readonly #newer = new Int16Array(2 * MAX_WEIGHT + 2).fill(NONE);
  #newest = NONE;

  lastAt(value: number): number {
    return this.#last[value + MAX_WEIGHT]!;
  }

  record(value: number, position: number): void {
    const v = value + MAX_WEIGHT;
    if (v !== this.#newest) {
      if (this.#last[v]! >= 0) {
        const older = this.#older[v]!;
        const newer = this.#newer[v]!;
        this.#older[newer] = older;
        this.#newer[older] = newer;
      }
      this.#older[v] = this.#newest;
      this.#newer[this.#newest] = v;
      this.#newest = v;
    }
    this.#last[v] = position;
  }

  /** Number of values that occurred at `position` or later. */
  countSince(position: number): number {
    let count = 0;
    for (let v = this.#newest; v !== NONE && this.#last[v]! >= position; v = this.#older[v]!) count++;
    return count;
  }
}

/** Estimated bits that a new palette of `next` entries saves over `window` weights. */
function savedBits(window: number, current: number | undefined, next: number, entries: number): number {
  if (current === undefined && next > MAX_PALETTE) return 0;
  const before = current === undefined ? 90 : 15 * indexBits(current);
  return Math.trunc((window * (before - 15 * indexBits(next))) / 16) - 8 * entries - 20;
}

/** The palette for weights[start, end). */
export function choosePalette(weights: Int16Array, start: number, end: number): Palette {
  const counts = new Int32Array(CODES);
  for (let i = start; i < end; i++) {
    const w = weights[i]!;
    counts[w < 0 ? -2 * w + 1 : 2 * w]!++;
  }
  const total = end - start;
  let second = 0;
  for (let code = 1; code < CODES; code++) if (counts[code]! > second) second = counts[code]!;
  const zeroRuns = counts[0]! > 4 * second;
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
  if (covered <= coded >> 1) codes = [];
  if (codes.length === 1) codes.push(0);
  const paletteMax = codes.length > 0 ? Math.max(...codes) : largest;
  const bits = Math.max(2, indexBits(paletteMax + 1));
  const complete = codes.length > 0 && covered === coded;
  return { codes: Uint16Array.from(codes), bits, directOffset, zeroRuns, uncompressedBits: complete ? indexBits(codes.length) : codes.length === 0 ? bits : 0 };
}
