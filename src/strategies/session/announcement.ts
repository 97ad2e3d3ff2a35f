/** What a search says of itself before its first step. */
import { vainSavings } from '../../costs/weights/savings.ts';
import { taskSpec } from '../../wire/tasks/task-table.ts';
import { clockOf } from '../../targets/find-target.ts';
import type { SearchContext } from '../../training/problem.ts';
import type { InitialWeightsReport, StartedEvent, UnnumberedEvent } from '../../wire/run.ts';

/** What the strategy and the task declare. */
export interface Declared extends Pick<StartedEvent, 'strategy' | 'stages' | 'curves' | 'metric' | 'stepsPerEpoch'> {
  /** Bytes of the smallest and the largest architecture. */
  readonly range: { readonly smallest: number; readonly largest: number };
  readonly initialWeights: InitialWeightsReport | undefined;
}

export function startedEvent(
  {
    network: trained,
    whole: network = trained,
    dataset,
    target,
    backend,
    seed,
    limits,
    leftOut,
    teacher,
  }: SearchContext,
  { range, initialWeights, ...declared }: Declared,
): UnnumberedEvent {
  const [clock, savings] = [clockOf(target), vainSavings(network, target)];
  const { train, validation, test, preparation, classNames, sha256 } = dataset;
  const { normalisation, steps } = preparation;
  const scaling = taskSpec(dataset.task).targets === 'values' ? train.targetScaling : undefined;
  return {
    type: 'started',
    name: network.definition.name,
    ...declared,
    limits: limits.map((limit) => (limit.cost === 'weights' ? { ...limit, ...range } : limit)),
    target: target.name,
    backend: backend.name,
    backendReason: backend.reason,
    seed,
    decisions: network.decisions.map(({ id, kind, labels, sites }) => ({
      id,
      kind,
      labels,
      layers: sites.flatMap(({ layer }) => network.layers[layer]?.spec.name ?? []),
    })),
    samples: { train: train.count, validation: validation.count, test: test.count },
    data: {
      normalisation,
      ...(steps.length > 0 && { preparation: steps }),
      ...(scaling && { outputScaling: scaling }),
      ...(classNames && { classNames }),
      ...(sha256 !== undefined && { sha256 }),
    },
    ...(clock && { clock }),
    ...(savings !== undefined && { savings }),
    ...(leftOut && leftOut.length > 0 && { leftOut }),
    ...(initialWeights && { initialWeights }),
    ...(teacher && { teacher: { file: teacher.file, sha256: teacher.sha256 } }),
  };
}
