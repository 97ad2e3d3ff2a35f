/** What Golomb-Rice codes cost for the indices or zero runs of a section, and the choice among them along it. */
import { WEIGHT_CODES, ZERO_CODES } from './stream-format.ts';
import { IMPOSSIBLE, type Chooser, type Segments } from './choosers.ts';

const MAX_QUOTIENT = 31;
const MAX_TRUNCATED_QUOTIENT = 2;

/** Chooses among WEIGHT_CODES for each part of `indices`. `uncompressedBits` 0: not allowed. */
export function weightSegments(indices: Uint16Array, uncompressedBits: number, choose: Chooser): Segments {
  let largest = 0;
  for (let i = 0; i < indices.length; i++) if (indices[i]! > largest) largest = indices[i]!;
  // With a divisor beyond the largest value every quotient is 0, and the next smaller divisor is a bit cheaper for each
  // value: it is never chosen.
  const candidates = WEIGHT_CODES.flatMap((code, c) =>
    (code.uncompressed ? uncompressedBits > 0 : code.divisor === 0 || 2 ** (code.divisor - 1) <= largest) ? [c] : [],
  );
  const costs = new Int32Array((largest + 1) * candidates.length);
  for (let value = 0; value <= largest; value++) {
    candidates.forEach((c, k) => {
      const code = WEIGHT_CODES[c]!;
      costs[value * candidates.length + k] = code.uncompressed
        ? uncompressedBits
        : weightBits(value, code.divisor, code.truncated);
    });
  }
  const { ends, codes } = choose(indices, costs, candidates.length, []);
  return { ends, codes: codes.map((k) => candidates[k]!) };
}

function weightBits(value: number, divisor: number, truncated: boolean): number {
  const quotient = value >> divisor;
  if (truncated) return quotient > MAX_TRUNCATED_QUOTIENT ? IMPOSSIBLE : 1 + (quotient > 0 ? 1 : 0) + divisor;
  return quotient > MAX_QUOTIENT ? IMPOSSIBLE : quotient + 1 + divisor;
}

/** Chooses among ZERO_CODES for each part of `runs`; changing where the weights change anyway costs nothing. */
export function zeroSegments(runs: Int32Array, weightEnds: readonly number[], choose: Chooser): Segments {
  let largest = 0;
  for (let i = 0; i < runs.length; i++) if (runs[i]! > largest) largest = runs[i]!;
  const costs = new Int32Array((largest + 1) * ZERO_CODES.length);
  for (let run = 0; run <= largest; run++)
    for (const z of ZERO_CODES) costs[run * ZERO_CODES.length + z] = (run >> z) + 1 + z;
  return choose(runs, costs, ZERO_CODES.length, weightEnds);
}
