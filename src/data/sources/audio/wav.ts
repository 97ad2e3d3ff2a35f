/** WAV files: what stands before the samples, and the samples as one channel in −1…1. */
import { DataError } from '../../data-error.ts';

export interface WavHeader {
  /** Hertz. */
  readonly rate: number;
  readonly channels: number;
  /** Samples of each channel. */
  readonly frames: number;
  readonly encoding: Encoding;
  /** Where the samples begin. */
  readonly start: number;
}

interface Encoding {
  readonly bytes: number;
  /** The value at a byte, full scale ±1. */
  read(view: DataView, at: number): number;
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/** By tag of the format and bits of a sample. */
const ENCODINGS: Readonly<Record<string, Encoding>> = {
  [`${PCM}:8`]: { bytes: 1, read: (view, at) => (view.getUint8(at) - 128) / 2 ** 7 },
  [`${PCM}:16`]: { bytes: 2, read: (view, at) => view.getInt16(at, true) / 2 ** 15 },
  [`${PCM}:24`]: { bytes: 3, read: (view, at) => (view.getUint8(at) | (view.getInt16(at + 1, true) << 8)) / 2 ** 23 },
  [`${PCM}:32`]: { bytes: 4, read: (view, at) => view.getInt32(at, true) / 2 ** 31 },
  [`${FLOAT}:32`]: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  [`${FLOAT}:64`]: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

/** Other formats that WAV files come in. */
const FORMATS: Readonly<Record<number, string>> = {
  2: 'ADPCM (Microsoft)',
  6: 'A-law',
  7: 'µ-law',
  0x11: 'ADPCM (IMA)',
  0x31: 'GSM 6.10',
  0x55: 'MP3',
};

/** What makes a WAV file of any recording that can be read here. */
export const CONVERT = 'convert it, for example: ffmpeg -i IN -ac 1 -c:a pcm_s16le OUT.wav';

const text = (view: DataView, at: number): string =>
  String.fromCharCode(...Array.from({ length: 4 }, (_, i) => view.getUint8(at + i)));

/** A length that programs write which do not know it yet: the samples go to the end of the file. */
const STREAMED = 0xffffffff;

/**
 * Reads what stands before the samples.
 * @param bytes the whole file
 * @throws DataError naming file and byte
 */
export function readWavHeader(bytes: Uint8Array, file: string): WavHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = bytes.length < 12 ? '' : text(view, 0);
  if (kind === 'RF64')
    throw new DataError(file, `this is RF64 (WAV above 4 GiB), which is not read: cut it into parts`);
  if (kind !== 'RIFF' || text(view, 8) !== 'WAVE') throw new DataError(file, `this is no WAV file; ${CONVERT}`);
  let format: { encoding: Encoding; rate: number; channels: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const [id, size, start] = [text(view, at), view.getUint32(at + 4, true), at + 8];
    if (id === 'fmt ') format = readFormat(view, start, size, file);
    if (id === 'data') {
      if (format === undefined) throw new DataError(file, 'samples come before their format (`fmt `)', { byte: at });
      return withFrames(bytes.length, start, size, format, file);
    }
    // Chunks begin at even bytes.
    at = start + size + (size % 2);
  }
  throw new DataError(file, 'the file ends before its samples (no chunk `data`)', { byte: bytes.length });
}

function readFormat(view: DataView, start: number, size: number, file: string) {
  if (size < 16 || start + size > view.byteLength)
    throw new DataError(file, 'the chunk `fmt ` is cut off', { byte: start });
  const stated = view.getUint16(start, true);
  const tag = stated === EXTENSIBLE && size >= 26 ? view.getUint16(start + 24, true) : stated;
  const [channels, rate] = [view.getUint16(start + 2, true), view.getUint32(start + 4, true)];
  const bits = view.getUint16(start + 14, true);
  const encoding = ENCODINGS[`${tag}:${bits}`];
  if (encoding === undefined) {
    const name = FORMATS[tag] ?? `format ${tag} of ${bits} bits`;
    throw new DataError(file, `samples are ${name}; PCM of 8, 16, 24 or 32 bits and float are read: ${CONVERT}`, {
      byte: start,
    });
  }
  const block = view.getUint16(start + 12, true);
  if (channels === 0 || rate === 0 || block !== channels * encoding.bytes)
    throw new DataError(
      file,
      `the format contradicts itself: ${channels} channels of ${bits} bits at ${rate} Hz, ${block} bytes for all; ${CONVERT}`,
      { byte: start },
    );
  return { encoding, rate, channels };
}

function withFrames(
  fileBytes: number,
  start: number,
  stated: number,
  format: { readonly encoding: Encoding; readonly rate: number; readonly channels: number },
  file: string,
): WavHeader {
  const there = fileBytes - start;
  if (stated !== STREAMED && stated > there)
    throw new DataError(file, `the file ends too early: ${stated} bytes of samples were said to come, ${there} did`, {
      byte: fileBytes,
    });
  const bytes = stated === STREAMED ? there : stated;
  return { ...format, start, frames: Math.floor(bytes / (format.encoding.bytes * format.channels)) };
}

/**
 * Samples `from`…`from + count` of a file, channels averaged, full scale ±1.
 * @param bytes the whole file
 */
export function readWavSamples(bytes: Uint8Array, header: WavHeader, from = 0, count = header.frames): Float32Array {
  const { encoding, channels, start } = header;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Float32Array(Math.max(0, Math.min(count, header.frames - from)));
  const step = encoding.bytes;
  for (let i = 0, at = start + from * channels * step; i < out.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++, at += step) sum += encoding.read(view, at);
    out[i] = sum / channels;
  }
  return out;
}
