/** Decoder of the Ethos-U weight stream. */
import { BitReader } from './bits.ts';
import {
  ALIGNMENT,
  CHUNK,
  MAX_LEAD,
  SHORT_CHUNK,
  WDIV_UNCOMPRESSED,
  ZDIV_END,
  ZDIV_NONE,
  indexBits,
} from './stream-format.ts';

/** The weights by index: first the palette, then the directly coded ones. */
interface Table {
  readonly palette: Int16Array;
  readonly paletteBits: number;
  readonly directOffset: number;
  readonly zeroRuns: boolean;
}

interface Header {
  readonly zdiv: number;
  readonly weights: number;
  readonly wdiv: number;
  readonly truncated: boolean;
  readonly newPalette: boolean;
}

/**
 * The weights of a stream, in the NPU's order. Throws a RangeError that names the bit where a damaged or truncated
 * stream stops making sense.
 */
export function decodeStream(stream: Uint8Array): Int16Array {
  const reader = new BitReader(stream);
  let weights = new Int16Array(1024);
  let length = 0;
  const append = (value: number, count: number): void => {
    if (length + count > weights.length) {
      const larger = new Int16Array(Math.max(weights.length * 2, length + count));
      larger.set(weights.subarray(0, length));
      weights = larger;
    }
    if (value !== 0) weights.fill(value, length, length + count);
    length += count;
  };
  let table: Table | undefined;
  for (;;) {
    const at = reader.bitPosition;
    const zdiv = reader.get(3);
    if (zdiv === ZDIV_END) break;
    const header: Header = {
      zdiv,
      weights: reader.get(15) + 1,
      wdiv: reader.get(3),
      truncated: reader.get(1) === 1,
      newPalette: reader.get(1) === 1,
    };
    if (zdiv > 3 && zdiv !== ZDIV_NONE)
      throw new RangeError(`bit ${at}: ${zdiv} is no zero-run divisor (0…3, ${ZDIV_NONE} or ${ZDIV_END})`);
    if (header.wdiv === 6) throw new RangeError(`bit ${at}: 6 is no weight divisor (0…5 or ${WDIV_UNCOMPRESSED})`);
    const zeroRuns = zdiv !== ZDIV_NONE;
    if (header.newPalette) table = readTable(reader, zeroRuns);
    if (!table) throw new RangeError(`bit ${at}: the first slice has no palette`);
    if (table.zeroRuns !== zeroRuns) throw new RangeError(`bit ${at}: zero runs change without a new palette`);
    readSlice(reader, header, table, append);
  }
  reader.align(ALIGNMENT);
  return weights.slice(0, length);
}

function readTable(reader: BitReader, zeroRuns: boolean): Table {
  const directOffset = reader.get(5);
  const size = reader.get(5);
  const paletteBits = reader.get(3) + 2;
  const palette = Int16Array.from({ length: size === 0 ? 0 : size + 1 }, () => weightOfCode(reader.get(paletteBits)));
  return { palette, paletteBits, directOffset, zeroRuns };
}

function weightOfCode(code: number): number {
  return code & 1 ? -(code >> 1) : code >> 1;
}

/**
 * Reads the chunks of one slice: the unary parts of a chunk, then the remainders of the values that the chunk before
 * completed.
 */
function readSlice(
  reader: BitReader,
  header: Header,
  table: Table,
  append: (value: number, count: number) => void,
): void {
  const { palette, directOffset, zeroRuns } = table;
  const uncompressed = header.wdiv === WDIV_UNCOMPRESSED;
  const weightBits = uncompressed ? (palette.length > 0 ? indexBits(palette.length) : table.paletteBits) : header.wdiv;
  const weightSymbols = uncompressed && weightBits > 5 ? SHORT_CHUNK : CHUNK;
  const zeroBits = zeroRuns ? header.zdiv : 0;
  const zeroSymbols = zeroBits === 3 ? SHORT_CHUNK : CHUNK;
  const quotients = new Uint16Array(header.weights);
  const runs = new Int32Array(zeroRuns ? header.weights + (header.newPalette ? 1 : 0) : 0);
  let weight = 0;
  let run = 0;
  let weightSum = 0;
  let runSum = 0;
  let weightFrom = 0;
  let runFrom = 0;
  do {
    const lead = zeroRuns ? weight - run : 0;
    const hasWeights = lead < MAX_LEAD && weight < quotients.length;
    const hasRuns = zeroRuns && lead >= 0 && run < runs.length;
    const previousWeight = weight;
    const previousRun = run;
    const unary0 = hasWeights && !uncompressed ? reader.get(CHUNK) : 0;
    const zeroUnary = hasRuns ? reader.get(zeroSymbols) : 0;
    if (hasWeights && uncompressed) {
      weight = Math.min(quotients.length, weight + weightSymbols);
    } else if (hasWeights) {
      for (let symbol = 0; symbol < CHUNK && weight < quotients.length; symbol++) {
        const more = (unary0 >> symbol) & 1;
        const extra = more ? reader.get(1) : 0;
        weightSum += more + extra;
        if (extra && !header.truncated) continue;
        quotients[weight++] = weightSum;
        weightSum = 0;
      }
    }
    for (let symbol = 0; hasRuns && symbol < zeroSymbols && run < runs.length; symbol++) {
      if ((zeroUnary >> symbol) & 1) {
        runSum++;
      } else {
        runs[run++] = runSum;
        runSum = 0;
      }
    }
    for (let k = weightFrom; k < previousWeight; k++)
      quotients[k] = (quotients[k]! << weightBits) | reader.get(weightBits);
    for (let k = runFrom; k < previousRun; k++) runs[k] = (runs[k]! << zeroBits) | reader.get(zeroBits);
    weightFrom = previousWeight;
    runFrom = previousRun;
  } while (weightFrom < quotients.length || runFrom < runs.length);

  let nextRun = 0;
  if (zeroRuns && header.newPalette) append(0, runs[nextRun++]!);
  for (const index of quotients) {
    append(index < palette.length ? palette[index]! : weightOfCode(index - palette.length + directOffset), 1);
    if (zeroRuns) append(0, runs[nextRun++]!);
  }
}
