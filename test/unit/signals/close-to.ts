/** Comparing rows of numbers. */
import assert from 'node:assert/strict';

/** As many values, each within `tolerance` of the wanted one: of its size where that is above 1. */
export function closeTo(made: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number, what: string): void {
  assert.equal(made.length, wanted.length, what);
  for (let i = 0; i < made.length; i++) {
    const [one, other] = [made[i]!, wanted[i]!];
    const off = Math.abs(one - other);
    assert.ok(off <= tolerance * Math.max(1, Math.abs(other)), `${what}: value ${i} is ${one}, ${other} is right`);
  }
}
