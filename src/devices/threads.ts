/** How many threads a search computes on, as far as nobody gives it a part of the machine. */
import { availableParallelism } from 'node:os';

/** An environment variable or option that says how much of the machine a search may use, and is no such number. */
export class SettingError extends Error {}

/** More threads than this gain nothing on the networks of small devices. */
const MOST_THREADS = 8;

/** Cores that all searches of a machine share: one is left to whoever works at it, where there are more than two. */
export const coresForSearches = (cores: number = availableParallelism()): number => (cores > 2 ? cores - 1 : cores);

/** Threads of one search on a machine of so many cores. */
export const threadsFor = (cores: number): number => Math.min(coresForSearches(cores), MOST_THREADS);

/** What the environment variable UDC_THREADS says, as it is; else nearly all cores, at most 8. */
export function wantedThreads(): number {
  const variable = process.env['UDC_THREADS'];
  return variable === undefined || variable === '' ? threadsFor(availableParallelism()) : Number(variable);
}
