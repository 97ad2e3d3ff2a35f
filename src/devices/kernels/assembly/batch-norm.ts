/**
 * Batch normalisation with activation and channel mask, forward and backward, over [rows][channels].
 *
 * Per-channel vectors are repeated to a "period", a multiple of both the channels and 4 floats, so that the data are read in whole vectors
 * whatever the number of channels; the last rows, which do not fill a period, are the "tail".
 * Sums run in single precision over blocks of rows, relative to the first row, and in double precision over blocks.
 *
 * The job's fields are 32-bit words; src/devices/wasm/wasm-norm.ts writes them.
 */
import { activate, NONE, passed, RELU, RELU6 } from './activation';
import { fma } from './simd';
import { word } from './taps';

// Words of a job. TABLE: the vectors below, one period each. PARTIALS: per task, SUMS vectors of doubles, one period each.
const X = 0, DY = 1, Y = 2, CHANNELS = 3, PERIOD = 4, PERIODS = 5, PER_TASK = 6, TAIL = 7, TABLE = 8, PARTIALS = 9, ACTIVATION = 10, TASKS = 11;

// Vectors of the table.
const SCALE = 0, SHIFT = 1, MASK = 2, INVERSE = 3, MINUS_MEAN = 4, FROM_GRADIENT = 5, FROM_X = 6, CONSTANT = 7;

const SUMS = 3;
const BLOCK = 128;

// @ts-ignore: decorator
@inline
function vector(job: usize, index: i32): usize {
  return word(job, TABLE) + index * word(job, PERIOD) * 4;
}

// @ts-ignore: decorator
@inline
function partial(job: usize, task: i32, sum: i32): usize {
  return word(job, PARTIALS) + (task * SUMS + sum) * word(job, PERIOD) * 8;
}

function addLanes(at: usize, v: v128): void {
  f64.store(at, f64.load(at) + <f64>f32x4.extract_lane(v, 0));
  f64.store(at, f64.load(at, 8) + <f64>f32x4.extract_lane(v, 1), 8);
  f64.store(at, f64.load(at, 16) + <f64>f32x4.extract_lane(v, 2), 16);
  f64.store(at, f64.load(at, 24) + <f64>f32x4.extract_lane(v, 3), 24);
}

/** Sums of x − x[first row] and of its square over one task's periods. */
export function normStatistics(job: usize, task: i32, _scratch: usize): void {
  const period = word(job, PERIOD), perTask = word(job, PER_TASK);
  const first = task * perTask, end = min(first + perTask, word(job, PERIODS));
  const x: usize = word(job, X);
  const line: usize = period << 2;
  const sums = partial(job, task, 0), squares = partial(job, task, 1);
  memory.fill(sums, 0, period * SUMS * 8);
  for (let block = first; block < end; block += BLOCK) {
    const rows = min(BLOCK, end - block);
    const from = x + block * line;
    let c = 0;
    for (; c + 8 <= period; c += 8) {
      let p = from + (c << 2);
      const s0 = v128.load(x + (c << 2)), s1 = v128.load(x + (c << 2), 16);
      let a0 = f32x4.splat(0), a1 = a0, q0 = a0, q1 = a0;
      for (let r = rows; r > 0; --r) {
        const d0 = f32x4.sub(v128.load(p), s0), d1 = f32x4.sub(v128.load(p, 16), s1);
        a0 = f32x4.add(a0, d0);
        a1 = f32x4.add(a1, d1);
        q0 = fma(d0, d0, q0);
        q1 = fma(d1, d1, q1);
        p += line;
      }
      addLanes(sums + (c << 3), a0);
      addLanes(sums + (c << 3) + 32, a1);
      addLanes(squares + (c << 3), q0);
      addLanes(squares + (c << 3) + 32, q1);
    }
    for (; c < period; c += 4) {
      let p = from + (c << 2);
      const s0 = v128.load(x + (c << 2));
      let a0 = f32x4.splat(0), q0 = a0;
      for (let r = rows; r > 0; --r) {
        const d0 = f32x4.sub(v128.load(p), s0);
        a0 = f32x4.add(a0, d0);
        q0 = fma(d0, d0, q0);
        p += line;
      }
      addLanes(sums + (c << 3), a0);
      addLanes(squares + (c << 3), q0);
    }
  }
}

/** The total of a sum for one channel, over tasks and over the period's repetitions. Each position of the period has its own shift, `shiftOf`. */
function total(job: usize, sum: i32, channel: i32): f64 {
  const period = word(job, PERIOD), channels = word(job, CHANNELS), tasks = word(job, TASKS);
  let result: f64 = 0;
  for (let t = 0; t < tasks; ++t) {
    const at = partial(job, t, sum);
    for (let c = channel; c < period; c += channels) result += f64.load(at + (c << 3));
  }
  return result;
}

/** Mean and biased variance per channel from the sums and the tail. */
export function normFinish(job: usize, mean: usize, variance: usize): void {
  const period = word(job, PERIOD), channels = word(job, CHANNELS), periods = word(job, PERIODS), tail = word(job, TAIL), tasks = word(job, TASKS);
  const x: usize = word(job, X);
  const rest = x + ((periods * period) << 2);
  const count = <f64>(periods * (period / channels) + tail / channels);
  for (let channel = 0; channel < channels; ++channel) {
    // Bring every position's shifted sums to the shift of the first.
    const shift = <f64>f32.load(x + (channel << 2));
    let sum: f64 = 0, squares: f64 = 0;
    for (let c = channel; c < period; c += channels) {
      let s: f64 = 0, q: f64 = 0;
      for (let t = 0; t < tasks; ++t) {
        s += f64.load(partial(job, t, 0) + (c << 3));
        q += f64.load(partial(job, t, 1) + (c << 3));
      }
      const move = periods > 0 ? <f64>f32.load(x + (c << 2)) - shift : 0;
      sum += s + <f64>periods * move;
      squares += q + 2 * move * s + <f64>periods * move * move;
    }
    for (let i = channel; i < tail; i += channels) {
      const d = <f64>f32.load(rest + (i << 2)) - shift;
      sum += d;
      squares += d * d;
    }
    const centre = sum / count;
    f32.store(mean + (channel << 2), <f32>(shift + centre));
    f32.store(variance + (channel << 2), <f32>max(squares / count - centre * centre, 0));
  }
}

/** Fills the table's first five vectors. */
export function normTable(job: usize, gamma: usize, beta: usize, mask: usize, mean: usize, variance: usize, epsilon: f32): void {
  const period = word(job, PERIOD), channels = word(job, CHANNELS);
  for (let c = 0; c < period; ++c) {
    const at: usize = (c % channels) << 2;
    const inverse = <f32>(1 / Math.sqrt(<f64>f32.load(variance + at) + <f64>epsilon));
    const scale = f32.load(gamma + at) * inverse;
    const to: usize = c << 2;
    f32.store(vector(job, SCALE) + to, scale);
    f32.store(vector(job, SHIFT) + to, f32.load(beta + at) - f32.load(mean + at) * scale);
    f32.store(vector(job, MASK) + to, f32.load(mask + at));
    f32.store(vector(job, INVERSE) + to, inverse);
    f32.store(vector(job, MINUS_MEAN) + to, -f32.load(mean + at) * inverse);
  }
}

/** y = mask · act(x · scale + shift) for one task; the last task does the tail. */
export function normApply(job: usize, task: i32, _scratch: usize): void {
  const activation = word(job, ACTIVATION);
  if (activation == RELU) applyWith(job, task, RELU);
  else if (activation == RELU6) applyWith(job, task, RELU6);
  else applyWith(job, task, NONE);
}

// @ts-ignore: decorator
@inline
function applyWith(job: usize, task: i32, activation: i32): void {
  const line: usize = word(job, PERIOD) << 2;
  const perTask = word(job, PER_TASK), periods = word(job, PERIODS);
  const first = task * perTask, end = min(first + perTask, periods);
  const scale = vector(job, SCALE), shift = vector(job, SHIFT), mask = vector(job, MASK);
  let x = <usize>word(job, X) + first * line, y = <usize>word(job, Y) + first * line;
  for (let r = first; r < end; ++r) {
    for (let c: usize = 0; c < line; c += 16) {
      const value = fma(v128.load(x), v128.load(scale + c), v128.load(shift + c));
      v128.store(y, f32x4.mul(activate(value, activation), v128.load(mask + c)));
      x += 16;
      y += 16;
    }
  }
  if (end < periods) return;
  const tail: usize = word(job, TAIL) << 2;
  for (let c: usize = 0; c < tail; c += 4) {
    const value = fma(v128.load32_splat(x), v128.load32_splat(scale + c), v128.load32_splat(shift + c));
    f32.store(y, f32x4.extract_lane(activate(value, activation), 0) * f32.load(mask + c));
    x += 4;
    y += 4;
  }
}

/** Sums for the gradients of one task: Σ g, Σ g · x̂ and Σ dy · act(pre), where g is dy through mask and activation. */
export function normGradientSums(job: usize, task: i32, _scratch: usize): void {
  const activation = word(job, ACTIVATION);
  if (activation == RELU) sumsWith(job, task, RELU);
  else if (activation == RELU6) sumsWith(job, task, RELU6);
  else sumsWith(job, task, NONE);
}

// @ts-ignore: decorator
@inline
function sumsWith(job: usize, task: i32, activation: i32): void {
  const period = word(job, PERIOD), perTask = word(job, PER_TASK), periods = word(job, PERIODS);
  const first = task * perTask, end = min(first + perTask, periods);
  const line: usize = period << 2;
  const x: usize = word(job, X), dy: usize = word(job, DY);
  const toBeta = partial(job, task, 0), toGamma = partial(job, task, 1), toMask = partial(job, task, 2);
  memory.fill(toBeta, 0, period * SUMS * 8);
  for (let block = first; block < end; block += BLOCK) {
    const rows = min(BLOCK, end - block);
    for (let c = 0; c < period; c += 4) {
      const at: usize = c << 2;
      let p = x + block * line + at, g = dy + block * line + at;
      const scale = v128.load(vector(job, SCALE) + at), shift = v128.load(vector(job, SHIFT) + at);
      let a = f32x4.splat(0), b = a, m = a;
      for (let r = rows; r > 0; --r) {
        const value = v128.load(p), gradient = v128.load(g);
        const pre = fma(value, scale, shift);
        const through = passed(gradient, pre, activation);
        a = f32x4.add(a, through);
        b = fma(through, value, b);
        m = fma(gradient, activate(pre, activation), m);
        p += line;
        g += line;
      }
      // Σ through · x̂ = inverse · Σ through · x − mean · inverse · Σ through; through lacks the mask.
      const mask = v128.load(vector(job, MASK) + at);
      a = f32x4.mul(a, mask);
      b = f32x4.mul(b, mask);
      addLanes(toBeta + (c << 3), a);
      addLanes(toGamma + (c << 3), fma(b, v128.load(vector(job, INVERSE) + at), f32x4.mul(a, v128.load(vector(job, MINUS_MEAN) + at))));
      addLanes(toMask + (c << 3), m);
    }
  }
  if (end < periods) return;
  const tail = word(job, TAIL);
  for (let c = 0; c < tail; ++c) {
    const at: usize = c << 2;
    const p = x + periods * line + at, g = dy + periods * line + at;
    const value = v128.load32_splat(p), gradient = v128.load32_splat(g);
    const pre = fma(value, v128.load32_splat(vector(job, SCALE) + at), v128.load32_splat(vector(job, SHIFT) + at));
    const through = f32x4.extract_lane(passed(gradient, pre, activation), 0) * f32.load(vector(job, MASK) + at);
    const normalised = f32.load(p) * f32.load(vector(job, INVERSE) + at) + f32.load(vector(job, MINUS_MEAN) + at);
    f64.store(toBeta + (c << 3), f64.load(toBeta + (c << 3)) + <f64>through);
    f64.store(toGamma + (c << 3), f64.load(toGamma + (c << 3)) + <f64>(through * normalised));
    f64.store(toMask + (c << 3), f64.load(toMask + (c << 3)) + <f64>(f32.load(g) * f32x4.extract_lane(activate(pre, activation), 0)));
  }
}

/** Writes the sums as [3][channels]: gradients to gamma, beta and mask. */
export function normGradientFinish(job: usize, sums: usize): void {
  const channels = word(job, CHANNELS);
  for (let c = 0; c < channels; ++c) {
    f32.store(sums + (c << 2), <f32>total(job, 1, c));
    f32.store(sums + ((channels + c) << 2), <f32>total(job, 0, c));
    f32.store(sums + ((2 * channels + c) << 2), <f32>total(job, 2, c));
  }
}

/** From the sums, the coefficients of dx = fromGradient · g + fromX · x + constant. Without sums (0): for statistics that do not depend on x. */
export function normGradientTable(job: usize, sums: usize): void {
  const period = word(job, PERIOD), channels = word(job, CHANNELS);
  const count = <f32>(word(job, PERIODS) * (period / channels) + word(job, TAIL) / channels);
  for (let c = 0; c < period; ++c) {
    const channel = c % channels;
    const to: usize = c << 2;
    const scale = f32.load(vector(job, SCALE) + to);
    const gamma: f32 = sums == 0 ? 0 : f32.load(sums + (channel << 2)) / count;
    const beta: f32 = sums == 0 ? 0 : f32.load(sums + ((channels + channel) << 2)) / count;
    f32.store(vector(job, FROM_GRADIENT) + to, scale * f32.load(vector(job, MASK) + to));
    f32.store(vector(job, FROM_X) + to, -scale * gamma * f32.load(vector(job, INVERSE) + to));
    f32.store(vector(job, CONSTANT) + to, -scale * (beta + gamma * f32.load(vector(job, MINUS_MEAN) + to)));
  }
}

/** The gradient to x (written to Y) for one task; the last task does the tail. */
export function normGradient(job: usize, task: i32, _scratch: usize): void {
  const activation = word(job, ACTIVATION);
  if (activation == RELU) gradientWith(job, task, RELU);
  else if (activation == RELU6) gradientWith(job, task, RELU6);
  else gradientWith(job, task, NONE);
}

// @ts-ignore: decorator
@inline
function gradientWith(job: usize, task: i32, activation: i32): void {
  const line: usize = word(job, PERIOD) << 2;
  const perTask = word(job, PER_TASK), periods = word(job, PERIODS);
  const first = task * perTask, end = min(first + perTask, periods);
  const scale = vector(job, SCALE), shift = vector(job, SHIFT), fromGradient = vector(job, FROM_GRADIENT), fromX = vector(job, FROM_X), constant = vector(job, CONSTANT);
  let x = <usize>word(job, X) + first * line, dy = <usize>word(job, DY) + first * line, dx = <usize>word(job, Y) + first * line;
  for (let r = first; r < end; ++r) {
    for (let c: usize = 0; c < line; c += 16) {
      const value = v128.load(x);
      const through = passed(v128.load(dy), fma(value, v128.load(scale + c), v128.load(shift + c)), activation);
      v128.store(dx, fma(through, v128.load(fromGradient + c), fma(value, v128.load(fromX + c), v128.load(constant + c))));
      x += 16;
      dy += 16;
      dx += 16;
    }
  }
  if (end < periods) return;
  const tail: usize = word(job, TAIL) << 2;
  for (let c: usize = 0; c < tail; c += 4) {
    const value = v128.load32_splat(x);
    const through = passed(v128.load32_splat(dy), fma(value, v128.load32_splat(scale + c), v128.load32_splat(shift + c)), activation);
    f32.store(dx, f32x4.extract_lane(fma(through, v128.load32_splat(fromGradient + c), fma(value, v128.load32_splat(fromX + c), v128.load32_splat(constant + c))), 0));
    x += 4;
    dy += 4;
    dx += 4;
  }
}
