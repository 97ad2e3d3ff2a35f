/**
 * Images from their files' bytes: red, green and blue of one byte each. WebAssembly decoders, which are loaded with the
 * first image of their kind; they run in threads (`decode-thread.ts`).
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { decode as decodeBmp } from 'fast-bmp';
import decodeJpeg, { init as initJpeg } from '@jsquash/jpeg/decode.js';
import decodePng, { init as initPng } from '@jsquash/png/decode.js';
import decodeWebp, { init as initWebp } from '@jsquash/webp/decode.js';
import type { Sample } from '../preparation/steps/step-rules.ts';
import { orientationOf, upright } from './exif-orientation.ts';
import { ImageError } from './image-error.ts';
import { imageKind, type ImageKind } from './image-kinds.ts';
import { decodePrintJpeg } from './print/print-jpeg.ts';

/** Red, green, blue and opacity of each pixel. */
interface Opaque {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

interface Decoder {
  /** Loads what it needs. */
  load(): Promise<void>;
  decode(bytes: Uint8Array<ArrayBuffer>): Promise<Sample>;
}

/** The decoders make objects of a class that browsers have. */
class PlainImage {
  constructor(
    readonly data: Uint8ClampedArray,
    readonly width: number,
    readonly height: number,
  ) {}
}

/** A file of a decoder's package: beside the bundle, or in the package itself. */
function wasmModule(name: string): Promise<WebAssembly.Module> {
  const beside = join(dirname(fileURLToPath(import.meta.url)), name.split('/').at(-1)!);
  return WebAssembly.compile(
    readFileSync(existsSync(beside) ? beside : createRequire(import.meta.url).resolve(`@jsquash/${name}`)),
  );
}

/** Opacity is left out, as most tools do that bring images to RGB. */
function withoutOpacity({ data, width, height }: Opaque): Sample {
  const values = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < values.length; from += 4, to += 3) {
    values[to] = data[from]!;
    values[to + 1] = data[from + 1]!;
    values[to + 2] = data[from + 2]!;
  }
  return { shape: { height, width, channels: 3 }, values };
}

/** What the JPEG decoder complained of since the last image. */
const complaints: string[] = [];

/** Number of components in a JPEG's frame header; 4 is the print colours, of which the decoder makes no RGB. */
function jpegComponents(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 10 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1]!;
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return bytes[at + 9];
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** Bytes of a PNG's chunk beside its data. */
const CHUNK = 12;

/** @throws ImageError where a chunk of a PNG is not what its checksum says: the decoder does not look */
function checkChunks(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at < bytes.length;) {
    if (at + CHUNK > bytes.length) throw new ImageError('the file ends too early');
    const end = at + CHUNK + view.getUint32(at);
    if (end > bytes.length) throw new ImageError('the file ends too early');
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4))
      throw new ImageError(`a checksum is wrong at byte ${at}`);
    if (String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === 'IEND') return;
    at = end;
  }
  throw new ImageError('the file ends too early');
}

const DECODERS: Readonly<Record<ImageKind, Decoder>> = {
  JPEG: {
    async load() {
      // The package's types know one argument, its code two.
      const init = initJpeg as (module: WebAssembly.Module, overrides: object) => Promise<void>;
      await init(await wasmModule('jpeg/codec/dec/mozjpeg_dec.wasm'), {
        printErr: (text: string) => complaints.push(text),
      });
    },
    async decode(bytes) {
      complaints.length = 0;
      if (jpegComponents(bytes) === 4) return upright(decodePrintJpeg(bytes), orientationOf(bytes));
      const image = await decodeJpeg(bytes.buffer);
      const early = complaints.find((text) => /premature end/i.test(text));
      if (early !== undefined) throw new ImageError('the file ends too early');
      return upright(withoutOpacity(image), orientationOf(bytes));
    },
  },
  PNG: {
    load: async () => {
      await initPng(await wasmModule('png/codec/pkg/squoosh_png_bg.wasm'));
    },
    async decode(bytes) {
      checkChunks(bytes);
      return withoutOpacity(await decodePng(bytes.buffer));
    },
  },
  WebP: {
    load: async () => {
      await initWebp(await wasmModule('webp/codec/dec/webp_dec.wasm'));
    },
    decode: async (bytes) => withoutOpacity(await decodeWebp(bytes.buffer)),
  },
  BMP: { load: () => Promise.resolve(), decode: (bytes) => Promise.resolve(bmpPixels(bytes)) },
};

function bmpPixels(bytes: Uint8Array): Sample {
  const { data: found, width, height, channels, bitsPerPixel } = decodeBmp(bytes);
  const data = found as Uint8Array;
  if (bitsPerPixel !== 8 && bitsPerPixel !== 24 && bitsPerPixel !== 32 && bitsPerPixel !== 1)
    throw new ImageError(`a BMP of ${bitsPerPixel} bits a pixel is not read; save it with 24`);
  const values = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let c = 0; c < 3; c++) {
      const value = data[pixel * channels + (channels < 3 ? 0 : c)]!;
      values[pixel * 3 + c] = bitsPerPixel === 1 ? 255 * value : value;
    }
  return { shape: { height, width, channels: 3 }, values };
}

const loaded = new Map<ImageKind, Promise<void>>();

/** A decoder's own message says nothing to people where it is no sentence. */
const reasonOf = (error: unknown, kind: ImageKind): string =>
  error instanceof ImageError ? error.message : `this is no sound ${kind}`;

/** A pixel more than this is no image for a chip, and its memory would be. */
const MOST_PIXELS = 100_000_000;

/** @throws ImageError */
export async function decodeImage(bytes: Uint8Array<ArrayBuffer>): Promise<Sample> {
  (globalThis as { ImageData?: unknown }).ImageData ??= PlainImage;
  if (bytes.length === 0) throw new ImageError('the file is empty');
  const kind = imageKind(bytes);
  if (kind === undefined) throw new ImageError('this is no JPEG, PNG, WebP or BMP');
  const decoder = DECODERS[kind];
  if (!loaded.has(kind)) loaded.set(kind, decoder.load());
  await loaded.get(kind);
  let image: Sample;
  try {
    image = await decoder.decode(bytes);
  } catch (error) {
    throw new ImageError(reasonOf(error, kind));
  }
  const { height, width } = image.shape;
  if (height * width === 0 || height * width > MOST_PIXELS) throw new ImageError(`it is ${height}x${width}`);
  return image;
}
