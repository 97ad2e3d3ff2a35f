/**
 * The vocabulary of sizes: targets, weight tensors, encoded sizes. Bytes are bytes; bits are bits; times are cycles of
 * the NPU clock.
 */
import type { Operation } from '../network/types.ts';

/** How a target stores weights. `mlw` is the Ethos-U weight stream; the others are described in docs/targets.md. */
export type WeightFormat = 'mlw' | 'packed' | 'bitmask' | 'entropy' | 'raw';

/**
 * Which of Vela's two encoders writes the Ethos-U stream: its default core's (Regor), or that of the core that was the
 * default before version 5.
 */
export type StreamEncoder = 'regor' | 'classic';

export const STREAM_ENCODERS: readonly StreamEncoder[] = ['classic', 'regor'];

/** A number with where it comes from. `confirmed: false` is shown to users with "≈". */
export interface Sourced<T> {
  readonly value: T;
  readonly source: string;
  readonly confirmed: boolean;
}

/** Integer weights of one operator, as the NPU's compiler receives them: zero-point 0. */
export interface WeightTensor {
  readonly kind: 'conv' | 'depthwise' | 'dense';
  /**
   * Output channels, height, width, input channels. Depthwise: [channels × multiplier, h, w, 1]. Dense: [units, 1, 1,
   * inputs].
   */
  readonly ohwi: readonly [number, number, number, number];
  /** Row-major OHWI. */
  readonly values: Int8Array | Int16Array;
  readonly bits: number;
  readonly dilation?: { readonly height: number; readonly width: number };
  /** Strides and output size decide the order on an Ethos-U85; where they are not given, they may be any. */
  readonly stride?: { readonly height: number; readonly width: number };
  readonly outSize?: { readonly height: number; readonly width: number };
  /** Decides the blocks that an Ethos-U works in. */
  readonly operation?: Operation;
  /** Ethos-U: output channels of a block, where the compiler's choice is known (see `blocks.ts`). */
  readonly outputBlockDepth?: number;
}

/** The stored size of one operator's weights on a target. */
export interface StoredSize {
  /** weightBytes + sideBytes: what counts against the budget. */
  readonly totalBytes: number;
  /**
   * The weight stream, alignment included; on an Ethos-U the most that it takes where the compiler cuts it
   * (docs/targets.md).
   */
  readonly weightBytes: number;
  /** Biases and scales with their alignment. */
  readonly sideBytes: number;
  /** Zero-order entropy bound of the unpadded weights, rounded up to bytes. */
  readonly entropyBytes: number;
  readonly elements: number;
  /** Elements after brick-order padding. */
  readonly codedElements: number;
}
