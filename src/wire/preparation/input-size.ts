/** The size of a step that makes images of one size: as numbers, or that of the network's input by its name. */
import { such } from '../../base/validate.ts';
import type { StepContext } from './signal-values.ts';
import { readSize } from './step-spec.ts';

/** What a definition writes for the size of its input. */
export const INPUT_SIZE = 'input';

export interface StepSize {
  readonly height: number;
  readonly width: number;
  /** It is the input's, of which there are several to choose between; these numbers are those of one of them. */
  readonly ofInput?: true;
}

/** What a file of a run may have beside the two numbers. */
export const STEP_SIZE = { ofInput: such<true>('true', (value) => value === true) } as const;

/** '96x64', or 'input'; undefined where it is neither. */
export function readStepSize(text: unknown, { input }: StepContext = {}): StepSize | undefined {
  if (text !== INPUT_SIZE) return readSize(text);
  // Without an input that could be read there is another message.
  if (!input) return { height: 1, width: 1 };
  const { height, width } = input.input;
  return { height, width, ...(input.inputs !== undefined && { ofInput: true }) };
}

/** What a step of an input's size says of it as long as there are others. */
export const openText = ({ ofInput }: StepSize): string => (ofInput === true ? '; the size of the largest input' : '');
