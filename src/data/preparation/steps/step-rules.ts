/** What the steps of `prepare:` do to a sample, by their names. */
import type { MapShape } from '../../../wire/tasks/task-spec.ts';
import { specOf, type PrepareStep, type StepName, type StepOf } from '../../../wire/preparation/step-table.ts';
import type { Pixels, Shape, Source } from '../../dataset.ts';
import { crop } from './crop-step.ts';
import { features, filter, logMel, mfcc, peak } from './signal-steps.ts';
import { grey } from './grey-step.ts';
import { resize } from './resize-step.ts';

/** One sample with its shape, which may be its own. */
export interface Sample {
  readonly shape: Shape;
  readonly values: Pixels;
}

/** Makes a sample of a sample, whose memory it does not write to. */
export type StepRule<S> = (sample: Sample, step: S) => Sample;

/** All but `normalise`, which whole batches are prepared by. */
const RULES: { readonly [K in Exclude<StepName, 'normalise'>]: StepRule<StepOf<K>> } = {
  resize,
  crop,
  grey,
  peak,
  lowPass: filter,
  highPass: filter,
  logMel,
  mfcc,
  features,
};

/** A sample after all steps. @throws RangeError where a step can make nothing of its shape */
export function runSteps(steps: readonly PrepareStep[], sample: Sample): Sample {
  let now = sample;
  for (const step of steps) {
    if (step.step === 'normalise') continue;
    const shape = specOf(step).shape(now.shape, step);
    if (typeof shape === 'string') throw new RangeError(shape);
    now = (RULES[step.step] as StepRule<PrepareStep>)(now, step);
  }
  return now;
}

/** The type of values that steps make. */
export const typeAfter = (steps: readonly PrepareStep[], type: Source['type']): Source['type'] =>
  steps.findLast((step) => specOf(step).makes !== undefined) ? 'float32' : type;

/** Are all sizes of a shape known? */
export const isWhole = (shape: Partial<MapShape>): shape is MapShape =>
  shape.height !== undefined && shape.width !== undefined && shape.channels !== undefined;
