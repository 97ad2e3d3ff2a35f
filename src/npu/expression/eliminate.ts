/** Exact minimum of a sum of small tables over discrete variables, by eliminating one variable after another. */
import { Odometer, stridesOver } from './odometer.ts';

/** A table over the variables of `scope`, row-major, last variable fastest. */
export interface Factor { readonly scope: readonly number[]; readonly table: Float64Array }

export interface Minimum { readonly value: number; readonly choice: Int32Array }

interface Elimination { readonly variable: number; readonly scope: readonly number[]; readonly best: Uint16Array }

/**
 * Minimises the sum of `factors`. `sizes`: number of values of each variable.
 * Returns undefined where a table on the way would have more than `limit` entries.
 */
export function minimise(sizes: readonly number[], factors: readonly Factor[], limit: number): Minimum | undefined {
  const touching = new Map<number, Set<Factor>>();
  const neighbours = new Map<number, Set<number>>();
  let constant = 0;
  for (const factor of factors) {
    if (factor.scope.length === 0) constant += factor.table[0]!;
    for (const variable of factor.scope) {
      if (!touching.has(variable)) touching.set(variable, new Set());
      if (!neighbours.has(variable)) neighbours.set(variable, new Set());
    }
  }
  const add = (factor: Factor): void => {
    for (const variable of factor.scope) {
      touching.get(variable)!.add(factor);
      const near = neighbours.get(variable)!;
      for (const other of factor.scope) near.add(other);
    }
  };
  factors.forEach(add);
  /** Entries of the table that eliminating a variable needs. */
  const costOf = (variable: number): number => {
    let cost = 1;
    for (const other of neighbours.get(variable)!) cost *= sizes[other]!;
    return cost;
  };
  const queue = new CheapestFirst();
  for (const variable of touching.keys()) queue.put(variable, costOf(variable));
  const done: Elimination[] = [];
  for (;;) {
    const variable = queue.take();
    if (variable === undefined) break;
    if (costOf(variable) > limit) return undefined;
    const bucket = [...touching.get(variable)!];
    const scope = [...neighbours.get(variable)!].filter((other) => other !== variable);
    const { table, best } = eliminate(variable, scope, bucket, sizes);
    done.push({ variable, scope, best });
    for (const other of scope) {
      const set = touching.get(other)!;
      for (const factor of bucket) set.delete(factor);
      neighbours.get(other)!.delete(variable);
    }
    if (scope.length === 0) constant += table[0]!;
    add({ scope, table });
    for (const other of scope) queue.put(other, costOf(other));
  }
  const choice = new Int32Array(sizes.length);
  for (const { variable, scope, best } of done.reverse()) {
    let index = 0;
    for (const other of scope) index = index * sizes[other]! + choice[other]!;
    choice[variable] = best[index]!;
  }
  return { value: constant, choice };
}

/** Variables by the magnitude (power of two) of their cost; which of two alike comes first does not matter. */
class CheapestFirst {
  readonly #magnitudes: number[][] = [];
  readonly #magnitudeOf = new Map<number, number>();

  /** Puts a variable in, or in its new place. */
  put(variable: number, cost: number): void {
    const magnitude = Math.ceil(Math.log2(cost));
    if (this.#magnitudeOf.get(variable) === magnitude) return;
    this.#magnitudeOf.set(variable, magnitude);
    (this.#magnitudes[magnitude] ??= []).push(variable);
  }

  take(): number | undefined {
    for (let magnitude = 0; magnitude < this.#magnitudes.length; magnitude++) {
      const list = this.#magnitudes[magnitude];
      while (list && list.length > 0) {
        const variable = list.pop()!;
        // Variables that moved leave their old entry behind.
        if (this.#magnitudeOf.get(variable) === magnitude && this.#magnitudeOf.delete(variable)) return variable;
      }
    }
    return undefined;
  }
}

/** The minimum over `variable` of the sum of `bucket`, for each assignment of `scope`, and the value that reaches it. */
function eliminate(variable: number, scope: readonly number[], bucket: readonly Factor[], sizes: readonly number[]): { table: Float64Array; best: Uint16Array } {
  const dimensions = scope.map((other) => sizes[other]!);
  const length = dimensions.reduce((product, size) => product * size, 1);
  const table = new Float64Array(length);
  const best = new Uint16Array(length);
  const scopes = bucket.map((factor) => factor.scope);
  const tables = bucket.map((factor) => factor.table);
  const own = stridesOver([variable], scopes, sizes);
  const odometer = new Odometer(dimensions, stridesOver(scope, scopes, sizes), bucket.length);
  const { offsets } = odometer;
  const values = sizes[variable]!;
  for (let index = 0; index < length; index++) {
    let least = Infinity;
    let at = 0;
    for (let value = 0; value < values; value++) {
      let sum = 0;
      for (let f = 0; f < tables.length; f++) sum += tables[f]![offsets[f]! + value * own[f]!]!;
      if (sum < least) {
        least = sum;
        at = value;
      }
    }
    table[index] = least;
    best[index] = at;
    odometer.next();
  }
  return { table, best };
}
