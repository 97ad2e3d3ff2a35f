/** Timing of repeated work: medians, so that a busy neighbour does not set the number. */

export interface Timing {
  /** Wall-clock milliseconds of each round. */
  readonly milliseconds: readonly number[];
  /** Processor milliseconds of the whole process in each round: on a busy machine the steadier number for work on one thread. */
  readonly cpuMilliseconds: readonly number[];
}

/** Times `rounds` calls after `warmup` calls that are not counted. */
export async function timings(work: () => unknown, rounds: number, warmup = 5): Promise<Timing> {
  for (let i = 0; i < warmup; ++i) await work();
  const milliseconds: number[] = [];
  const cpuMilliseconds: number[] = [];
  for (let i = 0; i < rounds; ++i) {
    const start = performance.now();
    const busy = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(busy);
    milliseconds.push(performance.now() - start);
    cpuMilliseconds.push((user + system) / 1000);
  }
  return { milliseconds, cpuMilliseconds };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** To about three digits. */
export const rounded = (value: number): number => Number(value.toPrecision(value >= 100 ? 4 : 3));

/** Both medians as columns of a row. */
export const columns = ({ milliseconds, cpuMilliseconds }: Timing): { 'median ms': number; 'cpu ms': number } =>
  ({ 'median ms': rounded(median(milliseconds)), 'cpu ms': rounded(median(cpuMilliseconds)) });
