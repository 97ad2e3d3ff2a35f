/** How Vela's two encoders choose a code for each part of a stream of values. */

/** Price in bits of starting a new slice. */
const SWITCH_BITS = 40;
/** Price of a value that a code cannot express. */
export const IMPOSSIBLE = 10000;

/** Runs of values under one code: `ends[i]` is exclusive, `codes[i]` an index into the codes considered. */
export interface Segments {
  readonly ends: readonly number[];
  readonly codes: readonly number[];
}

/** `costs[value · codes + c]` bits under code c. `free`: positions where a change costs nothing. */
export type Chooser = (
  values: Uint16Array | Int32Array,
  costs: Int32Array,
  codes: number,
  free: readonly number[],
) => Segments;

/** The classic encoder's: the cheapest way through all values. */
export function shortestPath(
  values: Uint16Array | Int32Array,
  costs: Int32Array,
  codes: number,
  free: readonly number[],
): Segments {
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

/**
 * Regor's: forward only. It stays with a code until another is cheaper by more than a slice, or until the code cannot
 * express a value.
 * Codes count their bits from the start, so a cheaper one that could express all that the current one could takes its
 * place from the slice's start: a change is rare.
 */
export function greedyPath(values: Uint16Array | Int32Array, costs: Int32Array, codes: number): Segments {
  const only = onlyChoice(values, costs, codes);
  if (only !== undefined) return { ends: [values.length], codes: [only] };
  const total = new Int32Array(codes);
  /** One after the last value that the code could not express. */
  const reset = new Int32Array(codes);
  const usable = new Uint8Array(codes);
  const ends: number[] = [];
  const chosen: number[] = [];
  const hard = impossibleRows(costs, codes);
  let active = -1;
  let activeTotal = 0;
  let allUsable = false;
  for (let i = 0; i < values.length; i++) {
    const row = values[i]! * codes;
    let best = 0;
    let least = 0x7fffffff;
    if (allUsable && hard[values[i]!] === 0) {
      // The usual case, without its tests.
      for (let c = 0; c < codes; c++) {
        const sum = total[c]! + costs[row + c]!;
        total[c] = sum;
        if (sum < least) {
          least = sum;
          best = c;
        }
      }
    } else
      for (let c = 0; c < codes; c++) {
        const bits = costs[row + c]!;
        if (bits === IMPOSSIBLE) {
          usable[c] = 0;
          reset[c] = i + 1;
          total[c]! += SWITCH_BITS;
          continue;
        }
        const sum = (usable[c] ? total[c]! : activeTotal) + bits;
        usable[c] = 1;
        total[c] = sum;
        if (sum < least) {
          least = sum;
          best = c;
        }
      }
    allUsable = hard[values[i]!] === 0;
    if (active < 0) {
      active = best;
    } else if (!usable[active] || (best !== active && least + SWITCH_BITS < activeTotal)) {
      if (total[best]! >= total[active]! || reset[best]! > reset[active]!) {
        ends.push(i);
        chosen.push(active);
      }
      active = best;
    }
    activeTotal = total[active]!;
  }
  if (chosen.at(-1) !== active) {
    ends.push(values.length);
    chosen.push(active);
  } else {
    ends[ends.length - 1] = values.length;
  }
  return { ends, codes: chosen };
}

/** 1 for each value that some code cannot express. */
function impossibleRows(costs: Int32Array, codes: number): Uint8Array {
  const hard = new Uint8Array(costs.length / codes);
  for (let i = 0; i < costs.length; i++) if (costs[i] === IMPOSSIBLE) hard[Math.floor(i / codes)] = 1;
  return hard;
}

/**
 * The one code that `greedyPath` can end with, where the order of values plays no part: all codes express all values,
 * and only one is, without the last value,
 * within the price of a change of the cheapest.
 */
function onlyChoice(values: Uint16Array | Int32Array, costs: Int32Array, codes: number): number | undefined {
  const counts = new Int32Array(costs.length / codes);
  for (let i = 0; i < values.length; i++) counts[values[i]!]!++;
  const total = new Float64Array(codes);
  for (let value = 0; value < counts.length; value++) {
    if (counts[value] === 0) continue;
    for (let c = 0; c < codes; c++) {
      const bits = costs[value * codes + c]!;
      if (bits === IMPOSSIBLE) return undefined;
      total[c]! += counts[value]! * bits;
    }
  }
  const least = Math.min(...total);
  if (values.length === 0) return undefined;
  const last = values[values.length - 1]! * codes;
  const near = [...total.keys()].filter((c) => total[c]! - costs[last + c]! <= least + SWITCH_BITS);
  return near.length === 1 ? near[0] : undefined;
}
