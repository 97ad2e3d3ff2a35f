/** The networks that the interop tests export: those of the unit tests, and architectures that a search could have found. */
import type { FoldedNetwork } from '../../src/integer/types.ts';
import { exampleRun } from '../unit/export/run.ts';
import { NETWORKS } from '../unit/integer/networks.ts';

export const CASES: Readonly<Record<string, () => FoldedNetwork>> = {
  ...NETWORKS,
  'search-first': () => exampleRun(() => 0).folded,
  'search-mixed': () => exampleRun((i) => i).folded,
  'search-last': () => exampleRun(() => 11).folded,
};
