/** Depthwise convolution: tiles of 4 pixels by 8 channels over a list of taps, and the gradient to its filter. */
import { fma } from './simd';
import { GRID_HEIGHT, GRID_WIDTH, IN_PIXEL, IN_ROW, OUT_OFFSET, TAP_COUNT, TAPS } from './conv';
import { word } from './taps';

const TILE_PIXELS = 4;

/** All outputs of a phase for a group of images. Each tap is two words: byte offset in the input, byte offset of its channel vector in the weights. */
export function depthwisePhase(phase: usize, source: usize, imageBytes: i32, target: usize, weights: usize, images: i32, channels: i32, outImage: i32, outRow: i32, outPixel: i32, pointers: usize): void {
  const gridHeight = word(phase, GRID_HEIGHT), gridWidth = word(phase, GRID_WIDTH), inRow = word(phase, IN_ROW), inPixel = word(phase, IN_PIXEL);
  const taps: usize = word(phase, TAPS);
  const end = taps + (word(phase, TAP_COUNT) << 3);
  const pixels = images * gridHeight * gridWidth;
  target += word(phase, OUT_OFFSET);
  let image = 0, row = 0, column = 0;
  let input = source, output = target;
  for (let pixel = 0; pixel < pixels; pixel += TILE_PIXELS) {
    const live = min(pixels - pixel, TILE_PIXELS);
    for (let r = 0; r < live; ++r) {
      i32.store(pointers + (r << 2), <i32>input);
      i32.store(pointers + (r << 2), <i32>output, 16);
      input += inPixel;
      output += outPixel;
      if (++column < gridWidth) continue;
      column = 0;
      if (++row == gridHeight) {
        row = 0;
        ++image;
      }
      input = source + <usize>(image * imageBytes + row * inRow);
      output = target + <usize>(image * outImage + row * outRow);
    }
    // A short last tile computes its last pixel again, and stores the same values again.
    for (let r = live; r < TILE_PIXELS; ++r) {
      i32.store(pointers + (r << 2), i32.load(pointers + ((live - 1) << 2)));
      i32.store(pointers + (r << 2), i32.load(pointers + ((live - 1) << 2), 16), 16);
    }
    let channel = 0;
    for (; channel + 8 <= channels; channel += 8) tile8(pointers, taps, end, weights, channel << 2);
    for (; channel + 4 <= channels; channel += 4) tile4(pointers, taps, end, weights, channel << 2);
    for (; channel < channels; ++channel) tile1(pointers, taps, end, weights, channel << 2);
  }
}

function tile8(pointers: usize, taps: usize, end: usize, weights: usize, at: usize): void {
  const zero = f32x4.splat(0);
  let a0 = zero, a1 = zero, a2 = zero, a3 = zero, b0 = zero, b1 = zero, b2 = zero, b3 = zero;
  const x0: usize = i32.load(pointers) + at, x1: usize = i32.load(pointers, 4) + at, x2: usize = i32.load(pointers, 8) + at, x3: usize = i32.load(pointers, 12) + at;
  weights += at;
  for (let tap = taps; tap < end; tap += 8) {
    const offset: usize = i32.load(tap);
    const w = weights + i32.load(tap, 4);
    const w0 = v128.load(w), w1 = v128.load(w, 16);
    const p0 = x0 + offset, p1 = x1 + offset, p2 = x2 + offset, p3 = x3 + offset;
    a0 = fma(v128.load(p0), w0, a0);
    b0 = fma(v128.load(p0, 16), w1, b0);
    a1 = fma(v128.load(p1), w0, a1);
    b1 = fma(v128.load(p1, 16), w1, b1);
    a2 = fma(v128.load(p2), w0, a2);
    b2 = fma(v128.load(p2, 16), w1, b2);
    a3 = fma(v128.load(p3), w0, a3);
    b3 = fma(v128.load(p3, 16), w1, b3);
  }
  let out: usize = i32.load(pointers, 16) + at;
  v128.store(out, a0);
  v128.store(out, b0, 16);
  out = i32.load(pointers, 20) + at;
  v128.store(out, a1);
  v128.store(out, b1, 16);
  out = i32.load(pointers, 24) + at;
  v128.store(out, a2);
  v128.store(out, b2, 16);
  out = i32.load(pointers, 28) + at;
  v128.store(out, a3);
  v128.store(out, b3, 16);
}

function tile4(pointers: usize, taps: usize, end: usize, weights: usize, at: usize): void {
  const zero = f32x4.splat(0);
  let a0 = zero, a1 = zero, a2 = zero, a3 = zero;
  const x0: usize = i32.load(pointers) + at, x1: usize = i32.load(pointers, 4) + at, x2: usize = i32.load(pointers, 8) + at, x3: usize = i32.load(pointers, 12) + at;
  weights += at;
  for (let tap = taps; tap < end; tap += 8) {
    const offset: usize = i32.load(tap);
    const w0 = v128.load(weights + i32.load(tap, 4));
    a0 = fma(v128.load(x0 + offset), w0, a0);
    a1 = fma(v128.load(x1 + offset), w0, a1);
    a2 = fma(v128.load(x2 + offset), w0, a2);
    a3 = fma(v128.load(x3 + offset), w0, a3);
  }
  v128.store(i32.load(pointers, 16) + at, a0);
  v128.store(i32.load(pointers, 20) + at, a1);
  v128.store(i32.load(pointers, 24) + at, a2);
  v128.store(i32.load(pointers, 28) + at, a3);
}

function tile1(pointers: usize, taps: usize, end: usize, weights: usize, at: usize): void {
  for (let r: usize = 0; r < <usize>(TILE_PIXELS * 4); r += 4) {
    const x = i32.load(pointers + r) + at;
    let sum: f32 = 0;
    for (let tap = taps; tap < end; tap += 8) sum += f32.load(x + i32.load(tap)) * f32.load(weights + at + i32.load(tap, 4));
    f32.store(i32.load(pointers + r, 16) + at, sum);
  }
}

/** [rows][channels · repeat] to [rows][channels], summing each channel's run: undoes the depth multiplier in the gradient to the input. */
export function sumRepeats(source: usize, target: usize, count: i32, repeat: i32): void {
  for (let i = 0; i < count; ++i) {
    let sum: f32 = 0;
    for (let r = 0; r < repeat; ++r) {
      sum += f32.load(source);
      source += 4;
    }
    f32.store(target, sum);
    target += 4;
  }
}

/**
 * Adds to `sums` [tap][channels] the products of one image's rows: for `rows` output rows of `columns` pixels.
 * `offsets` are the byte offsets of the taps. Taps go three at a time, channels eight.
 */
export function depthwiseFilterRows(x: usize, dy: usize, rows: i32, columns: i32, channels: i32, inRow: i32, inPixel: i32, offsets: usize, taps: i32, sums: usize): void {
  const dyRow = columns * channels * 4;
  const dyPixel = channels * 4;
  const line = channels << 2;
  for (let tap = 0; tap < taps; tap += 3) {
    const live = min(taps - tap, 3);
    const o0: usize = i32.load(offsets + (tap << 2));
    const o1: usize = i32.load(offsets + ((tap + min(1, live - 1)) << 2));
    const o2: usize = i32.load(offsets + ((tap + live - 1) << 2));
    let channel = 0;
    for (; channel + 8 <= channels; channel += 8) {
      const at: usize = channel << 2;
      const s0 = sums + tap * line + at;
      const s1 = s0 + line, s2 = s1 + line;
      let a0 = v128.load(s0), b0 = v128.load(s0, 16);
      let a1 = f32x4.splat(0), b1 = a1, a2 = a1, b2 = a1;
      if (live > 1) {
        a1 = v128.load(s1);
        b1 = v128.load(s1, 16);
      }
      if (live > 2) {
        a2 = v128.load(s2);
        b2 = v128.load(s2, 16);
      }
      for (let r = 0; r < rows; ++r) {
        let p0 = x + <usize>(r * inRow) + at + o0;
        let p1 = x + <usize>(r * inRow) + at + o1;
        let p2 = x + <usize>(r * inRow) + at + o2;
        let g = dy + <usize>(r * dyRow) + at;
        for (let c = columns; c > 0; --c) {
          const g0 = v128.load(g), g1 = v128.load(g, 16);
          a0 = fma(v128.load(p0), g0, a0);
          b0 = fma(v128.load(p0, 16), g1, b0);
          a1 = fma(v128.load(p1), g0, a1);
          b1 = fma(v128.load(p1, 16), g1, b1);
          a2 = fma(v128.load(p2), g0, a2);
          b2 = fma(v128.load(p2, 16), g1, b2);
          g += dyPixel;
          p0 += inPixel;
          p1 += inPixel;
          p2 += inPixel;
        }
      }
      v128.store(s0, a0);
      v128.store(s0, b0, 16);
      if (live > 1) {
        v128.store(s1, a1);
        v128.store(s1, b1, 16);
      }
      if (live > 2) {
        v128.store(s2, a2);
        v128.store(s2, b2, 16);
      }
    }
    for (let t = 0; t < live; ++t) {
      const offset: usize = i32.load(offsets + ((tap + t) << 2));
      for (let c = channel; c < channels; ++c) {
        const at = sums + (tap + t) * line + (c << 2);
        let sum = f32.load(at);
        for (let r = 0; r < rows; ++r) {
          let p = x + <usize>(r * inRow) + (c << 2) + offset;
          let g = dy + <usize>(r * dyRow) + (c << 2);
          for (let i = columns; i > 0; --i) {
            sum += f32.load(p) * f32.load(g);
            p += inPixel;
            g += dyPixel;
          }
        }
        f32.store(at, sum);
      }
    }
  }
}
