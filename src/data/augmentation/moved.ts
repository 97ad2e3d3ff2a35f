/** A picture moved within its frame. */
import type { Frame } from './augmentation.ts';

/**
 * Each pixel becomes the one so many rows below and columns to the right of it; what comes from beyond the border is a
 * stored zero.
 */
export function moved(picture: Float32Array, { shape, outside }: Frame, rows: number, columns: number): void {
  if (rows === 0 && columns === 0) return;
  const { height, width, channels } = shape;
  const before = picture.slice();
  for (let row = 0; row < height; row++) {
    const fromRow = row + rows;
    for (let column = 0; column < width; column++) {
      const fromColumn = column + columns;
      const inside = fromRow >= 0 && fromRow < height && fromColumn >= 0 && fromColumn < width;
      const from = (fromRow * width + fromColumn) * channels;
      const to = (row * width + column) * channels;
      for (let c = 0; c < channels; c++) picture[to + c] = inside ? before[from + c]! : outside[c]!;
    }
  }
}

/** A whole number from −most to most, each as likely. */
export const upTo = (most: number, random: { integer(n: number): number }): number =>
  random.integer(2 * most + 1) - most;
