/** Adam with decoupled weight decay, in place. */
import { fma, loadSome, storeSome } from './simd';

/** Updates `count` values and their moments. `correction1`, `correction2`: 1 / (1 − beta^step). `norm` > 0: the L2 norm that the result is scaled back to. */
export function adam(value: usize, gradient: usize, m: usize, v: usize, count: i32, rate: f32, beta1: f32, beta2: f32, epsilon: f32, decay: f32, correction1: f32, correction2: f32, norm: f32): void {
  const first = f32x4.splat(beta1), second = f32x4.splat(beta2), rest1 = f32x4.splat(1 - beta1), rest2 = f32x4.splat(1 - beta2);
  const keep = f32x4.splat(1 - rate * decay), step = f32x4.splat(-rate * correction1), root = f32x4.splat(correction2), small = f32x4.splat(epsilon);
  let squares: f64 = 0;
  for (let i = 0; i < count; i += 4) {
    const live = min(count - i, 4);
    const at: usize = i << 2;
    const g = loadSome(gradient + at, live);
    const mean = fma(loadSome(m + at, live), first, f32x4.mul(g, rest1));
    const spread = fma(loadSome(v + at, live), second, f32x4.mul(f32x4.mul(g, g), rest2));
    const change = f32x4.div(f32x4.mul(mean, step), f32x4.add(f32x4.sqrt(f32x4.mul(spread, root)), small));
    const updated = fma(loadSome(value + at, live), keep, change);
    storeSome(m + at, mean, mean, live);
    storeSome(v + at, spread, spread, live);
    storeSome(value + at, updated, updated, live);
    const square = f32x4.mul(updated, updated);
    squares += <f64>f32x4.extract_lane(square, 0) + <f64>f32x4.extract_lane(square, 1) + (<f64>f32x4.extract_lane(square, 2) + <f64>f32x4.extract_lane(square, 3));
  }
  if (norm <= 0 || squares <= 0) return;
  const factor = f32x4.splat(<f32>(<f64>norm / Math.sqrt(squares)));
  for (let i = 0; i < count; i += 4) {
    const at = value + (i << 2);
    const live = min(count - i, 4);
    const scaled = f32x4.mul(loadSome(at, live), factor);
    storeSome(at, scaled, scaled, live);
  }
}
