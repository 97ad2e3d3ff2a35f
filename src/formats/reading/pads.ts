/** Explicit padding of a file against what a definition can say: `same` or `valid`. */
import type { MapPadding } from '../../integer/integer-network.ts';
import type { Padding, Size2D } from '../../network/types.ts';

export interface Window {
  readonly kernel: Size2D;
  readonly stride: Size2D;
  readonly dilation: Size2D;
}

/** What TensorFlow's SAME adds to a map of `size`: the odd one out goes below and to the right. */
export function samePadding(size: Size2D, { kernel, stride, dilation }: Window): MapPadding {
  const along = (side: 'height' | 'width'): [number, number] => {
    const total = Math.max(
      0,
      (Math.ceil(size[side] / stride[side]) - 1) * stride[side] + (kernel[side] - 1) * dilation[side] + 1 - size[side],
    );
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  };
  const [top, bottom] = along('height'),
    [left, right] = along('width');
  return { top, bottom, left, right };
}

export const samePads = (a: MapPadding, b: MapPadding): boolean =>
  a.top === b.top && a.bottom === b.bottom && a.left === b.left && a.right === b.right;

export const padText = ({ top, bottom, left, right }: MapPadding): string =>
  `${top} above, ${bottom} below, ${left} left, ${right} right`;

/** One padding around another. */
export const addPads = (a: MapPadding, b: MapPadding): MapPadding => ({
  top: a.top + b.top,
  bottom: a.bottom + b.bottom,
  left: a.left + b.left,
  right: a.right + b.right,
});

export interface DefinedPadding {
  readonly padding: Padding;
  /** Where `padding` is not what the file does. */
  readonly pads?: MapPadding;
}

/** Takes what is to be said of a layer whose padding a definition has otherwise, or not at all. */
export interface PaddingNotes {
  readonly note: (text: string) => void;
  readonly obstacle: (problem: string) => void;
}

/** How a definition pads a window over a map of `size` that the file pads by `pads` to an output of `outSize`. */
export function definedPadding(
  size: Size2D,
  outSize: Size2D,
  window: Window,
  pads: MapPadding,
  { note, obstacle }: PaddingNotes,
): DefinedPadding {
  const same = samePadding(size, window);
  if (samePads(pads, same)) return { padding: 'same' };
  if (pads.top + pads.bottom + pads.left + pads.right === 0) return { padding: 'valid' };
  const asLarge =
    Math.ceil(size.height / window.stride.height) === outSize.height &&
    Math.ceil(size.width / window.stride.width) === outSize.width;
  if (asLarge)
    note(
      `a padding of ${padText(pads)}; a definition has \`padding: same\`, which adds ${padText(same)}: the same size, windows that begin elsewhere`,
    );
  else
    obstacle(
      `a padding of ${padText(pads)}: a definition has \`padding: same\` (${padText(same)} here) or \`valid\` (none)`,
    );
  return { padding: asLarge ? 'same' : 'valid', pads };
}
