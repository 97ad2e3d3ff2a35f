/** Where an encoder starts a new palette. */
import { indexBits, MAX_PALETTE, MAX_WEIGHT } from './stream-format.ts';

/** The encoder looks for a better palette after so many non-zero weights (twice as many while it has one). */
const WINDOWS = [32, 64, 128, 256, 512] as const;
/** No value: one place past them all. */
const NONE = 2 * MAX_WEIGHT + 1;

/** Regor reads weights in buffers of this many, each with a palette of its own. */
const BUFFER = 128 * 1024;

/** Regor's: start positions of the buffers. */
export function fixedSections(weights: Int16Array): number[] {
  return Array.from({ length: Math.ceil(weights.length / BUFFER) }, (_, k) => k * BUFFER);
}

/**
 * The classic encoder's: start positions of the sections, the first of them 0, wherever a palette for fewer values
 * would pay.
 */
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
    const excluded = zeros > (i - last) >> 2 ? 1 : 0;
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
