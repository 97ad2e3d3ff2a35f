/**
 * The job that forward convolutions and gradients to the input share: every output is a sum over "taps", runs of input floats at fixed offsets.
 * A strided gradient to the input is several such sums ("phases"), each writing every stride-th row and column.
 *
 * The job's fields are 32-bit words; src/devices/wasm/tap-plan.ts writes them.
 */
import { convPhase } from './conv';
import { depthwisePhase } from './depthwise';
import { padImages } from './pad';

// @ts-ignore: decorator
@inline
export function word(job: usize, index: i32): i32 {
  return i32.load(job + (index << 2));
}

// Words of a job.
const SOURCE = 0, TARGET = 1, WEIGHTS = 2, IMAGES = 3, PER_TASK = 4, HEIGHT = 5, WIDTH = 6, CHANNELS = 7, PADDED = 8, TOP = 9, LEFT = 10,
  PADDED_HEIGHT = 11, PADDED_WIDTH = 12, OUT_CHANNELS = 13, OUT_IMAGE = 14, OUT_ROW = 15, OUT_PIXEL = 16, REPEAT = 17, DEPTHWISE = 18, PHASES = 19, FIRST_PHASE = 20;
const PHASE_WORDS = 9;

/** One group of images. `scratch` holds the padded group, after 64 bytes for the pixel pointers of a tile. */
export function tapTask(job: usize, task: i32, scratch: usize): void {
  const perTask = word(job, PER_TASK);
  const first = task * perTask;
  const images = min(perTask, word(job, IMAGES) - first);
  const height = word(job, HEIGHT), width = word(job, WIDTH), channels = word(job, CHANNELS), repeat = word(job, REPEAT);
  let source: usize = word(job, SOURCE) + first * height * width * channels * 4;
  let imageBytes = height * width * channels * 4;
  if (word(job, PADDED)) {
    const rows = word(job, PADDED_HEIGHT), columns = word(job, PADDED_WIDTH);
    padImages(source, scratch + 64, images, height, width, channels, word(job, TOP), word(job, LEFT), rows, columns, repeat);
    source = scratch + 64;
    imageBytes = rows * columns * channels * repeat * 4;
  }
  const target: usize = word(job, TARGET) + first * word(job, OUT_IMAGE);
  const phases = word(job, PHASES);
  for (let p = 0; p < phases; ++p) {
    const phase = job + ((FIRST_PHASE + p * PHASE_WORDS) << 2);
    if (word(job, DEPTHWISE)) {
      depthwisePhase(phase, source, imageBytes, target, word(job, WEIGHTS), images, word(job, OUT_CHANNELS), word(job, OUT_IMAGE), word(job, OUT_ROW), word(job, OUT_PIXEL), scratch);
    } else {
      convPhase(phase, source, imageBytes, target, word(job, WEIGHTS), images, word(job, OUT_CHANNELS), word(job, OUT_IMAGE), word(job, OUT_ROW), word(job, OUT_PIXEL), scratch);
    }
  }
}
