/**
 * Additions that run in the pass of the operation before them, on an Ethos-U85: it keeps what they read of that
 * operation in a buffer between its units. Facts: Arm Vela 5.2.
 */
import type { Operation, PrimitiveKind } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import { isReshaped } from '../activations/map-layout.ts';

/** Operations of a pass with arithmetic of their own, and maps that it reads from memory, at the most. */
const MOST_OPERATIONS = 4;
const MOST_MAPS = 3;
/** What is run as several transpositions, and what only renames a map. */
const NEVER_FIRST: readonly PrimitiveKind[] = ['depth-to-space', 'flatten'];

interface Chain {
  readonly first: number;
  readonly additions: number[];
  maps: number;
}

const last = ({ first, additions }: Chain): number => additions.at(-1) ?? first;

/**
 * By the index of an operation, the additions that run in its pass, in their order. Empty where the target has no such
 * passes.
 * @param order indices of operations as they run
 */
export function chainedAdditions(
  operations: readonly Operation[],
  order: readonly number[],
  target: Target,
): ReadonlyMap<number, readonly number[]> {
  const chains = new Map<number, readonly number[]>();
  if (!target.engine?.fusesAdditions) return chains;
  const readers = operations.map(() => 0);
  for (const { inputs } of operations) for (const index of inputs) if (index >= 0) readers[index]!++;
  let chain: Chain | undefined;
  for (const i of order) {
    if (chain && joins(operations, i, chain, readers[last(chain)]!)) {
      chain.additions.push(i);
      chain.maps++;
      chains.set(chain.first, chain.additions);
    } else {
      chain = NEVER_FIRST.includes(operations[i]!.kind)
        ? undefined
        : { first: i, additions: [], maps: operations[i]!.inputs.length };
    }
  }
  return chains;
}

function joins(operations: readonly Operation[], i: number, chain: Chain, readers: number): boolean {
  const before = operations[last(chain)]!;
  const operation = operations[i]!;
  if (operation.kind !== 'add' || !operation.inputs.includes(last(chain)) || readers !== 1) return false;
  if (chain.additions.length + 2 > MOST_OPERATIONS || chain.maps + 1 > MOST_MAPS) return false;
  // An activation of its own begins no chain, and both must see the map in the same shape.
  return isReshaped(before) ? before.kind === 'add' : !isReshaped(operation);
}
