/** One weighted operator of the space: its bytes over channels, kernel, bitwidth and sparsity, and their expectation. */
import type { Assignment, Param, Primitive } from '../../model/types.ts';
import { estimateBytes, ratesFor, streamShapes } from '../rates.ts';
import { sideBytes } from '../stored.ts';
import type { Target } from '../targets.ts';
import type { WeightTensor } from '../types.ts';
import { listed } from './listed.ts';
import type { ChannelPair } from './pairs.ts';

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

/** Weight bytes, and side bytes, of an operator over [channel pair, kernel, bits, sparsity], last index fastest. */
interface ByteTable { readonly weights: Float64Array; readonly side: Float64Array; readonly total: Float64Array }

/** Tables by what decides them, shared by all networks of a target: a definition is sized anew with every change of its text. */
const tablesOf = new WeakMap<Target, Map<string, ByteTable>>();

function byteTable(target: Target, { kind, kernel, bits, sparsity, dilation }: Primitive, pairs: ChannelPair): ByteTable {
  let known = tablesOf.get(target);
  if (!known) tablesOf.set(target, (known = new Map()));
  let kernels = '';
  for (const { height, width } of kernel.options) kernels += `${height}x${width},`;
  const key = `${kind}|${kernels}|${listed(bits.options)}|${listed(sparsity.options)}|${dilation.height},${dilation.width}|${pairs.key}`;
  let table = known.get(key);
  if (!table) known.set(key, (table = makeTable(target, { kind: kind as WeightedKind, kernel, bits, sparsity, dilation }, pairs.leaves)));
  return table;
}

function makeTable(target: Target, { kind, kernel, bits, sparsity, dilation }: Pick<Primitive, 'kernel' | 'bits' | 'sparsity' | 'dilation'> & { kind: WeightedKind }, pairs: ChannelPair['leaves']): ByteTable {
  const rates = bits.options.flatMap((b) => sparsity.options.map((s) => ratesFor(b, s)));
  const weights = new Float64Array(pairs.length * kernel.options.length * rates.length);
  const side = new Float64Array(weights.length);
  let at = 0;
  for (const [inputs, outputs] of pairs) {
    for (const { height, width } of kernel.options) {
      const ohwi = kind === 'dense' ? [outputs, 1, 1, inputs] as const : [outputs, height, width, kind === 'depthwise' ? 1 : inputs] as const;
      const streams = streamShapes(target, { kind, ohwi, dilation });
      side.fill(sideBytes(target, { kind, ohwi }), at, at + rates.length);
      for (const rate of rates) weights[at++] = estimateBytes(target, streams, rate);
    }
  }
  return { weights, side, total: weights.map((bytes, i) => bytes + side[i]!) };
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

  constructor(target: Target, primitive: Primitive, layer: number, op: { decision: number; option: number }, pairs: ChannelPair) {
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
    this.#table = byteTable(target, primitive, pairs);
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
    if (this.op.decision >= 0 && assignment[this.op.decision] !== this.op.option) return 0;
    const entry = ((this.pairs.leafAt(assignment) * this.kernels + optionOf(this.kernel, assignment)) * this.bits.options.length + optionOf(this.bits, assignment)) * this.sparsity.options.length;
    return this.#bytes[entry + optionOf(this.sparsity, assignment)]!;
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
    for (let b = 0; b < bits.length; b++) for (let s = 0; s < sparsities.length; s++) grid[b * sparsities.length + s] = bits[b]! * sparsities[s]!;
    return grid;
  }
}
