/** What an expression adds up over the operators of a network: an amount for every shape and grid of each. */
import type { Steps } from '../../../base/steps.ts';
import type { Primitive, PrimitiveKind } from '../../../network/types.ts';
import type { Target } from '../../../targets/find-target.ts';
import { isWeighted } from '../stored-kind.ts';
import { byteTable, type ByteTable } from './byte-table.ts';
import type { ChannelPair } from './pairs.ts';

export interface Summand {
  /** Have operators of this kind an amount? */
  readonly counts: (kind: PrimitiveKind) => boolean;
  /** @param input the layer that the operator's layer reads; −1: the network's input */
  readonly table: (primitive: Primitive, pairs: ChannelPair, input: number) => Steps<ByteTable>;
}

/** Stored bytes by the target's rate table. */
export const storedBytesOf = (target: Target): Summand => ({
  counts: isWeighted,
  table: (primitive, pairs) => byteTable(target, primitive, pairs),
});

/**
 * A table of amounts over [channel pair, kernel, bits, sparsity]; `amount`, asked for each pair and kernel in turn,
 * says them one cell after another. A pair and kernel a step.
 */
export function* tableOf(
  { kernel, bits, sparsity }: Primitive,
  { leaves }: ChannelPair,
  amount: (channels: readonly [number, number], kernel: number) => () => number,
): Steps<ByteTable> {
  const cells = bits.options.length * sparsity.options.length;
  const weights = new Float64Array(leaves.length * kernel.options.length * cells);
  let at = 0;
  for (const channels of leaves)
    for (let k = 0; k < kernel.options.length; k++) {
      const of = amount(channels, k);
      for (let cell = 0; cell < cells; cell++) weights[at++] = of();
      yield;
    }
  return { weights, side: new Float64Array(weights.length), total: weights };
}
