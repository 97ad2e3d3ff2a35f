/**
 * Ethos-U85 sizes before there are weights: the streams that a layer becomes, and what either weight format takes of
 * them.
 */
import { hardwareShape } from '../ethos/dilation.ts';
import { fastBytes } from './fast-format.ts';
import type { U85Engine } from '../../../targets/u85-engine.ts';
import { formatsOf } from './u85-formats.ts';
import { DEPTH_STEP, deepestMicro, fillsDeepest, orderOf, u85SideBytes, type U85Shape } from './u85-layouts.ts';
import { u85Elements } from './u85-order.ts';

/**
 * Equal parts of a layer's output channels: how many, and of each its channels, and of a decoder's stream its weights
 * and coded elements.
 */
export interface U85Parts {
  readonly count: number;
  readonly outputs: number;
  readonly elements: number;
  readonly coded: number;
}

/**
 * The parts of the layout that is counted on. In the deepest micro-block a layer is cut where it fills that (the
 * compiler takes it for the whole output);
 * else only strips of the output have it, and these are not cut.
 */
export function u85Parts(engine: U85Engine, logical: U85Shape): U85Parts[] {
  const shape = hardwareShape(logical);
  const [outputs, height, width, inputs] = shape.ohwi;
  const micro = deepestMicro(engine, shape);
  const sizes = new Map<number, number>();
  const add = (size: number): void => {
    sizes.set(size, (sizes.get(size) ?? 0) + 1);
  };
  if (shape.kind === 'dense' || fillsDeepest(engine, shape)) {
    for (let from = 0, size = DEPTH_STEP; from < outputs; from += size, size = Math.max(2 * DEPTH_STEP, micro))
      add(Math.min(size, outputs - from));
  } else {
    add(outputs);
  }
  const taps = logical.ohwi[1] * logical.ohwi[2] * inputs;
  return [...sizes].map(([part, count]) => ({
    count,
    outputs: part,
    elements: (part * taps) / engine.decoders,
    coded: u85Elements([part, height, width, inputs], orderOf(engine, shape, false, micro)).stream,
  }));
}

/** Bytes of scales that the parts take more than the uncut layer. */
export function u85CutScales(
  engine: U85Engine,
  shape: U85Shape,
  parts: readonly U85Parts[],
  perChannel: number,
): number {
  const micro = deepestMicro(engine, shape);
  return (
    parts.reduce((sum, { count, outputs }) => sum + count * u85SideBytes(outputs, micro, perChannel), 0) -
    u85SideBytes(shape.ohwi[0], micro, perChannel)
  );
}

/**
 * Weight bytes of the parts of a layer: `standard`: in the standard format, or what the fast format takes where the
 * compiler may choose it and it is more.
 */
export function u85EstimatedBytes(
  engine: U85Engine,
  parts: readonly Pick<U85Parts, 'count' | 'elements' | 'coded'>[],
  standard: number,
  zeroShare: number,
  levels: number,
): number {
  const coded = parts.reduce((sum, part) => sum + part.count * part.coded, 0) * engine.decoders;
  const nonZeros = parts.reduce((sum, part) => sum + part.count * part.elements, 0) * engine.decoders * (1 - zeroShare);
  const zeros = coded - nonZeros;
  // Zeros are coded as runs where they are five times as common as any other value.
  const zerosInRuns = zeros > (ZERO_FACTOR * nonZeros) / Math.max(1, levels - 1) ? zeros : 0;
  const choice = formatsOf(engine, { elements: coded, bytes: standard, zerosInRuns, distinct: levels, sparse: false });
  const fast = parts.reduce(
    (sum, part) => sum + part.count * fastBytes(part.coded * engine.decoders, levels, false),
    0,
  );
  return choice.fast ? (choice.standard ? Math.max(standard, fast) : fast) : standard;
}

const ZERO_FACTOR = 5;
