/** Gradients of pooling over NHWC images; the job's fields are 32-bit words, which src/devices/wasm/pool-kernels.ts writes. */
import { loadSome, storeSome } from './simd';
import { word } from './taps';

const X = 0, DY = 1, DX = 2, HEIGHT = 3, WIDTH = 4, CHANNELS = 5, OUT_HEIGHT = 6, OUT_WIDTH = 7, KERNEL_HEIGHT = 8, KERNEL_WIDTH = 9, STRIDE_HEIGHT = 10, STRIDE_WIDTH = 11,
  DILATION_HEIGHT = 12, DILATION_WIDTH = 13, TOP = 14, LEFT = 15, MAXIMUM = 16;

/** One image (`task`). Maximum: all of dy goes to the first largest element. Average: dy is shared by the elements that lie in the image. */
export function poolGradient(job: usize, task: i32, _scratch: usize): void {
  const height = word(job, HEIGHT), width = word(job, WIDTH), channels = word(job, CHANNELS), outHeight = word(job, OUT_HEIGHT), outWidth = word(job, OUT_WIDTH);
  const pixel: usize = channels << 2;
  const image: usize = height * width * channels * 4;
  const x: usize = word(job, X) + task * image, dx: usize = word(job, DX) + task * image;
  let dy: usize = word(job, DY) + task * outHeight * outWidth * pixel;
  memory.fill(dx, 0, image);
  for (let row = 0; row < outHeight; ++row) {
    for (let column = 0; column < outWidth; ++column) {
      if (word(job, MAXIMUM)) toLargest(job, x, dy, dx, row, column, pixel);
      else toAll(job, dy, dx, row, column, pixel);
      dy += pixel;
    }
  }
}

// @ts-ignore: decorator
@inline
function inputRow(job: usize, row: i32, i: i32): i32 {
  return row * word(job, STRIDE_HEIGHT) + i * word(job, DILATION_HEIGHT) - word(job, TOP);
}

// @ts-ignore: decorator
@inline
function inputColumn(job: usize, column: i32, j: i32): i32 {
  return column * word(job, STRIDE_WIDTH) + j * word(job, DILATION_WIDTH) - word(job, LEFT);
}

function toAll(job: usize, dy: usize, dx: usize, row: i32, column: i32, pixel: usize): void {
  const height = word(job, HEIGHT), width = word(job, WIDTH), rows = word(job, KERNEL_HEIGHT), columns = word(job, KERNEL_WIDTH), channels = word(job, CHANNELS);
  let inside = 0;
  for (let i = 0; i < rows; ++i) {
    for (let j = 0; j < columns; ++j) inside += i32(<u32>inputRow(job, row, i) < <u32>height && <u32>inputColumn(job, column, j) < <u32>width);
  }
  const share = f32x4.splat(1 / <f32>max(inside, 1));
  for (let i = 0; i < rows; ++i) {
    const y = inputRow(job, row, i);
    if (<u32>y >= <u32>height) continue;
    for (let j = 0; j < columns; ++j) {
      const at = inputColumn(job, column, j);
      if (<u32>at >= <u32>width) continue;
      const target = dx + <usize>(y * width + at) * pixel;
      for (let c = 0; c < channels; c += 4) {
        const live = min(channels - c, 4);
        const sum = f32x4.add(loadSome(target + (c << 2), live), f32x4.mul(loadSome(dy + (c << 2), live), share));
        storeSome(target + (c << 2), sum, sum, live);
      }
    }
  }
}

function toLargest(job: usize, x: usize, dy: usize, dx: usize, row: i32, column: i32, pixel: usize): void {
  const height = word(job, HEIGHT), width = word(job, WIDTH), rows = word(job, KERNEL_HEIGHT), columns = word(job, KERNEL_WIDTH);
  for (let c: usize = 0; c < pixel; c += 4) {
    let largest = -f32.MAX_VALUE;
    let best: usize = 0;
    for (let i = 0; i < rows; ++i) {
      const y = inputRow(job, row, i);
      if (<u32>y >= <u32>height) continue;
      for (let j = 0; j < columns; ++j) {
        const at = inputColumn(job, column, j);
        if (<u32>at >= <u32>width) continue;
        const offset = <usize>(y * width + at) * pixel + c;
        const value = f32.load(x + offset);
        if (best != 0 && value <= largest) continue;
        largest = value;
        best = dx + offset;
      }
    }
    if (best != 0) f32.store(best, f32.load(best) + f32.load(dy + c));
  }
}
