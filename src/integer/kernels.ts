/** The inner product loops of integer evaluation, replaceable by faster ones with the same result. */

/** Integer kernels: exact, so every implementation gives the same numbers. */
export interface IntegerKernels {
  /**
   * accumulators[r * outputs + o] = sum over k of patches[r * depth + k] * weights[o * depth + k], for r < rows.
   * `patches` is rows x depth, `weights` outputs x depth, both row-major int8.
   */
  matmul(patches: Int8Array, weights: Int8Array, accumulators: Int32Array, rows: number, outputs: number, depth: number): void;
}

function dot(a: Int8Array, aOffset: number, b: Int8Array, bOffset: number, depth: number): number {
  let sum = 0;
  for (let k = 0; k < depth; k++) sum = (sum + a[aOffset + k]! * b[bOffset + k]!) | 0;
  return sum;
}

/** Plain loops, four rows by two outputs at a time so that each load is used several times. */
export const PLAIN_KERNELS: IntegerKernels = {
  matmul(patches, weights, accumulators, rows, outputs, depth) {
    const rowsOf4 = rows & ~3, outputsOf2 = outputs & ~1;
    for (let r = 0; r < rowsOf4; r += 4) {
      for (let o = 0; o < outputsOf2; o += 2) {
        let i0 = r * depth, i1 = i0 + depth, i2 = i1 + depth, i3 = i2 + depth, j0 = o * depth, j1 = j0 + depth;
        let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
        for (const end = i0 + depth; i0 < end; i0++, i1++, i2++, i3++, j0++, j1++) {
          const w0 = weights[j0]!, w1 = weights[j1]!, x0 = patches[i0]!, x1 = patches[i1]!, x2 = patches[i2]!, x3 = patches[i3]!;
          a0 = (a0 + x0 * w0) | 0; a1 = (a1 + x1 * w0) | 0; a2 = (a2 + x2 * w0) | 0; a3 = (a3 + x3 * w0) | 0;
          b0 = (b0 + x0 * w1) | 0; b1 = (b1 + x1 * w1) | 0; b2 = (b2 + x2 * w1) | 0; b3 = (b3 + x3 * w1) | 0;
        }
        const at = r * outputs + o;
        accumulators[at] = a0; accumulators[at + 1] = b0;
        accumulators[at + outputs] = a1; accumulators[at + outputs + 1] = b1;
        accumulators[at + 2 * outputs] = a2; accumulators[at + 2 * outputs + 1] = b2;
        accumulators[at + 3 * outputs] = a3; accumulators[at + 3 * outputs + 1] = b3;
      }
      for (let o = outputsOf2; o < outputs; o++) {
        for (let q = r; q < r + 4; q++) accumulators[q * outputs + o] = dot(patches, q * depth, weights, o * depth, depth);
      }
    }
    for (let r = rowsOf4; r < rows; r++) {
      for (let o = 0; o < outputs; o++) accumulators[r * outputs + o] = dot(patches, r * depth, weights, o * depth, depth);
    }
  },
};
