/** Full convolution: register tiles of 6 pixels by 8 output channels over a list of taps. */
import { fma, storeSome } from './simd';
import { word } from './taps';

/** Pixels and output channels of a tile: 12 accumulators, two weight vectors and one input, the 15 vector registers that x86-64 leaves. */
const TILE_PIXELS = 6;
const TILE_CHANNELS = 8;

// Words of a phase.
export const GRID_HEIGHT = 0, GRID_WIDTH = 1, OUT_OFFSET = 2, IN_ROW = 3, IN_PIXEL = 4, TAPS = 5, TAP_COUNT = 6, TAP_LENGTH = 7, WEIGHT_OFFSET = 8;

/**
 * All outputs of a phase for a group of images.
 * Weights: [block of 8 output channels][tap, float of the tap][8], zeros beyond the last channel.
 */
export function convPhase(phase: usize, source: usize, imageBytes: i32, target: usize, weights: usize, images: i32, outChannels: i32, outImage: i32, outRow: i32, outPixel: i32, pointers: usize): void {
  const gridHeight = word(phase, GRID_HEIGHT), gridWidth = word(phase, GRID_WIDTH), inRow = word(phase, IN_ROW), inPixel = word(phase, IN_PIXEL);
  const taps: usize = word(phase, TAPS);
  const tapCount = word(phase, TAP_COUNT), tapLength = word(phase, TAP_LENGTH);
  const pixels = images * gridHeight * gridWidth;
  const panel: usize = tapCount * tapLength * TILE_CHANNELS * 4;
  target += word(phase, OUT_OFFSET);
  let w = weights + word(phase, WEIGHT_OFFSET);
  for (let channel = 0; channel < outChannels; channel += TILE_CHANNELS) {
    const count = min(outChannels - channel, TILE_CHANNELS);
    let image = 0, row = 0, column = 0;
    let input = source, output = target + (channel << 2);
    for (let pixel = 0; pixel < pixels; pixel += TILE_PIXELS) {
      const live = min(pixels - pixel, TILE_PIXELS);
      for (let r = 0; r < live; ++r) {
        i32.store(pointers + (r << 2), <i32>input);
        i32.store(pointers + (r << 2), <i32>output, 24);
        input += inPixel;
        output += outPixel;
        if (++column < gridWidth) continue;
        column = 0;
        if (++row == gridHeight) {
          row = 0;
          ++image;
        }
        input = source + <usize>(image * imageBytes + row * inRow);
        output = target + <usize>((channel << 2) + image * outImage + row * outRow);
      }
      // A short last tile computes its last pixel again in place of those it lacks, and does not store them.
      for (let r = live; r < TILE_PIXELS; ++r) i32.store(pointers + (r << 2), i32.load(pointers + ((live - 1) << 2)));
      convTile(pointers, taps, tapCount, tapLength, w, live, count);
    }
    w += panel;
  }
}

/** One tile: reads six input and six output pointers from `pointers`. */
function convTile(pointers: usize, taps: usize, tapCount: i32, tapLength: i32, w: usize, live: i32, count: i32): void {
  const zero = f32x4.splat(0);
  let a0 = zero, a1 = zero, a2 = zero, a3 = zero, a4 = zero, a5 = zero;
  let b0 = zero, b1 = zero, b2 = zero, b3 = zero, b4 = zero, b5 = zero;
  let x: v128, w0: v128, w1: v128;
  const quads = tapLength >> 2;
  const rest = tapLength & 3;
  const end = taps + (tapCount << 2);
  for (let tap = taps; tap < end; tap += 4) {
    const offset: usize = i32.load(tap);
    let p0: usize = i32.load(pointers) + offset;
    let p1: usize = i32.load(pointers, 4) + offset;
    let p2: usize = i32.load(pointers, 8) + offset;
    let p3: usize = i32.load(pointers, 12) + offset;
    let p4: usize = i32.load(pointers, 16) + offset;
    let p5: usize = i32.load(pointers, 20) + offset;
    for (let i = quads; i > 0; --i) {
      w0 = v128.load(w);
      w1 = v128.load(w, 16);
      x = v128.load32_splat(p0);
      a0 = fma(x, w0, a0);
      b0 = fma(x, w1, b0);
      x = v128.load32_splat(p1);
      a1 = fma(x, w0, a1);
      b1 = fma(x, w1, b1);
      x = v128.load32_splat(p2);
      a2 = fma(x, w0, a2);
      b2 = fma(x, w1, b2);
      x = v128.load32_splat(p3);
      a3 = fma(x, w0, a3);
      b3 = fma(x, w1, b3);
      x = v128.load32_splat(p4);
      a4 = fma(x, w0, a4);
      b4 = fma(x, w1, b4);
      x = v128.load32_splat(p5);
      a5 = fma(x, w0, a5);
      b5 = fma(x, w1, b5);
      w0 = v128.load(w, 32);
      w1 = v128.load(w, 48);
      x = v128.load32_splat(p0, 4);
      a0 = fma(x, w0, a0);
      b0 = fma(x, w1, b0);
      x = v128.load32_splat(p1, 4);
      a1 = fma(x, w0, a1);
      b1 = fma(x, w1, b1);
      x = v128.load32_splat(p2, 4);
      a2 = fma(x, w0, a2);
      b2 = fma(x, w1, b2);
      x = v128.load32_splat(p3, 4);
      a3 = fma(x, w0, a3);
      b3 = fma(x, w1, b3);
      x = v128.load32_splat(p4, 4);
      a4 = fma(x, w0, a4);
      b4 = fma(x, w1, b4);
      x = v128.load32_splat(p5, 4);
      a5 = fma(x, w0, a5);
      b5 = fma(x, w1, b5);
      w0 = v128.load(w, 64);
      w1 = v128.load(w, 80);
      x = v128.load32_splat(p0, 8);
      a0 = fma(x, w0, a0);
      b0 = fma(x, w1, b0);
      x = v128.load32_splat(p1, 8);
      a1 = fma(x, w0, a1);
      b1 = fma(x, w1, b1);
      x = v128.load32_splat(p2, 8);
      a2 = fma(x, w0, a2);
      b2 = fma(x, w1, b2);
      x = v128.load32_splat(p3, 8);
      a3 = fma(x, w0, a3);
      b3 = fma(x, w1, b3);
      x = v128.load32_splat(p4, 8);
      a4 = fma(x, w0, a4);
      b4 = fma(x, w1, b4);
      x = v128.load32_splat(p5, 8);
      a5 = fma(x, w0, a5);
      b5 = fma(x, w1, b5);
      w0 = v128.load(w, 96);
      w1 = v128.load(w, 112);
      x = v128.load32_splat(p0, 12);
      a0 = fma(x, w0, a0);
      b0 = fma(x, w1, b0);
      x = v128.load32_splat(p1, 12);
      a1 = fma(x, w0, a1);
      b1 = fma(x, w1, b1);
      x = v128.load32_splat(p2, 12);
      a2 = fma(x, w0, a2);
      b2 = fma(x, w1, b2);
      x = v128.load32_splat(p3, 12);
      a3 = fma(x, w0, a3);
      b3 = fma(x, w1, b3);
      x = v128.load32_splat(p4, 12);
      a4 = fma(x, w0, a4);
      b4 = fma(x, w1, b4);
      x = v128.load32_splat(p5, 12);
      a5 = fma(x, w0, a5);
      b5 = fma(x, w1, b5);
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
      p4 += 16;
      p5 += 16;
      w += 128;
    }
    for (let i = rest; i > 0; --i) {
      w0 = v128.load(w);
      w1 = v128.load(w, 16);
      x = v128.load32_splat(p0);
      a0 = fma(x, w0, a0);
      b0 = fma(x, w1, b0);
      x = v128.load32_splat(p1);
      a1 = fma(x, w0, a1);
      b1 = fma(x, w1, b1);
      x = v128.load32_splat(p2);
      a2 = fma(x, w0, a2);
      b2 = fma(x, w1, b2);
      x = v128.load32_splat(p3);
      a3 = fma(x, w0, a3);
      b3 = fma(x, w1, b3);
      x = v128.load32_splat(p4);
      a4 = fma(x, w0, a4);
      b4 = fma(x, w1, b4);
      x = v128.load32_splat(p5);
      a5 = fma(x, w0, a5);
      b5 = fma(x, w1, b5);
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
      p4 += 4;
      p5 += 4;
      w += 32;
    }
  }
  storeSome(i32.load(pointers, 24), a0, b0, count);
  if (live > 1) storeSome(i32.load(pointers, 28), a1, b1, count);
  if (live > 2) storeSome(i32.load(pointers, 32), a2, b2, count);
  if (live > 3) storeSome(i32.load(pointers, 36), a3, b3, count);
  if (live > 4) storeSome(i32.load(pointers, 40), a4, b4, count);
  if (live > 5) storeSome(i32.load(pointers, 44), a5, b5, count);
}

/**
 * Packs a filter for `convPhase`: for each block of 8 output channels, for each row of the order table, 8 weights.
 * A weight's float index is order[row] + channel * channelStride; `rows` is taps times floats per tap.
 */
export function packFilter(source: usize, target: usize, order: usize, rows: i32, outChannels: i32, channelStride: i32): void {
  for (let channel = 0; channel < outChannels; channel += TILE_CHANNELS) {
    const count = min(outChannels - channel, TILE_CHANNELS);
    for (let r = 0; r < rows; ++r) {
      let from = source + ((i32.load(order + (r << 2)) + channel * channelStride) << 2);
      if (count == TILE_CHANNELS && channelStride == 1) {
        v128.store(target, v128.load(from));
        v128.store(target, v128.load(from, 16), 16);
      } else {
        for (let c = 0; c < TILE_CHANNELS; ++c) {
          f32.store(target + (c << 2), c < count ? f32.load(from) : 0);
          from += channelStride << 2;
        }
      }
      target += 32;
    }
  }
}
