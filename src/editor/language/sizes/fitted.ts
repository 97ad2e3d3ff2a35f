/** Bits that the memories of a definition's target leave its layers. Nothing here needs VS Code. */
import type { AllocationProblem } from '../../../costs/allocate/allocation.ts';
import { estimatedBytes, type BytesAt } from '../../../costs/allocate/allocation-problem.ts';
import { architectureToFit, fitBits, OpenDecisionError, type Fit } from '../../../costs/allocate/fit-bits.ts';
import { filterShape } from '../../../network/operation-counts.ts';
import { limitOn } from '../../../wire/limits.ts';
import type { LayerReport } from '../../../wire/run.ts';
import type { NetworkSizes } from './analysis.ts';

/** What weights were encoded to, layer by layer, with the bits that the definition says. */
type ExactLayers = readonly (Pick<LayerReport, 'weightBytes'> | undefined)[];

const known = new WeakMap<NetworkSizes, Map<ExactLayers | undefined, Fit | undefined>>();

/**
 * Bits by the limits of the definition, the same object for the same text. Where the weights were encoded, the rate
 * table is corrected by what they take now.
 * @param exact of the layers, where that is known
 * @returns undefined where no memory is limited
 * @throws OpenDecisionError where more than bits and sparsities is open
 */
export function fitted(sizes: NetworkSizes, exact?: ExactLayers): Fit | undefined {
  const found = known.get(sizes) ?? new Map<ExactLayers | undefined, Fit | undefined>();
  known.set(sizes, found);
  if (!found.has(exact)) found.set(exact, fit(sizes, exact));
  return found.get(exact);
}

/** The same, undefined where it does not apply. */
export function fittedIfAny(sizes: NetworkSizes, exact?: ExactLayers): Fit | undefined {
  try {
    return fitted(sizes, exact);
  } catch (error) {
    if (error instanceof OpenDecisionError) return undefined;
    throw error;
  }
}

/** What the memories hold, in bytes; undefined where neither is limited. */
export function memoryLimits({ limits }: Pick<NetworkSizes, 'limits'>): AllocationProblem['limits'] | undefined {
  const [weights, activations] = [limitOn(limits, 'weights'), limitOn(limits, 'activations')];
  if (weights === undefined && activations === undefined) return undefined;
  return { ...(weights !== undefined && { weights }), ...(activations !== undefined && { activations }) };
}

function fit(sizes: NetworkSizes, exact: ExactLayers | undefined): Fit | undefined {
  const { network, target } = sizes;
  const limits = memoryLimits(sizes);
  if (!limits) return undefined;
  return fitBits({ network, target, limits, ...(exact && { bytesAt: corrected(sizes, exact) }) });
}

/** Estimates, each layer's as much more or less as its present weights are. */
function corrected(sizes: NetworkSizes, exact: ExactLayers): BytesAt {
  const estimated = estimatedBytes(sizes.target);
  const { operations } = architectureToFit(sizes);
  const factors = exact.map((report, layer) => {
    const estimate = operations
      .filter((operation) => operation.layer === layer && filterShape(operation))
      .reduce((sum, operation) => sum + estimated(operation, operation.bits).weightBytes, 0);
    return report && estimate > 0 ? report.weightBytes / estimate : 1;
  });
  return (operation, bits) => {
    const { weightBytes, totalBytes } = estimated(operation, bits);
    const stored = Math.ceil(weightBytes * (factors[operation.layer] ?? 1));
    return { weightBytes: stored, totalBytes: totalBytes - weightBytes + stored };
  };
}
