/** WAV files, written as their format says. */

export type WavKind = 'u8' | 's16' | 's24' | 's32' | 'f32' | 'f64';

interface Writer {
  readonly tag: 1 | 3;
  readonly bits: number;
  /** Writes a value in −1…1. */
  write(view: DataView, at: number, value: number): void;
}

const scaled = (value: number, bits: number): number => Math.round(value * 2 ** (bits - 1));

export const WAV_KINDS: Readonly<Record<WavKind, Writer>> = {
  u8: { tag: 1, bits: 8, write: (view, at, value) => view.setUint8(at, 128 + scaled(value, 8)) },
  s16: { tag: 1, bits: 16, write: (view, at, value) => view.setInt16(at, scaled(value, 16), true) },
  s24: {
    tag: 1,
    bits: 24,
    write(view, at, value) {
      const whole = scaled(value, 24);
      view.setUint16(at, whole & 0xffff, true);
      view.setInt8(at + 2, whole >> 16);
    },
  },
  s32: { tag: 1, bits: 32, write: (view, at, value) => view.setInt32(at, scaled(value, 32), true) },
  f32: { tag: 3, bits: 32, write: (view, at, value) => view.setFloat32(at, value, true) },
  f64: { tag: 3, bits: 64, write: (view, at, value) => view.setFloat64(at, value, true) },
};

export interface WavOptions {
  readonly kind?: WavKind;
  readonly rate?: number;
  readonly channels?: number;
  /** With the longer header that names its format by a GUID. */
  readonly extensible?: boolean;
  /** Chunks before the format and before the samples: name and length. */
  readonly chunks?: readonly (readonly [name: string, bytes: number])[];
  /** What the length of the samples is said to be. */
  readonly stated?: number;
  /** Another tag of the format. */
  readonly tag?: number;
}

/** @param values of all channels, interleaved */
export function wav(values: ArrayLike<number>, options: WavOptions = {}): Uint8Array {
  const { kind = 's16', rate = 16000, channels = 1, extensible = false, chunks = [] } = options;
  const { tag, bits, write } = WAV_KINDS[kind];
  const data = new Uint8Array((values.length * bits) / 8);
  const view = new DataView(data.buffer);
  for (let i = 0; i < values.length; i++) write(view, (i * bits) / 8, values[i]!);
  const fmt = new DataView(new ArrayBuffer(extensible ? 40 : 16));
  fmt.setUint16(0, extensible ? 0xfffe : (options.tag ?? tag), true);
  fmt.setUint16(2, channels, true);
  fmt.setUint32(4, rate, true);
  fmt.setUint32(8, (rate * channels * bits) / 8, true);
  fmt.setUint16(12, (channels * bits) / 8, true);
  fmt.setUint16(14, bits, true);
  if (extensible) fmt.setUint16(24, tag, true);
  const body = Buffer.concat([
    ...chunks.map(([name, bytes]) => chunk(name, new Uint8Array(bytes))),
    chunk('fmt ', new Uint8Array(fmt.buffer)),
    ...chunks.map(([name, bytes]) => chunk(name, new Uint8Array(bytes).fill(1))),
    chunk('data', data, options.stated),
  ]);
  return Buffer.concat([Buffer.from('RIFF'), uint32(4 + body.length), Buffer.from('WAVE'), body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

const chunk = (name: string, content: Uint8Array, stated = content.length): Buffer =>
  Buffer.concat([Buffer.from(name), uint32(stated), content, Buffer.alloc(content.length % 2)]);

/** A second of a tone, or less. */
export const tone = (hertz: number, seconds: number, rate = 16000, volume = 0.5): Float64Array =>
  Float64Array.from(
    { length: Math.round(seconds * rate) },
    (_, n) => volume * Math.sin((2 * Math.PI * hertz * n) / rate),
  );
