/** One weighted operator of the space: its bytes over channels, kernel, bitwidth and sparsity, and their expectation. */
import type { Assignment, Param, Primitive } from '../../model/types.ts';
import { estimateBytes, ratesFor, streamShapes } from '../rates.ts';
import { sideBytes } from '../stored.ts';
import type { Target } from '../targets.ts';
import type { WeightTensor } from '../types.ts';
import type { PairSpace } from './pairs.ts';

type Probabilities = readonly (readonly number[])[];

export type WeightedKind = WeightTensor['kind'];

export function isWeighted(kind: Primitive['kind']): kind is WeightedKind {
  return kind === 'conv' || kind === 'depthwise' || kind === 'dense';
}

const CERTAIN = [1];

function rowOf(param: { readonly decision: number }, probabilities: Probabilities): readonly number[] {
  return param.decision < 0 ? CERTAIN : probabilities[param.decision]!;
}

function optionOf(param: { readonly decision: number }, assignment: Assignment): number {
  return param.decision < 0 ? 0 : assignment[param.decision]!;
}

/** Weight bytes over bits × sparsity, and side bytes, by operator shape: shared by all networks of a target. */
const shapeTables = new WeakMap<Target, Map<string, { readonly weights: Float64Array; readonly side: number }>>();

function shapeTable(target: Target, key: string, make: () => { weights: Float64Array; side: number }): { readonly weights: Float64Array; readonly side: number } {
  let tables = shapeTables.get(target);
  if (!tables) shapeTables.set(target, (tables = new Map()));
  let table = tables.get(key);
  if (!table) tables.set(key, (table = make()));
  return table;
}

export class Term {
  readonly id: string;
  readonly layer: number;
  readonly pairs: PairSpace;
  readonly kernel: Primitive['kernel'];
  readonly bits: Param<number>;
  readonly sparsity: Param<number>;
  /** The operator option under which the term exists; `decision` −1: always. */
  readonly op: { readonly decision: number; readonly option: number };
  /** [leaf of `pairs`, kernel, bits, sparsity], last index fastest. */
  readonly bytes: Float64Array;
  readonly #weights: Float64Array;
  readonly #side: Float64Array;

  constructor(target: Target, primitive: Primitive, layer: number, op: { decision: number; option: number }, pairs: PairSpace) {
    this.id = primitive.id;
    this.layer = layer;
    this.op = op;
    this.pairs = pairs;
    this.kernel = primitive.kernel;
    this.bits = primitive.bits;
    this.sparsity = primitive.sparsity;
    const cell = this.cell;
    this.bytes = new Float64Array(pairs.leaves.length * this.kernels * cell);
    this.#weights = new Float64Array(this.bytes.length);
    this.#side = new Float64Array(this.bytes.length);
    const kind = primitive.kind as WeightedKind;
    const { bits: { options: bits }, sparsity: { options: sparsities }, dilation } = primitive;
    const grid = `${bits.join()}|${sparsities.join()}|${dilation.height},${dilation.width}`;
    pairs.leaves.forEach(([inputs, outputs], leaf) => {
      primitive.kernel.options.forEach(({ height, width }, k) => {
        const ohwi = kind === 'dense' ? [outputs, 1, 1, inputs] as const : [outputs, height, width, kind === 'depthwise' ? 1 : inputs] as const;
        const { weights, side } = shapeTable(target, `${kind}|${ohwi.join()}|${grid}`, () => {
          const streams = streamShapes(target, { kind, ohwi, dilation });
          return { weights: Float64Array.from(bits.flatMap((b) => sparsities.map((s) => estimateBytes(target, streams, ratesFor(b, s))))), side: sideBytes(target, { kind, ohwi }) };
        });
        const at = (leaf * this.kernels + k) * cell;
        this.#weights.set(weights, at);
        this.#side.fill(side, at, at + cell);
      });
    });
    this.setRates(() => 1);
  }

  get kernels(): number {
    return this.kernel.options.length;
  }

  /** Entries of one channel pair and kernel. */
  get cell(): number {
    return this.bits.options.length * this.sparsity.options.length;
  }

  /** Multiplies the table's weight bytes (not the side data) by a factor for each bitwidth and sparsity. */
  setRates(factor: (bits: number, sparsity: number) => number): void {
    const factors = this.bits.options.flatMap((b) => this.sparsity.options.map((s) => factor(b, s)));
    for (let i = 0; i < this.bytes.length; i++) this.bytes[i] = this.#weights[i]! * factors[i % factors.length]! + this.#side[i]!;
  }

  /** Bytes under an assignment, 0 where its operator is not chosen. */
  at(assignment: Assignment): number {
    if (this.op.decision >= 0 && assignment[this.op.decision] !== this.op.option) return 0;
    const entry = ((this.pairs.leafAt(assignment) * this.kernels + optionOf(this.kernel, assignment)) * this.bits.options.length + optionOf(this.bits, assignment)) * this.sparsity.options.length;
    return this.bytes[entry + optionOf(this.sparsity, assignment)]!;
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
        for (let i = 0; i < grid.length; i++) inner += grid[i]! * this.bytes[at++]!;
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
          const bytes = this.bytes[at++]!;
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
    if (this.kernel.decision >= 0) for (let k = 0; k < kernels.length; k++) slopes[this.kernel.decision]![k]! += exists * kernelSlopes[k]!;
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
    this.pairs.addSlopes(probabilities, leafSlopes, slopes);
  }

  #exists(probabilities: Probabilities): number {
    return this.op.decision < 0 ? 1 : probabilities[this.op.decision]![this.op.option]!;
  }

  /** Probabilities over bits × sparsity. */
  #grid(probabilities: Probabilities): Float64Array {
    const bits = rowOf(this.bits, probabilities);
    const sparsities = rowOf(this.sparsity, probabilities);
    const grid = new Float64Array(bits.length * sparsities.length);
    for (let b = 0; b < bits.length; b++) for (let s = 0; s < sparsities.length; s++) grid[b * sparsities.length + s] = bits[b]! * sparsities[s]!;
    return grid;
  }
}
