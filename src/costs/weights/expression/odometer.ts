/**
 * Counts through all values of some variables and keeps, for each of several tables over them, the place it has come
 * to.
 */

export class Odometer {
  /** Place in each table. */
  readonly offsets: Int32Array;
  readonly #digits: Int32Array;

  /**
   * `sizes`: values of each variable, the last fastest. `strides[d · tables + t]`: step in table t for one step of
   * variable d.
   */
  constructor(
    private readonly sizes: readonly number[],
    private readonly strides: Int32Array,
    tables: number,
  ) {
    this.offsets = new Int32Array(tables);
    this.#digits = new Int32Array(sizes.length);
  }

  next(): void {
    const tables = this.offsets.length;
    for (let d = this.sizes.length - 1; d >= 0; d--) {
      const wraps = ++this.#digits[d]! === this.sizes[d]!;
      const step = wraps ? 1 - this.sizes[d]! : 1;
      for (let t = 0; t < tables; t++) this.offsets[t]! += this.strides[d * tables + t]! * step;
      if (!wraps) return;
      this.#digits[d] = 0;
    }
  }
}

/**
 * Steps of each variable of `scope` in each of the tables (row-major over their own scopes; 0 where a table does not
 * have it).
 */
export function stridesOver(
  scope: readonly number[],
  scopes: readonly (readonly number[])[],
  sizes: readonly number[],
): Int32Array {
  const result = new Int32Array(scope.length * scopes.length);
  scopes.forEach((own, t) => {
    let stride = 1;
    for (let k = own.length - 1; k >= 0; k--) {
      const d = scope.indexOf(own[k]!);
      if (d >= 0) result[d * scopes.length + t] = stride;
      stride *= sizes[own[k]!]!;
    }
  });
  return result;
}
