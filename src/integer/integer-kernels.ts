/** The inner product loops of integer evaluation, replaceable by faster ones with the same result. */

/** Integer kernels: exact, so every implementation gives the same numbers. */
export interface IntegerKernels {
  /**
   * accumulators[r * outputs + o] = sum over k of patches[r * depth + k] * weights[o * depth + k], for r < rows.
   * `patches` is rows x depth, `weights` outputs x depth, both row-major int8.
   */
  matmul(
    patches: Int8Array,
    weights: Int8Array,
    accumulators: Int32Array,
    rows: number,
    outputs: number,
    depth: number,
  ): void;
}

function dot(a: Int8Array, aOffset: number, b: Int8Array, bOffset: number, depth: number): number {
  let sum = 0;
  for (let k = 0; k < depth; k++) sum = (sum + a[aOffset + k]! * b[bOffset + k]!) | 0;
  return sum;
}

/** A block of 4 rows by 4 outputs: each value that is loaded is used four times. */
function block(
  patches: Int8Array,
  weights: Int8Array,
  accumulators: Int32Array,
  r: number,
  o: number,
  outputs: number,
  depth: number,
): void {
  const i0 = r * depth,
    i1 = i0 + depth,
    i2 = i1 + depth,
    i3 = i2 + depth;
  const j0 = o * depth,
    j1 = j0 + depth,
    j2 = j1 + depth,
    j3 = j2 + depth;
  let a0 = 0,
    a1 = 0,
    a2 = 0,
    a3 = 0,
    b0 = 0,
    b1 = 0,
    b2 = 0,
    b3 = 0;
  let c0 = 0,
    c1 = 0,
    c2 = 0,
    c3 = 0,
    d0 = 0,
    d1 = 0,
    d2 = 0,
    d3 = 0;
  for (let k = 0; k < depth; k++) {
    const x0 = patches[i0 + k]!,
      x1 = patches[i1 + k]!,
      x2 = patches[i2 + k]!,
      x3 = patches[i3 + k]!;
    const w0 = weights[j0 + k]!,
      w1 = weights[j1 + k]!,
      w2 = weights[j2 + k]!,
      w3 = weights[j3 + k]!;
    a0 = (a0 + x0 * w0) | 0;
    a1 = (a1 + x0 * w1) | 0;
    a2 = (a2 + x0 * w2) | 0;
    a3 = (a3 + x0 * w3) | 0;
    b0 = (b0 + x1 * w0) | 0;
    b1 = (b1 + x1 * w1) | 0;
    b2 = (b2 + x1 * w2) | 0;
    b3 = (b3 + x1 * w3) | 0;
    c0 = (c0 + x2 * w0) | 0;
    c1 = (c1 + x2 * w1) | 0;
    c2 = (c2 + x2 * w2) | 0;
    c3 = (c3 + x2 * w3) | 0;
    d0 = (d0 + x3 * w0) | 0;
    d1 = (d1 + x3 * w1) | 0;
    d2 = (d2 + x3 * w2) | 0;
    d3 = (d3 + x3 * w3) | 0;
  }
  let at = r * outputs + o;
  accumulators[at] = a0;
  accumulators[at + 1] = a1;
  accumulators[at + 2] = a2;
  accumulators[at + 3] = a3;
  at += outputs;
  accumulators[at] = b0;
  accumulators[at + 1] = b1;
  accumulators[at + 2] = b2;
  accumulators[at + 3] = b3;
  at += outputs;
  accumulators[at] = c0;
  accumulators[at + 1] = c1;
  accumulators[at + 2] = c2;
  accumulators[at + 3] = c3;
  at += outputs;
  accumulators[at] = d0;
  accumulators[at + 1] = d1;
  accumulators[at + 2] = d2;
  accumulators[at + 3] = d3;
}

/** Plain loops over blocks; rows and outputs beyond the last whole block one by one. */
export const PLAIN_KERNELS: IntegerKernels = {
  matmul(patches, weights, accumulators, rows, outputs, depth) {
    const blockRows = rows & ~3,
      blockOutputs = outputs & ~3;
    for (let r = 0; r < blockRows; r += 4)
      for (let o = 0; o < blockOutputs; o += 4) block(patches, weights, accumulators, r, o, outputs, depth);
    for (let r = 0; r < rows; r++) {
      for (let o = r < blockRows ? blockOutputs : 0; o < outputs; o++)
        accumulators[r * outputs + o] = dot(patches, r * depth, weights, o * depth, depth);
    }
  },
};
