/**
 * The straight-through weight quantiser with a learned step per channel, forward and backward.
 * Weights are [rows][channels]: channels are those that have a step of their own.
 */
import { level } from './levels';
import { fma, loadSome, storeSome } from './simd';

// @ts-ignore: decorator
@inline
function stepAt(steps: usize, c: i32, live: i32, smallest: f32): v128 {
  return f32x4.pmax(loadSome(steps + (c << 2), live), f32x4.splat(smallest));
}

/** out = step · level(w · mask / step). */
export function quantiseForward(w: usize, steps: usize, mask: usize, out: usize, rows: i32, channels: i32, limit: f32, smallest: f32, binary: i32): void {
  const most = f32x4.splat(limit);
  for (let row = 0; row < rows; ++row) {
    for (let c = 0; c < channels; c += 4) {
      const live = min(channels - c, 4);
      const step = stepAt(steps, c, live, smallest);
      const scaled = f32x4.div(f32x4.mul(loadSome(w, live), loadSome(mask, live)), step);
      const result = f32x4.mul(level(scaled, most, binary != 0), step);
      storeSome(out, result, result, live);
      w += live << 2;
      mask += live << 2;
      out += live << 2;
    }
  }
}

/** dw = dy where w lies on the grid and is not pruned, else 0; dsteps = gain · Σ dy · (level − w · mask / step where that lies on the grid). */
export function quantiseBackward(
  w: usize, steps: usize, mask: usize, dy: usize, dw: usize, dsteps: usize, rows: i32, channels: i32, limit: f32, smallest: f32, binary: i32, gain: f32,
): void {
  const most = f32x4.splat(limit);
  memory.fill(dsteps, 0, channels << 2);
  for (let row = 0; row < rows; ++row) {
    for (let c = 0; c < channels; c += 4) {
      const live = min(channels - c, 4);
      const kept = loadSome(mask, live), gradient = loadSome(dy, live);
      const scaled = f32x4.div(f32x4.mul(loadSome(w, live), kept), stepAt(steps, c, live, smallest));
      const inside = f32x4.le(f32x4.abs(scaled), most);
      const through = v128.and(f32x4.mul(gradient, kept), inside);
      storeSome(dw, through, through, live);
      const slope = f32x4.sub(level(scaled, most, binary != 0), v128.and(scaled, inside));
      const sum = fma(gradient, slope, loadSome(dsteps + (c << 2), live));
      storeSome(dsteps + (c << 2), sum, sum, live);
      w += live << 2;
      mask += live << 2;
      dy += live << 2;
      dw += live << 2;
    }
  }
  for (let c = 0; c < channels; ++c) f32.store(dsteps + (c << 2), f32.load(dsteps + (c << 2)) * gain);
}
