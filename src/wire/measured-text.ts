/** What was measured of one network, in words: for hovers and tooltips. */
import { formatLarge, formatNumber, formatUnit } from '../text/format.ts';
import type { MeasureReport, Measurement, StoredMeasurement } from './measurements.ts';

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

/** '5.5 mJ', '139 µJ'. */
export const energyText = (joules: number): string =>
  joules >= 1e-3 ? `${formatNumber(1e3 * joules)}\u00a0mJ` : `${formatNumber(1e6 * joules)}\u00a0µJ`;

/** 'net on 12 devices', '3 networks on 12 devices'. */
export function reportTitle({ networks, columns }: MeasureReport): string {
  const what = networks.length === 1 ? networks[0]!.name : `${networks.length} networks`;
  return `${what} on ${columns.length === 1 ? columns[0]!.title : `${columns.length} devices`}`;
}

/** 'measured 1.8 ms on LiteRT, XNNPACK (2026-11-28)', one a device. @param all of one network, the newest last */
export function measuredTexts(all: readonly StoredMeasurement[]): readonly string[] {
  return newest(all).map((one) => {
    const random = one.weights === 'random' ? ', random weights' : '';
    return `${one.mark} ${amountText(one)} on ${one.title} (${one.when.slice(0, 10)}${random})`;
  });
}
