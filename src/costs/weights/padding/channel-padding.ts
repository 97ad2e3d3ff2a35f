/** Channel counts that a target's weight order rounds up, and the counts next to them that it does not. */
import { filterShape } from '../../../network/operation-counts.ts';
import type { Operation } from '../../../network/types.ts';
import { hardwareShape } from '../ethos/dilation.ts';
import { coreShares } from '../ethos/ethos-order.ts';
import { brickElements } from '../mlw/reorder.ts';
import type { WeightSpec } from '../rates/estimate-size.ts';
import { isWeighted, storedKind } from '../stored-kind.ts';
import type { Target } from '../../../targets/find-target.ts';
import type { U85Engine } from '../../../targets/u85-engine.ts';
import { deepestMicro, orderOf } from '../u85/u85-layouts.ts';
import { u85Elements } from '../u85/u85-order.ts';

export type PaddingShape = Omit<WeightSpec, 'bits' | 'sparsity'>;

/** The shape of an operator's weights as the target stores them; undefined without weights. */
export function weightShape(operation: Operation): PaddingShape | undefined {
  const ohwi = filterShape(operation);
  const { kind, inChannels, dilation } = operation;
  return ohwi && isWeighted(kind) ? { kind: storedKind(kind, inChannels), ohwi, dilation } : undefined;
}

/** Channels as the network has them, and as they are stored. */
export interface ChannelPadding {
  readonly channels: number;
  readonly stored: number;
}

export type Side = 'output' | 'input';

/** No weight order rounds by more. */
export const FURTHEST = 128;
const AXIS = { output: 0, input: 3 } as const;

/** Elements that are coded with another count of channels on one side. */
function codedWith(target: Target, shape: PaddingShape, side: Side, count: number): number {
  const ohwi: [number, number, number, number] = [...shape.ohwi];
  ohwi[AXIS[side]] = count;
  return codedElements(target, { ...shape, ohwi });
}

const rounds = (target: Target, { kind }: PaddingShape, side: Side): boolean =>
  target.format === 'mlw' && !(kind === 'depthwise' && side === 'input');

/** Would a side of an operator be stored as it is, with this count of channels? Then one more takes more. */
export function isWhole(target: Target, shape: PaddingShape, side: Side, count: number): boolean {
  return (
    !rounds(target, shape, side) || codedWith(target, shape, side, count + 1) > codedWith(target, shape, side, count)
  );
}

/** The rounding of the output or input channels of an operator, or undefined where nothing is added. */
export function channelPadding(target: Target, shape: PaddingShape, side: Side): ChannelPadding | undefined {
  if (!rounds(target, shape, side)) return undefined;
  const channels = shape.ohwi[AXIS[side]];
  const now = codedWith(target, shape, side, channels);
  let stored = channels;
  while (stored < channels + FURTHEST && codedWith(target, shape, side, stored + 1) === now) stored++;
  return stored === channels ? undefined : { channels, stored };
}

/** Elements that are coded for an operator, the zeros that fill bricks included. */
export function codedElements(target: Target, shape: PaddingShape): number {
  if (target.u85) return u85Coded(target.u85, shape);
  if (!target.engine) return shape.ohwi[0] * shape.ohwi[1] * shape.ohwi[2] * shape.ohwi[3];
  let coded = 0;
  for (const { ohwi, order } of coreShares(shape, target.engine)) coded += brickElements(ohwi, order);
  return coded;
}

function u85Coded(engine: U85Engine, logical: PaddingShape): number {
  const shape = hardwareShape(logical);
  return u85Elements(shape.ohwi, orderOf(engine, shape, false, deepestMicro(engine, shape))).all;
}
