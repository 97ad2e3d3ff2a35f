/** Exact minimum of a sum of small tables over discrete variables, by eliminating one variable after another. */

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
  let constant = 0;
  const add = (factor: Factor): void => {
    if (factor.scope.length === 0) constant += factor.table[0]!;
    for (const variable of factor.scope) {
      let set = touching.get(variable);
      if (!set) touching.set(variable, (set = new Set()));
      set.add(factor);
    }
  };
  factors.forEach(add);
  const scopeOf = (variable: number): number[] => [...new Set([...touching.get(variable)!].flatMap((factor) => factor.scope))];
  const entries = (scope: readonly number[]): number => scope.reduce((product, variable) => product * sizes[variable]!, 1);
  /** Size of the table that eliminating a variable needs. */
  const costs = new Map<number, number>([...touching.keys()].map((variable) => [variable, entries(scopeOf(variable))]));
  const done: Elimination[] = [];
  while (costs.size > 0) {
    let variable = -1;
    let cost = Infinity;
    for (const [candidate, size] of costs) if (size < cost) [variable, cost] = [candidate, size];
    if (cost > limit) return undefined;
    costs.delete(variable);
    const bucket = [...touching.get(variable)!];
    const scope = scopeOf(variable).filter((other) => other !== variable);
    const { table, best } = eliminate(variable, scope, bucket, sizes);
    done.push({ variable, scope, best });
    for (const factor of bucket) for (const other of factor.scope) touching.get(other)!.delete(factor);
    add({ scope, table });
    for (const other of scope) costs.set(other, entries(scopeOf(other)));
  }
  const choice = new Int32Array(sizes.length);
  for (const { variable, scope, best } of done.reverse()) {
    let index = 0;
    for (const other of scope) index = index * sizes[other]! + choice[other]!;
    choice[variable] = best[index]!;
  }
  return { value: constant, choice };
}

/** The minimum over `variable` of the sum of `bucket`, for each assignment of `scope`, and the value that reaches it. */
function eliminate(variable: number, scope: readonly number[], bucket: readonly Factor[], sizes: readonly number[]): { table: Float64Array; best: Uint16Array } {
  const dimensions = scope.map((other) => sizes[other]!);
  const length = dimensions.reduce((product, size) => product * size, 1);
  const table = new Float64Array(length);
  const best = new Uint16Array(length);
  /** Steps in each factor's table for one step of a scope variable, and of the eliminated one. */
  const strides = bucket.map((factor) => scope.map((other) => strideOf(factor, other, sizes)));
  const ownStrides = bucket.map((factor) => strideOf(factor, variable, sizes));
  const offsets = new Int32Array(bucket.length);
  const counter = new Int32Array(scope.length);
  const values = sizes[variable]!;
  for (let index = 0; index < length; index++) {
    let least = Infinity;
    let at = 0;
    for (let value = 0; value < values; value++) {
      let sum = 0;
      for (let f = 0; f < bucket.length; f++) sum += bucket[f]!.table[offsets[f]! + value * ownStrides[f]!]!;
      if (sum < least) {
        least = sum;
        at = value;
      }
    }
    table[index] = least;
    best[index] = at;
    for (let d = scope.length - 1; d >= 0; d--) {
      const wraps = ++counter[d]! === dimensions[d]!;
      const step = wraps ? 1 - dimensions[d]! : 1;
      for (let f = 0; f < bucket.length; f++) offsets[f]! += strides[f]![d]! * step;
      if (!wraps) break;
      counter[d] = 0;
    }
  }
  return { table, best };
}

function strideOf({ scope }: Factor, variable: number, sizes: readonly number[]): number {
  const position = scope.indexOf(variable);
  return position < 0 ? 0 : scope.slice(position + 1).reduce((product, other) => product * sizes[other]!, 1);
}
