/** The result of a search, of the networks that it came to. */
import { metricOfTest } from '../../wire/tasks/metrics.ts';
import { weightsFileOf } from '../../wire/run-schema.ts';
import { taskSpec } from '../../wire/tasks/task-table.ts';
import { withoutPictures } from '../../wire/tasks/test-report.ts';
import type { SearchContext } from '../../training/problem.ts';
import type { NetworkResult, RunResult } from '../../wire/run.ts';
import type { Strategy } from '../strategy.ts';
import type { Chosen } from './session-state.ts';

/** Places of networks by their scores on the validation part, the least first: the test part has no say. */
export function bestFirst(scores: readonly number[]): number[] {
  return scores.map((_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
}

/** Name and file of one of the networks that were chosen. @param name of the search @param index in their order */
export const networkName = (
  name: string,
  { assignments, names }: Chosen,
  index: number,
): Pick<NetworkResult, 'name' | 'weights'> => ({
  name: names?.[index] ?? (assignments.length === 1 ? name : `${name} ${index + 1}`),
  weights: weightsFileOf(index),
});

/** Only the first network is shown with pictures: a result stays small, however many it has. */
export const withoutItsPictures = (network: NetworkResult): NetworkResult =>
  network.test ? { ...network, test: withoutPictures(network.test) } : network;

/** What a result says beside its networks. */
export interface BesideNetworks {
  readonly baselines: RunResult['baselines'];
  /** Metric of what takes no network, where the task has such. */
  readonly naive: number | undefined;
  readonly offers: Chosen['offers'];
}

/** @param networks the best first */
export function searchResult(
  { network, dataset, target, backend, seed, limits }: SearchContext,
  { id, title }: Strategy,
  [best, ...others]: readonly [NetworkResult, ...NetworkResult[]],
  { baselines, naive, offers }: BesideNetworks,
): RunResult {
  const { name, task } = network.definition;
  return {
    format: 2,
    name,
    metric: metricOfTest(task, dataset.test.labels),
    strategy: { id, title },
    target: target.name,
    backend: backend.name,
    seed,
    limits,
    networks: [best, ...others.map(withoutItsPictures)],
    ...(naive !== undefined && { naive: { name: taskSpec(task).naive!.name, metric: naive } }),
    baselines,
    ...(offers && { offers }),
  };
}
