/** A result beside what takes no network, in words: whether it is of use. */
import { formatMetric, formatNamedMetric, metricGain, metricOf } from './metrics.ts';
import type { RunResult } from '../run.ts';

/** Whether the first network beats what takes no network, in a sentence; undefined where there is nothing such. */
export function naiveVerdict({ metric, naive, networks: [network] }: RunResult): string | undefined {
  if (!naive) return undefined;
  const gain = metricGain(metric, network.integerMetric, naive.metric);
  const amount = metricOf(metric).difference(Math.abs(gain));
  const other = `${naive.name} (${formatMetric(metric, naive.metric)}), which takes no network`;
  const own = formatNamedMetric(metric, network.integerMetric);
  if (gain > 0) return `${own}: ${amount} better than ${other}.`;
  const place = gain === 0 ? 'no better than' : `${amount} worse than`;
  return `${own}: ${place} ${other}. This network is of no use: train longer, or give it more bytes.`;
}
