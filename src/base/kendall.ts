/** Kendall's rank correlation. */

/** τ-b: ties count for neither side. NaN where one of the lists is constant. */
export function kendall(a: readonly number[], b: readonly number[]): number {
  let concordant = 0,
    untiedA = 0,
    untiedB = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const x = Math.sign(a[i]! - a[j]!);
      const y = Math.sign(b[i]! - b[j]!);
      concordant += x * y;
      untiedA += x * x;
      untiedB += y * y;
    }
  }
  return concordant / Math.sqrt(untiedA * untiedB);
}
