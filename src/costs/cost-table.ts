/** Every cost that a network may have a limit on. */
import type { CostName } from '../wire/limits.ts';
import type { Cost } from './cost.ts';
import { activationsCost } from './activations/activations-cost.ts';
import { cyclesCost, latencyCost } from './cycles/cycles-cost.ts';
import { macsCost } from './macs/macs-cost.ts';
import { weightsCost } from './weights/weights-cost.ts';

export const COSTS: Readonly<Record<CostName, Cost>> = {
  weights: weightsCost,
  activations: activationsCost,
  cycles: cyclesCost,
  latency: latencyCost,
  macs: macsCost,
};
