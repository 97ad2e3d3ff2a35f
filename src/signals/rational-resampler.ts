/** A signal at another rate. */

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The modified Bessel function of the first kind, order 0: its power series. */
function besselI0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** Zero crossings of the low pass on each side, and the shape of its Kaiser window: those of scipy. */
const HALF_CROSSINGS = 10;
const KAISER_BETA = 5;

/**
 * Resamples by a rational factor, with a linear-phase low pass at the lower of both half rates (a sinc under a Kaiser
 * window) that delays nothing: scipy.signal.resample_poly with its defaults. Outside of the signal is silence.
 */
export class Resampler {
  private readonly up: number;
  private readonly down: number;
  private readonly half: number;
  /** Of the low pass, at `up` times the rate that is resampled from. */
  readonly taps: Float64Array;

  /** How many taps the low pass between two rates has; without making it. */
  static tapsOf(from: number, to: number): number {
    return (2 * HALF_CROSSINGS * Math.max(from, to)) / greatestCommonDivisor(from, to) + 1;
  }

  /** @param from, to rates in hertz, whole numbers */
  constructor(from: number, to: number) {
    const common = greatestCommonDivisor(from, to);
    this.up = to / common;
    this.down = from / common;
    const widest = Math.max(this.up, this.down);
    this.half = HALF_CROSSINGS * widest;
    const taps = Float64Array.from({ length: 2 * this.half + 1 }, (_, i) => {
      const x = (i - this.half) / widest;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
      const inside = Math.sqrt(Math.max(0, 1 - ((i - this.half) / this.half) ** 2));
      return (sinc * besselI0(KAISER_BETA * inside)) / besselI0(KAISER_BETA);
    });
    const sum = taps.reduce((total, tap) => total + tap, 0);
    this.taps = taps.map((tap) => (tap / sum) * this.up);
  }

  /** Samples that a signal of `samples` becomes. */
  lengthOf(samples: number): number {
    return Math.ceil((samples * this.up) / this.down);
  }

  /** How many samples beyond one are heard in it. */
  get reach(): number {
    return Math.ceil(this.half / this.up);
  }

  resample(signal: ArrayLike<number>): Float32Array {
    const { up, down, half, taps } = this;
    const out = new Float32Array(this.lengthOf(signal.length));
    for (let m = 0; m < out.length; m++) {
      // Of the signal with up − 1 zeros between samples, those under the low pass that are no zeros.
      const centre = m * down;
      const first = Math.max(0, Math.ceil((centre - half) / up));
      const last = Math.min(signal.length - 1, Math.floor((centre + half) / up));
      let sum = 0;
      for (let n = first; n <= last; n++) sum += signal[n]! * taps[centre - n * up + half]!;
      out[m] = sum;
    }
    return out;
  }
}
