/** What all members answer where their probabilities are averaged instead of their logits: for comparison only. */
import type { Answer, PartName } from './member-logits.ts';

/** Of each sample, whether the largest mean probability is that of its label. */
export function averagedProbabilities(members: readonly Answer[], name: PartName, labels: Int32Array): Uint8Array {
  return Uint8Array.from(labels, (label, i) => {
    const sums = new Float64Array(members[0]!.outputs);
    for (const { scale, outputs, logits } of members) {
      const row = logits[name].subarray(i * outputs, (i + 1) * outputs);
      const largest = Math.max(...row);
      const powers = Array.from(row, (code) => Math.exp((code - largest) * scale));
      const sum = powers.reduce((a, b) => a + b, 0);
      powers.forEach((power, c) => (sums[c]! += power / sum));
    }
    return sums.indexOf(Math.max(...sums)) === label ? 1 : 0;
  });
}
