/**
 * What the rules that allocate bits work on and answer with: layers with their weights, maps between them, limits and
 * cuts. Nothing here knows a tensor: an editor may allocate while somebody types.
 */

/** A layer whose weights share one bitwidth. */
export interface AllocatedLayer {
  readonly name: string;
  /** Output channels of its last operation with weights. */
  readonly channels: number;
  /** Bitwidths that its weights may have, the largest first; one: it is not cut. */
  readonly levels: readonly number[];
  /** The same of the maps that it writes. */
  readonly activationLevels: readonly number[];
  /** Bytes that its weights take at so many bits, without what is stored beside them. */
  weightBytes(bits: number): number;
  /** Bytes that are stored beside them. */
  auxiliaryBytes(weightBits: number, outputBits: number): number;
}

/** A map between operations. Maps of one group share one bitwidth. */
export interface AllocatedMap {
  readonly elements: number;
  /** Index of the layer whose maps have these bits; −1: a map that is not cut, as the input is and the output. */
  readonly group: number;
}

/** An operation that reads maps and writes one. */
export interface AllocatedNode {
  readonly name: string;
  /** Indices of maps; the first is the one that the rule compares the output with. */
  readonly inputs: readonly number[];
  readonly output: number;
  /** Maps that are alive meanwhile since something later reads them. */
  readonly held: readonly number[];
}

export interface AllocationProblem {
  readonly layers: readonly AllocatedLayer[];
  readonly maps: readonly AllocatedMap[];
  /** In the order in which they run. */
  readonly nodes: readonly AllocatedNode[];
  /** Bytes; absent: no limit. */
  readonly limits: { readonly weights?: number; readonly activations?: number };
}

/** One halving, in the order in which the rule made them. */
export type Cut =
  | {
      readonly of: 'weights';
      readonly layer: number;
      readonly from: number;
      readonly to: number;
      /** Its part of all weight bytes before the cut, and the largest part of a layer that could be cut, 0..1. */
      readonly share: number;
      readonly largest: number;
    }
  | {
      readonly of: 'activations';
      readonly layer: number;
      readonly from: number;
      readonly to: number;
      /** The operation that did not fit, and what it took before the cut. */
      readonly node: string;
      readonly bytes: number;
    };

/** Why nothing fits: the layer or operation at which cutting ended, and what is still needed there. */
export interface Impossible {
  readonly of: Cut['of'];
  readonly at: string;
  readonly needed: number;
  readonly limit: number;
}

export interface Allocation {
  /** One for each layer. */
  readonly weightBits: readonly number[];
  readonly activationBits: readonly number[];
  readonly cuts: readonly Cut[];
  readonly impossible?: Impossible;
}
