/**
 * What the sizes of the Ethos-U85 differ in: weight decoders, and the micro-blocks of output that each kind of operator
 * may be computed in.
 */

/** An output micro-block: what is computed at once. */
export interface MicroBlock {
  readonly height: number;
  readonly width: number;
  readonly depth: number;
}

export interface U85Engine {
  readonly source: string;
  /** Multiply-accumulates per cycle, 8-bit. */
  readonly macs: number;
  /** Weight decoders: the standard format has a stream for each. */
  readonly decoders: number;
  /** Micro-blocks for convolutions and dense layers of 8-bit inputs, the compiler's first choice first. */
  readonly convolution: readonly MicroBlock[];
  readonly depthwise: readonly MicroBlock[];
  /** Kernel elements of zeros that a depthwise stream has after every ten. */
  readonly depthwiseGap: number;
  /** Bytes a cycle of read buffer that a standard and a fast weight stream have: limits of their bandwidths. */
  readonly readBuffers: { readonly standard: number; readonly fast: number };
}

const SOURCE = 'Arm Vela compiler 5.2, Ethos-U85 architecture';
const micro = (height: number, width: number, depth: number): MicroBlock => ({ height, width, depth });
const buffers = (standard: number, fast: number): U85Engine['readBuffers'] => ({ standard, fast });

export type U85Macs = 128 | 256 | 512 | 1024 | 2048;

export const U85_ENGINES: Readonly<Record<U85Macs, U85Engine>> = {
  128: {
    source: SOURCE,
    macs: 128,
    decoders: 1,
    convolution: [micro(1, 2, 8)],
    depthwise: [micro(1, 1, 16)],
    depthwiseGap: 0,
    readBuffers: buffers(128, 128),
  },
  256: {
    source: SOURCE,
    macs: 256,
    decoders: 1,
    convolution: [micro(1, 4, 8), micro(2, 2, 8)],
    depthwise: [micro(1, 2, 16)],
    depthwiseGap: 0,
    readBuffers: buffers(128, 128),
  },
  512: {
    source: SOURCE,
    macs: 512,
    decoders: 2,
    convolution: [micro(2, 2, 16), micro(1, 4, 16)],
    depthwise: [micro(2, 2, 16), micro(1, 4, 16)],
    depthwiseGap: 2,
    readBuffers: buffers(256, 256),
  },
  1024: {
    source: SOURCE,
    macs: 1024,
    decoders: 4,
    convolution: [micro(2, 2, 32), micro(1, 4, 32), micro(2, 4, 16)],
    depthwise: [micro(2, 4, 16)],
    depthwiseGap: 6,
    readBuffers: buffers(416, 208),
  },
  2048: {
    source: SOURCE,
    macs: 2048,
    decoders: 4,
    convolution: [micro(2, 2, 64), micro(1, 4, 64), micro(4, 4, 16)],
    depthwise: [micro(4, 4, 16)],
    depthwiseGap: 6,
    readBuffers: buffers(512, 256),
  },
};
