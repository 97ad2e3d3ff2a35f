/** Activations at their peak, in bytes. No sum over operations: it has ends, but no expectation. */
import { instantiate } from '../../network/architecture.ts';
import { largestOption } from '../../network/largest-option.ts';
import { combinations, countOf, unordered, WITHOUT_SHAPE } from '../../network/space-moves.ts';
import type { Assignment } from '../../network/types.ts';
import { runs } from '../../targets/runnable.ts';
import { Recent } from '../../base/recent.ts';
import type { Cost, Extreme } from '../cost.ts';
import { activationMemory } from './activation-memory.ts';
import { leastMemory } from './least-memory.ts';

/** Operator choices of which all are looked at for the most memory. */
const EXHAUSTIVE = 512;
/** Shapes whose peak is kept. */
const KNOWN = 4096;

export const activationsCost: Cost = {
  name: 'activations',
  missing: () => undefined,
  of: (architecture, target) => activationMemory(architecture, target).peakBytes,
  over: (network, target, sizes) => {
    // Where memories belong to processors, bits decide too what fits together.
    const shape = network.decisions.flatMap(({ kind }, d) =>
      WITHOUT_SHAPE.includes(kind) && !target.array ? [] : [d],
    );
    const peaks = new Recent<number>(KNOWN);
    const of = (assignment: Assignment): number => {
      const key = shape.map((d) => assignment[d]).join();
      let bytes = peaks.get(key);
      if (bytes === undefined) {
        const architecture = instantiate(network, assignment);
        bytes =
          target.array && !runs(target, architecture) ? Infinity : activationMemory(architecture, target).peakBytes;
        peaks.set(key, bytes);
      }
      return bytes;
    };
    return {
      of,
      smallest: (enough = 0) => {
        const { assignment, peakBytes, boundBytes } = leastMemory(network, target, sizes.smallest().assignment, enough);
        return { assignment, value: peakBytes, proven: enough > 0 ? boundBytes > enough : boundBytes === peakBytes };
      },
      largest: () => {
        const base = network.decisions.map(largestOption);
        const operators = unordered(network);
        const proven = countOf(network, operators, EXHAUSTIVE) <= EXHAUSTIVE;
        let most: Extreme = { assignment: base, value: of(base), proven };
        if (!proven) return most;
        for (const assignment of combinations(network, base, operators)) {
          const value = of(assignment);
          if (value > most.value) most = { assignment, value, proven };
        }
        return most;
      },
    };
  },
};
