/** The choice of Golomb-Rice parameters along a stream of indices or zero runs: a shortest path with a price on every change. */
import { WEIGHT_CODES, ZERO_CODES } from './format.ts';

/** Price in bits of starting a new slice. */
const SWITCH_BITS = 40;
/** Price of a value that a code cannot express. */
const IMPOSSIBLE = 10000;
const MAX_QUOTIENT = 31;
const MAX_TRUNCATED_QUOTIENT = 2;

/** Runs of values under one code: `ends[i]` is exclusive, `codes[i]` an index into the codes considered. */
export interface Segments { readonly ends: readonly number[]; readonly codes: readonly number[] }

/** Chooses among WEIGHT_CODES for each part of `indices`. `uncompressedBits` 0: not allowed. */
export function weightSegments(indices: Uint16Array, uncompressedBits: number): Segments {
  let largest = 0;
  for (let i = 0; i < indices.length; i++) if (indices[i]! > largest) largest = indices[i]!;
  // With a divisor beyond the largest value every quotient is 0, and the next smaller divisor is a bit cheaper for each value: it is never chosen.
  const candidates = WEIGHT_CODES.flatMap((code, c) => (code.uncompressed ? uncompressedBits > 0 : code.divisor === 0 || 2 ** (code.divisor - 1) <= largest) ? [c] : []);
  const costs = new Int32Array((largest + 1) * candidates.length);
  for (let value = 0; value <= largest; value++) {
    candidates.forEach((c, k) => {
      const code = WEIGHT_CODES[c]!;
      costs[value * candidates.length + k] = code.uncompressed ? uncompressedBits : weightBits(value, code.divisor, code.truncated);
    });
  }
  const { ends, codes } = shortestPath(indices, costs, candidates.length, []);
  return { ends, codes: codes.map((k) => candidates[k]!) };
}

function weightBits(value: number, divisor: number, truncated: boolean): number {
  const quotient = value >> divisor;
  if (truncated) return quotient > MAX_TRUNCATED_QUOTIENT ? IMPOSSIBLE : 1 + (quotient > 0 ? 1 : 0) + divisor;
  return quotient > MAX_QUOTIENT ? IMPOSSIBLE : quotient + 1 + divisor;
}

/** Chooses among ZERO_CODES for each part of `runs`; changing where the weights change anyway costs nothing. */
export function zeroSegments(runs: Int32Array, weightEnds: readonly number[]): Segments {
  let largest = 0;
  for (let i = 0; i < runs.length; i++) if (runs[i]! > largest) largest = runs[i]!;
  const costs = new Int32Array((largest + 1) * ZERO_CODES.length);
  for (let run = 0; run <= largest; run++) for (const z of ZERO_CODES) costs[run * ZERO_CODES.length + z] = (run >> z) + 1 + z;
  return shortestPath(runs, costs, ZERO_CODES.length, weightEnds);
}

/** `costs[value · codes + c]` bits under code c. `free`: positions where a change costs nothing. */
function shortestPath(values: Uint16Array | Int32Array, costs: Int32Array, codes: number, free: readonly number[]): Segments {
  const n = values.length;
  const total = new Int32Array(codes);
  /** Bit c: at this value code c was reached from the best code so far. */
  const switched = new Uint16Array(n);
  const bestBefore = new Uint8Array(n);
  let best = 0;
  let bestTotal = 0;
  let nextFree = 0;
  for (let i = 0; i < n; i++) {
    let price = SWITCH_BITS;
    if (nextFree < free.length && free[nextFree] === i + 1) {
      price = 0;
      nextFree++;
    }
    const limit = bestTotal + price;
    const row = values[i]! * codes;
    bestBefore[i] = best;
    let mask = 0;
    let least = 0x7fffffff;
    for (let c = 0; c < codes; c++) {
      let sum = total[c]!;
      if (limit < sum) {
        sum = limit;
        mask |= 1 << c;
      }
      sum += costs[row + c]!;
      total[c] = sum;
      if (sum < least) {
        least = sum;
        best = c;
      }
    }
    switched[i] = mask;
    bestTotal = least;
  }
  const ends: number[] = [];
  const chosen: number[] = [];
  let code = best;
  let end = n;
  for (let i = n - 1; i >= 0; i--) {
    if ((switched[i]! >> code) & 1) {
      ends.push(end);
      chosen.push(code);
      end = i;
      code = bestBefore[i]!;
    }
  }
  if (end > 0) {
    ends.push(end);
    chosen.push(code);
  }
  return { ends: ends.reverse(), codes: chosen.reverse() };
}
