/**
 * Sizes of every architecture of a small space under given weights, by the encoder: nothing is estimated where little
 * has to be encoded.
 */
import { quickBytes } from '../../integer/sizing.ts';
import { instantiate } from '../../network/architecture.ts';
import { parameters } from '../../network/operation-counts.ts';
import type { Architecture, Assignment, Network, Operation } from '../../network/types.ts';
import { everyAssignment } from '../../network/space-moves.ts';
import type { Target } from '../../targets/find-target.ts';
import { hasWeights } from '../../training/trained/weighted-part.ts';

/** Integer weights (OHWI) that an operation of an architecture would be encoded from. */
export type CodesOf = (architecture: Architecture, operation: Operation) => Int8Array;

/** Weights that are encoded for all architectures together, at most: a few seconds' work. */
const MOST_ENCODED = 2_000_000;

/** What an operation's codes depend on, under the same weights. */
const keyOf = ({ id, kernel, inChannels, outChannels, bits, sparsity, outSize }: Operation): string =>
  `${id} ${kernel.height}x${kernel.width} ${inChannels} ${outChannels} ${bits} ${sparsity} ${outSize.height}x${outSize.width}`;

export interface ExactSizes {
  /** Bytes of an assignment. */
  bytes(assignment: Assignment): number;
  /** The smallest assignment that is allowed. */
  readonly smallest: Assignment | undefined;
  /** Bytes of the largest assignment that is allowed and within the budget; 0 where none is. */
  readonly largestWithin: number;
}

/**
 * The sizes of all architectures of a small space; undefined where there are too many, or too much in them, to encode
 * them all.
 * @param allowed the limits beside the bytes
 */
export function exactSizes(
  network: Network,
  target: Target,
  codes: CodesOf,
  budgetBytes: number,
  allowed: (assignment: Assignment) => boolean,
): ExactSizes | undefined {
  const every = everyAssignment(network);
  if (!every) return undefined;
  const operations = new Map<string, { readonly architecture: Architecture; readonly operation: Operation }>();
  const keys = new Map<string, { readonly assignment: Assignment; readonly keys: readonly string[] }>();
  let elements = 0;
  for (const assignment of every) {
    const architecture = instantiate(network, assignment);
    const own = architecture.operations.filter(hasWeights).map((operation) => {
      const key = keyOf(operation);
      if (!operations.has(key)) {
        operations.set(key, { architecture, operation });
        elements += parameters(operation);
      }
      return key;
    });
    if (elements > MOST_ENCODED) return undefined;
    keys.set(assignment.join(), { assignment, keys: own });
  }
  const sizes = new Map(
    [...operations].map(([key, { architecture, operation }]) => [
      key,
      quickBytes(target, operation, codes(architecture, operation)),
    ]),
  );
  const totals = new Map(
    [...keys].map(([name, entry]) => [name, entry.keys.reduce((sum, key) => sum + sizes.get(key)!, 0)]),
  );
  let smallest: Assignment | undefined;
  let largestWithin = 0;
  for (const [name, { assignment }] of keys) {
    const bytes = totals.get(name)!;
    if (!allowed(assignment)) continue;
    if (!smallest || bytes < totals.get(smallest.join())!) smallest = assignment;
    if (bytes <= budgetBytes) largestWithin = Math.max(largestWithin, bytes);
  }
  return { bytes: (assignment) => totals.get(assignment.join())!, smallest, largestWithin };
}
