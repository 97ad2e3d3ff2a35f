/** Choosing among the networks of a result. */
import type { NetworkResult, RunResult } from './run.ts';

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
