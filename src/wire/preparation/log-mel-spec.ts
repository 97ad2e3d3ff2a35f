/** `logMel` and `mfcc`: what a sound becomes for keyword spotting. */
import { count, isRecord, number, object, oneOf } from '../../base/validate.ts';
import { frameCount, framesOf } from '../../signals/framing.ts';
import { LogMel, MLPERF_TINY_KWS, type LogMelSpec, type MfccSpec } from '../../signals/log-mel.ts';
import { WINDOW_NAMES, type WindowName } from '../../signals/window-functions.ts';
import { milliseconds, notOneChannel, plain, RATE_MISSING, type StepContext } from './signal-values.ts';
import type { PartShape, StepSpec } from './step-spec.ts';

export interface LogMelStep extends LogMelSpec {
  readonly step: 'logMel';
}

export interface MfccStep extends MfccSpec {
  readonly step: 'mfcc';
}

const numberOr = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
const textOr = <T>(value: unknown, otherwise: T): T => (typeof value === 'string' ? (value as T) : otherwise);

/** The parameters, of which those that are not given are MLPerf Tiny's; else what is wrong. */
function readLogMel(value: unknown, { rate }: StepContext = {}): LogMelSpec | string {
  if (rate === undefined) return RATE_MISSING;
  const given = isRecord(value) ? value : {};
  const usual = MLPERF_TINY_KWS;
  const window = milliseconds(given['window'] ?? usual.window);
  const stride = milliseconds(given['stride'] ?? usual.stride);
  if (!window || !stride) return '`window` and `stride` are times such as `30 ms`';
  const fft = given['fft'];
  const spec: LogMelSpec = {
    rate,
    window,
    stride,
    shape: textOr<WindowName>(given['shape'], usual.shape),
    scale: textOr(given['scale'], usual.scale),
    bands: numberOr(given['bands'], usual.bands),
    low: numberOr(given['low'], usual.low),
    high: numberOr(given['high'], Math.min(usual.high, rate / 2)),
    spectrum: textOr(given['spectrum'], usual.spectrum),
    floor: numberOr(given['floor'], usual.floor),
    ...(typeof fft === 'number' && { fft }),
  };
  return problemOf(spec) ?? spec;
}

function problemOf(spec: LogMelSpec): string | undefined {
  const { rate, low, high, fft, bands } = spec;
  const { length, step } = framesOf(rate, spec.window, spec.stride);
  if (length < 2 || step < 1)
    return `at ${rate} Hz a window of ${plain(spec.window)} ms every ${plain(spec.stride)} ms is ${length} samples every ${step}: take longer ones`;
  if (low >= high || high > rate / 2)
    return `frequencies from \`low: ${plain(low)}\` to \`high: ${plain(high)}\` are not between 0 and ${plain(rate / 2)} Hz, half the rate`;
  if (fft !== undefined && (fft < length || Math.log2(fft) % 1 !== 0))
    return `\`fft: ${fft}\` is no power of two that holds a window of ${length} samples`;
  const [empty] = new LogMel(spec).emptyBands;
  return empty === undefined
    ? undefined
    : `band ${empty + 1} of ${bands} is so narrow that no frequency of the transform falls into it: take fewer \`bands\`, or a larger \`fft\``;
}

/** Frames of a sound. */
function frames(name: string, spec: LogMelSpec, sample: PartShape, width: number): PartShape | string {
  const wrong = notOneChannel(name, sample);
  if (wrong !== undefined) return wrong;
  if (sample.height === undefined) return { width, channels: 1 };
  const cut = framesOf(spec.rate, spec.window, spec.stride);
  const height = frameCount(sample.height, cut);
  return height > 0
    ? { height, width, channels: 1 }
    : `\`${name}\` takes windows of ${cut.length} samples (${plain(spec.window)} ms), samples have ${sample.height}`;
}

const bandsText = (spec: LogMelSpec): string =>
  `${spec.bands} log-mel bands (${spec.scale}) of ${plain(spec.low)} to ${plain(spec.high)} Hz, natural log(${spec.spectrum} + ${spec.floor}), ${spec.shape} windows of ${plain(spec.window)} ms every ${plain(spec.stride)} ms at ${spec.rate} Hz`;

const FIELDS = {
  rate: count,
  window: number,
  stride: number,
  shape: oneOf(WINDOW_NAMES),
  scale: oneOf(['htk', 'slaney']),
  bands: count,
  low: number,
  high: number,
  spectrum: oneOf(['magnitude', 'power']),
  floor: number,
} as const;

export const logMelSpec: StepSpec<LogMelStep> = {
  id: 'logMel',
  about: 'Makes a log-mel spectrogram of a sound: frames x bands.',
  examples: ['true', '{ bands: 40, window: 30 ms, stride: 20 ms }'],
  read(value, context) {
    const read = readLogMel(value, context);
    return typeof read === 'string' ? read : { step: 'logMel', ...read };
  },
  shape: (sample, step) => frames('logMel', step, sample, step.bands),
  makes: 'float32',
  fitted: false,
  alike: false,
  words: (step) => `make ${bandsText(step)}`,
  check: object<LogMelStep>({ step: oneOf(['logMel']), ...FIELDS }, { fft: count }),
};

export const mfccSpec: StepSpec<MfccStep> = {
  id: 'mfcc',
  about: 'Makes mel-frequency cepstral coefficients of a sound: frames x coefficients.',
  examples: ['true', '{ coefficients: 13, bands: 40, window: 32 ms, stride: 16 ms }'],
  read(value, context) {
    const read = readLogMel(value, context);
    if (typeof read === 'string') return read;
    const given = isRecord(value) ? value : {};
    const coefficients = numberOr(given['coefficients'], Math.min(read.bands, MLPERF_TINY_KWS.coefficients));
    if (coefficients > read.bands)
      return `${coefficients} coefficients of ${read.bands} bands: there are at most as many`;
    return { step: 'mfcc', ...read, coefficients, dct: textOr(given['dct'], MLPERF_TINY_KWS.dct) };
  },
  shape: (sample, step) => frames('mfcc', step, sample, step.coefficients),
  makes: 'float32',
  fitted: false,
  alike: false,
  words: (step) => `make the first ${step.coefficients} coefficients (DCT-II, ${step.dct}) of ${bandsText(step)}`,
  check: object<MfccStep>(
    { step: oneOf(['mfcc']), ...FIELDS, coefficients: count, dct: oneOf(['htk', 'orthonormal']) },
    { fft: count },
  ),
};
