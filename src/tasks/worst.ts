/** The worst few of many samples, without keeping the others. */

export class Worst<T extends { readonly index: number }> {
  private kept: { readonly one: T; readonly badness: number }[] = [];

  constructor(private readonly most: number) {}

  /** @param badness the worst have the most; of equals the earlier sample is worse */
  add(one: T, badness: number): void {
    const last = this.kept.at(-1);
    if (this.kept.length === this.most && last && badness <= last.badness) return;
    // Samples come in order: an equal one is later, and goes behind.
    const place = this.kept.findIndex((other) => other.badness < badness);
    this.kept.splice(place < 0 ? this.kept.length : place, 0, { one, badness });
    if (this.kept.length > this.most) this.kept.pop();
  }

  /** The worst first. */
  get list(): readonly T[] {
    return this.kept.map(({ one }) => one);
  }
}
