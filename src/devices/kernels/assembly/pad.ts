/** Copies images into scratch memory with a border of zeros, so that no convolution loop tests for borders. */

/**
 * Writes `images` NHWC images of [height][width][channels] as [paddedHeight][paddedWidth][channels · repeat], `top` rows and `left` columns of zeros first.
 * What lies outside the padded size is dropped. `repeat` writes each channel so many times in a row (depth multiplier).
 */
export function padImages(source: usize, target: usize, images: i32, height: i32, width: i32, channels: i32, top: i32, left: i32, paddedHeight: i32, paddedWidth: i32, repeat: i32): void {
  const pixel: usize = channels * repeat * 4;
  const row: usize = paddedWidth * pixel;
  const columns = min(width, paddedWidth - left);
  const before: usize = left * pixel;
  const inside: usize = max(columns, 0) * pixel;
  for (let n = 0; n < images; ++n) {
    for (let y = 0; y < paddedHeight; ++y) {
      const from = y - top;
      if (from < 0 || from >= height || columns <= 0) {
        memory.fill(target, 0, row);
      } else {
        if (before > 0) memory.fill(target, 0, before);
        const line = source + <usize>((n * height + from) * width * channels * 4);
        if (repeat == 1) memory.copy(target + before, line, inside);
        else repeatChannels(line, target + before, columns * channels, repeat);
        if (row > before + inside) memory.fill(target + before + inside, 0, row - before - inside);
      }
      target += row;
    }
  }
}

function repeatChannels(source: usize, target: usize, count: i32, repeat: i32): void {
  for (let i = 0; i < count; ++i) {
    const value = f32.load(source);
    source += 4;
    for (let r = 0; r < repeat; ++r) {
      f32.store(target, value);
      target += 4;
    }
  }
}
