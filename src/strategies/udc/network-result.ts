/** What a finished search says: the decisions, every layer's bytes, the metrics, the certificate. */
import { layerReports, sizeExactly, totalsOf } from '../../integer/sizing.ts';
import type { Architecture, Assignment } from '../../network/types.ts';
import type { BaselineReport, RunResult } from '../../wire/run.ts';
import type { Outcome } from '../../training/finish.ts';
import type { TaskRule } from '../../tasks/task-rules.ts';
import type { SearchContext } from '../../training/problem.ts';

export interface Finished {
  readonly architecture: Architecture;
  readonly assignment: Assignment;
  readonly outcome: Outcome;
  readonly baselines: readonly BaselineReport[];
  /** Training steps that the weights have been through. */
  readonly steps: number;
}

export function resultOf(
  context: SearchContext,
  { metric }: TaskRule,
  { architecture, assignment, outcome, baselines, steps }: Finished,
): RunResult {
  const { network, target, backend, seed, budgetBytes, activationBudgetBytes } = context;
  const sized = sizeExactly(architecture, target, (operation) => outcome.codes.get(operation.id)!);
  const layers = layerReports(network, architecture, target, sized, outcome.codes);
  return {
    format: 1,
    name: network.definition.name,
    metric,
    target: target.name,
    backend: backend.name,
    seed,
    budgetBytes,
    ...(activationBudgetBytes === undefined ? {} : { activationBudgetBytes }),
    decisions: network.decisions.map(({ id, kind, labels }, d) => ({
      id,
      kind,
      option: assignment[d]!,
      label: labels[assignment[d]!]!,
    })),
    layers,
    totals: totalsOf(architecture, target, layers, sized),
    floatMetric: outcome.floatMetric,
    integerMetric: outcome.integerMetric,
    certificate: { ...outcome.certificate, budgetBytes },
    baselines,
    steps,
  };
}
