/** What was measured of one network, in words: for hovers and tooltips. */
import { formatLarge, formatUnit } from '../text/format.ts';
import type { StoredMeasurement } from './measurements.ts';

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

/** 'measured 1.8 ms on LiteRT, XNNPACK (2026-11-28)', one a device. @param all of one network, the newest last */
export function measuredTexts(all: readonly StoredMeasurement[]): readonly string[] {
  return newest(all).map(({ mark, seconds, work, title, weights, when }) => {
    const amount = seconds
      ? formatUnit('seconds', seconds.median)
      : work
        ? `${formatLarge(work.count)} ${work.unit}`
        : 'nothing';
    const random = weights === 'random' ? ', random weights' : '';
    return `${mark} ${amount} on ${title} (${when.slice(0, 10)}${random})`;
  });
}
