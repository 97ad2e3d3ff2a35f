/** How the order of networks changes from device to device. */
import { spearman } from '../base/statistics.ts';
import type { Measurement, OrderPair } from '../wire/measurements.ts';

/** Least networks of which two devices say something, for an order to be compared. */
const LEAST_NETWORKS = 3;

/** What a cell's network is ordered by: its seconds, else what was counted; undefined where neither is known. */
export const amountOf = ({ seconds, work }: Measurement): number | undefined => seconds?.median ?? work?.count;

/**
 * Pairs of columns that know three networks or more, none with one value for all of them.
 * @param rows networks × columns
 */
export function deviceOrders(rows: readonly (readonly Measurement[])[]): readonly OrderPair[] {
  const columns = rows[0]?.length ?? 0;
  const pairs: OrderPair[] = [];
  for (let a = 0; a < columns; a++)
    for (let b = a + 1; b < columns; b++) {
      const both = rows.flatMap((row) => {
        const [x, y] = [amountOf(row[a]!), amountOf(row[b]!)];
        return x === undefined || y === undefined ? [] : [{ x, y }];
      });
      if (both.length < LEAST_NETWORKS) continue;
      const rho = spearman(
        both.map(({ x }) => x),
        both.map(({ y }) => y),
      );
      if (!Number.isNaN(rho)) pairs.push({ a, b, rho, networks: both.length });
    }
  return pairs;
}
