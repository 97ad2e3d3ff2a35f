/** One of each step of sounds and sensor signals, as definitions at 100 Hz are read. */
import { STEP_SPECS, type PrepareStep, type StepName } from '../../../../src/wire/preparation/step-table.ts';

function read(name: StepName, value: unknown): PrepareStep {
  const step = STEP_SPECS[name].read(value, { rate: 100 });
  if (typeof step === 'string') throw new Error(step);
  return step;
}

const FRAMES = { window: '160 ms', stride: 80, bands: 4, low: 0, high: 50, fft: 64 };

export const SIGNAL_STEPS = {
  peak: read('peak', true),
  lowPass: read('lowPass', 20),
  highPass: read('highPass', { cutoff: 0.5, order: 3 }),
  logMel: read('logMel', FRAMES),
  mfcc: read('mfcc', { ...FRAMES, coefficients: 3, dct: 'orthonormal' }),
  features: read('features', { statistics: ['rms', 'max'], spectrum: 'log-power' }),
} as const satisfies Partial<Record<StepName, PrepareStep>>;
