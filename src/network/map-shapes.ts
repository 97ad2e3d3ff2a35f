/** Spatial sizes of windows (convolutions and pooling). */

import type { Padding, Size2D } from './types.ts';

export interface Window {
  readonly kernel: Size2D;
  readonly stride: Size2D;
  readonly dilation: Size2D;
  readonly padding: Padding;
}

export const ONE: Size2D = { height: 1, width: 1 };

export function sameSize(a: Size2D, b: Size2D): boolean {
  return a.height === b.height && a.width === b.width;
}

/** '3x5' (height x width). */
export function sizeText({ height, width }: Size2D): string {
  return `${height}x${width}`;
}

/** Extent of a dilated kernel in one dimension. */
function extent(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

function outExtent(input: number, kernel: number, stride: number, dilation: number, padding: Padding): number {
  return padding === 'same' ? Math.ceil(input / stride) : Math.floor((input - extent(kernel, dilation)) / stride) + 1;
}

/** Output size of a window over an input; zero or negative where a `valid` window does not fit. */
export function windowOutput(input: Size2D, { kernel, stride, dilation, padding }: Window): Size2D {
  return {
    height: outExtent(input.height, kernel.height, stride.height, dilation.height, padding),
    width: outExtent(input.width, kernel.width, stride.width, dilation.width, padding),
  };
}

function leadingPad(input: number, kernel: number, stride: number, dilation: number): number {
  const total = (Math.ceil(input / stride) - 1) * stride + extent(kernel, dilation) - input;
  return Math.max(0, total) >> 1;
}

/**
 * Padding rows above and columns left of the input, as TensorFlow Lite places them: with `same`, the smaller half goes
 * first.
 */
export function leadingPadding(input: Size2D, { kernel, stride, dilation, padding }: Window): Size2D {
  if (padding === 'valid') return { height: 0, width: 0 };
  return {
    height: leadingPad(input.height, kernel.height, stride.height, dilation.height),
    width: leadingPad(input.width, kernel.width, stride.width, dilation.width),
  };
}

/**
 * Does the `inner` kernel read exactly the pixels that the centre of the `outer` kernel reads, at every output position
 * (`same` padding)?
 */
export function isCentreCrop(input: Size2D, outer: Window, inner: Size2D): boolean {
  const outerPad = leadingPadding(input, outer);
  const innerPad = leadingPadding(input, { ...outer, kernel: inner });
  const rows = (outer.kernel.height - inner.height) * outer.dilation.height;
  const columns = (outer.kernel.width - inner.width) * outer.dilation.width;
  return outerPad.height - innerPad.height === rows / 2 && outerPad.width - innerPad.width === columns / 2;
}
