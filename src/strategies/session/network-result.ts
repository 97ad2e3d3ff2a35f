/** What is said of a network at its end: the decisions, every layer's bytes, the metrics, the certificate. */
import { costsOf } from '../../integer/certificate-costs.ts';
import { layerReports, totalsOf } from '../../integer/sizing.ts';
import { clockOf } from '../../targets/find-target.ts';
import type { Architecture, Assignment } from '../../network/types.ts';
import type { NetworkResult } from '../../wire/run.ts';
import type { Outcome } from '../../training/finish.ts';
import type { SearchContext } from '../../training/problem.ts';

export interface FinishedNetwork extends Pick<NetworkResult, 'name' | 'weights' | 'steps'> {
  readonly architecture: Architecture;
  readonly assignment: Assignment;
  readonly outcome: Outcome;
}

export function networkResult(
  { network, target, limits }: SearchContext,
  { architecture, assignment, outcome, ...rest }: FinishedNetwork,
): NetworkResult {
  const { codes, sized, certificate } = outcome.encoded;
  const layers = layerReports(network, architecture, target, sized, codes);
  const totals = totalsOf(architecture, target, layers, sized);
  return {
    ...rest,
    decisions: network.decisions.map(({ id, kind, labels }, d) => ({
      id,
      kind,
      option: assignment[d]!,
      label: labels[assignment[d]!]!,
    })),
    layers,
    totals,
    floatMetric: outcome.floatMetric,
    integerMetric: outcome.integerMetric,
    ...(Object.keys(outcome.measures).length > 0 && { measures: outcome.measures }),
    test: outcome.test,
    certificate: { ...certificate, costs: costsOf(totals, limits, clockOf(target)) },
  };
}
