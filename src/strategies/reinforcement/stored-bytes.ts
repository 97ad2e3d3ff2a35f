/**
 * Exact bytes of architectures with given weights: of every operation the most that it can take wherever it stands, so
 * that their sum is never less than what is promised. Each is encoded once.
 */
import { storedBytes } from '../../integer/sizing.ts';
import { filterShape } from '../../network/operation-counts.ts';
import type { Architecture, Operation } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import type { CodesOf } from '../space/sizes-of-all.ts';

const keyOf = ({ id, kernel, inChannels, outChannels, bits, sparsity }: Operation): string =>
  [id, kernel.height, kernel.width, inChannels, outChannels, bits, sparsity].join();

export class StoredBytes {
  private readonly known = new Map<string, number>();

  /** @param codes integer weights (OHWI) of an operation of an architecture */
  constructor(
    private readonly target: Target,
    private readonly codes: CodesOf,
  ) {}

  of(architecture: Architecture): number {
    return architecture.operations.reduce(
      (sum, operation) => (filterShape(operation) ? sum + this.ofOperation(architecture, operation) : sum),
      0,
    );
  }

  private ofOperation(architecture: Architecture, operation: Operation): number {
    const key = keyOf(operation);
    let bytes = this.known.get(key);
    if (bytes === undefined)
      this.known.set(key, (bytes = storedBytes(this.target, operation, this.codes(architecture, operation))));
    return bytes;
  }
}
