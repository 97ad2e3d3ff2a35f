/** What a result says of early exits, where every sample stops at one. */
import { formatCount, formatLarge } from '../text/format.ts';
import { oneLine } from '../text/neutral.ts';
import type { NetworkResult } from './run.ts';
import { formatMeasured } from './tasks/metrics.ts';
import { shareError } from './tasks/intervals.ts';

/** Label and value of each exit; weights and work are those of all that runs until it has answered. */
export const exitTexts = ({ exits = [], test }: NetworkResult): (readonly [string, string])[] =>
  exits.map(({ name, integerMetric: value, bytes, macs, cycles }) => {
    const samples = test?.samples;
    const error = samples === undefined ? undefined : shareError(value, samples);
    const work = cycles > 0 ? `${formatLarge(cycles)} cycles` : `${formatLarge(macs)} MACs`;
    const accuracy = formatMeasured('accuracy', { value, error, samples });
    return [`Exit at ${oneLine(name)}`, `${accuracy} for all samples, with ${formatCount(bytes)} B and ${work}`];
  });
