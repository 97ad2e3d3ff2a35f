/** The weight format of the Ethos-U85's fast decoder: indices into a table of 4 or 16 values, or bytes. */
import { BitWriter } from '../mlw/bits.ts';

/** A stream of the fast format, its header included, is a multiple of so many bytes. */
const ALIGNMENT = 32;
const HEADER_BITS = 256;
const RESERVED_BITS = 102;
const TABLE = 16;
const SMALL_TABLE = 4;
const ENTRY_BITS = 9;

/** Bits of a weight where a stream has so many different values. */
function bitsFor(distinct: number): number {
  return distinct <= SMALL_TABLE ? 2 : distinct <= TABLE ? 4 : 8;
}

/** Bytes of a stream of `elements` coded weights with `distinct` different values; sparse weights have no table. */
export function fastBytes(elements: number, distinct: number, sparse: boolean): number {
  return ALIGNMENT * Math.ceil((HEADER_BITS + elements * (sparse ? 8 : bitsFor(distinct))) / (8 * ALIGNMENT));
}

/** What the compiler expects a stream to take before it has tried. */
export function expectedFastBytes(elements: number, distinct: number): number {
  return HEADER_BITS / 8 + Math.floor((elements * bitsFor(distinct)) / 8);
}

/** Encodes int8 weights in the NPU's order. */
export function encodeFast(weights: Int16Array, sparse: boolean): Uint8Array {
  const indices = new Map<number, number>();
  for (const weight of weights) if (indices.size <= TABLE && !indices.has(weight)) indices.set(weight, indices.size);
  const bits = sparse ? 8 : bitsFor(indices.size);
  const out = new BitWriter(HEADER_BITS / 8 + weights.length);
  out.put(bits === 8 ? 1 : 0, 1);
  out.put(bits === 2 ? 1 : 0, 1);
  for (let left = RESERVED_BITS + 8; left > 0; left -= 10) out.put(0, 10);
  const entries = indices.size > TABLE ? [...indices.keys()].slice(0, TABLE) : [...indices.keys()];
  for (let k = 0; k < TABLE; k++) out.put(folded(entries[k] ?? 0), ENTRY_BITS);
  for (const weight of weights) out.put(bits === 8 ? weight & 0xff : indices.get(weight)!, bits);
  while (out.bitLength % (8 * ALIGNMENT) !== 0) out.put(0, 1);
  return out.finish(ALIGNMENT);
}

/** The magnitude with the sign below it. */
function folded(value: number): number {
  return (Math.abs(value) << 1) | (value < 0 ? 1 : 0);
}
