/**
 * One weighted operator of the space: its bytes over channels, kernel, bitwidth and sparsity, and their expectation.
 */
import type { Assignment, Param, Primitive } from '../../../network/types.ts';
import type { ByteTable } from './byte-table.ts';
import type { ChannelPair } from './pairs.ts';

type Probabilities = readonly (readonly number[])[];

const CERTAIN = [1];

function rowOf(param: { readonly decision: number }, probabilities: Probabilities): readonly number[] {
  return param.decision < 0 ? CERTAIN : probabilities[param.decision]!;
}

function optionOf(param: { readonly decision: number }, assignment: Assignment): number {
  return param.decision < 0 ? 0 : assignment[param.decision]!;
}

export class Term {
  readonly id: string;
  readonly layer: number;
  readonly pairs: ChannelPair;
  readonly kernel: Primitive['kernel'];
  readonly bits: Param<number>;
  readonly sparsity: Param<number>;
  /** The operator option under which the term exists; `decision` −1: always. */
  readonly op: { readonly decision: number; readonly option: number };
  readonly #table: ByteTable;
  #bytes: Float64Array;

  constructor(
    table: ByteTable,
    primitive: Primitive,
    layer: number,
    op: { decision: number; option: number },
    pairs: ChannelPair,
  ) {
    this.id = primitive.id;
    this.layer = layer;
    this.op = op;
    this.pairs = pairs;
    this.kernel = primitive.kernel;
    this.bits = primitive.bits;
    this.sparsity = primitive.sparsity;
    this.strides = [
      { decision: this.kernel.decision, options: this.kernels, stride: this.cell },
      { decision: this.bits.decision, options: this.bits.options.length, stride: this.sparsity.options.length },
      { decision: this.sparsity.decision, options: this.sparsity.options.length, stride: 1 },
    ];
    this.#table = table;
    this.#bytes = this.#table.total;
  }

  /** Stored bytes over [leaf of `pairs`, kernel, bits, sparsity], last index fastest. */
  get bytes(): Float64Array {
    return this.#bytes;
  }

  get kernels(): number {
    return this.kernel.options.length;
  }

  /** Its decisions beside the widths, how many options they have, and the step of one option in `bytes`. */
  readonly strides: readonly { readonly decision: number; readonly options: number; readonly stride: number }[];

  /** Entries of one channel pair and kernel. */
  get cell(): number {
    return this.bits.options.length * this.sparsity.options.length;
  }

  /** Multiplies the table's weight bytes (not the side data) by a factor for each bitwidth and sparsity. */
  setRates(factor: (bits: number, sparsity: number) => number): void {
    const factors = this.bits.options.flatMap((b) => this.sparsity.options.map((s) => factor(b, s)));
    const { weights, side } = this.#table;
    this.#bytes = weights.map((bytes, i) => bytes * factors[i % factors.length]! + side[i]!);
  }

  /** Bytes under an assignment, 0 where its operator is not chosen. */
  at(assignment: Assignment): number {
    const entry = this.#entry(assignment);
    return entry < 0 ? 0 : this.#bytes[entry]!;
  }

  /** Weight bytes under an assignment as they are without `setRates`, 0 where its operator is not chosen. */
  weightsAt(assignment: Assignment): number {
    const entry = this.#entry(assignment);
    return entry < 0 ? 0 : this.#table.weights[entry]!;
  }

  /** Weight bytes under an assignment as `setRates` corrected them, 0 where its operator is not chosen. */
  correctedWeightsAt(assignment: Assignment): number {
    const entry = this.#entry(assignment);
    return entry < 0 ? 0 : this.#bytes[entry]! - this.#table.side[entry]!;
  }

  /** Place in the table under an assignment, -1 where its operator is not chosen. */
  #entry(assignment: Assignment): number {
    if (this.op.decision >= 0 && assignment[this.op.decision] !== this.op.option) return -1;
    const entry =
      ((this.pairs.leafAt(assignment) * this.kernels + optionOf(this.kernel, assignment)) * this.bits.options.length +
        optionOf(this.bits, assignment)) *
      this.sparsity.options.length;
    return entry + optionOf(this.sparsity, assignment);
  }

  /** Expected bytes; `leaves` is the distribution of `pairs`. */
  expected(probabilities: Probabilities, leaves: Float64Array): number {
    const exists = this.#exists(probabilities);
    if (exists === 0) return 0;
    const kernels = rowOf(this.kernel, probabilities);
    const grid = this.#grid(probabilities);
    let sum = 0;
    for (let leaf = 0, at = 0; leaf < leaves.length; leaf++) {
      for (let k = 0; k < kernels.length; k++) {
        const share = leaves[leaf]! * kernels[k]!;
        if (share === 0) {
          at += grid.length;
          continue;
        }
        let inner = 0;
        for (let i = 0; i < grid.length; i++) inner += grid[i]! * this.#bytes[at++]!;
        sum += share * inner;
      }
    }
    return exists * sum;
  }

  /** Adds d expected / dp to `slopes`. Call `pairs.distribution` at the same probabilities before. */
  addSlopes(probabilities: Probabilities, leaves: Float64Array, slopes: readonly number[][]): void {
    const exists = this.#exists(probabilities);
    const kernels = rowOf(this.kernel, probabilities);
    const grid = this.#grid(probabilities);
    const kernelSlopes = new Float64Array(kernels.length);
    const leafSlopes = new Float64Array(leaves.length);
    const gridSlopes = new Float64Array(grid.length);
    let whole = 0;
    for (let leaf = 0, at = 0; leaf < leaves.length; leaf++) {
      for (let k = 0; k < kernels.length; k++) {
        const share = leaves[leaf]! * kernels[k]!;
        let inner = 0;
        for (let i = 0; i < grid.length; i++) {
          const bytes = this.#bytes[at++]!;
          inner += grid[i]! * bytes;
          gridSlopes[i]! += share * bytes;
        }
        kernelSlopes[k]! += leaves[leaf]! * inner;
        leafSlopes[leaf]! += kernels[k]! * inner;
        whole += share * inner;
      }
    }
    if (this.op.decision >= 0) slopes[this.op.decision]![this.op.option]! += whole;
    if (exists === 0) return;
    if (this.kernel.decision >= 0)
      for (let k = 0; k < kernels.length; k++) slopes[this.kernel.decision]![k]! += exists * kernelSlopes[k]!;
    const bitRow = rowOf(this.bits, probabilities);
    const sparsityRow = rowOf(this.sparsity, probabilities);
    for (let b = 0; b < bitRow.length; b++) {
      for (let s = 0; s < sparsityRow.length; s++) {
        const slope = exists * gridSlopes[b * sparsityRow.length + s]!;
        if (this.bits.decision >= 0) slopes[this.bits.decision]![b]! += slope * sparsityRow[s]!;
        if (this.sparsity.decision >= 0) slopes[this.sparsity.decision]![s]! += slope * bitRow[b]!;
      }
    }
    for (let leaf = 0; leaf < leaves.length; leaf++) leafSlopes[leaf]! *= exists;
    this.pairs.addSlopes(leafSlopes, probabilities, slopes);
  }

  #exists(probabilities: Probabilities): number {
    return this.op.decision < 0 ? 1 : probabilities[this.op.decision]![this.op.option]!;
  }

  /** Probabilities over bits × sparsity. */
  #grid(probabilities: Probabilities): Float64Array {
    const bits = rowOf(this.bits, probabilities);
    const sparsities = rowOf(this.sparsity, probabilities);
    const grid = new Float64Array(bits.length * sparsities.length);
    for (let b = 0; b < bits.length; b++)
      for (let s = 0; s < sparsities.length; s++) grid[b * sparsities.length + s] = bits[b]! * sparsities[s]!;
    return grid;
  }
}
