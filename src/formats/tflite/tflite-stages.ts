/** Activation functions and requantisations that stand alone in a file, as parts of the operation before them. */
import { activationClamp, INT8_MAX, INT8_MIN, sameGrid } from '../../integer/activation-grid.ts';
import type { IntegerOperation, Quantisation, Stage } from '../../integer/integer-network.ts';
import type { Activation } from '../../network/types.ts';

export const ALL_CODES = { min: INT8_MIN, max: INT8_MAX };

/**
 * An operation with what follows it.
 * @param activation of the operator that follows; absent: it only brings the map to another grid
 */
export function withStage(
  one: IntegerOperation,
  activation: Activation | undefined,
  from: Quantisation,
  to: Quantisation,
): IntegerOperation {
  const { operation } = one;
  const own =
    operation.activation === 'none'
      ? (activation ?? 'none')
      : operation.activation === activation || activation === undefined
        ? operation.activation
        : 'relu6';
  const clamp = activation === undefined ? ALL_CODES : activationClamp(activation, to);
  // QUANTIZE divides the scales in float64, RELU in float32.
  const stage: Stage = {
    multiplier: activation === undefined ? from.scale / to.scale : Math.fround(from.scale / to.scale),
    output: to,
    clamp,
  };
  const same = sameGrid(from, to);
  const merged = { min: Math.max(one.clamp.min, clamp.min), max: Math.min(one.clamp.max, clamp.max) };
  return {
    ...one,
    operation: { ...operation, activation: own },
    output: to,
    clamp: same ? merged : clamp,
    ...(!same && {
      stages: {
        first: one.stages?.first ?? { output: one.output, clamp: one.clamp },
        then: [...(one.stages?.then ?? []), stage],
      },
    }),
    ...(same &&
      one.stages && {
        stages: {
          first: one.stages.first,
          then: [...one.stages.then.slice(0, -1), { ...one.stages.then.at(-1)!, clamp: merged }],
        },
      }),
  };
}
