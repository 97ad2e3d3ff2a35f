/** What one network, or one exit of it, answers alone. */

/**
 * Of each sample, 1 where its largest logit, of equals the first, is that of its label, else 0.
 * @param logits int8, [samples × classes]
 */
export function rightAnswers(logits: Int8Array, labels: Int32Array): Uint8Array {
  const classes = logits.length / labels.length;
  return Uint8Array.from(labels, (label, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row)) === label ? 1 : 0;
  });
}

/** Share of the samples that are answered right. */
export const shareRight = (right: Uint8Array): number => right.reduce((sum, one) => sum + one, 0) / right.length;

/** The work of a stage in the unit that is counted in. */
export const workIn = (
  unit: 'cycles' | 'MACs',
  { cycles, macs }: { readonly cycles: number; readonly macs: number },
): number => (unit === 'cycles' ? cycles : macs);
