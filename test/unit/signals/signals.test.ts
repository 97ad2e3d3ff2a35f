/** The signal processing against TensorFlow, librosa, NumPy and SciPy: reference.py makes the numbers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { butterworth, filterInPlace } from '../../../src/signals/butterworth.ts';
import { frameCount, framesOf } from '../../../src/signals/framing.ts';
import { LogMel, Mfcc, MLPERF_TINY_KWS, type MfccSpec } from '../../../src/signals/log-mel.ts';
import { RealFft } from '../../../src/signals/real-fft.ts';
import { Resampler } from '../../../src/signals/rational-resampler.ts';
import { STATISTIC_NAMES, WindowFeatures } from '../../../src/signals/window-features.ts';
import { WINDOW_NAMES, windowFunction } from '../../../src/signals/window-functions.ts';
import { closeTo } from './close-to.ts';
import { noise, sound } from './made-signals.ts';

type Numbers = readonly number[];
interface Reference {
  readonly fft: Record<string, Numbers>;
  readonly windows: Record<string, Numbers>;
  readonly 'tensorflow log-mel': Record<string, Numbers>;
  readonly 'tensorflow mfcc': Numbers;
  readonly 'librosa log-mel': Record<string, Numbers>;
  readonly 'librosa mfcc': Record<string, Numbers>;
  readonly 'librosa frames': number;
  readonly features: Record<string, Numbers>;
  readonly spectrum: Numbers;
  readonly filters: Record<string, Numbers>;
  readonly resampled: Record<string, Numbers>;
}
const REFERENCE = JSON.parse(readFileSync(new URL('reference.json', import.meta.url), 'utf8')) as Reference;

const row = (values: Float64Array, t: number, length: number): Float64Array =>
  values.subarray(t * length, (t + 1) * length);

/** librosa's defaults, with a natural logarithm. */
const LIBROSA: MfccSpec = {
  ...MLPERF_TINY_KWS,
  window: 32,
  stride: 16,
  scale: 'slaney',
  bands: 32,
  low: 0,
  high: 8000,
  spectrum: 'power',
  floor: 1e-10,
  coefficients: 13,
  dct: 'orthonormal',
};

describe('signal processing', () => {
  it('transforms as numpy.fft.rfft', () => {
    for (const [length, wanted] of Object.entries(REFERENCE.fft)) {
      const fft = new RealFft(Number(length));
      fft.transform(noise(Number(length), 3));
      closeTo(
        Array.from(fft.re).flatMap((re, k) => [re, fft.im[k]!]),
        wanted,
        1e-8,
        `length ${length}`,
      );
    }
  });

  it('transforms as the definition says, at any power of two', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 1e6 }), (bits, seed) => {
        const size = 2 ** bits;
        const x = noise(size, seed);
        const fft = new RealFft(size);
        fft.transform(x);
        for (let k = 0; k < fft.bins; k++) {
          const turn = (n: number): number => (2 * Math.PI * ((k * n) % size)) / size;
          const re = x.reduce((sum, value, n) => sum + value * Math.cos(turn(n)), 0);
          const im = x.reduce((sum, value, n) => sum - value * Math.sin(turn(n)), 0);
          closeTo([fft.re[k]!, fft.im[k]!], [re, im], 1e-11, `bin ${k} of ${size}`);
        }
      }),
      { numRuns: 30 },
    );
    for (const size of [0, 1, 3, 480]) assert.throws(() => new RealFft(size), RangeError);
  });

  it('has the windows of scipy.signal.get_window', () => {
    for (const name of WINDOW_NAMES) closeTo(windowFunction(name, 7), REFERENCE.windows[name]!, 1e-8, name);
  });

  it('makes the 49 x 10 coefficients of MLPerf Tiny as TensorFlow does', () => {
    const mfcc = new Mfcc(MLPERF_TINY_KWS);
    const x = sound(16000, 16000);
    assert.equal(mfcc.frameCount(x.length), 49);
    const made = new Float64Array(490);
    mfcc.compute(x, made);
    closeTo(made, REFERENCE['tensorflow mfcc'], 1e-6, 'coefficients');
    const spectrogram = new Float64Array(49 * 40);
    new LogMel(MLPERF_TINY_KWS).compute(x, spectrogram);
    for (const [t, wanted] of Object.entries(REFERENCE['tensorflow log-mel']))
      closeTo(row(spectrogram, Number(t), 40), wanted, 1e-6, `frame ${t}`);
  });

  it('makes log-mel bands and orthonormal coefficients as librosa and SciPy do', () => {
    const x = sound(16000, 16000);
    const logMel = new LogMel(LIBROSA);
    const frames = logMel.frameCount(x.length);
    assert.equal(frames, REFERENCE['librosa frames']);
    const [spectrogram, made] = [new Float64Array(frames * 32), new Float64Array(frames * 13)];
    logMel.compute(x, spectrogram);
    new Mfcc(LIBROSA).compute(x, made);
    // librosa's filters are float32.
    for (const [t, wanted] of Object.entries(REFERENCE['librosa log-mel']))
      closeTo(row(spectrogram, Number(t), 32), wanted, 2e-5, `frame ${t}`);
    for (const [t, wanted] of Object.entries(REFERENCE['librosa mfcc']))
      closeTo(row(made, Number(t), 13), wanted, 2e-5, `frame ${t}`);
  });

  it('names the bands that no frequency falls into', () => {
    assert.deepEqual(new LogMel(MLPERF_TINY_KWS).emptyBands, []);
    assert.ok(new LogMel({ ...MLPERF_TINY_KWS, bands: 128 }).emptyBands.length > 0);
  });

  it('cuts whole frames', () => {
    assert.deepEqual(framesOf(16000, 30, 20), { length: 480, step: 320 });
    assert.deepEqual(framesOf(16000, 0.1, 0.1), { length: 1, step: 1 });
    for (const [samples, count] of [
      [479, 0],
      [480, 1],
      [799, 1],
      [800, 2],
      [16000, 49],
    ])
      assert.equal(frameCount(samples!, { length: 480, step: 320 }), count);
  });

  it('takes statistics and spectra of windows as NumPy and SciPy do', () => {
    const [a, b] = [noise(100, 7), noise(100, 8)];
    let sum = 0;
    const window = Array.from({ length: 300 }, (_, i) => {
      const n = Math.floor(i / 3);
      if (i % 3 === 1) sum += b[n]!;
      return [a[n]!, sum, 9.81][i % 3]!;
    });
    const features = new WindowFeatures(
      { statistics: STATISTIC_NAMES, spectrum: 'magnitude', shape: 'hann', floor: 0 },
      100,
      3,
    );
    assert.equal(features.count, STATISTIC_NAMES.length + 64);
    const made = new Float64Array(features.count * 3);
    features.compute(window, made);
    STATISTIC_NAMES.forEach((name, f) => {
      closeTo(row(made, f, 3), REFERENCE.features[name]!, 1e-8, name);
    });
    const spectrum = [0, 5, 63].flatMap((k) => [...row(made, STATISTIC_NAMES.length + k, 3)]);
    closeTo(spectrum, REFERENCE.spectrum, 1e-8, 'spectrum');
    const log = new WindowFeatures({ statistics: [], spectrum: 'log-power', shape: 'hann', floor: 1e-6 }, 100, 3);
    const logs = new Float64Array(64 * 3);
    log.compute(window, logs);
    closeTo(
      logs.map((value) => Math.exp(value)),
      made.slice(STATISTIC_NAMES.length * 3).map((value) => value ** 2 + 1e-6),
      1e-12,
      'log power',
    );
  });

  it('filters as scipy.signal.butter and sosfilt do, each channel alone', () => {
    for (const [name, wanted] of Object.entries(REFERENCE.filters)) {
      const [kind, order] = name.split(' ') as ['low-pass' | 'high-pass', string];
      const sections = butterworth({ kind, order: Number(order), cutoff: 12.5, rate: 100 });
      const one = noise(60, 5);
      const two = Float64Array.from({ length: 120 }, (_, i) => (i % 2 === 0 ? one[i / 2]! : 7));
      filterInPlace(sections, two, 2);
      closeTo(
        two.filter((_, i) => i % 2 === 0),
        wanted,
        1e-8,
        name,
      );
    }
    for (const cutoff of [0, 50, 60]) {
      assert.throws(() => butterworth({ kind: 'low-pass', order: 2, cutoff, rate: 100 }), /between 0 and 50 Hz/);
    }
  });

  it('resamples as scipy.signal.resample_poly does', () => {
    for (const [name, wanted] of Object.entries(REFERENCE.resampled)) {
      const [from, to] = name.split(' ').map(Number);
      const resampler = new Resampler(from!, to!);
      const made = resampler.resample(sound(Math.floor(from! / 50), from!));
      assert.equal(made.length, resampler.lengthOf(Math.floor(from! / 50)));
      closeTo(made, wanted, 1e-6, name);
    }
  });
});
