/** Encoder of the Ethos-U weight stream: byte for byte what Arm's compiler makes of the same weights. */
import { BitWriter } from './bits.ts';
import { greedyPath, shortestPath, type Chooser } from './choosers.ts';
import { ALIGNMENT, MAX_SLICE, MAX_WEIGHT, WEIGHT_CODES, ZDIV_END, type Palette } from './stream-format.ts';
import { weightSegments, zeroSegments } from './golomb.ts';
import { choosePalette, type PaletteRules } from './palette.ts';
import { fixedSections, paletteSections } from './sections.ts';
import { sliceBits, writeSlice, type Slice } from './slice.ts';
import type { StreamEncoder } from '../../../targets/weight-tensor.ts';

/**
 * What an encoder decides: where palettes begin, what goes into them, and which codes the values get. Any choice is a
 * valid stream.
 */
interface EncoderRules {
  readonly sections: (weights: Int16Array) => readonly number[];
  readonly palette: PaletteRules;
  readonly choose: Chooser;
}

const ENCODERS: Readonly<Record<StreamEncoder, EncoderRules>> = {
  regor: {
    sections: fixedSections,
    palette: { zeroFactor: 5, zerosInRuns: true, halfIsEnough: true },
    choose: greedyPath,
  },
  classic: {
    sections: paletteSections,
    palette: { zeroFactor: 4, zerosInRuns: false, halfIsEnough: false },
    choose: shortestPath,
  },
};

const END_BITS = 3;
/** A zero that is coded directly is sent as "−0". */
const MINUS_ZERO = 1;

/**
 * Encodes weights that are already in the NPU's order (zero-point subtracted, −255…255) into a stream of a multiple of
 * 16 bytes.
 * Throws a RangeError naming the position of a weight outside that range.
 */
export function encodeStream(weights: Int16Array, encoder: StreamEncoder = 'regor'): Uint8Array {
  return write(weights, ENCODERS[encoder]).finish(ALIGNMENT);
}

/** Bits of the stream before it is filled up to 16 bytes, the end marker included. */
export function streamBits(weights: Int16Array, encoder: StreamEncoder = 'regor'): number {
  let bits = END_BITS;
  eachSlice(weights, ENCODERS[encoder], (slice) => {
    bits += sliceBits(slice);
  });
  return bits;
}

/** Length of `encodeStream` in bytes, without writing it. */
export function streamBytes(weights: Int16Array, encoder: StreamEncoder = 'regor'): number {
  return Math.ceil(streamBits(weights, encoder) / (8 * ALIGNMENT)) * ALIGNMENT;
}

/** Zeros that the stream holds as runs. */
export function zerosInRuns(weights: Int16Array, encoder: StreamEncoder = 'regor'): number {
  const rules = ENCODERS[encoder];
  const starts = rules.sections(weights);
  let zeros = 0;
  starts.forEach((start, k) => {
    const end = starts[k + 1] ?? weights.length;
    if (!choosePalette(weights, start, end, rules.palette).zeroRuns) return;
    for (let i = start; i < end; i++) if (weights[i] === 0) zeros++;
  });
  return zeros;
}

function write(weights: Int16Array, rules: EncoderRules): BitWriter {
  const out = new BitWriter(weights.length + 64);
  eachSlice(weights, rules, (slice) => {
    writeSlice(out, slice);
  });
  out.put(ZDIV_END, END_BITS);
  return out;
}

function eachSlice(weights: Int16Array, rules: EncoderRules, use: (slice: Slice) => void): void {
  const outside = weights.findIndex((w) => w > MAX_WEIGHT || w < -MAX_WEIGHT);
  if (outside >= 0) throw new RangeError(`weight ${outside} is ${weights[outside]}; a weight stream holds −255…255`);
  if (weights.length === 0) return;
  const starts = rules.sections(weights);
  starts.forEach((start, k) => {
    slicesOf(weights, start, starts[k + 1] ?? weights.length, rules, use);
  });
}

/** The slices of one palette's weights. */
function slicesOf(
  weights: Int16Array,
  start: number,
  end: number,
  rules: EncoderRules,
  use: (slice: Slice) => void,
): void {
  const palette = choosePalette(weights, start, end, rules.palette);
  const { indices, runs } = symbols(weights, start, end, palette);
  const weightCodes = weightSegments(indices, palette.uncompressedBits, rules.choose);
  const zeroCodes = palette.zeroRuns ? zeroSegments(runs, weightCodes.ends, rules.choose) : undefined;
  let from = 0;
  let w = 0;
  let z = 0;
  let runFrom = 0;
  while (from < indices.length) {
    const zeroEnd = Math.min(zeroCodes?.ends[z] ?? indices.length, indices.length);
    const to = Math.min(weightCodes.ends[w]!, zeroEnd, from + MAX_SLICE);
    const runTo = palette.zeroRuns ? to + 1 : runFrom;
    use({
      newPalette: from === 0 ? palette : undefined,
      zeroRuns: palette.zeroRuns,
      uncompressedBits: palette.uncompressedBits,
      code: WEIGHT_CODES[weightCodes.codes[w]!]!,
      zeroDivisor: zeroCodes?.codes[z] ?? 0,
      indices,
      indexFrom: from,
      indexTo: to,
      runs,
      runFrom,
      runTo,
    });
    from = to;
    runFrom = runTo;
    if (to === weightCodes.ends[w]) w++;
    if (to === zeroEnd) z++;
  }
}

/** Palette indices of the coded weights, and the zeros before the first and after each of them. */
function symbols(
  weights: Int16Array,
  start: number,
  end: number,
  palette: Palette,
): { indices: Uint16Array; runs: Int32Array } {
  const table = new Uint16Array(2 * MAX_WEIGHT + 1);
  for (let w = -MAX_WEIGHT; w <= MAX_WEIGHT; w++) {
    const code = w < 0 ? -2 * w + 1 : w > 0 ? 2 * w : MINUS_ZERO;
    table[w + MAX_WEIGHT] = code - palette.directOffset + palette.codes.length;
  }
  palette.codes.forEach((code, index) => {
    const magnitude = code >> 1;
    table[(code & 1 ? -magnitude : magnitude) + MAX_WEIGHT] = index;
  });
  const indices = new Uint16Array(end - start);
  if (!palette.zeroRuns) {
    for (let i = start; i < end; i++) indices[i - start] = table[weights[i]! + MAX_WEIGHT]!;
    return { indices, runs: new Int32Array(0) };
  }
  const runs = new Int32Array(end - start + 1);
  let count = 0;
  let run = 0;
  for (let i = start; i < end; i++) {
    const w = weights[i]!;
    if (w === 0) {
      run++;
    } else {
      runs[count] = run;
      indices[count++] = table[w + MAX_WEIGHT]!;
      run = 0;
    }
  }
  if (count === 0) {
    // A section of zeros only still needs one weight to hold its runs.
    indices[count++] = table[MAX_WEIGHT]!;
    run--;
  }
  runs[count] = run;
  return { indices: indices.subarray(0, count), runs: runs.subarray(0, count + 1) };
}
