/** The seam of runtimes: each file of `runtimes` says whether it is there, on which devices, and measures a network. */
import type { Surroundings } from '../formats/vela/program-output.ts';
import type { Mark, Measurement } from '../wire/measurements.ts';
import type { Subject } from './subject/subject.ts';

/** Where and how long it is measured; the folder is a temporary one. */
export interface Around extends Surroundings {
  /** For which the clock runs, at least, where a clock measures. */
  readonly seconds: number;
}

export interface Device {
  /** As `--devices` names it; two runtimes may have a device of one name. */
  readonly id: string;
  readonly title: string;
  /** Is it measured where nobody names a device? */
  readonly usual: boolean;
}

export type Availability = { readonly version: string } | { readonly reason: string };

/** What a runtime says of a network on a device; the mark is the runtime's where there is a number. */
export type Reading = Omit<Measurement, 'runtime' | 'device' | 'mark'>;

export interface Runtime {
  readonly id: string;
  readonly title: string;
  /** How its numbers come about. */
  readonly mark: Exclude<Mark, 'unknown'>;
  readonly devices: readonly Device[];
  /** A device with presets, which are too many to be listed. @throws RangeError where the presets are wrong */
  named?(id: string): Device | undefined;
  /** Is there anything that it could say of a network? Absent: of any. */
  concerns?(subject: Subject): boolean;
  /** Is it there, and in which version? The reason says how to get it. */
  available(around: Around): Promise<Availability>;
  /**
   * Measures; `reason` where there is no number that can be believed.
   * @throws Error in the last words of whatever program failed
   */
  measure(subject: Subject, device: Device, around: Around): Promise<Reading>;
}
