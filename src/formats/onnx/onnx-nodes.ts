/** Attributes and shapes of ONNX nodes. */
import type { MapPadding } from '../../integer/integer-network.ts';
import type { Size2D } from '../../network/types.ts';
import { possibleWindow } from '../reading/plausible.ts';
import { samePadding, type Window } from '../reading/pads.ts';
import type { ReadAttribute, ReadNode } from './onnx-messages.ts';

const attribute = ({ attribute: all }: ReadNode, name: string): ReadAttribute | undefined =>
  all.find((one) => one.name === name);

export const integer = (node: ReadNode, name: string, otherwise: number): number =>
  attribute(node, name)?.i ?? otherwise;
export const real = (node: ReadNode, name: string, otherwise: number): number => attribute(node, name)?.f ?? otherwise;
export const integers = (node: ReadNode, name: string): readonly number[] | undefined => {
  const found = attribute(node, name)?.ints;
  return found && found.length > 0 ? found : undefined;
};
export const word = (node: ReadNode, name: string): string =>
  new TextDecoder().decode(attribute(node, name)?.s ?? new Uint8Array(0));
export const tensor = (node: ReadNode, name: string): ReadAttribute['t'] => attribute(node, name)?.t;

/** Height and width of a list of one (width alone) or two. */
const pair = (values: readonly number[] | undefined): Size2D =>
  values === undefined
    ? { height: 1, width: 1 }
    : values.length > 1
      ? { height: values[0]!, width: values[1]! }
      : { height: 1, width: values[0]! };

export const windowOf = (node: ReadNode, kernel: readonly number[] | undefined): Window =>
  possibleWindow({
    kernel: pair(integers(node, 'kernel_shape') ?? kernel),
    stride: pair(integers(node, 'strides')),
    dilation: pair(integers(node, 'dilations')),
  });

const NONE: MapPadding = { top: 0, bottom: 0, left: 0, right: 0 };

/** What a node pads a map by: [begins, ends], or as `auto_pad` says. */
export function padsOf(node: ReadNode, size: Size2D, window: Window): MapPadding {
  const kind = word(node, 'auto_pad');
  if (kind === 'SAME_UPPER') return samePadding(size, window);
  if (kind === 'SAME_LOWER') {
    const { top, bottom, left, right } = samePadding(size, window);
    return { top: bottom, bottom: top, left: right, right: left };
  }
  return amounts(integers(node, 'pads'));
}

/** [begins, ends] of one or two spatial axes. */
export function amounts(pads: readonly number[] | undefined): MapPadding {
  if (pads?.length === 2) return { ...NONE, left: pads[0]!, right: pads[1]! };
  return pads?.length === 4 ? { top: pads[0]!, left: pads[1]!, bottom: pads[2]!, right: pads[3]! } : NONE;
}

/** Output size of a window over a padded map; `up`: positions that are not whole count too. */
export function outputSize(
  size: Size2D,
  { kernel, stride, dilation }: Window,
  { top, bottom, left, right }: MapPadding,
  up = false,
): Size2D {
  const round = up ? Math.ceil : Math.floor;
  const along = (length: number, k: number, s: number, d: number): number =>
    Math.max(1, round((length - (k - 1) * d - 1) / s) + 1);
  return {
    height: along(size.height + top + bottom, kernel.height, stride.height, dilation.height),
    width: along(size.width + left + right, kernel.width, stride.width, dilation.width),
  };
}
