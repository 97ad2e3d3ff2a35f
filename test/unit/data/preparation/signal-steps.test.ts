/** Steps of sounds and sensor signals: shapes, values, and what a definition may not say. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { runSteps } from '../../../../src/data/preparation/steps/step-rules.ts';
import { Mfcc, MLPERF_TINY_KWS } from '../../../../src/signals/log-mel.ts';
import { STEP_SPECS, shapeAfter, type StepName } from '../../../../src/wire/preparation/step-table.ts';
import { SIGNAL_STEPS } from './made-steps.ts';

const SECOND = { height: 16000, width: 1, channels: 1 };

describe('steps of signals', () => {
  for (const step of Object.values(SIGNAL_STEPS))
    it(`${step.step} makes the shape that it says, of bytes and floats alike, and writes nothing else`, () => {
      const size = fc.integer({ min: 16, max: 200 });
      fc.assert(
        fc.property(size, fc.infiniteStream(fc.integer({ min: 0, max: 255 })), (height, stream) => {
          const shape = { height, width: 1, channels: 1 };
          const values = Uint8Array.from({ length: height }, () => stream.next().value ?? 0);
          const before = values.slice();
          const made = runSteps([step], { shape, values });
          assert.deepEqual(values, before);
          assert.deepEqual(made.shape, shapeAfter([step], shape));
          assert.ok(made.values instanceof Float32Array);
          assert.equal(made.values.length, made.shape.height * made.shape.width * made.shape.channels);
          assert.ok(made.values.every(Number.isFinite));
          assert.deepEqual(runSteps([step], { shape, values: Float32Array.from(values) }), made);
        }),
        { numRuns: 20 },
      );
    });

  it('makes of a second at 16 kHz what MLPerf Tiny does, where nothing else is said', () => {
    const step = STEP_SPECS.mfcc.read(true, { rate: 16000 });
    assert.ok(typeof step !== 'string');
    assert.deepEqual({ ...step }, { step: 'mfcc', ...MLPERF_TINY_KWS });
    assert.deepEqual(shapeAfter([step], SECOND), { height: 49, width: 10, channels: 1 });
    const values = Float32Array.from({ length: 16000 }, (_, n) => Math.sin(n / 3));
    const wanted = new Float32Array(490);
    new Mfcc(MLPERF_TINY_KWS).compute(values, wanted);
    assert.deepEqual(runSteps([step], { shape: SECOND, values }).values, wanted);
  });

  const WRONG: readonly (readonly [StepName, unknown, number | undefined, RegExp])[] = [
    ['mfcc', true, undefined, /`rate`, in hertz, in `dataset`/],
    ['logMel', true, 100, /`low: 20` to `high: 50`|no frequency|at 100 Hz a window/],
    ['mfcc', { coefficients: 41 }, 16000, /41 coefficients of 40 bands/],
    ['mfcc', { high: 9000 }, 16000, /between 0 and 8000 Hz/],
    ['logMel', { bands: 128 }, 16000, /band \d+ of 128 is so narrow/],
    ['logMel', { fft: 500 }, 16000, /no power of two that holds a window of 480/],
    ['logMel', { window: '0.1 ms' }, 16000, /take longer ones/],
    ['lowPass', 60, 100, /60 Hz is not between 0 and 50 Hz/],
    ['highPass', 1, undefined, /`rate`/],
    ['features', { statistics: [], spectrum: 'none' }, 100, /no features/],
    ['features', { statistics: ['rms', 'rms'] }, 100, /twice/],
  ];
  for (const [name, value, rate, wanted] of WRONG)
    it(`refuses ${name}: ${JSON.stringify(value)} at ${rate ?? 'no rate'}`, () => {
      assert.match(String(STEP_SPECS[name].read(value, { rate })), wanted);
    });

  it('says what samples a step cannot take', () => {
    const { logMel, features, highPass } = SIGNAL_STEPS;
    const image = { height: 32, width: 32, channels: 3 };
    assert.match(String(shapeAfter([logMel], image)), /one channel of sound/);
    assert.match(String(shapeAfter([features], image)), /over time/);
    assert.match(String(shapeAfter([highPass], image)), /over time/);
    assert.match(String(shapeAfter([logMel], { ...SECOND, height: 15 })), /windows of 16 samples .* have 15/);
  });
});
