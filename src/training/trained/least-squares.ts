/** Normal equations of least squares: factors of a symmetric matrix that serve every leading part of it. */

/**
 * The lower triangle L, row-major, of L·Lᵀ = A + ridge·I (Cholesky). Its leading parts are those of A's leading parts.
 * @param a symmetric and positive semidefinite, row-major
 */
export function factorise(a: Float64Array, size: number, ridge: number): Float64Array {
  const l = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i * size + j]! + (i === j ? ridge : 0);
      for (let k = 0; k < j; k++) sum -= l[i * size + k]! * l[j * size + k]!;
      l[i * size + j] = i === j ? Math.sqrt(Math.max(sum, Number.EPSILON * ridge)) : sum / l[j * size + j]!;
    }
  return l;
}

/**
 * Solves the equations of the first `live` unknowns alone.
 * @param factor what `factorise` made of the whole matrix
 * @param sides right-hand sides, a row an unknown; overwritten by the solutions, which are returned
 */
export function solvePrefix(factor: Float64Array, size: number, live: number, sides: Float64Array): Float64Array {
  const columns = sides.length / live;
  const take = (into: number, from: number, share: number): void => {
    for (let o = 0; o < columns; o++) sides[into * columns + o]! -= share * sides[from * columns + o]!;
  };
  const divide = (row: number): void => {
    for (let o = 0; o < columns; o++) sides[row * columns + o]! /= factor[row * size + row]!;
  };
  for (let i = 0; i < live; i++) {
    for (let k = 0; k < i; k++) take(i, k, factor[i * size + k]!);
    divide(i);
  }
  for (let i = live - 1; i >= 0; i--) {
    for (let k = i + 1; k < live; k++) take(i, k, factor[k * size + i]!);
    divide(i);
  }
  return sides;
}
