/** Which training samples the next member of an ensemble sees more often: those of which the ones before are unsure. */
import { largestOf, margin, weightsOf } from '../../../deploy/ensembles/confidence.ts';
import { atSize, type Dataset } from '../../../data/dataset.ts';
import { answersOf } from '../../../training/integer-answers.ts';
import type { MemberNetwork } from '../read-member.ts';

/** How often the sample is drawn that they are least sure of, and the one that they are surest of; 1 in the mean. */
const OFTEN = 1.5;
const SELDOM = 2 - OFTEN;

/**
 * Weights of samples by the ranks of confidences: from `OFTEN` of the lowest evenly down to `SELDOM` of the highest, so
 * that no unit of confidence matters; those that are equal have the mean of theirs.
 */
export function weightsByRank(confidences: Int32Array): Float32Array {
  const order = Int32Array.from(confidences.keys()).sort((a, b) => confidences[a]! - confidences[b]!);
  const weights = new Float32Array(confidences.length).fill(1);
  const last = order.length - 1;
  for (let from = 0; from <= last && last > 0;) {
    let to = from;
    while (to < last && confidences[order[to + 1]!] === confidences[order[from]!]) to++;
    const rank = (from + to) / 2 / last;
    for (let i = from; i <= to; i++) weights[order[i]!] = OFTEN - (OFTEN - SELDOM) * rank;
    from = to + 1;
  }
  return weights;
}

/**
 * How often each training sample is drawn for the member that comes next: by the margin of the members that are there,
 * together, in the arithmetic of the chip.
 * @param breathe called between samples; rejects to abort
 */
export async function sampleWeights(
  members: readonly MemberNetwork[],
  dataset: Dataset,
  breathe: () => Promise<void>,
): Promise<Float32Array> {
  const asked: { readonly logits: Int8Array; readonly scale: number }[] = [];
  for (const member of members) {
    const { input } = member.network.architecture;
    const logits = (await answersOf(member.network, atSize(dataset, input).train, breathe)).at(-1)!;
    asked.push({ logits, scale: member.network.operations.at(-1)!.output.scale });
  }
  const samples = dataset.train.count;
  const shares = weightsOf(asked.map(({ scale }) => scale));
  const classes = asked[0]!.logits.length / samples;
  const scores = new Int32Array(classes);
  return weightsByRank(
    Int32Array.from({ length: samples }, (_, i) => {
      for (let c = 0; c < classes; c++)
        scores[c] = asked.reduce((sum, { logits }, k) => sum + shares[k]! * logits[i * classes + c]!, 0);
      return margin(scores, largestOf(scores));
    }),
  );
}
