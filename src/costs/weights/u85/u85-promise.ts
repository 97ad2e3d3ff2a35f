/** The most that Vela may store for the weights of one operator on an Ethos-U85, and the streams of its uncut layer. */
import { hardwareTensor } from '../ethos/dilation.ts';
import { encodeStream, streamBytes, zerosInRuns } from '../mlw/encode-stream.ts';
import type { Ohwi } from '../mlw/reorder.ts';
import { concatenate } from '../ethos/streams.ts';
import type { StreamEncoder, WeightTensor } from '../../../targets/weight-tensor.ts';
import { encodeFast, fastBytes } from './fast-format.ts';
import type { U85Engine } from '../../../targets/u85-engine.ts';
import type { CutForm } from '../ethos/copy-trial.ts';
import { usualParts, worstParts, type BytesOf, type CutLayer } from './u85-cuts.ts';
import { formatsOf, type CodedLayer, type FormatChoice } from './u85-formats.ts';
import { DEPTH_STEP, deepestMicro, isSparse24, microDepth, orderOf, stripDepths, u85SideBytes } from './u85-layouts.ts';
import { u85Elements, u85Interleaved, u85Stream, type U85Order } from './u85-order.ts';

/** What `u85Promise` is the most of: streams, scales and alignment of each. */
export interface U85Bounds {
  /** No cut, in the micro-block for the whole output; no more than its streams take without scales, and the most. */
  readonly least: number;
  readonly uncut: number;
  /** Computed in strips. */
  readonly strips: number;
  readonly cut: number;
  /** The streams that it may be cut into. */
  readonly forms: readonly CutForm[];
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
  readonly worst: (layer: CutLayer, bytesOf: BytesOf) => number;
}

type MayBeCut = (bytes: number) => boolean;

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
): number {
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
): number {
  return mostOver(USUAL, engine, logical, perChannel, encoder, mayBeCut);
}

/** The bounds of a layer for the network that it stands in, which decides whether it is cut or runs in strips. */
export function u85Bounds(
  engine: U85Engine,
  logical: WeightTensor,
  perChannel: number,
  encoder: StreamEncoder,
  mayBeCut: MayBeCut = () => true,
): U85Bounds {
  return boundsOver(ALL, engine, logical, perChannel, encoder, mayBeCut);
}

function mostOver(...of: Parameters<typeof boundsOver>): number {
  const { uncut, strips, cut } = boundsOver(...of);
  return Math.max(uncut, strips, cut);
}

/** Elements of the deepest micro-block's layout, padding included. */
export function u85Coded(engine: U85Engine, logical: WeightTensor): number {
  const tensor = hardwareTensor(logical);
  return u85Elements(tensor.ohwi, orderOf(engine, tensor, false, deepestMicro(engine, tensor))).all;
}

function boundsOver(
  layouts: Layouts,
  engine: U85Engine,
  logical: WeightTensor,
  perChannel: number,
  encoder: StreamEncoder,
  mayBeCut: MayBeCut,
): U85Bounds {
  const tensor = hardwareTensor(logical);
  const own = microDepth(engine, tensor);
  const sparse24 = isSparse24(tensor);
  const found = { least: Infinity, uncut: 0, strips: 0, cut: 0, forms: [] as CutForm[] };
  for (const sparse of sparse24 ? [false, true] : [false]) {
    for (const micro of new Set([own, ...stripDepths(engine, tensor)])) {
      const whole = { tensor, order: orderOf(engine, tensor, sparse, micro) };
      const { least, uncut, cut, forms } = mostFor(
        layouts,
        engine,
        whole,
        micro === own ? mayBeCut : () => false,
        perChannel,
        encoder,
      );
      if (micro === own) {
        found.least = Math.min(found.least, least);
        found.uncut = Math.max(found.uncut, uncut);
        found.cut = Math.max(found.cut, cut);
        found.forms.push(...forms);
      }
      found.strips = Math.max(found.strips, uncut);
    }
  }
  return found;
}

function mostFor(
  layouts: Layouts,
  engine: U85Engine,
  whole: Part,
  mayBeCut: MayBeCut,
  perChannel: number,
  encoder: StreamEncoder,
): Pick<U85Bounds, 'least' | 'uncut' | 'cut' | 'forms'> {
  const { tensor, order } = whole;
  const side = (outputs: number): number => u85SideBytes(outputs, order.microDepth, perChannel);
  const first = coded(whole, encoder);
  const layers = [
    first,
    ...layouts.depths(whole).map((blockDepth) => coded({ tensor, order: { ...order, blockDepth } }, encoder)),
  ];
  const formats = formatsFor(engine, layers, tensor);
  const fast = fastBytes(first.elements, first.distinct, order.sparse);
  const least = Math.min(fast, ...layers.map(({ bytes }) => bytes));
  const cuts = mayBeCut(least);
  let uncut = 0;
  let cut = 0;
  const forms: CutForm[] = [];
  /** Takes the dearest cut, if there are any: its parts take so many bytes, and so many more for the whole. */
  const tryCuts = (streams: (part: Part) => number, more: number, fast: boolean): void => {
    const known = new Map<string, number>();
    const bytes: BytesOf = (from, to) => {
      const key = `${from},${to}`;
      if (!known.has(key)) known.set(key, side(to - from) + streams(outputsOf(whole, from, to)));
      return known.get(key)!;
    };
    const layer = { outputs: tensor.ohwi[0], microDepth: order.microDepth };
    if (cuts) cut = Math.max(cut, more + layouts.worst(layer, bytes));
    forms.push({ bytes, more, weights: tensor.values.length, sparse: order.sparse, fast });
  };
  if (formats.standard) {
    // Parts are encoded as one block each; what other blocks add to the whole is added to them.
    const blocks = Math.max(...layers.map(({ bytes }) => bytes)) - first.bytes;
    uncut = blocks + side(tensor.ohwi[0]) + first.bytes;
    const streams = (part: Part): number =>
      part === whole ? first.bytes : streamsOf(part).reduce((sum, stream) => sum + streamBytes(stream, encoder), 0);
    tryCuts(streams, blocks, false);
  }
  if (formats.fast) {
    uncut = Math.max(uncut, side(tensor.ohwi[0]) + fast);
    const streams = (part: Part): number =>
      fastBytes(u85Elements(part.tensor.ohwi, order).all, distinctOf(streamsOf(part)), order.sparse);
    tryCuts(streams, 0, true);
  }
  return { least, uncut, cut, forms };
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
