/** Timing of repeated work: medians, so that a busy neighbour does not set the number. */
import { median } from './statistics.ts';

export interface Timing {
  /** Wall-clock milliseconds of each round. */
  readonly milliseconds: readonly number[];
  /**
   * Processor milliseconds of the whole process in each round: on a busy machine the steadier number for work on one
   * thread.
   */
  readonly cpuMilliseconds: readonly number[];
}

/** Times `rounds` calls after `warmup` calls that are not counted. */
export async function timings(work: () => unknown, rounds: number, warmup = 5): Promise<Timing> {
  return (await interleaved([work], rounds, warmup))[0]!;
}

/** The same for several kinds of work in turn, so that a neighbour who comes or goes meets all of them. */
export async function interleaved(works: readonly (() => unknown)[], rounds: number, warmup = 5): Promise<Timing[]> {
  for (let i = 0; i < warmup; ++i) for (const work of works) await work();
  const results = works.map(() => ({ milliseconds: [] as number[], cpuMilliseconds: [] as number[] }));
  for (let i = 0; i < rounds; ++i) {
    for (const [k, work] of works.entries()) {
      const start = performance.now();
      const busy = process.cpuUsage();
      await work();
      const { user, system } = process.cpuUsage(busy);
      results[k]!.milliseconds.push(performance.now() - start);
      results[k]!.cpuMilliseconds.push((user + system) / 1000);
    }
  }
  return results;
}

/** To about three digits. */
export const rounded = (value: number): number => Number(value.toPrecision(value >= 100 ? 4 : 3));

/** Both medians as columns of a row. */
export const columns = ({ milliseconds, cpuMilliseconds }: Timing): { 'median ms': number; 'cpu ms': number } => ({
  'median ms': rounded(median(milliseconds)),
  'cpu ms': rounded(median(cpuMilliseconds)),
});
