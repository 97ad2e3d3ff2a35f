/** An existing network on a target: on which, where nobody names one, and as that one stores it. */
import type { IntegerNetwork } from '../../integer/integer-network.ts';
import { findTarget, type Target } from '../../targets/find-target.ts';
import { object, string } from '../../base/validate.ts';
import { METADATA_KEY } from '../../reports/metadata.ts';
import type { ImportedModel } from '../tflite/read-tflite.ts';

/** Of files that say nothing: the Ethos-U that most chips have. */
const USUAL_TARGET = 'ethos-u55-128';

/** The target that the network was searched for, else an Ethos-U55-128. */
export function usualTarget({ metadata }: Pick<ImportedModel, 'metadata'>): Target {
  try {
    return findTarget(
      object<{ target: string }>({ target: string })(JSON.parse(metadata.get(METADATA_KEY) ?? '')).target,
    );
  } catch {
    return findTarget(USUAL_TARGET);
  }
}

/**
 * The network as a target stores it: each weight's bitwidth raised to the next that the target has, where it has one.
 */
export function onTarget(network: IntegerNetwork, target: Target): IntegerNetwork {
  const operations = network.operations.map((one) => {
    const bits = target.bits.find((offered) => offered >= one.operation.bits);
    return one.weights && bits !== undefined ? { ...one, operation: { ...one.operation, bits } } : one;
  });
  return {
    ...network,
    operations,
    architecture: { ...network.architecture, operations: operations.map(({ operation }) => operation) },
  };
}
