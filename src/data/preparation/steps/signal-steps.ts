/** Steps of sounds and sensor signals: their parameters to the calculations of `src/signals`. */
import { filterInPlace } from '../../../signals/butterworth.ts';
import { LogMel, Mfcc } from '../../../signals/log-mel.ts';
import { WindowFeatures } from '../../../signals/window-features.ts';
import type { FeaturesStep } from '../../../wire/preparation/features-spec.ts';
import type { HighPassStep, LowPassStep } from '../../../wire/preparation/filter-spec.ts';
import type { LogMelStep, MfccStep } from '../../../wire/preparation/log-mel-spec.ts';
import type { PeakStep } from '../../../wire/preparation/peak-spec.ts';
import type { Pixels } from '../../dataset.ts';
import type { StepRule } from './step-rules.ts';

/** What is made once for a step, such as tables, and kept as long as the step is. */
function keptFor<S extends object, T>(make: (step: S) => T): (step: S) => T {
  const known = new WeakMap<S, T>();
  return (step) => {
    const found = known.get(step) ?? make(step);
    known.set(step, found);
    return found;
  };
}

export const peak: StepRule<PeakStep> = ({ shape, values }) => {
  const largest = (values as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return { shape, values: Float32Array.from(values, (value) => (largest === 0 ? 0 : value / largest)) };
};

export const filter: StepRule<LowPassStep | HighPassStep> = ({ shape, values }, { sections }) => {
  const signal = Float64Array.from(values);
  filterInPlace(sections, signal, shape.channels);
  return { shape, values: Float32Array.from(signal) };
};

const logMelOf = keptFor((step: LogMelStep) => new LogMel(step));

export const logMel: StepRule<LogMelStep> = ({ values }, step) => {
  const made = logMelOf(step);
  return framed(made, values, made.bands);
};

const mfccOf = keptFor((step: MfccStep) => new Mfcc(step));

export const mfcc: StepRule<MfccStep> = ({ values }, step) => {
  const made = mfccOf(step);
  return framed(made, values, made.coefficients);
};

function framed(by: LogMel | Mfcc, sound: Pixels, width: number) {
  const shape = { height: by.frameCount(sound.length), width, channels: 1 };
  const values = new Float32Array(shape.height * width);
  by.compute(sound, values);
  return { shape, values };
}

const featuresBySize = keptFor((step: FeaturesStep) => {
  const known = new Map<string, WindowFeatures>();
  return (samples: number, axes: number): WindowFeatures => {
    const key = `${samples}x${axes}`;
    const found = known.get(key) ?? new WindowFeatures(step, samples, axes);
    known.set(key, found);
    return found;
  };
});

export const features: StepRule<FeaturesStep> = ({ shape, values }, step) => {
  const { height, channels } = shape;
  const by = featuresBySize(step)(height, channels);
  const made = new Float32Array(by.count * channels);
  by.compute(values, made);
  return { shape: { height: by.count, width: 1, channels }, values: made };
};
