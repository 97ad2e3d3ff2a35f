/** How many threads a search computes on, as far as nobody gives it a part of the machine. */
import { availableParallelism } from 'node:os';

/** More threads than this gain nothing on the networks of small devices. */
const MOST_THREADS = 8;

/** What the environment variable UDC_THREADS says, as it is; else all cores, at most 8. */
export function wantedThreads(): number {
  const variable = process.env['UDC_THREADS'];
  return variable === undefined || variable === '' ? Math.min(availableParallelism(), MOST_THREADS) : Number(variable);
}
