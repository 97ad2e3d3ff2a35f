/** Writes one slice: its header and the interleaved chunks of weights and zero runs. */
import { type BitWriter } from './bits.ts';
import {
  CHUNK,
  HEADER_BITS,
  MAX_LEAD,
  PALETTE_HEADER_BITS,
  SHORT_CHUNK,
  WDIV_UNCOMPRESSED,
  ZDIV_NONE,
  type Palette,
  type WeightCode,
} from './stream-format.ts';

export interface Slice {
  /** Palette to send, or undefined to keep the one before. */
  readonly newPalette: Palette | undefined;
  readonly zeroRuns: boolean;
  readonly uncompressedBits: number;
  readonly code: WeightCode;
  readonly zeroDivisor: number;
  /** indices[indexFrom, indexTo) and runs[runFrom, runTo) belong to the slice. */
  readonly indices: Uint16Array;
  readonly indexFrom: number;
  readonly indexTo: number;
  readonly runs: Int32Array;
  readonly runFrom: number;
  readonly runTo: number;
}

/** Appends `slice` to `out`. */
export function writeSlice(out: BitWriter, slice: Slice): void {
  const { code, newPalette, zeroDivisor } = slice;
  out.put(slice.zeroRuns ? zeroDivisor : ZDIV_NONE, 3);
  out.put(slice.indexTo - slice.indexFrom - 1, 15);
  out.put(code.uncompressed ? WDIV_UNCOMPRESSED : code.divisor, 3);
  out.put(code.truncated ? 1 : 0, 1);
  out.put(newPalette ? 1 : 0, 1);
  if (newPalette) writePalette(out, newPalette);
  writeChunks(out, slice);
}

/** Bits that `writeSlice` appends. */
export function sliceBits({
  newPalette,
  zeroRuns,
  uncompressedBits,
  code,
  zeroDivisor,
  indices,
  indexFrom,
  indexTo,
  runs,
  runFrom,
  runTo,
}: Slice): number {
  let bits = HEADER_BITS + (newPalette ? PALETTE_HEADER_BITS + newPalette.codes.length * newPalette.bits : 0);
  const { divisor, truncated } = code;
  if (code.uncompressed) {
    bits += (indexTo - indexFrom) * uncompressedBits;
  } else {
    // Two unary steps a symbol: the first says whether there is a second bit.
    let [symbols, extras] = [indexTo - indexFrom, 0];
    for (let i = indexFrom; i < indexTo; i++) {
      const quotient = indices[i]! >> divisor;
      extras += truncated ? (quotient > 0 ? 1 : 0) : (quotient + 1) >> 1;
      if (!truncated) symbols += quotient >> 1;
    }
    bits += Math.ceil(symbols / CHUNK) * CHUNK + extras + (indexTo - indexFrom) * divisor;
  }
  if (!zeroRuns) return bits;
  let unary = runTo - runFrom;
  for (let i = runFrom; i < runTo; i++) unary += runs[i]! >> zeroDivisor;
  const chunk = zeroDivisor === 3 ? SHORT_CHUNK : CHUNK;
  return bits + Math.ceil(unary / chunk) * chunk + (runTo - runFrom) * zeroDivisor;
}

function writePalette(out: BitWriter, palette: Palette): void {
  out.put(palette.directOffset, 5);
  out.put(Math.max(0, palette.codes.length - 1), 5);
  out.put(palette.bits - 2, 3);
  for (const entry of palette.codes) out.put(entry, palette.bits);
}

function writeChunks(out: BitWriter, slice: Slice): void {
  const { indices, runs, zeroRuns, indexTo, runTo } = slice;
  const { divisor, truncated, uncompressed } = slice.code;
  const weightRemainderBits = uncompressed ? slice.uncompressedBits : divisor;
  const weightMask = (1 << weightRemainderBits) - 1;
  const weightSymbols = uncompressed && weightRemainderBits > 5 ? SHORT_CHUNK : CHUNK;
  const zeroBits = slice.zeroDivisor;
  const zeroMask = (1 << zeroBits) - 1;
  const zeroSymbols = zeroBits === 3 ? SHORT_CHUNK : CHUNK;
  let weight = slice.indexFrom;
  let run = slice.runFrom;
  /** Unary part of the current weight and run that is still to be sent; −1: none begun. */
  let weightLeft = -1;
  let runLeft = -1;
  /** Values whose unary part ended in the chunk before: their remainders come now. */
  let weightFrom = weight;
  let runFrom = run;
  do {
    const lead = zeroRuns ? weight - slice.indexFrom - (run - slice.runFrom) : 0;
    const sendWeights = lead < MAX_LEAD && weight < indexTo;
    const sendRuns = zeroRuns && lead >= 0 && run < runTo;
    const previousWeight = weight;
    const previousRun = run;
    let unary0 = 0;
    let unary1 = 0;
    let extras = 0;
    if (sendWeights && uncompressed) {
      weight = Math.min(indexTo, weight + weightSymbols);
    } else if (sendWeights) {
      for (let symbol = 0; symbol < CHUNK && weight < indexTo; symbol++) {
        if (weightLeft < 0) weightLeft = indices[weight]! >> divisor;
        if (weightLeft > 0) {
          unary0 |= 1 << symbol;
          if (weightLeft > 1) unary1 |= 1 << extras;
          extras++;
        }
        weightLeft = truncated ? -1 : weightLeft - 2;
        if (weightLeft < 0) {
          weightLeft = -1;
          weight++;
        }
      }
    }
    let zeroUnary = 0;
    if (sendRuns) {
      for (let symbol = 0; symbol < zeroSymbols && run < runTo; symbol++) {
        if (runLeft < 0) runLeft = runs[run]! >> zeroBits;
        if (runLeft > 0) zeroUnary |= 1 << symbol;
        else run++;
        runLeft--;
      }
    }
    if (sendWeights && !uncompressed) out.put(unary0, CHUNK);
    if (sendRuns) out.put(zeroUnary, zeroSymbols);
    if (extras > 0) out.put(unary1, extras);
    if (weightRemainderBits > 0)
      for (let k = weightFrom; k < previousWeight; k++) out.put(indices[k]! & weightMask, weightRemainderBits);
    if (zeroBits > 0) for (let k = runFrom; k < previousRun; k++) out.put(runs[k]! & zeroMask, zeroBits);
    weightFrom = previousWeight;
    runFrom = previousRun;
  } while (weightFrom < indexTo || runFrom < runTo);
}
