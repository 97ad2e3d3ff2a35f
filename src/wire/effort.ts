/** What a search took: training steps and seconds of work, from its events. */
import { count, number, object } from '../base/validate.ts';
import type { RunEvent, UnnumberedEvent, Worked } from './run.ts';

export interface Effort {
  /** Training steps of all networks that were trained, shared weights and races included. */
  readonly steps: number;
  /** Of work: epochs and trials; waiting between two sessions is not counted. */
  readonly measured: Worked;
}

export const effortCheck = object<Effort>({ steps: count, measured: object<Worked>({ seconds: number }) });

/** Adds up what events tell. */
export class EffortCount {
  private stepsPerEpoch = 0;
  private epochSteps = 0;
  private seconds = 0;
  private chosen = false;
  /** Of each candidate that was tried: its trials go on from one another. */
  private readonly trials = new Map<number, number>();

  add(event: RunEvent | UnnumberedEvent): void {
    if (event.type === 'started') this.stepsPerEpoch = event.stepsPerEpoch;
    if (event.type === 'epoch') this.epochSteps += this.stepsPerEpoch;
    if (event.type === 'decoded') this.chosen = true;
    // What is chosen is trained in epochs, which were counted, and is a trial at their end once more.
    if (event.type === 'trial' && !this.chosen) this.trials.set(event.candidate, event.steps);
    // The last event comes after what a search is compared with.
    if ('measured' in event && event.type !== 'finished') this.seconds += event.measured?.seconds ?? 0;
  }

  get effort(): Effort {
    const tried = [...this.trials.values()].reduce((sum, steps) => sum + steps, 0);
    return { steps: this.epochSteps + tried, measured: { seconds: this.seconds } };
  }
}
