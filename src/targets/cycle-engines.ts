/**
 * What decides cycles on an Ethos-U beside its blocks: rates of the output unit, memories and their timing. Facts: Arm
 * Vela 5.2 (Regor's performance model, vela.ini).
 */

/** Micro-block of an Ethos-U85: alternatives, and what each kind of operator may take. */
export interface MicroBlock {
  readonly height: number;
  readonly width: number;
  readonly depth: number;
}

/** …with the units that input buffers are filled in for up to 16, up to 32 and more channels. */
export interface ComputeBlock extends MicroBlock {
  readonly inputUnits: readonly [upTo16: MicroBlock, upTo32: MicroBlock, deeper: MicroBlock];
}

/** Buffers of an Ethos-U85, which shares none between inputs and accumulators. */
export interface Buffers {
  readonly inputBytes: number;
  readonly accumulatorBytes: number;
  /**
   * For convolutions, and for depthwise convolutions and pools; the one that wastes least is taken, the first of
   * equals.
   */
  readonly convolution: readonly ComputeBlock[];
  readonly perChannel: readonly ComputeBlock[];
  /** Multiply-accumulates a cycle, 8-bit. */
  readonly macs: number;
  /** Words of 16 bytes in flight for copies, streams, weights, inputs and scales. */
  readonly inFlight: readonly [copy: number, stream: number, weights: number, input: number, scales: number];
}

export interface CycleEngine {
  readonly family: 'u55' | 'u65' | 'u85';
  /** Cycles of the output unit for an element: what an addition, a maximum and anything else take. */
  readonly output: { readonly add: number; readonly maximum: number; readonly other: number };
  /** …and at least: followed by a ReLU, or by nothing. */
  readonly activation: { readonly relu: number; readonly none: number };
  /** Cycles that a pool takes for a micro-block and each element of its kernel. */
  readonly poolStep: number;
  /** Wait between dependent steps on a single micro-block. */
  readonly delay: number;
  readonly buffers?: Buffers;
  /** Weight decoders of an Ethos-U85. */
  readonly decoders?: number;
}

const u55 = (output: CycleEngine['output'], relu: number, rest: Partial<CycleEngine> = {}): CycleEngine => ({
  family: 'u55',
  output,
  activation: { relu, none: 0 },
  poolStep: 4,
  delay: 2,
  ...rest,
});

const unit = (height: number, width: number, depth: number): MicroBlock => ({ height, width, depth });
const block = (height: number, width: number, depth: number, inputUnits: ComputeBlock['inputUnits']): ComputeBlock => ({
  height,
  width,
  depth,
  inputUnits,
});

const u85 = (rate: number, decoders: number, buffers: Buffers): CycleEngine => ({
  family: 'u85',
  output: { add: rate, maximum: rate, other: rate },
  activation: { relu: rate, none: rate },
  poolStep: 4,
  delay: 2,
  buffers,
  decoders,
});

const KIB = 1024;
const UNITS_128: ComputeBlock['inputUnits'] = [unit(1, 2, 16), unit(1, 1, 32), unit(1, 1, 32)];
const SQUARE_4: ComputeBlock['inputUnits'] = [unit(2, 2, 16), unit(1, 2, 32), unit(1, 1, 64)];
const ROW_4: ComputeBlock['inputUnits'] = [unit(1, 4, 16), unit(1, 2, 32), unit(1, 1, 64)];
const SQUARE_8: ComputeBlock['inputUnits'] = [unit(2, 4, 16), unit(2, 2, 32), unit(1, 2, 64)];
const ROW_8: ComputeBlock['inputUnits'] = [unit(2, 4, 16), unit(1, 4, 32), unit(1, 2, 64)];
const SQUARE_16: ComputeBlock['inputUnits'] = [unit(4, 4, 16), unit(2, 4, 32), unit(2, 2, 64)];
const ROW_16: ComputeBlock['inputUnits'] = [unit(4, 4, 16), unit(2, 4, 32), unit(1, 4, 64)];

/** By the compiler's name of the accelerator. */
export const CYCLE_ENGINES: Readonly<Record<string, CycleEngine>> = {
  'ethos-u55-32': u55({ add: 6, maximum: 1, other: 2 }, 1, { poolStep: 1, delay: 3 }),
  'ethos-u55-64': u55({ add: 3, maximum: 0.5, other: 1 }, 1),
  'ethos-u55-128': u55({ add: 1.5, maximum: 0.25, other: 0.5 }, 0.5),
  'ethos-u55-256': u55({ add: 0.75, maximum: 0.125, other: 0.25 }, 0.25),
  'ethos-u65-256': u55({ add: 0.75, maximum: 0.125, other: 0.25 }, 0.25, { family: 'u65' }),
  'ethos-u65-512': u55({ add: 0.375, maximum: 0.0625, other: 0.125 }, 0.125, {
    family: 'u65',
    activation: { relu: 0.125, none: 0 },
  }),
  'ethos-u85-128': u85(0.5, 1, {
    macs: 128,
    inputBytes: 8 * KIB,
    accumulatorBytes: 8 * KIB,
    convolution: [block(1, 2, 8, UNITS_128)],
    perChannel: [block(1, 1, 16, UNITS_128)],
    inFlight: [64, 64, 128, 104, 16],
  }),
  'ethos-u85-256': u85(0.25, 1, {
    macs: 256,
    inputBytes: 16 * KIB,
    accumulatorBytes: 16 * KIB,
    convolution: [block(1, 4, 8, ROW_4), block(2, 2, 8, SQUARE_4)],
    perChannel: [block(1, 2, 16, SQUARE_4)],
    inFlight: [104, 104, 128, 128, 16],
  }),
  'ethos-u85-512': u85(0.125, 2, {
    macs: 512,
    inputBytes: 16 * KIB,
    accumulatorBytes: 32 * KIB,
    convolution: [block(2, 2, 16, SQUARE_4), block(1, 4, 16, ROW_4)],
    perChannel: [block(2, 2, 16, SQUARE_4), block(1, 4, 16, ROW_4)],
    inFlight: [128, 128, 256, 128, 16],
  }),
  'ethos-u85-1024': u85(0.0625, 4, {
    macs: 1024,
    inputBytes: 16 * KIB,
    accumulatorBytes: 64 * KIB,
    convolution: [block(2, 2, 32, SQUARE_8), block(1, 4, 32, ROW_8), block(2, 4, 16, SQUARE_8)],
    perChannel: [block(2, 4, 16, SQUARE_8)],
    inFlight: [256, 256, 416, 256, 16],
  }),
  'ethos-u85-2048': u85(0.03125, 4, {
    macs: 2048,
    inputBytes: 32 * KIB,
    accumulatorBytes: 128 * KIB,
    convolution: [block(2, 2, 64, SQUARE_16), block(1, 4, 64, ROW_16), block(4, 4, 16, SQUARE_16)],
    perChannel: [block(4, 4, 16, SQUARE_16)],
    inFlight: [256, 256, 512, 256, 16],
  }),
};
