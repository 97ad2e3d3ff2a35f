/** Weights that bits are fitted to: those that a definition starts from, or those of a finished run. */
import type { BytesAt } from '../costs/allocate/allocation-problem.ts';
import { readInitialWeights, type InitialWeights } from '../integer/initial-weights.ts';
import { encodedBytesAt, hasAll } from '../integer/requantised.ts';
import type { Network, Operation } from '../network/types.ts';
import type { Target } from '../targets/find-target.ts';
import { loadInitial } from './load-initial.ts';

/** There is no network of this definition to ask. */
export class NoWeightsError extends Error {
  override readonly name = 'NoWeightsError';
}

export class FitWeights {
  /** @param origin whose they are, within a sentence */
  constructor(
    readonly weights: InitialWeights,
    readonly origin: string,
  ) {}

  /** Exact bytes at any bits; of what the file lacks, the rate table's. */
  bytesAt(target: Target): BytesAt {
    return encodedBytesAt(this.weights, target);
  }

  /** Are they weights of all of these? */
  cover(operations: readonly Operation[]): boolean {
    return hasAll(this.weights, operations);
  }
}

/**
 * Of a definition in `folder`; undefined where it starts from none.
 * @throws InitialWeightsError
 */
export async function definitionWeights(network: Network, folder: string): Promise<FitWeights | undefined> {
  const loaded = await loadInitial(network, folder);
  return loaded && new FitWeights(loaded.weights, loaded.file);
}

/** Of the file of a network of a finished run. @throws DamagedFileError */
export const runWeights = (bytes: Uint8Array, origin: string): FitWeights =>
  new FitWeights(readInitialWeights(bytes), origin);
