/** The least activation memory that a search space can do with, and whether the most stays within a limit. */
import { instantiate } from '../../network/architecture.ts';
import { largestOption } from '../../network/largest-option.ts';
import { sizesOf } from '../../network/resolution.ts';
import type { Assignment, LayerTemplate, Network, Width } from '../../network/types.ts';
import { activationMemory } from './activation-memory.ts';
import { bytesIn } from './map-layout.ts';
import { combinations, countOf, descend, leastOption, unordered } from '../../network/space-moves.ts';
import type { Target } from '../../targets/find-target.ts';

/** Operator choices that are all looked at. */
const EXHAUSTIVE = 512;

export interface LeastMemory {
  readonly assignment: Assignment;
  readonly peakBytes: number;
  /** No architecture takes less than this; `peakBytes` where all operators have been looked at. */
  readonly boundBytes: number;
}

/**
 * An architecture with as little activation memory as there is, by the rule that no tensor gets smaller when a width
 * grows: every width, kernel
 * and bitwidth at its smallest, and the operators that do with the least. Few operator choices are looked at one by
 * one; else each layer's
 * is chosen by itself until none gets better, and `boundBytes` says how much less might be possible.
 * @param start operators to begin with
 * @param enough bytes at which to stop: what fits is not made smaller
 */
export function leastMemory(network: Network, target: Target, start: Assignment, enough = 0): LeastMemory {
  const live = (assignment: Assignment): readonly number[] =>
    activationMemory(instantiate(network, assignment), target).perOperation;
  const base = network.decisions.map((decision, d) => leastOption(decision, start[d]!));
  const operators = unordered(network);
  if (countOf(network, operators, EXHAUSTIVE) <= EXHAUSTIVE) {
    let best = { assignment: base, peakBytes: peak(live(base)) };
    for (const assignment of combinations(network, base, operators)) {
      if (best.peakBytes <= enough) break;
      const peakBytes = peak(live(assignment));
      if (peakBytes < best.peakBytes) best = { assignment, peakBytes };
    }
    return { ...best, boundBytes: best.peakBytes };
  }
  // The largest of several equal peaks is not lowered by one change, so all that is alive counts, the most first.
  let now = { assignment: base, profile: sorted(live(base)) };
  const better = (_: Assignment, next: Assignment): boolean => {
    if (now.profile[0]! <= enough) return false;
    const profile = sorted(live(next));
    if (!isLower(profile, now.profile)) return false;
    now = { assignment: [...next], profile };
    return true;
  };
  const assignment = descend(
    network,
    base,
    operators.map((d) => [d]),
    better,
  );
  const peakBytes = now.profile[0]!;
  const bits = Math.min(8, ...network.layers.flatMap(({ spec }) => spec.activationBits.options));
  const bounds = sizesOf(network).map(({ layers }) => Math.max(0, ...layers.map((layer) => boundOf(layer, bits))));
  return { assignment, peakBytes, boundBytes: Math.min(peakBytes, ...bounds) };
}

/**
 * Does every architecture do with `bytes` of activation memory? By the same rule every width is at its largest;
 * operators, none of which takes
 * the most everywhere, are looked at one by one. Where they are too many for that the answer is no: it is not known.
 */
export function allWithin(network: Network, target: Target, bytes: number): boolean {
  const base = network.decisions.map(largestOption);
  const operators = unordered(network);
  if (countOf(network, operators, EXHAUSTIVE) > EXHAUSTIVE) return false;
  for (const assignment of combinations(network, base, operators)) {
    if (activationMemory(instantiate(network, assignment), target).peakBytes > bytes) return false;
  }
  return true;
}

const peak = (live: readonly number[]): number => live.reduce((most, bytes) => Math.max(most, bytes), 0);
const sorted = (live: readonly number[]): readonly number[] => [...live].sort((a, b) => b - a);

function isLower(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The smallest value of a width over all assignments. */
function leastWidth(width: Width): number {
  switch (width.kind) {
    case 'param':
      return Math.min(...width.param.options);
    case 'times':
      return leastWidth(width.of) * Math.min(...width.by.options);
    case 'divided':
      return leastWidth(width.of) / width.by;
    case 'skippable':
      return Math.min(leastWidth(width.skipped), leastWidth(width.kept));
  }
}

/**
 * Bytes that a layer needs whatever its operator: the output of an operator with its input, which no target keeps in
 * less than so many bits an element.
 */
function boundOf({ paths }: LayerTemplate, bits: number): number {
  return Math.min(
    ...paths.map(({ primitives }) =>
      Math.max(
        0,
        ...primitives.map(({ kind, inSize, outSize, inWidth, outWidth }) => {
          const output = outSize.height * outSize.width * leastWidth(outWidth);
          const apart = kind !== 'add' && kind !== 'flatten';
          return bytesIn(output + (apart ? inSize.height * inSize.width * leastWidth(inWidth) : 0), bits);
        }),
      ),
    ),
  );
}
