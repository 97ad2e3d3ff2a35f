/** A sweep as JSON, for programs: its plan, the points of its frontier and every run. */
import { comparisonsOf } from '../charts/reference-points.ts';
import { metricOfSweep, sweepGroups } from '../charts/sweep-groups.ts';
import type { SweepFacts } from '../wire/sweep-plan.ts';

export function sweepJson(facts: SweepFacts): Readonly<Record<string, unknown>> {
  const { id, name, created, plan, baselines, rows, data } = facts;
  const metric = metricOfSweep(facts);
  return {
    id,
    name,
    created,
    plan,
    baselines,
    ...(metric !== undefined && { metric }),
    frontier: sweepGroups(facts),
    runs: rows.map(({ cell, state, runId, reason, result }) => ({
      ...cell,
      state,
      ...(runId !== undefined && { run: runId }),
      ...(reason !== undefined && { reason }),
      ...(result && {
        networks: result.networks.map((network) => ({
          name: network.name,
          integerMetric: network.integerMetric,
          floatMetric: network.floatMetric,
          exactBytes: network.certificate.exactBytes,
          encodedSha256: network.certificate.encodedSha256,
          steps: network.steps,
        })),
        baselines: result.baselines,
      }),
    })),
    ...(data && { published: comparisonsOf(data) }),
  };
}
