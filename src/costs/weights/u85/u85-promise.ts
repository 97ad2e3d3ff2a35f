/** The most that Vela may store for the weights of one operator on an Ethos-U85, and the streams of its uncut layer. */
import { hardwareTensor } from '../ethos/dilation.ts';
import { encodeStream, streamBytes, zerosInRuns } from '../mlw/encode-stream.ts';
import type { Ohwi } from '../mlw/reorder.ts';
import { concatenate } from '../ethos/streams.ts';
import type { StreamEncoder, WeightTensor } from '../../../targets/weight-tensor.ts';
import { encodeFast, fastBytes } from './fast-format.ts';
import type { U85Engine } from '../../../targets/u85-engine.ts';
import { formatsOf, type CodedLayer, type FormatChoice } from './u85-formats.ts';
import { DEPTH_STEP, deepestMicro, isSparse24, microDepth, orderOf, u85SideBytes } from './u85-layouts.ts';
import { u85Elements, u85Interleaved, u85Stream, type U85Order } from './u85-order.ts';

export interface U85Promise {
  /** Streams, scales and alignment: no layout of the compiler's takes more. */
  readonly totalBytes: number;
  /** Elements of the deepest micro-block's layout, padding included. */
  readonly codedElements: number;
}

/** Weights as they are ordered: those of a layer, or of some of its output channels. */
interface Part {
  readonly tensor: WeightTensor;
  readonly order: U85Order;
}

/**
 * Which layouts are looked at: depths of blocks that split a layer, and the dearest of its cuts, where `bytesOf` tells
 * the bytes of a part.
 */
interface Layouts {
  readonly depths: (part: Part) => number[];
  readonly worst: (whole: Part, bytesOf: BytesOf) => number;
}

type MayBeCut = (bytes: number) => boolean;
type BytesOf = (part: Part, outputs: number) => number;

/**
 * A part is at most as long as this, in bricks of output channels, or as UNITS divided by the layer's length in units
 * of 16 channels.
 */
const LONGEST_PART = 2;
const UNITS = 64;
/** Longer parts that are looked at are multiples of this. */
const LONG_STEP = 128;

/** The streams of the uncut layer as the compiler orders it for the whole output, one after another. */
export function u85Bytes(engine: U85Engine, logical: WeightTensor, encoder: StreamEncoder): Uint8Array {
  const tensor = hardwareTensor(logical);
  const whole: Part = { tensor, order: orderOf(engine, tensor, false, microDepth(engine, tensor)) };
  if (formatsFor(engine, [coded(whole, encoder)], tensor).standard)
    return concatenate(streamsOf(whole).map((stream) => encodeStream(stream, encoder)));
  return encodeFast(u85Interleaved(tensor.values, tensor.ohwi, whole.order), false);
}

/**
 * The most that one operator takes: over micro-blocks, sparse and dense orders, both formats, the blocks of the uncut
 * layer, and cuts of its output channels.
 * Output that is computed in strips has the micro-block of the strip, and is not cut. `perChannel`: bytes of a scale.
 * `mayBeCut`: may the compiler cut the layer if its uncut streams take so many bytes?
 */
export function u85Promise(
  engine: U85Engine,
  logical: WeightTensor,
  perChannel: number,
  encoder: StreamEncoder,
  mayBeCut: MayBeCut = () => true,
): U85Promise {
  return mostOver(ALL, engine, logical, perChannel, encoder, mayBeCut);
}

/**
 * `u85Promise` over two usual layouts of each micro-block: no cut, and parts as short as they get. At most a few per
 * cent less, several times as fast.
 */
export function u85Quick(
  engine: U85Engine,
  logical: WeightTensor,
  perChannel: number,
  encoder: StreamEncoder,
  mayBeCut: MayBeCut = () => true,
): U85Promise {
  return mostOver(USUAL, engine, logical, perChannel, encoder, mayBeCut);
}

function mostOver(
  layouts: Layouts,
  engine: U85Engine,
  logical: WeightTensor,
  perChannel: number,
  encoder: StreamEncoder,
  mayBeCut: MayBeCut,
): U85Promise {
  const tensor = hardwareTensor(logical);
  const [own, deepest] = [microDepth(engine, tensor), deepestMicro(engine, tensor)];
  let totalBytes = 0;
  for (const sparse of isSparse24(tensor) ? [false, true] : [false]) {
    for (const micro of new Set([own, deepest])) {
      totalBytes = Math.max(
        totalBytes,
        mostFor(
          layouts,
          engine,
          { tensor, order: orderOf(engine, tensor, sparse, micro) },
          micro === own ? mayBeCut : () => false,
          perChannel,
          encoder,
        ),
      );
    }
  }
  return { totalBytes, codedElements: u85Elements(tensor.ohwi, orderOf(engine, tensor, false, deepest)).all };
}

function mostFor(
  layouts: Layouts,
  engine: U85Engine,
  whole: Part,
  mayBeCut: MayBeCut,
  perChannel: number,
  encoder: StreamEncoder,
): number {
  const { tensor, order } = whole;
  const side = (outputs: number): number => u85SideBytes(outputs, order.microDepth, perChannel);
  const first = coded(whole, encoder);
  const layers = [
    first,
    ...layouts.depths(whole).map((blockDepth) => coded({ tensor, order: { ...order, blockDepth } }, encoder)),
  ];
  const formats = formatsFor(engine, layers, tensor);
  const fast = fastBytes(first.elements, first.distinct, order.sparse);
  const cuts = mayBeCut(Math.min(fast, ...layers.map(({ bytes }) => bytes)));
  let most = 0;
  if (formats.standard) {
    // Parts are encoded as one block each; what other blocks add to the whole is added to them.
    const blocks = Math.max(...layers.map(({ bytes }) => bytes)) - first.bytes;
    const bytesOf = (part: Part): number =>
      part === whole ? first.bytes : streamsOf(part).reduce((sum, stream) => sum + streamBytes(stream, encoder), 0);
    most =
      blocks +
      (cuts
        ? layouts.worst(whole, (part, outputs) => side(outputs) + bytesOf(part))
        : side(tensor.ohwi[0]) + first.bytes);
  }
  if (formats.fast) {
    const bytesOf = (part: Part): number =>
      fastBytes(u85Elements(part.tensor.ohwi, order).all, distinctOf(streamsOf(part)), order.sparse);
    most = Math.max(
      most,
      cuts ? layouts.worst(whole, (part, outputs) => side(outputs) + bytesOf(part)) : side(tensor.ohwi[0]) + fast,
    );
  }
  return most;
}

function formatsFor(engine: U85Engine, layers: readonly CodedLayer[], { kind }: WeightTensor): FormatChoice {
  if (kind === 'depthwise') return { standard: true, fast: false };
  const choices = layers.map((layer) => formatsOf(engine, layer));
  return { standard: choices.some(({ standard }) => standard), fast: choices.some(({ fast }) => fast) };
}

/** Depths of blocks that split a layer. */
function blockDepths({
  tensor: {
    ohwi: [outputs],
  },
  order: { microDepth: micro },
}: Part): number[] {
  const step = Math.max(DEPTH_STEP, micro);
  return Array.from({ length: Math.ceil(outputs / step) - 1 }, (_, k) => (k + 1) * step);
}

/** Output channels [from, to) of a layer. */
function outputsOf(part: Part, from: number, to: number): Part {
  const { tensor, order } = part;
  if (from === 0 && to === tensor.ohwi[0]) return part;
  const [, height, width, inputs] = tensor.ohwi;
  const filter = height * width * inputs;
  const ohwi: Ohwi = [to - from, height, width, inputs];
  return { order, tensor: { ...tensor, ohwi, values: tensor.values.subarray(from * filter, to * filter) } };
}

/**
 * The dearest way to cut the output channels: a first part of a multiple of 16, then parts of whole micro-blocks.
 * In layers of more than 128 channels most of the longest parts are left out (docs/targets.md): there a promise may be
 * short.
 */
function worstParts(whole: Part, bytesOf: BytesOf): number {
  const outputs = whole.tensor.ohwi[0];
  const ends = Array.from({ length: Math.ceil(outputs / DEPTH_STEP) }, (_, k) => k * DEPTH_STEP);
  ends.push(outputs);
  const last = ends.length - 1;
  const step = Math.max(1, whole.order.microDepth / DEPTH_STEP);
  const longest = Math.max(LONGEST_PART, Math.floor(UNITS / last));
  const worst = new Float64Array(ends.length);
  for (let j = 1; j <= last; j++) {
    for (let i = j - 1; i >= 0; i--) {
      if ((j - i > longest * step && j - i < last) || ((j - i) % step > 0 && i > 0 && j < last)) continue;
      worst[j] = Math.max(worst[j]!, worst[i]! + bytesOf(outputsOf(whole, ends[i]!, ends[j]!), ends[j]! - ends[i]!));
    }
  }
  return longest * step < last ? Math.max(worst[last]!, longParts(whole, bytesOf)) : worst[last]!;
}

/**
 * The dearest of usual cuts in long parts: a first part of 16, 32, 64, … channels, then equal parts of a multiple of
 * 128.
 */
function longParts(whole: Part, bytesOf: BytesOf): number {
  const outputs = whole.tensor.ohwi[0];
  let most = 0;
  for (let first = DEPTH_STEP; first < outputs; first *= 2) {
    for (let length = LONG_STEP; length < outputs; length += LONG_STEP) {
      let bytes = bytesOf(outputsOf(whole, 0, first), first);
      for (let from = first; from < outputs; from += length) {
        const to = Math.min(outputs, from + length);
        bytes += bytesOf(outputsOf(whole, from, to), to - from);
      }
      most = Math.max(most, bytes);
    }
  }
  return most;
}

/** The dearer of the whole layer and a first part of 16 channels with parts as short as they get. */
function usualParts(whole: Part, bytesOf: BytesOf): number {
  const outputs = whole.tensor.ohwi[0];
  let parts = 0;
  for (
    let from = 0, size = DEPTH_STEP;
    from < outputs;
    from += size, size = Math.max(DEPTH_STEP, whole.order.microDepth)
  ) {
    const to = Math.min(outputs, from + size);
    parts += bytesOf(outputsOf(whole, from, to), to - from);
  }
  return outputs <= DEPTH_STEP ? parts : Math.max(parts, bytesOf(whole, outputs));
}

const ALL: Layouts = { depths: blockDepths, worst: worstParts };
const USUAL: Layouts = { depths: () => [], worst: usualParts };

function streamsOf({ tensor, order }: Part): Int16Array[] {
  return Array.from({ length: order.decoders }, (_, decoder) => u85Stream(tensor.values, tensor.ohwi, order, decoder));
}

function coded(part: Part, encoder: StreamEncoder): CodedLayer {
  const streams = streamsOf(part);
  return {
    elements: streams.length * streams[0]!.length,
    bytes: streams.reduce((sum, stream) => sum + streamBytes(stream, encoder), 0),
    zerosInRuns: streams.reduce((sum, stream) => sum + zerosInRuns(stream, encoder), 0),
    distinct: distinctOf(streams),
    sparse: part.order.sparse,
  };
}

function distinctOf(streams: readonly Int16Array[]): number {
  const seen = new Set<number>();
  for (const stream of streams) for (const weight of stream) seen.add(weight);
  return seen.size;
}
