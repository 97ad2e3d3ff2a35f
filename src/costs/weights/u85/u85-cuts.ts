/**
 * The dearest ways in which the compiler may cut a layer's output channels on an Ethos-U85: a first part of a multiple
 * of 16, then parts of whole micro-blocks.
 */
import { DEPTH_STEP } from './u85-layouts.ts';

/** What decides where a layer may be cut. */
export interface CutLayer {
  readonly outputs: number;
  readonly microDepth: number;
}

/** Bytes of output channels [from, to), scales included. */
export type BytesOf = (from: number, to: number) => number;

/**
 * A part is at most as long as this, in bricks of output channels, or as UNITS divided by the layer's length in units
 * of 16 channels.
 */
const LONGEST_PART = 2;
const UNITS = 64;
/** Longer parts that are looked at are multiples of this. */
const LONG_STEP = 128;

/**
 * The dearest way to cut the output channels: a first part of a multiple of 16, then parts of whole micro-blocks.
 * In layers of more than 128 channels most of the longest parts are left out (docs/targets.md): there a promise may be
 * short.
 */
export function worstParts({ outputs, microDepth }: CutLayer, bytesOf: BytesOf): number {
  const ends = Array.from({ length: Math.ceil(outputs / DEPTH_STEP) }, (_, k) => k * DEPTH_STEP);
  ends.push(outputs);
  const last = ends.length - 1;
  const step = Math.max(1, microDepth / DEPTH_STEP);
  const longest = Math.max(LONGEST_PART, Math.floor(UNITS / last));
  const worst = new Float64Array(ends.length);
  for (let j = 1; j <= last; j++) {
    for (let i = j - 1; i >= 0; i--) {
      const anyLength = i === 0 || j === last;
      if ((j - i > longest * step && j - i < last) || ((j - i) % step > 0 && !anyLength)) continue;
      worst[j] = Math.max(worst[j]!, worst[i]! + bytesOf(ends[i]!, ends[j]!));
    }
  }
  return longest * step < last ? Math.max(worst[last]!, longParts(outputs, bytesOf)) : worst[last]!;
}

/**
 * The dearest of usual cuts in long parts: a first part of 16, 32, 64, … channels, then equal parts of a multiple of
 * 128.
 */
function longParts(outputs: number, bytesOf: BytesOf): number {
  let most = 0;
  for (let first = DEPTH_STEP; first < outputs; first *= 2) {
    for (let length = LONG_STEP; length < outputs; length += LONG_STEP) {
      let bytes = bytesOf(0, first);
      for (let from = first; from < outputs; from += length) {
        const to = Math.min(outputs, from + length);
        bytes += bytesOf(from, to);
      }
      most = Math.max(most, bytes);
    }
  }
  return most;
}

/** The dearer of the whole layer and a first part of 16 channels with parts as short as they get. */
export function usualParts({ outputs, microDepth }: CutLayer, bytesOf: BytesOf): number {
  let parts = 0;
  for (let from = 0, size = DEPTH_STEP; from < outputs; from += size, size = Math.max(DEPTH_STEP, microDepth)) {
    const to = Math.min(outputs, from + size);
    parts += bytesOf(from, to);
  }
  return outputs <= DEPTH_STEP ? parts : Math.max(parts, bytesOf(0, outputs));
}
