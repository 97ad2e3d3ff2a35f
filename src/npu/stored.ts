/** Exact stored size of integer weights on a target, by the target's real encoding. */
import { hardwareTensor } from './dilation.ts';
import { coreShares, coreValues, possibleCuts } from './ethos.ts';
import { entropyBits, FLAT_CODERS, flatSideBytes } from './formats.ts';
import { ALIGNMENT } from './mlw/format.ts';
import { encodeStream } from './mlw/encode.ts';
import { reorder } from './mlw/reorder.ts';
import type { Target } from './targets.ts';
import type { StoredSize, WeightTensor } from './types.ts';
import { deepestMicro, u85SideBytes } from './u85/layouts.ts';
import { u85Bytes, u85Promise } from './u85/promise.ts';

/** Stored size of one operator's weights with their biases and scales. Throws a RangeError where shape, values or bitwidth do not fit. */
export function storedSize(target: Target, tensor: WeightTensor): StoredSize {
  if (target.u85) {
    check(target, tensor);
    return u85Size(target, tensor);
  }
  return encodeWeights(target, tensor).size;
}

/**
 * The weights as the target stores them, and their size. `bytes` holds the weight streams (one after another for several cores), not the side data.
 * On an Ethos-U these are the streams of an uncut layer; the size counts the most that they take where the compiler cuts it.
 * Format `entropy` is a bound without a coding: its `bytes` are the weights, one byte each.
 */
export function encodeWeights(target: Target, tensor: WeightTensor): { size: StoredSize; bytes: Uint8Array } {
  check(target, tensor);
  if (target.u85) return { size: u85Size(target, tensor), bytes: u85Bytes(target.u85, tensor, target.encoder!) };
  return target.format === 'mlw' ? encodeMlw(target, tensor) : encodeFlat(target, tensor);
}

/** Bias and scale bytes beside the weights. */
export function sideBytes(target: Target, shape: Pick<WeightTensor, 'kind' | 'ohwi'>): number {
  if (target.format !== 'mlw') return flatSideBytes(target.sideBytesPerChannel, shape.ohwi[0]);
  if (target.u85) return u85SideBytes(shape.ohwi[0], deepestMicro(target.u85, shape), target.sideBytesPerChannel.value);
  const cores = Math.min(target.engine!.cores, shape.ohwi[0]);
  let bytes = 0;
  for (let core = 0; core < cores; core++) {
    bytes += Math.ceil((Math.ceil((shape.ohwi[0] - core) / cores) * target.sideBytesPerChannel.value) / ALIGNMENT) * ALIGNMENT;
  }
  return bytes;
}

function u85Size(target: Target, tensor: WeightTensor): StoredSize {
  const { totalBytes, codedElements } = u85Promise(target.u85!, tensor, target.sideBytesPerChannel.value, target.encoder!);
  return sizeOf(target, tensor, totalBytes - sideBytes(target, tensor), codedElements, entropyBits(tensor.values));
}

function encodeMlw(target: Target, tensor: WeightTensor): { size: StoredSize; bytes: Uint8Array } {
  const [, ...cuts] = possibleCuts(tensor);
  const { bytes, codedElements } = encodeStreams(target, tensor);
  const parts = new Map<string, number>();
  const partBytes = (from: number, to: number): number => {
    const key = `${from}-${to}`;
    if (!parts.has(key)) parts.set(key, encodeStreams(target, outputsOf(tensor, from, to)).bytes.length);
    return parts.get(key)!;
  };
  const weightBytes = Math.max(bytes.length, ...cuts.map((cut) => cut.slice(1).reduce((sum, to, i) => sum + partBytes(cut[i]!, to), 0)));
  return { bytes, size: sizeOf(target, tensor, weightBytes, codedElements, entropyBits(tensor.values)) };
}

/** The streams of one tensor, one after another for several cores. */
function encodeStreams(target: Target, logical: WeightTensor): { bytes: Uint8Array; codedElements: number } {
  const tensor = hardwareTensor(logical);
  let codedElements = 0;
  const streams = coreShares(tensor, target.engine!).map((share) => {
    const coded = reorder(coreValues(tensor.values, share), share.ohwi, share.order);
    codedElements += coded.length;
    return encodeStream(coded, target.encoder!);
  });
  return { bytes: concatenate(streams), codedElements };
}

/** Output channels [from, to) of a tensor. */
function outputsOf(tensor: WeightTensor, from: number, to: number): WeightTensor {
  const [, height, width, inputs] = tensor.ohwi;
  const filter = height * width * inputs;
  return { ...tensor, ohwi: [to - from, height, width, inputs], values: tensor.values.subarray(from * filter, to * filter) };
}

function encodeFlat(target: Target, tensor: WeightTensor): { size: StoredSize; bytes: Uint8Array } {
  const coder = FLAT_CODERS[target.format as keyof typeof FLAT_CODERS];
  let nonZeros = 0;
  for (const value of tensor.values) if (value !== 0) nonZeros++;
  const entropy = entropyBits(tensor.values);
  const weightBytes = coder.bytes({ elements: tensor.values.length, nonZeros, bits: tensor.bits, entropyBits: entropy });
  return { bytes: coder.encode(tensor.values, tensor.bits), size: sizeOf(target, tensor, weightBytes, tensor.values.length, entropy) };
}

/** The parts of a stored size. */
export function sizeOf(target: Target, shape: Pick<WeightTensor, 'kind' | 'ohwi'>, weightBytes: number, codedElements: number, entropy: number): StoredSize {
  const [outputs, height, width, inputs] = shape.ohwi;
  const elements = outputs * height * width * inputs;
  const side = sideBytes(target, shape);
  return {
    totalBytes: weightBytes + side, weightBytes, sideBytes: side,
    entropyBytes: Math.ceil(entropy / 8), elements, codedElements,
  };
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function check(target: Target, { kind, ohwi, values, bits }: WeightTensor): void {
  const elements = ohwi.reduce((product, size) => product * size, 1);
  if (ohwi.some((size) => !Number.isInteger(size) || size < 1)) throw new RangeError(`shape ${ohwi.join('x')} (OHWI): every size must be a whole number of at least 1`);
  if (elements !== values.length) throw new RangeError(`shape ${ohwi.join('x')} (OHWI) has ${elements} weights, but ${values.length} are given`);
  if (kind === 'depthwise' && ohwi[3] !== 1) throw new RangeError(`shape ${ohwi.join('x')} (OHWI): a depthwise filter has one input channel`);
  if (kind === 'dense' && (ohwi[1] !== 1 || ohwi[2] !== 1)) throw new RangeError(`shape ${ohwi.join('x')} (OHWI): a dense filter is 1x1`);
  if (!Number.isInteger(bits) || bits < 1) throw new RangeError(`${bits} bits: a bitwidth is a whole number of at least 1`);
  // The stream takes anything up to ±255, and an unsigned tensor less its zero-point needs 9 bits.
  if (target.format !== 'mlw') checkRange(values, bits);
}

/** @throws RangeError at the first value that so many bits do not hold */
export function checkRange(values: WeightTensor['values'], bits: number): void {
  const highest = 2 ** (bits - 1) - 1;
  const lowest = -(2 ** (bits - 1));
  const outside = values.findIndex((value) => value > highest || value < lowest);
  if (outside >= 0) throw new RangeError(`weight ${outside} is ${values[outside]}: ${bits} bits hold ${lowest}…${highest}`);
}
