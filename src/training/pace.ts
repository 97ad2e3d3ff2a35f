/** How fast a schedule is gone through: a step a step as it was planned, or faster from where it was shortened. */

/** Plain JSON: from each step on, and where in the schedule it is. */
export type PaceState = readonly (readonly [step: number, position: number])[];

export class Pace {
  private knots: readonly (readonly [step: number, position: number])[] = [];

  /** Place in the schedule before a step, in the steps that were planned; whole at the knots, in between in lines. */
  position(step: number): number {
    let [at, place] = [0, 0];
    for (const [end, aim] of this.knots) {
      if (step < end) return place + ((step - at) * (aim - place)) / (end - at);
      [at, place] = [end, aim];
    }
    return place + (step - at);
  }

  /** From a step on, reaches each of these places at its step; what was before stays. */
  follow(from: number, knots: PaceState): void {
    const later = knots.filter(([step]) => step > from);
    if (later.length === 0) return;
    this.knots = [...this.knots.filter(([step]) => step < from), [from, this.position(from)], ...later];
  }

  state(): PaceState {
    return this.knots;
  }

  restore(state: PaceState): void {
    this.knots = state;
  }
}
