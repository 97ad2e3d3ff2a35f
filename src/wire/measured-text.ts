/** What was measured of one network, in words: for hovers and tooltips. */
import { formatLarge, formatUnit } from '../text/format.ts';
import type { Measurement, StoredMeasurement } from './measurements.ts';

/** How many devices are named. */
const MOST = 6;

/** The newest of each device, those with a clock first; estimates are shown elsewhere. */
function newest(all: readonly StoredMeasurement[]): readonly StoredMeasurement[] {
  const found = new Map<string, StoredMeasurement>();
  for (const one of all) if (one.mark !== 'estimated') found.set(`${one.runtime} ${one.device} ${one.machine}`, one);
  const [measured, others] = [true, false].map((clock) =>
    [...found.values()].filter(({ mark }) => (mark === 'measured') === clock),
  );
  return [...measured!, ...others!].slice(0, MOST);
}

/** Where nothing is known. */
export const NOTHING = '–';

/** '1.8 ms'; '10.5 M instructions' where no time is known; a dash where nothing is. */
export function amountText({ seconds, work }: Pick<Measurement, 'seconds' | 'work'>): string {
  if (seconds) return formatUnit('seconds', seconds.median);
  return work ? `${formatLarge(work.count)} ${work.unit}` : NOTHING;
}

/** 'measured 1.8 ms on LiteRT, XNNPACK (2026-11-28)', one a device. @param all of one network, the newest last */
export function measuredTexts(all: readonly StoredMeasurement[]): readonly string[] {
  return newest(all).map((one) => {
    const random = one.weights === 'random' ? ', random weights' : '';
    return `${one.mark} ${amountText(one)} on ${one.title} (${one.when.slice(0, 10)}${random})`;
  });
}
