/** What a result says of early exits: where every sample stops at one, what stopping saves, and which were left out. */
import { formatCount, formatLarge, formatShare } from '../text/format.ts';
import { oneLine } from '../text/neutral.ts';
import type { NetworkResult, StoppingReport } from './run.ts';
import { formatMeasured } from './tasks/metrics.ts';
import { shareError } from './tasks/intervals.ts';

/**
 * Label and value of each exit, whose weights and work are those of all that runs until it has answered, and what
 * stopping at them saves.
 */
export const exitTexts = (network: NetworkResult): (readonly [string, string])[] => [
  ...eachText(network),
  ...(network.stopping ? [['Stopping early', stoppingText(network.stopping)] as const] : []),
];

const eachText = ({ exits = [], test }: NetworkResult): (readonly [string, string])[] =>
  exits.map(({ name, integerMetric: value, bytes, macs, cycles }) => {
    const samples = test?.samples;
    const error = samples === undefined ? undefined : shareError(value, samples);
    const work = cycles > 0 ? `${formatLarge(cycles)} cycles` : `${formatLarge(macs)} MACs`;
    const accuracy = formatMeasured('accuracy', { value, error, samples });
    return [`Exit at ${oneLine(name)}`, `${accuracy} for all samples, with ${formatCount(bytes)} B and ${work}`];
  });

function stoppingText({ unit, mean, whole, accuracy, endAccuracy }: StoppingReport): string {
  if (mean >= whole) return `saves nothing: no sample of the validation part may stop at an exit`;
  return `${formatLarge(mean)} ${unit} in the mean instead of ${formatLarge(whole)} (${formatShare(1 - mean / whole)} fewer), by thresholds found on the validation part, where ${formatShare(accuracy)} are right, and ${formatShare(endAccuracy)} at the end`;
}

/** An exit that was left out; what it would have saved and added beside the others, where that was the question. */
export interface LeftExit {
  readonly name: string;
  /** Share of the mean work. */
  readonly saved?: number;
  /** Share of the bytes. */
  readonly added?: number;
}

/** Why exits were left out, as a clause. */
export function leftExitsText(left: readonly LeftExit[], unit: StoppingReport['unit']): string {
  const each = left.map(({ name, saved, added }) =>
    saved === undefined || added === undefined
      ? `${oneLine(name)}, without which the objective is met better`
      : `${oneLine(name)}, which ${saved > 0 ? `saves ${formatShare(saved)} of` : 'saves none of'} the mean ${unit} at equal accuracy and adds ${formatShare(added)} to the bytes`,
  );
  return `the exits that are not worth their bytes were left out: ${each.join('; ')}`;
}
