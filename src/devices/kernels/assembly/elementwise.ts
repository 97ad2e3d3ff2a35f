/**
 * Elementwise kernels over values that are split into tasks: sums, ReLU, the int8 grid of activations, and the gradient of everything that is constant
 * outside an interval. The job's fields are 32-bit words; src/devices/wasm/elementwise-kernels.ts writes them.
 */
import { loadSome, storeSome } from './simd';
import { word } from './taps';

const A = 0, B = 1, OUT = 2, COUNT = 3, PER_TASK = 4, PARAMETERS = 5;

// @ts-ignore: decorator
@inline
function parameter(job: usize, index: i32): v128 {
  return v128.load32_splat(job + ((PARAMETERS + index) << 2));
}

// @ts-ignore: decorator
@inline
function first(job: usize, task: i32): i32 {
  return task * word(job, PER_TASK);
}

// @ts-ignore: decorator
@inline
function end(job: usize, task: i32): i32 {
  return min((task + 1) * word(job, PER_TASK), word(job, COUNT));
}

/** out = a + b. */
export function add(job: usize, task: i32, _scratch: usize): void {
  const a: usize = word(job, A), b: usize = word(job, B), out: usize = word(job, OUT);
  const last = end(job, task);
  for (let i = first(job, task); i < last; i += 4) {
    const live = min(last - i, 4);
    const sum = f32x4.add(loadSome(a + (i << 2), live), loadSome(b + (i << 2), live));
    storeSome(out + (i << 2), sum, sum, live);
  }
}

/** out = max(a, 0); what is no number stays. */
export function relu(job: usize, task: i32, _scratch: usize): void {
  const a: usize = word(job, A), out: usize = word(job, OUT);
  const zero = f32x4.splat(0);
  const last = end(job, task);
  for (let i = first(job, task); i < last; i += 4) {
    const live = min(last - i, 4);
    const result = f32x4.pmax(loadSome(a + (i << 2), live), zero);
    storeSome(out + (i << 2), result, result, live);
  }
}

/** out = clip(round(a / scale), low, high) · scale; the parameters are scale, low, high. */
export function fakeQuant(job: usize, task: i32, _scratch: usize): void {
  const a: usize = word(job, A), out: usize = word(job, OUT);
  const scale = parameter(job, 0), low = parameter(job, 1), high = parameter(job, 2);
  const last = end(job, task);
  for (let i = first(job, task); i < last; i += 4) {
    const live = min(last - i, 4);
    const code = f32x4.pmax(f32x4.pmin(f32x4.nearest(f32x4.div(loadSome(a + (i << 2), live), scale)), high), low);
    const result = f32x4.mul(code, scale);
    storeSome(out + (i << 2), result, result, live);
  }
}

/** out = b where a lies in [low, high], else 0; the parameters are low, high. */
export function passBetween(job: usize, task: i32, _scratch: usize): void {
  const a: usize = word(job, A), b: usize = word(job, B), out: usize = word(job, OUT);
  const low = parameter(job, 0), high = parameter(job, 1);
  const last = end(job, task);
  for (let i = first(job, task); i < last; i += 4) {
    const live = min(last - i, 4);
    const value = loadSome(a + (i << 2), live);
    const through = v128.and(loadSome(b + (i << 2), live), v128.and(f32x4.ge(value, low), f32x4.le(value, high)));
    storeSome(out + (i << 2), through, through, live);
  }
}
