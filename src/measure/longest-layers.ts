/** Which layers take most of an inference, and what they wait for. */
import type { LayerTime } from '../wire/measurements.ts';

/** A part of a layer: its cycles or seconds. */
export interface LayerPart {
  readonly name: string;
  readonly amount: number;
  readonly waits?: string | undefined;
}

/** How many are named. */
const NAMED = 5;

/**
 * Parts of a name put together, the longest layers first, in shares of all; a layer waits for what its longest part
 * waits for.
 */
export function longestLayers(parts: readonly LayerPart[]): readonly LayerTime[] {
  const total = parts.reduce((sum, { amount }) => sum + amount, 0);
  const layers = new Map<string, { readonly amount: number; readonly longest: LayerPart }>();
  for (const part of parts) {
    const before = layers.get(part.name);
    const longest = before && before.longest.amount >= part.amount ? before.longest : part;
    layers.set(part.name, { amount: (before?.amount ?? 0) + part.amount, longest });
  }
  return [...layers]
    .sort(([, a], [, b]) => b.amount - a.amount)
    .slice(0, NAMED)
    .filter(([, { amount }]) => amount > 0)
    .map(([name, { amount, longest }]) => ({
      name,
      share: amount / total,
      ...(longest.waits !== undefined && { waitsFor: longest.waits }),
    }));
}
