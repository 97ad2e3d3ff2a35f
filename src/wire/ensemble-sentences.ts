/** What a search for an ensemble came to, in words: what was chosen, by what numbers, and what is certified. */
import { RULE_WORDS } from './ensemble.ts';
import type { EnsembleResult, EnsembleSide } from './ensemble-result.ts';
import { COST_WORDS, type CostReport } from './limits.ts';
import type { RunResult } from './run.ts';
import { formatMeasured } from './tasks/metrics.ts';
import { formatCount, formatLarge, formatShare, formatUnit } from '../text/format.ts';

/** Heads them. */
export const ENSEMBLE_TITLE = 'The ensemble against the single network';

const testText = ({ test, error }: EnsembleSide, { samples }: EnsembleResult): string =>
  formatMeasured('accuracy', { value: test, error, samples });

/** '5,321 B of 6,144 B, 86.6 %'. */
export function costText({ cost, value, limit }: CostReport): string {
  const { unit } = COST_WORDS[cost];
  const written = (one: number): string => (unit === 'bytes' ? `${formatCount(one)} B` : formatUnit(unit, one));
  return limit === undefined ? written(value) : `${written(value)} of ${written(limit)}, ${formatShare(value / limit)}`;
}

export const COST_NOTES: Readonly<Record<CostReport['cost'], string>> = {
  weights: 'of all members',
  activations: 'of the largest member',
  cycles: 'mean over the validation part, estimated',
  latency: 'mean over the validation part, estimated',
  macs: 'mean over the validation part',
};

/** What is certified of all members together, in a sentence. */
export function ensembleCertificate({ certificate: { costs, encodedSha256 } }: EnsembleResult): string {
  const texts = costs.map((one) => `${COST_WORDS[one.cost].of} ${costText(one)} (${COST_NOTES[one.cost]})`);
  return `Certificate of the ensemble: ${texts.join(', ')}; SHA-256 over those of its members ${encodedSha256}.`;
}

/** Empty where the run had no ensemble. */
export function ensembleSentences(result: Pick<RunResult, 'ensemble'> | undefined): readonly string[] {
  const found = result?.ensemble;
  if (!found) return [];
  const { ensemble, alone, winner, members, unit, rule, mostWork } = found;
  const [ours, theirs] = [formatShare(ensemble.validation), formatShare(alone.validation)];
  // Of equals the one with less work was taken.
  const alike = ensemble.validation === alone.validation ? ', with more work' : '';
  const who = `the ensemble of ${members.join(', ')}`;
  return [
    winner === 'ensemble'
      ? `The ensemble was chosen: on the validation part ${who} is right for ${ours}, the single network of the same budget for ${theirs}${alike}.`
      : `The single network was chosen: on the validation part it is right for ${theirs}, ${who} for ${ours}${alike}.`,
    `On the test part: the ensemble ${testText(ensemble, found)}, the single network ${testText(alone, found)}.`,
    `The members take ${formatCount(ensemble.bytes)} B of weights together and ${formatLarge(ensemble.work)} ${unit} in the mean, ${formatLarge(mostWork)} where all run, sure by ${RULE_WORDS[rule]}; the single network takes ${formatCount(alone.bytes)} B and ${formatLarge(alone.work)} ${unit}. It was searched for and trained in as many epochs as all members together.`,
    ensembleCertificate(found),
  ];
}
