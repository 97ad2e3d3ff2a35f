/** The steps that `prepare:` may have, by their keys, and what a list of them makes of a sample. */
import { object, string, ValidationError, type Check } from '../../base/validate.ts';
import type { MapShape } from '../map-shape.ts';
import { cropSpec, type CropStep } from './crop-spec.ts';
import { featuresSpec, type FeaturesStep } from './features-spec.ts';
import { highPassSpec, lowPassSpec, type HighPassStep, type LowPassStep } from './filter-spec.ts';
import { logMelSpec, mfccSpec, type LogMelStep, type MfccStep } from './log-mel-spec.ts';
import { peakSpec, type PeakStep } from './peak-spec.ts';
import { greySpec, type GreyStep } from './grey-spec.ts';
import { normaliseSpec, type NormaliseStep } from './normalise-spec.ts';
import { resizeSpec, type ResizeStep } from './resize-spec.ts';
import type { PartShape, StepSpec } from './step-spec.ts';

/** A step with its parameters: plain data, as runs and exports state it. */
export type PrepareStep =
  | ResizeStep
  | CropStep
  | GreyStep
  | PeakStep
  | LowPassStep
  | HighPassStep
  | LogMelStep
  | MfccStep
  | FeaturesStep
  | NormaliseStep;
export type StepName = PrepareStep['step'];
export type StepOf<K extends StepName> = Extract<PrepareStep, { readonly step: K }>;

export const STEP_SPECS: { readonly [K in StepName]: StepSpec<StepOf<K>> } = {
  resize: resizeSpec,
  crop: cropSpec,
  grey: greySpec,
  peak: peakSpec,
  lowPass: lowPassSpec,
  highPass: highPassSpec,
  logMel: logMelSpec,
  mfcc: mfccSpec,
  features: featuresSpec,
  normalise: normaliseSpec,
};

export const STEP_NAMES = Object.keys(STEP_SPECS) as readonly StepName[];

export const isStepName = (text: string): text is StepName => Object.hasOwn(STEP_SPECS, text);

/** The specification of a step, for calls with that step. */
export const specOf = (step: PrepareStep): StepSpec<PrepareStep> =>
  STEP_SPECS[step.step] as unknown as StepSpec<PrepareStep>;

/** The shape that steps make of a sample, or why they can make none. */
export function shapeAfter(steps: readonly PrepareStep[], sample: PartShape): PartShape | string {
  let shape = sample;
  for (const step of steps) {
    const made = specOf(step).shape(shape, step);
    if (typeof made === 'string') return made;
    shape = made;
  }
  return shape;
}

/** Steps for an input of this size, of several to choose between; `open`: it still is one of them. */
export const stepsAt = (
  steps: readonly PrepareStep[],
  { height, width }: Pick<MapShape, 'height' | 'width'>,
  open = false,
): readonly PrepareStep[] =>
  steps.map((step) => {
    if (!('ofInput' in step)) return step;
    const { ofInput, ...rest } = step;
    return { ...rest, height, width, ...(open && { ofInput }) };
  });

/** What a chip has to do to what it sees, in part of a sentence. */
export const stepsText = (steps: readonly PrepareStep[]): string =>
  steps.map((step) => specOf(step).words(step)).join(', then ');

/** A step as a file of a run has it. */
export const prepareStep: Check<PrepareStep> = (value, path = '') => {
  const { step } = object<{ step: string }>({ step: string })(value, path);
  if (!isStepName(step)) throw new ValidationError(`${path}.step`, `one of ${STEP_NAMES.join(', ')}`, step);
  return STEP_SPECS[step].check(value, path) as PrepareStep;
};
