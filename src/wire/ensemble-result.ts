/** What a search for several networks under one budget came to, beside the single network of the same budget. */
import { count, list, number, object, oneOf, share, string, type Check } from '../base/validate.ts';
import { ENSEMBLE_RULES, type EnsembleRule } from './ensemble.ts';
import { costReports, type CostReport } from './limits.ts';

/** One of the two that are compared: all members together at the point that was chosen, or the single network. */
export interface EnsembleSide {
  /** Accuracy by integer arithmetic on both parts, and the standard error on the test part. */
  readonly validation: number;
  readonly test: number;
  readonly error: number;
  /** Exact bytes of weights. */
  readonly bytes: number;
  /** Of an inference, in the mean over the validation part. */
  readonly work: number;
  /** Training steps that the weights have been through, of all members together. */
  readonly steps: number;
}

/** Begins the ids of the stages in which the single network is searched for. */
export const SINGLE_PART = 'single';

export interface EnsembleResult {
  readonly rule: EnsembleRule;
  /** In what `work` is counted; MACs where the target has no model of cycles. */
  readonly unit: 'cycles' | 'MACs';
  /** Names of networks of the result, in the order in which they run. */
  readonly members: readonly string[];
  /** Name of the single network. */
  readonly single: string;
  /** The more accurate on the validation part; of equals the one with less work. */
  readonly winner: 'ensemble' | 'single';
  readonly ensemble: EnsembleSide;
  readonly alone: EnsembleSide;
  /** Of an inference in which all members run. */
  readonly mostWork: number;
  /** Samples of the test part. */
  readonly samples: number;
  /** Over all members: weights are their sum, activations the largest, work that of the chosen point. */
  readonly certificate: { readonly encodedSha256: string; readonly costs: readonly CostReport[] };
}

const side: Check<EnsembleSide> = object<EnsembleSide>({
  validation: share,
  test: share,
  error: number,
  bytes: count,
  work: number,
  steps: count,
});

export const ensembleResult: Check<EnsembleResult> = object<EnsembleResult>({
  rule: oneOf(ENSEMBLE_RULES),
  unit: oneOf(['cycles', 'MACs']),
  members: list(string),
  single: string,
  winner: oneOf(['ensemble', 'single']),
  ensemble: side,
  alone: side,
  mostWork: number,
  samples: count,
  certificate: object({ encodedSha256: string, costs: costReports }),
});
