/** Operators whose output has its input's grid, and with it its bits: they move, select or average codes. */
import type { PrimitiveKind } from './types.ts';

export const KEEPS_GRID: ReadonlySet<PrimitiveKind> = new Set<PrimitiveKind>([
  'max-pool',
  'average-pool',
  'global-average-pool',
  'flatten',
  'depth-to-space',
]);
