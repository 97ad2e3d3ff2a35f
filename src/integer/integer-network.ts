/** The quantised network: what a chip computes, number by number, and the folded network that it is made from. */
import type { Architecture, Operation } from '../network/types.ts';

/** Closed range of real values. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * An activation grid: real = scale * (code - zeroPoint). `scale` is a float32 value. Codes are int8, or, of `bits`
 * fewer than 8, unsigned: 0 to 2^bits - 1.
 */
export interface Quantisation {
  readonly scale: number;
  readonly zeroPoint: number;
  /** Absent: 8. */
  readonly bits?: number;
}

/** One operation of a trained network with batch normalisation folded: real weight = codes * steps[output channel]. */
export interface FoldedOperation {
  readonly operation: Operation;
  /**
   * Row-major OHWI on the grid of `operation.bits`; depthwise [channels * multiplier, h, w, 1], dense [units, 1, 1,
   * inputs]. Weighted kinds only.
   */
  readonly codes?: Int8Array;
  /** One positive step per output channel. */
  readonly steps?: Float32Array;
  /** One real bias per output channel. */
  readonly bias?: Float32Array;
  /** Calibrated range of the output, after the activation function. */
  readonly output: Range;
}

/** A trained network ready to be quantised. */
export interface FoldedNetwork {
  readonly architecture: Architecture;
  /** Range of the normalised input. */
  readonly input: Range;
  readonly operations: readonly FoldedOperation[];
}

/** int8 weights, int32 biases and the per-channel rescaling from accumulator to output code. */
export interface IntegerWeights {
  /** Row-major OHWI, zero point 0, on the grid of the operation's bits (not stretched to the int8 range). */
  readonly codes: Int8Array;
  /** Real value of one weight code, per output channel. */
  readonly steps: Float32Array;
  /** Scale of bias o is input scale * steps[o]. */
  readonly biases: Int32Array;
  /**
   * Fixed-point multiplier and power-of-two exponent per output channel: real multiplier = multipliers * 2^(shifts -
   * 31).
   */
  readonly multipliers: Int32Array;
  readonly shifts: Int32Array;
}

/** Codes brought from one grid to another: a requantisation, or an activation function that stands alone. */
export interface Stage {
  /** Real multiplier: the scale before over the scale after. */
  readonly multiplier: number;
  readonly output: Quantisation;
  readonly clamp: Range;
}

/** Rows and columns of zeros around a map. */
export interface MapPadding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** One operation in integer arithmetic. */
export interface IntegerOperation {
  readonly operation: Operation;
  readonly output: Quantisation;
  /** Output codes are clamped to this closed interval: the fused activation. */
  readonly clamp: Range;
  /**
   * Of imported networks: the grid and interval that the operation itself puts out, and what brings its codes to
   * `output` in turn.
   */
  readonly stages?: { readonly first: Pick<Stage, 'output' | 'clamp'>; readonly then: readonly Stage[] };
  /** Of imported networks: zeros around the map that are neither those of SAME nor none. */
  readonly pads?: MapPadding;
  /**
   * Of imported networks: accumulators are rescaled with one rounding, as LiteRT's FULLY_CONNECTED does it; its
   * convolutions, and all operators of UDC's own files, round twice.
   */
  readonly rounding?: 'once';
  /**
   * Of imported networks: an operator that no operation here computes stands in this place, for its shape and its
   * weights, if they could be read.
   */
  readonly standsFor?: {
    readonly operator: string;
    /** Constants of the file that it reads and that are not among `weights`. */ readonly constantBytes: number;
  };
  /** Weighted kinds only. */
  readonly weights?: IntegerWeights;
  /** A global average that a file writes as MEAN: compilers for NPUs give it weights of its own. */
  readonly mean?: true;
}

/** A network that is evaluated with integers only. */
export interface IntegerNetwork {
  readonly architecture: Architecture;
  readonly input: Quantisation;
  /** In the order of `architecture.operations`. */
  readonly operations: readonly IntegerOperation[];
}
