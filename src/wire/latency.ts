/** How long an inference takes, of its estimated cycles and the clock that they are counted at. */
import { formatLarge, formatUnit } from '../text/format.ts';

/** The clock of a target, and what it is the clock of. */
export interface Clock {
  readonly name: string;
  readonly hz: number;
}

/** '≈ 0.27 ms at 500 MHz'; several counts of cycles as a range. */
export function latencyText({ hz }: Clock, ...cycles: readonly number[]): string {
  const times = [
    ...new Set([Math.min(...cycles), Math.max(...cycles)].map((count) => formatUnit('seconds', count / hz))),
  ];
  return `≈ ${times.join(' … ')} at ${formatLarge(hz).replace(/\u00a0([GMk])?$/, (_, prefix?: string) => `\u00a0${prefix ?? ''}Hz`)}`;
}

/** 'about 135 k cycles, ≈ 0.27 ms at 500 MHz, estimated', without a time where no clock is known. */
export function workText(clock: Clock | undefined, ...cycles: readonly number[]): string {
  const counts = [...new Set([Math.min(...cycles), Math.max(...cycles)].map(formatLarge))];
  return `about ${counts.join(' … ')} cycles${clock === undefined ? '' : `, ${latencyText(clock, ...cycles)}`}, estimated`;
}
