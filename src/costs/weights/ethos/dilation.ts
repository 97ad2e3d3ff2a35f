/**
 * Filters as an Ethos-U stores them: its hardware spreads a filter by 1 or 2, and the compiler writes any larger
 * dilation out with zeros.
 * An even dilation keeps a 2 in hardware, which halves the zeros.
 */
import type { Size2D } from '../../../network/types.ts';
import type { WeightTensor } from '../../../targets/weight-tensor.ts';

const NONE: Size2D = { height: 1, width: 1 };

/** The dilation that the hardware applies to one side of a filter. */
function hardwareDilation(length: number, dilation: number): number {
  return length > 1 && dilation % 2 === 0 ? 2 : 1;
}

/** Filter elements of one side, zeros included, that are stored for `length` elements. */
function storedLength(length: number, dilation: number): number {
  return (length - 1) * (dilation / hardwareDilation(length, dilation)) + 1;
}

/** The kernel and the dilation (1 or 2 on each side) that the hardware gets for those of an operator. */
export function hardwareKernel(
  kernel: Size2D,
  dilation: Size2D = NONE,
): { readonly kernel: Size2D; readonly dilation: Size2D } {
  return {
    kernel: { height: storedLength(kernel.height, dilation.height), width: storedLength(kernel.width, dilation.width) },
    dilation: {
      height: hardwareDilation(kernel.height, dilation.height),
      width: hardwareDilation(kernel.width, dilation.width),
    },
  };
}

/** The shape that is stored for a filter shape: dilations of 1 or 2, larger ones written out. */
export function hardwareShape<T extends Pick<WeightTensor, 'ohwi' | 'dilation'>>(
  shape: T,
): T & { readonly dilation: Size2D } {
  const [outputs, height, width, inputs] = shape.ohwi;
  const { kernel, dilation } = hardwareKernel({ height, width }, shape.dilation);
  return { ...shape, ohwi: [outputs, kernel.height, kernel.width, inputs], dilation };
}

/** The weights that are stored for a tensor, larger dilations written out with zeros. */
export function hardwareTensor(tensor: WeightTensor): WeightTensor {
  const stored = hardwareShape(tensor);
  const [outputs, height, width, inputs] = tensor.ohwi;
  const [, tall, wide] = stored.ohwi;
  if (tall === height && wide === width) return stored;
  const values = new Int16Array(outputs * tall * wide * inputs);
  const [down, across] = [height > 1 ? (tall - 1) / (height - 1) : 1, width > 1 ? (wide - 1) / (width - 1) : 1];
  let from = 0;
  for (let o = 0; o < outputs; o++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, from += inputs)
        values.set(tensor.values.subarray(from, from + inputs), ((o * tall + y * down) * wide + x * across) * inputs);
    }
  }
  return { ...stored, values };
}
