/** Exact minimum of a sum of small tables over discrete variables, by eliminating one variable after another. */

import type { Steps } from '../../../base/steps.ts';

/** A table over the variables of `scope`, row-major, last variable fastest. */
export interface Factor {
  readonly scope: readonly number[];
  readonly table: Float64Array;
}

export interface Minimum {
  readonly value: number;
  readonly choice: Int32Array;
}

/**
 * Results of at most so many entries share an array: there are hundreds, and most are short. Longer ones are dropped as
 * soon as they are used.
 */
const MOST_SHARED = 1 << 10;

/** Takes one variable out: the tables that have it become one over the others of their variables. */
interface Step {
  readonly variable: number;
  /** Number of values of the variable. */
  readonly values: number;
  readonly scope: readonly number[];
  readonly length: number;
  /** The tables that have the variable, by number: the factors, then the results of the steps. */
  readonly bucket: readonly number[];
  /** Is the result short, and lies with others in one array? */
  readonly shared: boolean;
  /** Where it begins in its array. */
  readonly start: number;
}

/**
 * In which order variables are taken out, and which tables meet: it depends on scopes alone, so that sums over the same
 * scopes share it.
 */
export interface Plan {
  readonly sizes: readonly number[];
  /** Scopes of the factors, then of the results of the steps. */
  readonly scopes: readonly (readonly number[])[];
  readonly factors: number;
  readonly steps: readonly Step[];
  /** Tables without variables, by number. */
  readonly constants: readonly number[];
  /** Entries of all short results together. */
  readonly room: number;
}

/**
 * Plans the minimum of sums of tables over these scopes; undefined where a table on the way would have more than
 * `limit` entries.
 */
export function planMinimum(
  sizes: readonly number[],
  factorScopes: readonly (readonly number[])[],
  limit: number,
): Plan | undefined {
  const scopes = [...factorScopes];
  /** Per variable, the tables that have it, and the variables that it meets there, itself among them. */
  const touching: number[][] = [];
  const neighbours: number[][] = [];
  const constants: number[] = [];
  const order: number[] = [];
  const add = (factor: number): void => {
    const scope = scopes[factor]!;
    if (scope.length === 0) constants.push(factor);
    for (const variable of scope) {
      if (!touching[variable]) {
        order.push(variable);
        touching[variable] = [];
        neighbours[variable] = [];
      }
      touching[variable].push(factor);
      const near = neighbours[variable]!;
      for (const other of scope) if (!near.includes(other)) near.push(other);
    }
  };
  for (const factor of factorScopes.keys()) add(factor);
  /** Entries of the table that eliminating a variable needs. */
  const costOf = (variable: number): number => {
    let cost = 1;
    for (const other of neighbours[variable]!) cost *= sizes[other]!;
    return cost;
  };
  const queue = new CheapestFirst();
  for (const variable of order) queue.put(variable, costOf(variable));
  const steps: Step[] = [];
  let room = 0;
  for (let variable = queue.take(); variable !== undefined; variable = queue.take()) {
    const cost = costOf(variable);
    if (cost > limit) return undefined;
    const bucket = touching[variable]!;
    const scope = neighbours[variable]!.filter((other) => other !== variable);
    const values = sizes[variable]!;
    const length = cost / values;
    const shared = length <= MOST_SHARED;
    steps.push({ variable, values, scope, length, bucket, shared, start: shared ? room : 0 });
    if (shared) room += length;
    for (const other of scope) {
      const own = touching[other]!;
      let kept = 0;
      for (const factor of own) if (!bucket.includes(factor)) own[kept++] = factor;
      own.length = kept;
      const near = neighbours[other]!;
      near.splice(near.indexOf(variable), 1);
    }
    add(scopes.push(scope) - 1);
    for (const other of scope) queue.put(other, costOf(other));
  }
  return { sizes, scopes, factors: factorScopes.length, steps, constants, room };
}

/** Entries of results that are worked out at a time. */
const AT_ONCE = 1 << 12;

/** The minimum of the sum of `tables`, which are over the scopes of the plan; yields between a few thousand entries. */
export function* follow(plan: Plan, tables: readonly Float64Array[]): Steps<Minimum> {
  const { sizes, factors, steps, constants, room } = plan;
  const shortResults = new Float64Array(room);
  const shortBest = new Uint16Array(room);
  /** Per step, the arrays with its result and with the values that reach it. */
  const results: Float64Array[] = [];
  const bests: Uint16Array[] = [];
  const sums = new Float64Array(steps.reduce((most, { values }) => Math.max(most, values), 0));
  const places = new Places(plan);
  const inputs: Float64Array[] = [];
  let done = 0;
  for (const step of steps) {
    const { values, bucket, start } = step;
    const count = bucket.length;
    for (let f = 0; f < count; f++)
      inputs[f] = bucket[f]! < factors ? tables[bucket[f]!]! : results[bucket[f]! - factors]!;
    const result = step.shared ? shortResults : new Float64Array(step.length);
    const best = step.shared ? shortBest : new Uint16Array(step.length);
    places.open(step);
    const { offsets, strides } = places;
    for (let index = start, end = start + step.length; index < end; index++) {
      const first = inputs[0]!;
      const firstStride = strides[0]!;
      for (let value = 0, at = offsets[0]!; value < values; value++, at += firstStride) sums[value] = first[at]!;
      for (let f = 1; f < count; f++) {
        const table = inputs[f]!;
        const stride = strides[f]!;
        for (let value = 0, at = offsets[f]!; value < values; value++, at += stride) sums[value]! += table[at]!;
      }
      let least = Infinity;
      let found = 0;
      for (let value = 0; value < values; value++) {
        const sum = sums[value]!;
        if (sum < least) {
          least = sum;
          found = value;
        }
      }
      result[index] = least;
      best[index] = found;
      places.next();
      if (++done % AT_ONCE === 0) yield;
    }
    // A result is used once.
    for (const number of bucket) if (number >= factors) results[number - factors] = shortResults;
    results.push(result);
    bests.push(best);
  }
  const choice = new Int32Array(sizes.length);
  for (let s = steps.length - 1; s >= 0; s--) {
    const { variable, scope, start } = steps[s]!;
    let index = 0;
    for (const other of scope) index = index * sizes[other]! + choice[other]!;
    choice[variable] = bests[s]![start + index]!;
  }
  return {
    value: constants.reduce(
      (sum, number) =>
        sum + (number < factors ? tables[number]![0]! : results[number - factors]![steps[number - factors]!.start]!),
      0,
    ),
    choice,
  };
}

/**
 * The places in the tables of one step's bucket, as its scope is gone through, last variable fastest. One serves all
 * steps of a plan in turn.
 */
class Places {
  /** Place in each table where the variable has its first value. */
  readonly offsets: Int32Array;
  /** Step of the variable in each table. */
  readonly strides: Int32Array;
  /** Per variable of the scope: its value, its number of values, and its step in each table. */
  private readonly digits: Int32Array;
  private readonly counts: Int32Array;
  private readonly steps: Int32Array;
  private dimensions = 0;
  private tables = 0;

  constructor(private readonly plan: Plan) {
    const tables = plan.steps.reduce((most, { bucket }) => Math.max(most, bucket.length), 0);
    const dimensions = plan.steps.reduce((most, { scope }) => Math.max(most, scope.length), 0);
    this.offsets = new Int32Array(tables);
    this.strides = new Int32Array(tables);
    this.digits = new Int32Array(dimensions);
    this.counts = new Int32Array(dimensions);
    this.steps = new Int32Array(dimensions * tables);
  }

  open({ variable, scope, bucket }: Step): void {
    const { sizes, scopes, factors, steps } = this.plan;
    this.dimensions = scope.length;
    this.tables = bucket.length;
    for (let d = 0; d < scope.length; d++) {
      this.digits[d] = 0;
      this.counts[d] = sizes[scope[d]!]!;
    }
    this.steps.fill(0, 0, scope.length * bucket.length);
    for (let f = 0; f < bucket.length; f++) {
      const number = bucket[f]!;
      this.offsets[f] = number < factors ? 0 : steps[number - factors]!.start;
      const own = scopes[number]!;
      let stride = 1;
      for (let k = own.length - 1; k >= 0; k--) {
        if (own[k] === variable) this.strides[f] = stride;
        else this.steps[scope.indexOf(own[k]!) * bucket.length + f] = stride;
        stride *= sizes[own[k]!]!;
      }
    }
  }

  next(): void {
    const { offsets, digits, counts, steps, tables } = this;
    for (let d = this.dimensions - 1; d >= 0; d--) {
      const count = counts[d]!;
      const wraps = ++digits[d]! === count;
      const by = wraps ? 1 - count : 1;
      for (let f = 0, at = d * tables; f < tables; f++, at++) offsets[f]! += steps[at]! * by;
      if (!wraps) return;
      digits[d] = 0;
    }
  }
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
