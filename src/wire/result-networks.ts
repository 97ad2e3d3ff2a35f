/** Choosing among the networks of a result, and what it is at its best. */
import type { NetworkResult, RunResult } from './run.ts';
import { integerMeasured, type Measurement } from './tasks/metrics.ts';

/**
 * A network of a result by its name, or by its place in the result, from 1; without either the first, which is the best
 * of them.
 * @throws RangeError naming those that there are
 */
export function networkNamed({ networks }: Pick<RunResult, 'networks'>, wanted?: string): NetworkResult {
  if (wanted === undefined) return networks[0];
  const found = networks.find(({ name }) => name === wanted) ?? (/^[1-9]\d*$/.test(wanted) && networks[+wanted - 1]);
  if (found) return found;
  const names = networks.map(({ name }, i) => `${i + 1}: ${name}`).join(', ');
  throw new RangeError(`the result has no network '${wanted}'; it has ${names}`);
}

/** What a line says of a finished run. */
export interface Headline {
  /** On the test part, by integer arithmetic. */
  readonly measured: Measurement;
  /** Exact bytes of weights. */
  readonly bytes: number;
  /** 'ensemble: ' where all members together are meant; else empty. */
  readonly prefix: string;
}

/** A result at its best: its first network, or the ensemble where that has won. */
export function headlineOf({ networks, ensemble }: Pick<RunResult, 'networks' | 'ensemble'>): Headline {
  const [network] = networks;
  if (ensemble?.winner !== 'ensemble')
    return { measured: integerMeasured(network), bytes: network.totals.totalBytes, prefix: '' };
  const { test, error, bytes } = ensemble.ensemble;
  return { measured: { value: test, error, samples: ensemble.samples }, bytes, prefix: 'ensemble: ' };
}
