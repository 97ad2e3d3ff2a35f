/** The order in which an Ethos-U55/U65 reads the weights of one operator, with the zeros that fill its bricks. */
import { roundUp } from '../../../base/round.ts';

export interface BrickOrder {
  readonly depthwise: boolean;
  /** Kernel elements innermost around micro-blocks of input channels; otherwise depth first. */
  readonly partKernel: boolean;
  readonly inputBits: 8 | 16;
  /** Output channels of a block: a multiple of the micro-block's depth. */
  readonly outputBlockDepth: number;
  readonly outputMicroDepth: number;
  readonly inputMicroDepth: number;
  /** Largest kernel height and width that is read at once: 8 / dilation. */
  readonly subKernel: { readonly height: number; readonly width: number };
}

/** OHWI; for depthwise the input depth is 1. */
export type Ohwi = readonly [number, number, number, number];

/** Position of the weight in row-major OHWI for each coded element, −1 for a zero that fills a brick. */
export function brickOrder(ohwi: Ohwi, order: BrickOrder): Int32Array {
  const out = new Int32Array(brickElements(ohwi, order));
  let length = 0;
  visitBricks(ohwi, order, (position) => {
    out[length++] = position;
  });
  return out;
}

/** Weights in the order of the stream, filled with zeros. `values` is row-major OHWI. */
export function reorder(values: Int8Array | Int16Array, ohwi: Ohwi, order: BrickOrder): Int16Array {
  const out = new Int16Array(brickElements(ohwi, order));
  let length = 0;
  visitBricks(ohwi, order, (position) => {
    if (position >= 0) out[length] = values[position]!;
    length++;
  });
  return out;
}

/** The inverse of `reorder`: row-major OHWI from the stream's order. */
export function restore(coded: Int16Array, ohwi: Ohwi, order: BrickOrder): Int16Array {
  const out = new Int16Array(ohwi[0] * ohwi[1] * ohwi[2] * ohwi[3]);
  let length = 0;
  visitBricks(ohwi, order, (position) => {
    if (position >= 0) out[position] = coded[length]!;
    length++;
  });
  return out;
}

/** Number of coded elements, padding included, without visiting them. */
export function brickElements(ohwi: Ohwi, order: BrickOrder): number {
  const [outputs, height, width, inputs] = ohwi;
  const { subKernel } = order;
  const step = kernelStep(order);
  let kernel = 0;
  for (let h = height; h > 0; h -= subKernel.height) {
    for (let w = width; w > 0; w -= subKernel.width)
      kernel += roundUp(Math.min(h, subKernel.height) * Math.min(w, subKernel.width), step);
  }
  const outputDepth = roundedParts(outputs, order.outputBlockDepth, order.outputMicroDepth);
  if (order.depthwise) return kernel * outputDepth;
  const inputBlock = inputBlockDepth(order);
  return kernel * outputDepth * roundedParts(inputs, inputBlock, order.partKernel ? order.inputMicroDepth : inputBlock);
}

/** `total` in parts of `size`, each rounded up to a multiple of `step`. */
function roundedParts(total: number, size: number, step: number): number {
  return Math.floor(total / size) * roundUp(size, step) + roundUp(total % size, step);
}

/** Kernel elements are coded in multiples of this. */
function kernelStep(order: BrickOrder): number {
  if (order.depthwise) return 4;
  return order.partKernel ? (order.inputBits === 16 ? 2 : 4) : 1;
}

function inputBlockDepth(order: BrickOrder): number {
  return order.partKernel || order.inputBits === 16 ? 16 : 32;
}

/** Depth-first bricks are as deep as an input block, whatever they hold. */
function paddedInputDepth(depth: number, order: BrickOrder): number {
  return roundUp(depth, order.partKernel ? order.inputMicroDepth : inputBlockDepth(order));
}

function visitBricks(ohwi: Ohwi, order: BrickOrder, visit: (position: number) => void): void {
  const [outputs, height, width, inputs] = ohwi;
  const { outputMicroDepth: outputMicro, subKernel } = order;
  const inputBlock = order.depthwise ? 1 : inputBlockDepth(order);
  const inputMicro = order.depthwise ? 1 : order.inputMicroDepth;
  const step = kernelStep(order);
  for (let outBlock = 0; outBlock < outputs; outBlock += order.outputBlockDepth) {
    const outDepth = Math.min(order.outputBlockDepth, outputs - outBlock);
    for (let inBlock = 0; inBlock < (order.depthwise ? 1 : inputs); inBlock += inputBlock) {
      const inDepth = order.depthwise ? 1 : paddedInputDepth(Math.min(inputBlock, inputs - inBlock), order);
      const outerInputs = order.partKernel ? inDepth : inputMicro;
      const innerInputs = order.partKernel ? inputMicro : inDepth;
      for (let y0 = 0; y0 < height; y0 += subKernel.height) {
        const subHeight = Math.min(subKernel.height, height - y0);
        for (let x0 = 0; x0 < width; x0 += subKernel.width) {
          const subWidth = Math.min(subKernel.width, width - x0);
          const elements = roundUp(subHeight * subWidth, step);
          for (let inOuter = 0; inOuter < outerInputs; inOuter += inputMicro) {
            for (let outMicro = 0; outMicro < outDepth; outMicro += outputMicro) {
              for (let element = 0; element < elements; element++) {
                const y = y0 + Math.floor(element / subWidth);
                const x = x0 + (element % subWidth);
                const inKernel = element < subHeight * subWidth;
                for (let inInner = 0; inInner < innerInputs; inInner += inputMicro) {
                  for (let o = 0; o < outputMicro; o++) {
                    const output = outBlock + outMicro + o;
                    for (let i = 0; i < inputMicro; i++) {
                      const input = inBlock + inOuter + inInner + i;
                      const inside = inKernel && output < outputs && input < inputs && outMicro + o < outDepth;
                      visit(inside ? ((output * height + y) * width + x) * inputs + input : -1);
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}
