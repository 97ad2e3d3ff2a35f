/**
 * Gradient to a filter: dW[k][o] = Σ over pixels of x[pixel + offset of k] · dy[pixel][o], where k runs over (kernel row, kernel column, input channel).
 * Register tiles of 6 k by 8 o; each task sums a group of images into its own partial gradient, `addPartials` adds those in order, so that the
 * result does not depend on how many threads ran the tasks.
 *
 * The job's fields are 32-bit words; src/devices/wasm/filter-plan.ts writes them.
 */
import { depthwiseFilterRows } from './depthwise';
import { padImages } from './pad';
import { fma } from './simd';
import { word } from './taps';

// Words of a job.
const SOURCE = 0, DY = 1, PARTIALS = 2, PARTIAL_BYTES = 3, IMAGES = 4, PER_TASK = 5, HEIGHT = 6, WIDTH = 7, CHANNELS = 8, PADDED = 9, TOP = 10, LEFT = 11,
  PADDED_HEIGHT = 12, PADDED_WIDTH = 13, OUT_CHANNELS = 14, OUT_HEIGHT = 15, OUT_WIDTH = 16, IN_ROW = 17, IN_PIXEL = 18, OFFSETS = 19, OFFSET_COUNT = 20,
  REPEAT = 21, DEPTHWISE = 22, CHUNK_ROWS = 23, WIDE_CHANNELS = 24, IMAGE_SCRATCH = 25;

/** Sums one group of images. `scratch` holds a padded image and, where the channels are no multiple of 8, a widened output gradient. */
export function filterTask(job: usize, task: i32, scratch: usize): void {
  const perTask = word(job, PER_TASK);
  const first = task * perTask;
  const end = min(first + perTask, word(job, IMAGES));
  const height = word(job, HEIGHT), width = word(job, WIDTH), channels = word(job, CHANNELS), repeat = word(job, REPEAT);
  const outHeight = word(job, OUT_HEIGHT), outWidth = word(job, OUT_WIDTH), outChannels = word(job, OUT_CHANNELS), wide = word(job, WIDE_CHANNELS);
  const inRow = word(job, IN_ROW), inPixel = word(job, IN_PIXEL), chunk = word(job, CHUNK_ROWS);
  const offsets: usize = word(job, OFFSETS);
  const count = word(job, OFFSET_COUNT);
  const sums: usize = word(job, PARTIALS) + task * word(job, PARTIAL_BYTES);
  memory.fill(sums, 0, word(job, PARTIAL_BYTES));
  for (let image = first; image < end; ++image) {
    let x: usize = word(job, SOURCE) + image * height * width * channels * 4;
    if (word(job, PADDED)) {
      padImages(x, scratch, 1, height, width, channels, word(job, TOP), word(job, LEFT), word(job, PADDED_HEIGHT), word(job, PADDED_WIDTH), repeat);
      x = scratch;
    }
    let dy: usize = word(job, DY) + image * outHeight * outWidth * outChannels * 4;
    if (wide != outChannels) {
      const target = scratch + word(job, IMAGE_SCRATCH);
      widen(dy, target, outHeight * outWidth, outChannels, wide);
      dy = target;
    }
    for (let row = 0; row < outHeight; row += chunk) {
      const rows = min(chunk, outHeight - row);
      const at = x + <usize>(row * inRow);
      const from = dy + <usize>(row * outWidth * wide * 4);
      if (word(job, DEPTHWISE)) depthwiseFilterRows(at, from, rows, outWidth, wide, inRow, inPixel, offsets, count, sums);
      else filterRows(at, from, rows, outWidth, wide, inRow, inPixel, offsets, count, sums);
    }
  }
}

/** [pixels][channels] to [pixels][wide], zeros beyond the channels. */
function widen(source: usize, target: usize, pixels: i32, channels: i32, wide: i32): void {
  memory.fill(target, 0, pixels * wide * 4);
  for (let i = 0; i < pixels; ++i) {
    memory.copy(target, source, channels * 4);
    source += channels * 4;
    target += wide * 4;
  }
}

/** Adds the products of some output rows of one image to the tiles in `sums`: [block of 8 o][block of 6 k][6][8]. */
function filterRows(x: usize, dy: usize, rows: i32, columns: i32, outChannels: i32, inRow: i32, inPixel: i32, offsets: usize, count: i32, sums: usize): void {
  const dyPixel = outChannels * 4;
  for (let channel = 0; channel < outChannels; channel += 8) {
    for (let k = 0; k < count; k += 6) {
      const at = offsets + (k << 2);
      const last = offsets + ((count - 1) << 2);
      const first = i32.load(at);
      const g = dy + (channel << 2);
      if (k + 6 <= count && i32.load(at, 20) == first + 20) contiguousTile(x + first, g, rows, columns, inRow, inPixel, dyPixel, sums);
      else scatteredTile(x, at, last, g, rows, columns, inRow, inPixel, dyPixel, sums);
      sums += 192;
    }
  }
}

/** Six neighbouring k: their inputs lie side by side. */
function contiguousTile(x0: usize, dy: usize, rows: i32, columns: i32, inRow: i32, inPixel: i32, dyPixel: i32, sums: usize): void {
  let a0 = v128.load(sums, 0), b0 = v128.load(sums, 16);
  let a1 = v128.load(sums, 32), b1 = v128.load(sums, 48);
  let a2 = v128.load(sums, 64), b2 = v128.load(sums, 80);
  let a3 = v128.load(sums, 96), b3 = v128.load(sums, 112);
  let a4 = v128.load(sums, 128), b4 = v128.load(sums, 144);
  let a5 = v128.load(sums, 160), b5 = v128.load(sums, 176);
  let x: v128, g0: v128, g1: v128;
  let g = dy;
  for (let r = 0; r < rows; ++r) {
    let p0 = x0 + <usize>(r * inRow);
    for (let c = columns; c > 0; --c) {
      g0 = v128.load(g);
      g1 = v128.load(g, 16);
      x = v128.load32_splat(p0);
      a0 = fma(x, g0, a0);
      b0 = fma(x, g1, b0);
      x = v128.load32_splat(p0, 4);
      a1 = fma(x, g0, a1);
      b1 = fma(x, g1, b1);
      x = v128.load32_splat(p0, 8);
      a2 = fma(x, g0, a2);
      b2 = fma(x, g1, b2);
      x = v128.load32_splat(p0, 12);
      a3 = fma(x, g0, a3);
      b3 = fma(x, g1, b3);
      x = v128.load32_splat(p0, 16);
      a4 = fma(x, g0, a4);
      b4 = fma(x, g1, b4);
      x = v128.load32_splat(p0, 20);
      a5 = fma(x, g0, a5);
      b5 = fma(x, g1, b5);
      g += dyPixel;
      p0 += inPixel;
    }
  }
  v128.store(sums, a0, 0);
  v128.store(sums, b0, 16);
  v128.store(sums, a1, 32);
  v128.store(sums, b1, 48);
  v128.store(sums, a2, 64);
  v128.store(sums, b2, 80);
  v128.store(sums, a3, 96);
  v128.store(sums, b3, 112);
  v128.store(sums, a4, 128);
  v128.store(sums, b4, 144);
  v128.store(sums, a5, 160);
  v128.store(sums, b5, 176);
}

/** Any six k; beyond the last the last one's sum is computed again and never read. */
function scatteredTile(x0: usize, offsets: usize, last: usize, dy: usize, rows: i32, columns: i32, inRow: i32, inPixel: i32, dyPixel: i32, sums: usize): void {
  let a0 = v128.load(sums, 0), b0 = v128.load(sums, 16);
  let a1 = v128.load(sums, 32), b1 = v128.load(sums, 48);
  let a2 = v128.load(sums, 64), b2 = v128.load(sums, 80);
  let a3 = v128.load(sums, 96), b3 = v128.load(sums, 112);
  let a4 = v128.load(sums, 128), b4 = v128.load(sums, 144);
  let a5 = v128.load(sums, 160), b5 = v128.load(sums, 176);
  let x: v128, g0: v128, g1: v128;
  let g = dy;
  const o0: usize = i32.load(offsets), o1: usize = i32.load(min(offsets + 4, last)), o2: usize = i32.load(min(offsets + 8, last));
  const o3: usize = i32.load(min(offsets + 12, last)), o4: usize = i32.load(min(offsets + 16, last)), o5: usize = i32.load(min(offsets + 20, last));
  for (let r = 0; r < rows; ++r) {
    const line = x0 + <usize>(r * inRow);
    let p0 = line + o0, p1 = line + o1, p2 = line + o2, p3 = line + o3, p4 = line + o4, p5 = line + o5;
    for (let c = columns; c > 0; --c) {
      g0 = v128.load(g);
      g1 = v128.load(g, 16);
      x = v128.load32_splat(p0);
      a0 = fma(x, g0, a0);
      b0 = fma(x, g1, b0);
      x = v128.load32_splat(p1);
      a1 = fma(x, g0, a1);
      b1 = fma(x, g1, b1);
      x = v128.load32_splat(p2);
      a2 = fma(x, g0, a2);
      b2 = fma(x, g1, b2);
      x = v128.load32_splat(p3);
      a3 = fma(x, g0, a3);
      b3 = fma(x, g1, b3);
      x = v128.load32_splat(p4);
      a4 = fma(x, g0, a4);
      b4 = fma(x, g1, b4);
      x = v128.load32_splat(p5);
      a5 = fma(x, g0, a5);
      b5 = fma(x, g1, b5);
      g += dyPixel;
      p0 += inPixel;
      p1 += inPixel;
      p2 += inPixel;
      p3 += inPixel;
      p4 += inPixel;
      p5 += inPixel;
    }
  }
  v128.store(sums, a0, 0);
  v128.store(sums, b0, 16);
  v128.store(sums, a1, 32);
  v128.store(sums, b1, 48);
  v128.store(sums, a2, 64);
  v128.store(sums, b2, 80);
  v128.store(sums, a3, 96);
  v128.store(sums, b3, 112);
  v128.store(sums, a4, 128);
  v128.store(sums, b4, 144);
  v128.store(sums, a5, 160);
  v128.store(sums, b5, 176);
}

/**
 * Adds the partial gradients of all tasks and writes the filter's gradient.
 * Full: tiles to [k][outChannels]. Depthwise: [tap][wide] to [tap][channels].
 */
export function addPartials(partials: usize, partialBytes: i32, parts: i32, target: usize, count: i32, outChannels: i32, depthwise: i32): void {
  for (let p = 1; p < parts; ++p) {
    const other = partials + p * partialBytes;
    for (let i: usize = 0; i < <usize>partialBytes; i += 16) v128.store(partials + i, f32x4.add(v128.load(partials + i), v128.load(other + i)));
  }
  if (depthwise) {
    memory.copy(target, partials, count * outChannels * 4);
    return;
  }
  const blocks = (count + 5) / 6;
  for (let k = 0; k < count; ++k) {
    for (let channel = 0; channel < outChannels; channel += 8) {
      const from = partials + ((channel >> 3) * blocks + k / 6) * 192 + (k % 6) * 32;
      memory.copy(target + ((k * outChannels + channel) << 2), from, min(outChannels - channel, 8) * 4);
    }
  }
}
