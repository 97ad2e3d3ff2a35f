/** Values that the steps of sounds and sensor signals share: how they are written, and what is wrong with them. */
import type { MapShape } from '../map-shape.ts';
import type { PartShape } from './step-spec.ts';

/** What a step's value may be read with. */
export interface StepContext {
  /** Samples a second of the data, where the definition says it. */
  readonly rate?: number | undefined;
  /** The input that samples are prepared for, where the definition says it; `inputs` where its size is a choice. */
  readonly input?: { readonly input: Pick<MapShape, 'height' | 'width'>; readonly inputs?: unknown } | undefined;
}

export const RATE_MISSING = 'how many samples a second there are is not said: write `rate`, in hertz, in `dataset`';

/** Milliseconds of '30 ms', '0.03 s' or 30; undefined for anything else. */
export function milliseconds(value: unknown): number | undefined {
  const found = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|)\s*$/.exec(String(value));
  return found ? Number((Number(found[1]) * (found[2] === 's' ? 1000 : 1)).toPrecision(15)) : undefined;
}

/** Why a sample is no sound of one channel: samples × 1 × 1. Undefined where it is, as far as is known. */
export const notOneChannel = (step: string, { width = 1, channels = 1 }: PartShape): string | undefined =>
  width === 1 && channels === 1
    ? undefined
    : `\`${step}\` takes one channel of sound, so many samples x 1 x 1; samples are ${width} wide with ${channels} channels`;

/** Why a sample is no signal over time: samples × 1 × channels. */
export const notOverTime = (step: string, { width = 1 }: PartShape): string | undefined =>
  width === 1
    ? undefined
    : `\`${step}\` takes signals over time, so many samples x 1 x channels; samples are ${width} wide`;

/** A number as sentences give it. */
export const plain = (value: number): string => String(Number(value.toPrecision(6)));
