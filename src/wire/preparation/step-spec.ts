/** What a step of `prepare:` is for everybody who holds no samples: its words, its parameters, the shape it makes. */
import type { Check } from '../../base/validate.ts';
import type { StepContext } from './signal-values.ts';
import type { MapShape } from '../map-shape.ts';

/** As far as it is known: samples of a folder may all have sizes of their own. */
export type PartShape = Partial<MapShape>;

export interface StepSpec<S extends { readonly step: string }> {
  /** The key of the step in a definition. */
  readonly id: S['step'];
  /** What it does, in a sentence. */
  readonly about: string;
  /** Values to offer. */
  readonly examples: readonly string[];
  /**
   * The step from the value of its key, which the schema allows; else what is wrong with it.
   * @param value plain JSON: a text, a number, a truth value or a mapping
   * @param context what the definition says beside the steps
   */
  read(value: unknown, context?: StepContext): S | string;
  /** The shape that it makes of a sample's; else why it can make none, after '`prepare`: '. */
  shape(sample: PartShape, step: S): PartShape | string;
  /** The type of the values that it makes; absent: bytes stay bytes and floats floats. */
  readonly makes?: 'float32';
  /** Does it learn numbers from the training samples? They stand in the step that a run reports. */
  readonly fitted: boolean;
  /** May it be done to a sample and to the image to reach alike, so that both still belong together? */
  readonly alike: boolean;
  /** What a chip has to do to what it sees, as part of a sentence: 'bring it to 96x96 (bilinear)'. */
  words(step: S): string;
  /** The step as a file of a run has it. */
  readonly check: Check<S>;
}

/** '96x64' as height and width; undefined where it is no size. */
export function readSize(text: unknown): { readonly height: number; readonly width: number } | undefined {
  const found = /^\s*([1-9]\d{0,4})(?:\s*x\s*([1-9]\d{0,4}))?\s*$/.exec(String(text));
  return found ? { height: Number(found[1]), width: Number(found[2] ?? found[1]) } : undefined;
}
