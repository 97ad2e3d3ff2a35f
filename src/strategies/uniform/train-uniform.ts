/** Training a uniform baseline from scratch, for as many steps as the search had. */
import type { BaselineReport } from '../../wire/run.ts';
import { trainAlone } from '../../training/trained/train-alone.ts';
import type { AlonePlan } from '../../training/trained/train-alone.ts';
import type { UniformNetwork } from './widest-uniform.ts';
import type { TaskRule } from '../../tasks/task-rules.ts';
import type { SearchContext } from '../../training/problem.ts';

/**
 * Share of a baseline's steps in floating point; the rest trains on the grid. The same split as a search's last two
 * stages would have.
 */
const FLOAT_SHARE = 0.7;

export interface UniformPlan extends Pick<AlonePlan, 'calibration' | 'breathe' | 'report'> {
  readonly steps: number;
}

export async function trainUniform(
  context: SearchContext,
  task: TaskRule,
  uniform: UniformNetwork,
  { steps, ...plan }: UniformPlan,
): Promise<BaselineReport> {
  const sparsifySteps = Math.round(steps * FLOAT_SHARE);
  const { outcome } = await trainAlone(context, task, uniform.architecture, {
    ...plan,
    sparsifySteps,
    settleSteps: steps - sparsifySteps,
  });
  const { floatMetric, integerMetric, certificate } = outcome;
  return {
    name: `uniform ${uniform.bits}-bit`,
    bits: uniform.bits,
    widthFactor: uniform.widthFactor,
    exactBytes: certificate.exactBytes,
    floatMetric,
    integerMetric,
  };
}
