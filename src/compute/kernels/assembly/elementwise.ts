/** Elementwise kernels: the int8 grid of activations, and the gradient of everything that is constant outside an interval. */
import { loadSome, storeSome } from './simd';

/** y = clip(round(x / scale), low, high) · scale for elements [first, end). */
export function fakeQuant(x: usize, y: usize, first: i32, end: i32, scale: f32, low: f32, high: f32): void {
  const size = f32x4.splat(scale), lowest = f32x4.splat(low), highest = f32x4.splat(high);
  for (let i = first; i < end; i += 4) {
    const live = min(end - i, 4);
    const code = f32x4.pmax(f32x4.pmin(f32x4.nearest(f32x4.div(loadSome(x + (i << 2), live), size)), highest), lowest);
    const result = f32x4.mul(code, size);
    storeSome(y + (i << 2), result, result, live);
  }
}

/** dx = dy where x lies in [low, high], else 0, for elements [first, end). */
export function passBetween(x: usize, dy: usize, dx: usize, first: i32, end: i32, low: f32, high: f32): void {
  const lowest = f32x4.splat(low), highest = f32x4.splat(high);
  for (let i = first; i < end; i += 4) {
    const live = min(end - i, 4);
    const value = loadSome(x + (i << 2), live);
    const through = v128.and(loadSome(dy + (i << 2), live), v128.and(f32x4.ge(value, lowest), f32x4.le(value, highest)));
    storeSome(dx + (i << 2), through, through, live);
  }
}
