/** Exact stored size of integer weights on a target, by the target's real encoding. */
import { coreShares, possibleCuts } from './ethos/ethos-order.ts';
import { mayBeCut } from './ethos/cuttable.ts';
import { entropyBits, FLAT_CODERS, flatSideBytes, type FlatFormat } from './flat-formats.ts';
import { brickElements } from './mlw/reorder.ts';
import { streamBounds, type StreamBounds } from './ethos/stream-bounds.ts';
import { encodeStreams, outputsOf, scaleBytes, streamsBytes } from './ethos/streams.ts';
import type { Target } from '../../targets/find-target.ts';
import type { StoredSize, WeightTensor } from '../../targets/weight-tensor.ts';
import { deepestMicro, u85SideBytes } from './u85/u85-layouts.ts';
import { u85Bounds, u85Bytes, u85Coded, u85Promise, u85Quick } from './u85/u85-promise.ts';

/**
 * The most that one operator's weights can take with their biases and scales: what is promised. On an Ethos-U the most
 * over all layouts that the compiler
 * chooses among (`promise.ts`); elsewhere there is one. Throws a RangeError where shape, values or bitwidth do not fit.
 */
export function storedSize(target: Target, tensor: WeightTensor): StoredSize {
  check(target, tensor);
  if (target.u85) return u85Size(target, tensor, u85Promise);
  return target.format === 'mlw'
    ? sizeWith(target, tensor, streamBounds(target, tensor).fine[0]!)
    : flatSize(target, tensor);
}

/**
 * `storedSize` over two or three usual layouts only: at most a few per cent less, several times as fast. For
 * comparisons while searching.
 */
export function quickSize(target: Target, tensor: WeightTensor): StoredSize {
  check(target, tensor);
  if (target.u85) return u85Size(target, tensor, u85Quick);
  return target.format === 'mlw'
    ? sizeWith(target, tensor, usualStreamBytes(target, tensor))
    : flatSize(target, tensor);
}

/**
 * The weights as the target stores them, and the size that is promised. `bytes` holds the weight streams (one after
 * another for several cores), not the side data.
 * On an Ethos-U these are the streams of an uncut layer; the size counts the most that they take where the compiler
 * cuts it.
 * Format `entropy` is a bound without a coding: its `bytes` are the weights, one byte each.
 */
export function encodeWeights(target: Target, tensor: WeightTensor): { size: StoredSize; bytes: Uint8Array } {
  return { size: storedSize(target, tensor), bytes: encodedBytes(target, tensor) };
}

/** `bytes` of `encodeWeights`. */
export function encodedBytes(target: Target, tensor: WeightTensor): Uint8Array {
  check(target, tensor);
  if (target.u85) return u85Bytes(target.u85, tensor, target.encoder!);
  return target.format === 'mlw'
    ? encodeStreams(target, tensor)
    : FLAT_CODERS[target.format].encode(tensor.values, tensor.bits);
}

/** Bias and scale bytes beside the weights. */
export function sideBytes(target: Target, shape: Pick<WeightTensor, 'kind' | 'ohwi'>): number {
  if (target.format !== 'mlw') return flatSideBytes(target.sideBytesPerChannel, shape.ohwi[0]);
  if (target.u85) return u85SideBytes(shape.ohwi[0], deepestMicro(target.u85, shape), target.sideBytesPerChannel.value);
  return scaleBytes(target, shape.ohwi[0]);
}

/** What an Ethos-U's compiler may store for one operator, by what it does with the operator in its network. */
export function boundsOf(target: Target, tensor: WeightTensor): StreamBounds {
  check(target, tensor);
  if (!target.u85) return streamBounds(target, tensor);
  const { least, forms, ...most } = u85Bounds(...u85Layer(target, tensor));
  // What a cut adds to the tables of scales is counted with the streams.
  const side = sideBytes(target, tensor);
  const [uncut, strips, coarse] = [most.uncut - side, most.strips - side, Math.max(most.uncut, most.cut) - side];
  return { outputs: tensor.ohwi[0], least, uncut, strips, coarse, fine: [coarse], forms };
}

function u85Layer(target: Target, tensor: WeightTensor): Parameters<typeof u85Promise> {
  const { operation } = tensor;
  return [
    target.u85!,
    tensor,
    target.sideBytesPerChannel.value,
    target.encoder!,
    (bytes) => !operation || mayBeCut(operation, target, bytes),
  ];
}

function u85Size(target: Target, tensor: WeightTensor, most: typeof u85Promise): StoredSize {
  return sizeWith(target, tensor, most(...u85Layer(target, tensor)) - sideBytes(target, tensor));
}

/** The size of weights whose streams take so many bytes. */
export function sizeWith(target: Target, tensor: WeightTensor, weightBytes: number): StoredSize {
  const coded = target.u85
    ? u85Coded(target.u85, tensor)
    : coreShares(tensor, target.engine!).reduce((sum, { ohwi, order }) => sum + brickElements(ohwi, order), 0);
  return sizeOf(target, tensor, weightBytes, coded, entropyBits(tensor.values));
}

/** The most of three layouts that are usual: no cut, a first part, many parts. */
function usualStreamBytes(target: Target, tensor: WeightTensor): number {
  const parts = new Map<string, number>();
  const partBytes = (from: number, to: number): number => {
    const key = `${from}-${to}`;
    if (!parts.has(key)) parts.set(key, streamsBytes(target, outputsOf(tensor, from, to)));
    return parts.get(key)!;
  };
  return Math.max(
    ...possibleCuts(tensor).map((cut) => cut.slice(1).reduce((sum, to, i) => sum + partBytes(cut[i]!, to), 0)),
  );
}

function flatSize(target: Target, tensor: WeightTensor): StoredSize {
  const coder = FLAT_CODERS[target.format as FlatFormat];
  let nonZeros = 0;
  for (const value of tensor.values) if (value !== 0) nonZeros++;
  const entropy = entropyBits(tensor.values);
  const weightBytes = coder.bytes({
    elements: tensor.values.length,
    nonZeros,
    bits: tensor.bits,
    entropyBits: entropy,
  });
  return sizeOf(target, tensor, weightBytes, tensor.values.length, entropy);
}

/** The parts of a stored size. */
export function sizeOf(
  target: Target,
  shape: Pick<WeightTensor, 'kind' | 'ohwi'>,
  weightBytes: number,
  codedElements: number,
  entropy: number,
): StoredSize {
  const [outputs, height, width, inputs] = shape.ohwi;
  const elements = outputs * height * width * inputs;
  const side = sideBytes(target, shape);
  return {
    totalBytes: weightBytes + side,
    weightBytes,
    sideBytes: side,
    entropyBytes: Math.ceil(entropy / 8),
    elements,
    codedElements,
  };
}

function check(target: Target, { kind, ohwi, values, bits }: WeightTensor): void {
  const elements = ohwi.reduce((product, size) => product * size, 1);
  if (ohwi.some((size) => !Number.isInteger(size) || size < 1))
    throw new RangeError(`shape ${ohwi.join('x')} (OHWI): every size must be a whole number of at least 1`);
  if (elements !== values.length)
    throw new RangeError(`shape ${ohwi.join('x')} (OHWI) has ${elements} weights, but ${values.length} are given`);
  if (kind === 'depthwise' && ohwi[3] !== 1)
    throw new RangeError(`shape ${ohwi.join('x')} (OHWI): a depthwise filter has one input channel`);
  if (kind === 'dense' && (ohwi[1] !== 1 || ohwi[2] !== 1))
    throw new RangeError(`shape ${ohwi.join('x')} (OHWI): a dense filter is 1x1`);
  if (!Number.isInteger(bits) || bits < 1)
    throw new RangeError(`${bits} bits: a bitwidth is a whole number of at least 1`);
  // The stream takes anything up to ±255, and an unsigned tensor less its zero-point needs 9 bits.
  if (target.format !== 'mlw') checkRange(values, bits);
}

/** @throws RangeError at the first value that so many bits do not hold */
export function checkRange(values: WeightTensor['values'], bits: number): void {
  const highest = 2 ** (bits - 1) - 1;
  const lowest = -(2 ** (bits - 1));
  const outside = values.findIndex((value) => value > highest || value < lowest);
  if (outside >= 0)
    throw new RangeError(`weight ${outside} is ${values[outside]}: ${bits} bits hold ${lowest}…${highest}`);
}
