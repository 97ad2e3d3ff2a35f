/** The weight formats other than the Ethos-U stream: what they store, and how many bytes that is. */
import type { Sourced, WeightFormat } from '../../targets/weight-tensor.ts';

export type FlatFormat = Exclude<WeightFormat, 'mlw'>;

/**
 * Stored bytes as a function of counts: elements, non-zero elements, bits per element, and bits of zero-order entropy.
 */
export interface FlatCounts {
  readonly elements: number;
  readonly nonZeros: number;
  readonly bits: number;
  readonly entropyBits: number;
}

interface FlatCoder {
  readonly bytes: (counts: FlatCounts) => number;
  readonly encode: (values: Int8Array | Int16Array, bits: number) => Uint8Array;
}

const bytesFor = (bits: number): number => Math.ceil(bits / 8);

/** Appends `bits` low bits of each value, least significant first. */
function packInto(out: Uint8Array, firstBit: number, values: Iterable<number>, bits: number): void {
  let position = firstBit;
  for (const value of values) {
    for (let bit = 0; bit < bits; bit++, position++) if ((value >> bit) & 1) out[position >> 3]! |= 1 << (position & 7);
  }
}

function asBytes(values: Int8Array | Int16Array): Uint8Array {
  return Uint8Array.from(values, (value) => value & 0xff);
}

export const FLAT_CODERS: Readonly<Record<FlatFormat, FlatCoder>> = {
  packed: {
    bytes: ({ elements, bits }) => bytesFor(elements * bits),
    encode: (values, bits) => {
      const out = new Uint8Array(bytesFor(values.length * bits));
      packInto(out, 0, values, bits);
      return out;
    },
  },
  bitmask: {
    bytes: ({ elements, nonZeros, bits }) => bytesFor(elements) + bytesFor(nonZeros * bits),
    encode: (values, bits) => {
      const nonZeros = [...values].filter((value) => value !== 0);
      const maskBytes = bytesFor(values.length);
      const out = new Uint8Array(maskBytes + bytesFor(nonZeros.length * bits));
      packInto(
        out,
        0,
        values.map((value) => (value !== 0 ? 1 : 0)),
        1,
      );
      packInto(out, maskBytes * 8, nonZeros, bits);
      return out;
    },
  },
  // A bound, not a coding: the bytes are the weights themselves, for a certificate to identify them by.
  entropy: { bytes: ({ entropyBits }) => bytesFor(entropyBits), encode: asBytes },
  raw: { bytes: ({ elements }) => elements, encode: asBytes },
};

/** Bits of the zero-order entropy of all of `values` together. */
export function entropyBits(values: Int8Array | Int16Array): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / values.length);
  return Math.max(0, bits);
}

/** Bias and scale bytes of `channels` output channels where nothing is aligned. */
export function flatSideBytes(perChannel: Sourced<number>, channels: number): number {
  return perChannel.value * channels;
}
