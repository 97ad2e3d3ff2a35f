/** Coefficients of a JPEG's scans, sequential and progressive (ITU-T T.81, annexes F and G). */
import { unsoundJpeg, type BitReader, type HuffmanTable } from './jpeg-bits.ts';

export interface Component {
  readonly id: number;
  /** Its samples for each of the largest ones of any component, in both directions. */
  readonly h: number;
  readonly v: number;
  readonly quantisation: number;
  /** Blocks of its own, and those that it has with the filling of whole units. */
  readonly blocks: { readonly wide: number; readonly high: number };
  readonly stored: { readonly wide: number; readonly high: number };
  /** 64 values a stored block, in the order of rows. */
  readonly coefficients: Int16Array;
}

export interface ScanPart {
  readonly component: Component;
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
}

export interface Scan {
  readonly parts: readonly ScanPart[];
  readonly progressive: boolean;
  /** Which coefficients, in the order of the zigzag. */
  readonly from: number;
  readonly to: number;
  /** Successive approximation: bits known before, and after it. */
  readonly high: number;
  readonly low: number;
  /** Units between restart markers; 0: none. */
  readonly restart: number;
}

/** The place in rows of each coefficient of the zigzag. */
export const ZIGZAG = Uint8Array.of(
  ...[0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21],
  ...[28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61],
  ...[54, 47, 55, 62, 63],
);

/** @param units of the whole image, of all components together @throws ImageError */
export function readScan(scan: Scan, bits: BitReader, units: { readonly wide: number; readonly high: number }): void {
  const blocks = new BlockReader(scan, bits);
  const [only, ...more] = scan.parts;
  if (only === undefined) throw unsoundJpeg();
  const alone = more.length === 0 ? only : undefined;
  // A component by itself has no filling.
  const { wide, high } = alone ? alone.component.blocks : units;
  for (let unit = 0; unit < wide * high; unit++) {
    if (scan.restart > 0 && unit > 0 && unit % scan.restart === 0) {
      bits.restart();
      blocks.restart();
    }
    const [y, x] = [Math.floor(unit / wide), unit % wide];
    if (alone) blocks.read(alone, y, x);
    else
      for (const part of scan.parts) {
        const { h, v } = part.component;
        for (let row = 0; row < v; row++)
          for (let column = 0; column < h; column++) blocks.read(part, y * v + row, x * h + column);
      }
  }
}

class BlockReader {
  private readonly before = new Map<Component, number>();
  /** Blocks that have no more of this band. */
  private empty = 0;

  constructor(
    private readonly scan: Scan,
    private readonly bits: BitReader,
  ) {}

  restart(): void {
    this.before.clear();
    this.empty = 0;
  }

  read(part: ScanPart, row: number, column: number): void {
    const { coefficients, stored } = part.component;
    const at = 64 * (row * stored.wide + column);
    const block = coefficients.subarray(at, at + 64);
    const { from, to, progressive, high } = this.scan;
    if (from === 0) this.readFirst(part, block);
    if (to === 0) return;
    if (part.ac === undefined) throw unsoundJpeg();
    if (!progressive) this.readBand(part.ac, block, 1);
    else if (high === 0) this.readBand(part.ac, block, from);
    else this.refineBand(part.ac, block);
  }

  private readFirst({ component, dc }: ScanPart, block: Int16Array): void {
    const { high, low } = this.scan;
    if (high > 0) {
      block[0]! |= this.bits.take(1) << low;
      return;
    }
    if (dc === undefined) throw unsoundJpeg();
    const value = (this.before.get(component) ?? 0) + this.bits.signed(this.bits.code(dc) & 15);
    this.before.set(component, value);
    block[0] = value * 2 ** low;
  }

  private readBand(table: HuffmanTable, block: Int16Array, from: number): void {
    if (this.empty > 0) {
      this.empty -= 1;
      return;
    }
    const { to, low } = this.scan;
    for (let k = from; k <= to; k++) {
      const code = this.bits.code(table);
      const [zeros, size] = [code >> 4, code & 15];
      if (size === 0 && zeros < 15) {
        this.empty = 2 ** zeros - 1 + this.bits.take(zeros);
        return;
      }
      k += zeros;
      if (size === 0) continue;
      if (k > to) throw unsoundJpeg();
      block[ZIGZAG[k]!] = this.bits.signed(size) * 2 ** low;
    }
  }

  private refineBand(table: HuffmanTable, block: Int16Array): void {
    const { from, to, low } = this.scan;
    const one = 1 << low;
    const refine = (place: number): void => {
      const value = block[place]!;
      if (this.bits.take(1) === 1 && (value & one) === 0) block[place] = value + (value > 0 ? one : -one);
    };
    let k = from;
    for (; this.empty === 0 && k <= to; k++) {
      const code = this.bits.code(table);
      let zeros = code >> 4;
      if ((code & 15) === 0 && zeros < 15) {
        this.empty = 2 ** zeros + this.bits.take(zeros);
        break;
      }
      const value = (code & 15) === 0 ? 0 : this.bits.take(1) === 1 ? one : -one;
      for (; k <= to; k++) {
        const place = ZIGZAG[k]!;
        if (block[place] !== 0) refine(place);
        else if (--zeros < 0) break;
      }
      if (value !== 0 && k > to) throw unsoundJpeg();
      if (value !== 0) block[ZIGZAG[k]!] = value;
    }
    if (this.empty === 0) return;
    for (; k <= to; k++) if (block[ZIGZAG[k]!] !== 0) refine(ZIGZAG[k]!);
    this.empty -= 1;
  }
}
