/** Cutting a signal into frames that overlap. */

export interface Frames {
  /** Samples of a frame, and from the start of one to that of the next. */
  readonly length: number;
  readonly step: number;
}

/** How many whole frames a signal has; samples after the last are not used. */
export const frameCount = (samples: number, { length, step }: Frames): number =>
  samples < length ? 0 : 1 + Math.floor((samples - length) / step);

/** Frames of so many milliseconds at a rate in hertz; parts of a sample are dropped, as TensorFlow's recipes do. */
export function framesOf(rate: number, windowMs: number, strideMs: number): Frames {
  // 0.1 ms of 16 kHz is 1.6000000000000001 samples: what is whole but for rounding stays whole.
  const whole = (ms: number): number => Math.floor((rate * ms) / 1000 + 1e-9);
  return { length: whole(windowMs), step: whole(strideMs) };
}
