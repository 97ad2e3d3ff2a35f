/** Shapes of a convolution, with the padding resolved. */
import type { ConvolutionOptions } from '../operators/conv.ts';

export interface Axis {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Zeros before the first element. */
  readonly before: number;
}

export interface Geometry {
  readonly images: number;
  readonly rows: Axis;
  readonly columns: Axis;
  readonly channels: number;
  /** Output channels: filters, or channels times depth multiplier. */
  readonly outChannels: number;
  readonly depthwise: boolean;
}

/** One axis with TensorFlow's padding rules. */
export function axis(input: number, kernel: number, stride: number, dilation: number, padding: 'same' | 'valid'): Axis {
  const extent = (kernel - 1) * dilation + 1;
  if (padding === 'valid')
    return {
      input,
      kernel,
      stride,
      dilation,
      before: 0,
      output: Math.max(0, Math.ceil((input - extent + 1) / stride)),
    };
  const output = Math.ceil(input / stride);
  return { input, kernel, stride, dilation, output, before: Math.max(0, (output - 1) * stride + extent - input) >> 1 };
}

/** @param x shape NHWC @param filter shape HWIO, or [h, w, channels, multiplier] where `depthwise` */
export function geometryOf(
  x: readonly number[],
  filter: readonly number[],
  { stride, dilation, padding }: ConvolutionOptions,
  depthwise: boolean,
): Geometry {
  const [images, height, width, channels] = x as [number, number, number, number];
  const [kh, kw, input, last] = filter as [number, number, number, number];
  if (input !== channels)
    throw new Error(
      `The filter [${filter.join(', ')}] takes ${input} channels, but x [${x.join(', ')}] has ${channels}.`,
    );
  const rows = axis(height, kh, stride[0], dilation[0], padding);
  const columns = axis(width, kw, stride[1], dilation[1], padding);
  if (rows.output < 1 || columns.output < 1)
    throw new Error(`The filter [${filter.join(', ')}] is larger than x [${x.join(', ')}] with padding 'valid'.`);
  return { images, rows, columns, channels, outChannels: depthwise ? channels * last : last, depthwise };
}

export const outputShape = ({ images, rows, columns, outChannels }: Geometry): number[] => [
  images,
  rows.output,
  columns.output,
  outChannels,
];
