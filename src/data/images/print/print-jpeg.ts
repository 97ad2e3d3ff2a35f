/**
 * JPEG in print colours (CMYK and YCCK, as Adobe's programs write them), which the WebAssembly decoder does not turn
 * into red, green and blue: ITU-T T.81, and colours as Pillow and libjpeg convert them, to the bit.
 */
import type { Sample } from '../../preparation/steps/step-rules.ts';
import { ImageError } from '../image-error.ts';
import { inverseDct } from './inverse-dct.ts';
import { BitReader, cutJpeg, huffmanTable, unsoundJpeg, type HuffmanTable } from './jpeg-bits.ts';
import { readScan, ZIGZAG, type Component, type Scan } from './jpeg-scan.ts';
import { upsample, type Plane } from './upsample.ts';

const rareKind = (): ImageError =>
  new ImageError('it is a JPEG in print colours (CMYK) of a rare kind: save it as a baseline JPEG');

/** Of a file: progressive ones have some ten. */
const MOST_SCANS = 500;

interface Frame {
  readonly progressive: boolean;
  readonly height: number;
  readonly width: number;
  readonly components: readonly Component[];
  /** The largest sampling factors. */
  readonly h: number;
  readonly v: number;
}

/** What the segments of a file have said so far. */
class Reading {
  frame: Frame | undefined;
  /** What Adobe's segment says of colours; absent: there is none. */
  transform: number | undefined;
  readonly quantisation = new Map<number, Uint16Array>();
  private readonly huffman = new Map<number, HuffmanTable>();
  private restart = 0;
  private scans = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @throws ImageError; RangeError where the file ends too early */
  run(): void {
    for (let at = 2; ;) {
      if (this.view.getUint8(at) !== 0xff) throw unsoundJpeg();
      const marker = this.view.getUint8(at + 1);
      if (marker === 0xd9) return;
      if (marker === 0xff) {
        at += 1;
        continue;
      }
      const [from, to] = [at + 4, at + 2 + this.view.getUint16(at + 2)];
      if (to > this.bytes.length) throw cutJpeg();
      at = marker === 0xda ? this.scan(from, to) : to;
      if (marker !== 0xda) this.segment(marker, from, to);
    }
  }

  private segment(marker: number, from: number, to: number): void {
    if (marker === 0xdb) this.quantisationTables(from, to);
    else if (marker === 0xc4) this.huffmanTables(from, to);
    else if (marker === 0xdd) this.restart = this.view.getUint16(from);
    else if (marker === 0xee && String.fromCharCode(...this.bytes.subarray(from, from + 5)) === 'Adobe')
      this.transform = this.view.getUint8(from + 11);
    else if (marker >= 0xc0 && marker <= 0xc2) this.startFrame(from, marker === 0xc2);
    else if (marker >= 0xc3 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc) throw rareKind();
  }

  private quantisationTables(from: number, to: number): void {
    for (let at = from; at < to;) {
      const kind = this.view.getUint8(at);
      const wide = kind >> 4 > 0;
      const table = new Uint16Array(64);
      for (let k = 0; k < 64; k++)
        table[ZIGZAG[k]!] = wide ? this.view.getUint16(at + 1 + 2 * k) : this.view.getUint8(at + 1 + k);
      this.quantisation.set(kind & 15, table);
      at += wide ? 129 : 65;
    }
  }

  private huffmanTables(from: number, to: number): void {
    for (let at = from; at < to;) {
      const counts = this.bytes.subarray(at + 1, at + 17);
      const total = counts.reduce((sum, count) => sum + count, 0);
      this.huffman.set(this.view.getUint8(at), huffmanTable(counts, this.bytes.subarray(at + 17, at + 17 + total)));
      at += 17 + total;
    }
  }

  private startFrame(at: number, progressive: boolean): void {
    if (this.frame || this.view.getUint8(at) !== 8) throw unsoundJpeg();
    const [height, width] = [this.view.getUint16(at + 1), this.view.getUint16(at + 3)];
    if (height * width === 0) throw new ImageError(`it is ${height}x${width}`);
    const rows = Array.from({ length: this.view.getUint8(at + 5) }, (_, i) => {
      const [id, sampling, quantisation] = [0, 1, 2].map((n) => this.view.getUint8(at + 6 + 3 * i + n));
      return { id: id!, h: sampling! >> 4, v: sampling! & 15, quantisation: quantisation! };
    });
    if (rows.some(({ h, v }) => h < 1 || h > 4 || v < 1 || v > 4)) throw unsoundJpeg();
    const [h, v] = [Math.max(...rows.map((row) => row.h)), Math.max(...rows.map((row) => row.v))];
    // A block takes a bit at least: what claims more takes no memory.
    const units = Math.ceil(width / (8 * h)) * Math.ceil(height / (8 * v));
    if (units * rows.reduce((sum, row) => sum + row.h * row.v, 0) > 8 * this.bytes.length) throw cutJpeg();
    const components = rows.map((row): Component => {
      const blocks = {
        wide: Math.ceil(Math.ceil((width * row.h) / h) / 8),
        high: Math.ceil(Math.ceil((height * row.v) / v) / 8),
      };
      const stored = { wide: Math.ceil(width / (8 * h)) * row.h, high: Math.ceil(height / (8 * v)) * row.v };
      return { ...row, blocks, stored, coefficients: new Int16Array(64 * stored.wide * stored.high) };
    });
    this.frame = { progressive, height, width, components, h, v };
  }

  /** @returns where the next marker stands */
  private scan(at: number, data: number): number {
    const { frame } = this;
    if (frame === undefined || ++this.scans > MOST_SCANS) throw unsoundJpeg();
    const count = this.view.getUint8(at);
    const parts = Array.from({ length: count }, (_, i) => {
      const component = frame.components.find(({ id }) => id === this.view.getUint8(at + 1 + 2 * i));
      const tables = this.view.getUint8(at + 2 + 2 * i);
      if (component === undefined) throw unsoundJpeg();
      return { component, dc: this.huffman.get(tables >> 4), ac: this.huffman.get(0x10 | (tables & 15)) };
    });
    const [from, to, bits] = [1, 2, 3].map((n) => this.view.getUint8(at + 2 * count + n));
    if (to! > 63 || from! > to!) throw unsoundJpeg();
    const { progressive, height, width, h, v } = frame;
    const { restart } = this;
    const scan: Scan = { parts, progressive, from: from!, to: to!, high: bits! >> 4, low: bits! & 15, restart };
    const reader = new BitReader(this.bytes, data);
    readScan(scan, reader, { wide: Math.ceil(width / (8 * h)), high: Math.ceil(height / (8 * v)) });
    return reader.end;
  }
}

/** The samples of a component at the size of the image, or a little more. */
function planeOf(component: Component, { height, width, h, v }: Frame, quantisation: Uint16Array): Plane {
  const { stored, coefficients } = component;
  const stride = 8 * stored.wide;
  const samples = new Uint8ClampedArray(stride * 8 * stored.high);
  for (let row = 0, block = 0; row < stored.high; row++)
    for (let column = 0; column < stored.wide; column++, block += 64)
      inverseDct(coefficients.subarray(block, block + 64), quantisation, samples, 8 * (row * stride + column), stride);
  const [across, down] = [h / component.h, v / component.v];
  if (!Number.isInteger(across) || !Number.isInteger(down)) throw rareKind();
  const own = { width: Math.ceil(width / across), height: Math.ceil(height / down), stride, samples };
  return across === 1 && down === 1 ? own : upsample(own, across, down);
}

/** A product of two shares of 255 as one, rounded. */
const share = (a: number, b: number): number => {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
};

/** Of 2^16, as libjpeg has them. */
const fixed = (value: number): number => Math.floor(value * 65536 + 0.5);
const HALF = 32768;
const clamped = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

const FROM_CR = { red: fixed(1.402), green: fixed(0.71414) };
const FROM_CB = { green: fixed(0.34414), blue: fixed(1.772) };

/** Luma and colour differences become cyan, magenta, yellow, in the place of them. */
function toInks(values: Uint8Array): void {
  for (let at = 0; at < values.length; at += 3) {
    const y = values[at]!;
    const b = values[at + 1]! - 128;
    const r = values[at + 2]! - 128;
    values[at] = clamped(255 - y - ((FROM_CR.red * r + HALF) >> 16));
    values[at + 1] = clamped(255 - y - ((HALF - FROM_CB.green * b - FROM_CR.green * r) >> 16));
    values[at + 2] = clamped(255 - y - ((FROM_CB.blue * b + HALF) >> 16));
  }
}

/** @throws ImageError */
export function decodePrintJpeg(bytes: Uint8Array): Sample {
  const reading = new Reading(bytes);
  try {
    reading.run();
  } catch (error) {
    throw error instanceof RangeError ? cutJpeg() : error;
  }
  const { frame, transform } = reading;
  if (frame?.components.length !== 4) throw unsoundJpeg();
  const { height, width } = frame;
  const planes = frame.components.map((component) => {
    const quantisation = reading.quantisation.get(component.quantisation);
    if (quantisation === undefined) throw unsoundJpeg();
    return planeOf(component, frame, quantisation);
  });
  const values = new Uint8Array(height * width * 3);
  for (const [channel, { samples, stride }] of planes.slice(0, 3).entries())
    for (let row = 0, to = channel; row < height; row++)
      for (let column = 0; column < width; column++, to += 3) values[to] = samples[row * stride + column]!;
  // Adobe stores how much ink is not there; other programs follow it, and so does Pillow.
  if (transform !== undefined && transform !== 0) toInks(values);
  const { samples: black, stride } = planes[3]!;
  for (let row = 0, to = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      for (let i = 0, k = black[row * stride + column]!; i < 3; i++, to++)
        values[to] = clamped(k - share(255 - values[to]!, k));
  return { shape: { height, width, channels: 3 }, values };
}
