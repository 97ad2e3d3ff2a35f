/**
 * Weights under sampled kernel, bitwidth and sparsity options: forward, and in one pass over the weights the gradients to them and to every option.
 * The weights are [taps][rows][channels]: rows are input channels (1 where depthwise), channels those that have a scale of their own.
 *
 * The job's fields are 32-bit words; src/devices/wasm/wasm-mix.ts writes them.
 */
import { level } from './levels';
import { fma, loadSome, storeSome } from './simd';
import { word } from './taps';

// Words of a job. OPTIONS: per option 4 floats (step, limit, threshold, 1 where binary); the chosen one first, then all bits options, then all sparsity options.
// CROPS: per tap, one word for the chosen kernel and one per kernel option: 1 where the tap is inside.
const WEIGHTS = 0, SIGMA = 1, OUT = 2, DY = 3, TAPS = 4, ROWS = 5, CHANNELS = 6, OPTIONS = 7, OPTION_COUNT = 8, CROPS = 9, KERNELS = 10, SUMS = 11, TO_KERNELS = 12, TO_OPTIONS = 13;

/** step · level(w / step) where |w| is kept, else 0. */
// @ts-ignore: decorator
@inline
function quantised(w: v128, size: v128, step: v128, limit: v128, threshold: v128, binary: bool): v128 {
  return v128.and(f32x4.mul(level(f32x4.div(w, step), limit, binary), step), f32x4.ge(size, threshold));
}

/** OUT = the weights as the chosen options make them. */
export function mixForward(job: usize): void {
  const taps = word(job, TAPS), rows = word(job, ROWS), channels = word(job, CHANNELS), crops = word(job, KERNELS) + 1;
  const option: usize = word(job, OPTIONS);
  const sigma: usize = word(job, SIGMA);
  const scale = v128.load32_splat(option), limit = v128.load32_splat(option, 4), threshold = v128.load32_splat(option, 8);
  const binary = f32.load(option, 12) != 0;
  let w: usize = word(job, WEIGHTS), out: usize = word(job, OUT);
  for (let tap = 0; tap < taps; ++tap) {
    if (i32.load(word(job, CROPS) + tap * crops * 4) == 0) {
      const bytes = rows * channels * 4;
      memory.fill(out, 0, bytes);
      out += bytes;
      w += bytes;
      continue;
    }
    for (let row = 0; row < rows; ++row) {
      for (let c = 0; c < channels; c += 4) {
        const live = min(channels - c, 4);
        const value = loadSome(w, live);
        const step = f32x4.mul(loadSome(sigma + (c << 2), live), scale);
        const result = quantised(value, f32x4.abs(value), step, limit, threshold, binary);
        storeSome(out, result, result, live);
        w += live << 2;
        out += live << 2;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function sumLanes(v: v128): f64 {
  return <f64>f32x4.extract_lane(v, 0) + <f64>f32x4.extract_lane(v, 1) + (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3));
}

/** OUT = gradient to the weights; TO_KERNELS and TO_OPTIONS receive the inner products. SUMS: a vector per option, then a double per kernel and per option. */
export function mixBackward(job: usize): void {
  const taps = word(job, TAPS), rows = word(job, ROWS), channels = word(job, CHANNELS), kernels = word(job, KERNELS), count = word(job, OPTION_COUNT);
  const options: usize = word(job, OPTIONS), sigma: usize = word(job, SIGMA), sums: usize = word(job, SUMS);
  const doubles = sums + (count << 4);
  memory.fill(doubles, 0, (kernels + count) << 3);
  const limit0 = v128.load32_splat(options, 4);
  const scale0 = v128.load32_splat(options);
  let w: usize = word(job, WEIGHTS), dy: usize = word(job, DY), dw: usize = word(job, OUT);
  for (let tap = 0; tap < taps; ++tap) {
    const crop = word(job, CROPS) + tap * (kernels + 1) * 4;
    const inside = i32.load(crop) != 0;
    memory.fill(sums, 0, count << 4);
    for (let row = 0; row < rows; ++row) {
      for (let c = 0; c < channels; c += 4) {
        const live = min(channels - c, 4);
        const value = loadSome(w, live), gradient = loadSome(dy, live), scale = loadSome(sigma + (c << 2), live);
        const size = f32x4.abs(value);
        // Outside the chosen crop only the kernel options need this tap.
        const needed = inside ? count : 1;
        for (let o = 0; o < needed; ++o) {
          const option = options + (o << 4);
          const result = quantised(value, size, f32x4.mul(scale, v128.load32_splat(option)), v128.load32_splat(option, 4), v128.load32_splat(option, 8), f32.load(option, 12) != 0);
          v128.store(sums + (o << 4), fma(live < 4 ? blank(result, live) : result, gradient, v128.load(sums + (o << 4))));
        }
        const reach = f32x4.mul(limit0, f32x4.mul(scale, scale0));
        const through = inside ? v128.and(gradient, f32x4.le(size, reach)) : f32x4.splat(0);
        storeSome(dw, through, through, live);
        w += live << 2;
        dy += live << 2;
        dw += live << 2;
      }
    }
    const chosen = sumLanes(v128.load(sums));
    for (let k = 0; k < kernels; ++k) {
      if (i32.load(crop + ((k + 1) << 2))) f64.store(doubles + (k << 3), f64.load(doubles + (k << 3)) + chosen);
    }
    if (!inside) continue;
    for (let o = 0; o < count; ++o) {
      const at = doubles + ((kernels + o) << 3);
      f64.store(at, f64.load(at) + sumLanes(v128.load(sums + (o << 4))));
    }
  }
  for (let k = 0; k < kernels; ++k) f32.store(word(job, TO_KERNELS) + (k << 2), <f32>f64.load(doubles + (k << 3)));
  for (let o = 1; o < count; ++o) f32.store(word(job, TO_OPTIONS) + ((o - 1) << 2), <f32>f64.load(doubles + ((kernels + o) << 3)));
}

/** Lanes beyond `live` set to 0: there the scale is 0 and the quotient no number. */
function blank(v: v128, live: i32): v128 {
  let r = f32x4.splat(0);
  r = f32x4.replace_lane(r, 0, f32x4.extract_lane(v, 0));
  if (live > 1) r = f32x4.replace_lane(r, 1, f32x4.extract_lane(v, 1));
  if (live > 2) r = f32x4.replace_lane(r, 2, f32x4.extract_lane(v, 2));
  return r;
}
