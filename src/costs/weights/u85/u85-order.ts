/**
 * The order in which an Ethos-U85 reads the weights of one operator with 8-bit inputs, with the zeros that fill its
 * bricks.
 */
import type { Ohwi } from '../mlw/reorder.ts';
import type { Size2D } from '../../../network/types.ts';
import { roundUp } from '../../../base/round.ts';

export type Traversal = 'depth-first' | 'part-kernel' | 'depthwise';

export interface U85Order {
  readonly traversal: Traversal;
  /** Two of every four input channels are zero, and the engine skips them. */
  readonly sparse: boolean;
  /** Output channels of a block: a multiple of the micro-block's depth. */
  readonly blockDepth: number;
  readonly microDepth: number;
  /** Weight decoders: each reads every so many groups of four output channels of a micro-block. */
  readonly decoders: number;
  readonly depthwiseGap: number;
  readonly stride: Size2D;
  readonly dilation: Size2D;
}

/** Output channels that one decoder reads at a time. */
const GROUP = 4;
/** Largest kernel height and width that is read at once, dilated. */
const SUB_KERNEL = 8;

/** How a traversal reads: input channels of a block and of a row, and the multiple that kernel elements fill. */
interface Reading {
  readonly block: number;
  readonly row: number;
  readonly elements: number;
}

const READINGS: Readonly<Record<Traversal, Readonly<Record<'dense' | 'sparse', Reading>>>> = {
  'depth-first': { dense: { block: 64, row: 8, elements: 1 }, sparse: { block: 128, row: 16, elements: 1 } },
  'part-kernel': { dense: { block: 16, row: 8, elements: 5 }, sparse: { block: 16, row: 16, elements: 10 } },
  depthwise: { dense: { block: 1, row: 1, elements: 10 }, sparse: { block: 1, row: 1, elements: 10 } },
};

const readingOf = ({ traversal, sparse }: U85Order): Reading => READINGS[traversal][sparse ? 'sparse' : 'dense'];

/** Elements that are coded, padding included: of one decoder's stream, or of all together. */
export function u85Elements(ohwi: Ohwi, order: U85Order): { readonly stream: number; readonly all: number } {
  const [outputs, , , inputs] = ohwi;
  const reading = readingOf(order);
  let kernel = 0;
  for (const { elements } of subKernels(ohwi, order))
    kernel += elements.length + gaps(elements.length, reading, order).reduce((sum, gap) => sum + gap, 0);
  const all = kernel * roundUp(outputs, order.microDepth) * roundUp(inputs, reading.block);
  return { stream: all / order.decoders, all };
}

/** The weights of one decoder in the order of the standard format, zeros included. `values` is row-major OHWI. */
export function u85Stream(values: Int8Array | Int16Array, ohwi: Ohwi, order: U85Order, decoder: number): Int16Array {
  const out = new Int16Array(u85Elements(ohwi, order).stream);
  let length = 0;
  visit(ohwi, order, decoder, (position) => {
    if (position >= 0) out[length] = values[position]!;
    length++;
  });
  return out;
}

/** Position in row-major OHWI of each coded element of one decoder, −1 for a zero that fills a brick. */
export function u85Positions(ohwi: Ohwi, order: U85Order, decoder: number): Int32Array {
  const out = new Int32Array(u85Elements(ohwi, order).stream);
  let length = 0;
  visit(ohwi, order, decoder, (position) => {
    out[length++] = position;
  });
  return out;
}

/** All weights in the order of the fast format: the decoders' streams in turn, a brick of each. */
export function u85Interleaved(values: Int8Array | Int16Array, ohwi: Ohwi, order: U85Order): Int16Array {
  const streams = Array.from({ length: order.decoders }, (_, decoder) => u85Stream(values, ohwi, order, decoder));
  if (streams.length === 1) return streams[0]!;
  const { block, elements } = readingOf(order);
  const brick = (order.microDepth * block * elements) / order.decoders;
  const out = new Int16Array(streams.length * streams[0]!.length);
  let length = 0;
  for (let from = 0; from < streams[0]!.length; from += brick) {
    for (const stream of streams) {
      out.set(stream.subarray(from, from + brick), length);
      length += brick;
    }
  }
  return out;
}

interface KernelElement {
  readonly y: number;
  readonly x: number;
}
interface SubKernel {
  readonly elements: readonly KernelElement[];
}

/** The kernel in parts of at most 8 by 8 (dilated), columns of parts first. */
function subKernels([, height, width]: Ohwi, { traversal, stride, dilation }: U85Order): SubKernel[] {
  const step = { height: Math.floor(SUB_KERNEL / dilation.height), width: Math.floor(SUB_KERNEL / dilation.width) };
  const phases = traversal === 'depth-first' ? { height: 1, width: 1 } : stride;
  const parts: SubKernel[] = [];
  for (let x = 0; x < width; x += step.width) {
    for (let y = 0; y < height; y += step.height) {
      const size = { height: Math.min(step.height, height - y), width: Math.min(step.width, width - x) };
      parts.push({ elements: elementsOf(size, phases).map((element) => ({ y: y + element.y, x: x + element.x })) });
    }
  }
  return parts;
}

/**
 * Kernel elements by the phase of the stride that they belong to; in each phase row by row, every other row from right
 * to left.
 */
function elementsOf(size: Size2D, phases: Size2D): KernelElement[] {
  const found: KernelElement[] = [];
  for (let py = 0; py < phases.height; py++) {
    for (let px = 0; px < phases.width; px++) {
      const rows = Math.ceil((size.height - py) / phases.height);
      const columns = Math.ceil((size.width - px) / phases.width);
      for (let row = 0; row < rows; row++) {
        for (let k = 0; k < columns; k++)
          found.push({ y: py + row * phases.height, x: px + (row % 2 === 0 ? k : columns - 1 - k) * phases.width });
      }
    }
  }
  return found;
}

/**
 * Elements of zeros after each kernel element of a part: what fills the last brick, and what a depthwise stream has
 * after every ten.
 */
function gaps(count: number, { elements }: Reading, { traversal, depthwiseGap }: U85Order): number[] {
  const filled = roundUp(count, elements);
  return Array.from({ length: count }, (_, i) => {
    const left = filled - 1 - i;
    const gap = traversal === 'depthwise' && left % elements === 0 ? depthwiseGap : 0;
    return i < count - 1 || left === 0 ? gap : gap + left + (traversal === 'depthwise' ? depthwiseGap : 0);
  });
}

function visit(ohwi: Ohwi, order: U85Order, decoder: number, found: (position: number) => void): void {
  const [outputs, height, width, inputs] = ohwi;
  const { blockDepth, microDepth, decoders } = order;
  const reading = readingOf(order);
  const inBlocks = Math.ceil(inputs / reading.block);
  const parts = subKernels(ohwi, order).map(({ elements }) => ({
    elements,
    gaps: gaps(elements.length, reading, order),
  }));
  const share = (reading.block * microDepth) / decoders;
  for (let outBlock = 0, k = 0; outBlock < outputs; outBlock += blockDepth, k++) {
    const outEnd = Math.min(outputs, outBlock + blockDepth);
    for (let b = 0; b < inBlocks; b++) {
      // Every other block of outputs reads the input blocks backwards.
      const inBlock = (k % 2 === 0 ? b : inBlocks - 1 - b) * reading.block;
      for (const part of parts) {
        for (let outMicro = outBlock; outMicro < outEnd; outMicro += microDepth) {
          part.elements.forEach(({ y, x }, element) => {
            for (let row = 0; row < reading.block; row += reading.row) {
              for (let group = decoder * GROUP; group < microDepth; group += GROUP * decoders) {
                for (let o = outMicro + group; o < outMicro + group + GROUP; o++) {
                  for (let i = inBlock + row; i < inBlock + row + reading.row; i++) {
                    found(i < inputs && o < outputs ? ((o * height + y) * width + x) * inputs + i : -1);
                  }
                }
              }
            }
            for (let zero = part.gaps[element]! * share; zero > 0; zero--) found(-1);
          });
        }
      }
    }
  }
}
