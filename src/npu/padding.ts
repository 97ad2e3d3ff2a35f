/** Channel counts that a target's weight order rounds up, and the counts next to them that it does not. */
import { filterShape } from '../model/cost.ts';
import type { Operation } from '../model/types.ts';
import { hardwareShape } from './dilation.ts';
import { coreShares } from './ethos.ts';
import { brickElements } from './mlw/reorder.ts';
import type { WeightSpec } from './rates.ts';
import { isWeighted, storedKind } from './stored-kind.ts';
import type { Target } from './targets.ts';
import type { U85Engine } from './u85/engine.ts';
import { deepestMicro, orderOf } from './u85/layouts.ts';
import { u85Elements } from './u85/order.ts';

export type PaddingShape = Omit<WeightSpec, 'bits' | 'sparsity'>;

/** The shape of an operator's weights as the target stores them; undefined without weights. */
export function weightShape(operation: Operation): PaddingShape | undefined {
  const ohwi = filterShape(operation);
  const { kind, inChannels, dilation } = operation;
  return ohwi && isWeighted(kind) ? { kind: storedKind(kind, inChannels), ohwi, dilation } : undefined;
}

/** Channels as the network has them, as they are stored, and the nearest smaller count that is stored as it is (0: none). */
export interface ChannelPadding { readonly channels: number; readonly stored: number; readonly lower: number }

/** No weight order rounds by more. */
const FURTHEST = 128;
const AXIS = { output: 0, input: 3 } as const;

/** The rounding of the output or input channels of an operator, or undefined where nothing is added. */
export function channelPadding(target: Target, shape: PaddingShape, side: keyof typeof AXIS): ChannelPadding | undefined {
  if (target.format !== 'mlw' || (shape.kind === 'depthwise' && side === 'input')) return undefined;
  const axis = AXIS[side];
  const channels = shape.ohwi[axis];
  const coded = (count: number): number => {
    const ohwi: [number, number, number, number] = [...shape.ohwi];
    ohwi[axis] = count;
    return codedElements(target, { ...shape, ohwi });
  };
  const now = coded(channels);
  let stored = channels;
  while (stored < channels + FURTHEST && coded(stored + 1) === now) stored++;
  if (stored === channels) return undefined;
  let lower = channels - 1;
  while (lower > 0 && coded(lower) === now) lower--;
  return { channels, stored, lower };
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

/** 'filters 40 stores 64; 32 or 64 waste nothing'. */
export function paddingRemedy(name: string, { channels, stored, lower }: ChannelPadding): string {
  return `${name} ${channels} stores ${stored}; ${lower > 0 ? `${lower} or ${stored} waste nothing` : `${stored} wastes nothing`}`;
}
