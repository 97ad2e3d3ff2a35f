/** How many threads a search computes on, as far as nobody gives it a part of the machine. */
import { availableParallelism } from 'node:os';

/** More threads than this gain nothing on the networks of small devices. */
const MOST_THREADS = 8;

/** Of so many cores, one is left to whoever works at the machine, where there are more than two. */
export const threadsFor = (cores: number): number => Math.min(cores > 2 ? cores - 1 : cores, MOST_THREADS);

/** What the environment variable UDC_THREADS says, as it is; else nearly all cores, at most 8. */
export function wantedThreads(): number {
  const variable = process.env['UDC_THREADS'];
  return variable === undefined || variable === '' ? threadsFor(availableParallelism()) : Number(variable);
}
