/** What is said of a network at its end: the decisions, every layer's bytes, the metrics, the certificate. */
import { costsOf } from '../../integer/certificate-costs.ts';
import { segmentsOf } from '../../integer/segments.ts';
import { layerReports, totalsOf } from '../../integer/sizing.ts';
import { clockOf, type Target } from '../../targets/find-target.ts';
import type { Architecture, Assignment } from '../../network/types.ts';
import type { ExitReport, NetworkResult } from '../../wire/run.ts';
import type { Outcome } from '../../training/finish.ts';
import type { SearchContext } from '../../training/problem.ts';

export interface FinishedNetwork extends Pick<NetworkResult, 'name' | 'weights' | 'steps' | 'stopping'> {
  /** Of the space that is told of. */
  readonly assignment: Assignment;
  readonly outcome: Outcome;
}

export function networkResult(
  { network: trained, whole: network = trained, target, limits }: SearchContext,
  { assignment, outcome, stopping, ...rest }: FinishedNetwork,
): NetworkResult {
  const { architecture, codes, sized, certificate } = outcome.encoded;
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
    ...(outcome.exits.length > 0 && { exits: exitReports(outcome, architecture, target) }),
    ...(stopping && { stopping }),
    certificate: { ...certificate, costs: costsOf(totals, limits, clockOf(target)) },
  };
}

function exitReports({ exits, encoded: { sized } }: Outcome, architecture: Architecture, target: Target): ExitReport[] {
  let [bytes, macs, cycles] = [0, 0, 0];
  return segmentsOf(architecture, target, sized)
    .slice(0, -1)
    .map((segment, k) => {
      bytes += segment.bytes;
      macs += segment.macs;
      cycles += segment.cycles;
      return { name: segment.name, integerMetric: exits[k]!, bytes, macs, cycles };
    });
}
