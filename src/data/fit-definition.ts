/** Whether the samples of a data set are what its definition says: their shape, and that of their targets. */
import type { Definition } from '../network/types.ts';
import { mapText, pixelsText, type TaskSpec } from '../wire/tasks/task-spec.ts';
import { DataError } from './data-error.ts';
import type { Shape, SourcePart, SourceSet } from './dataset.ts';
import { preparationOf } from './preparation/preparation-table.ts';

/** @throws DataError where one part's samples have another shape than the other's: no input fits both */
export function checkOneShape({ train, test }: SourceSet): void {
  const [one, other] = [train.samples, test.samples].map(({ shape }) => mapText(shape));
  if (one === other) return;
  throw new DataError(
    test.samples.name,
    `samples are ${other}, those of ${train.samples.name} ${one}: bring both parts to one shape`,
  );
}

/**
 * @param doubts of the set: where they are about as many channels as the input lacks, they are the remedy
 * @throws DataError where a part has no samples, or others than the network's input asks for
 */
export function checkInputs(
  { samples }: SourcePart,
  definition: Definition,
  { doubts = [] }: Pick<SourceSet, 'doubts'> = {},
): void {
  const { input, training, dataset } = definition;
  if (samples.count === 0) throw new DataError(samples.name, 'there are no samples');
  const shape = preparationOf(definition).inputShape(samples.shape);
  if (mapText(shape) !== mapText(input)) {
    const remedy =
      doubts.length > 0 && shape.channels - input.channels === doubts.length
        ? `: ${doubts.join('; ')}`
        : dataset?.channels === 'first' && isLast(shape, input)
          ? ': the array is channels last already: take out `channels: first`'
          : shapeRemedy(shape, input, training.initialWeights !== undefined);
    throw new DataError(
      samples.name,
      `samples are ${mapText(shape)}; the definition's input is ${mapText(input)}${remedy}`,
      {},
      ['input'],
    );
  }
}

/** The part, if its targets are what the task needs. @throws DataError */
export function checkedTargets(part: SourcePart, { targetsProblem }: TaskSpec): SourcePart {
  const { samples, targets } = part;
  const problem = targets && targetsProblem?.(targets.shape, samples.shape);
  if (problem !== undefined) throw new DataError(samples.name, problem);
  return part;
}

/**
 * What to change where samples have another shape than the definition says: the array, if its axes have only changed
 * places, or if the
 * network starts from weights: those were trained on samples of the definition's shape.
 */
function shapeRemedy(shape: Shape, input: Shape, startsFromWeights: boolean): string {
  const retrain = startsFromWeights
    ? ' and take out `training.initialWeights`, which were trained on the other shape'
    : '';
  const channelsFirst =
    shape.height === input.channels && shape.width === input.height && shape.channels === input.width;
  if (channelsFirst)
    return ': the array is channels first; here channels come last: write `channels: first` in `dataset`, or save np.moveaxis(x, 1, -1)';
  const swapped = shape.height === input.width && shape.width === input.height && shape.channels === input.channels;
  if (swapped)
    return `: height and width have changed places: save np.swapaxes(x, 1, 2), or write \`input: ${mapText(shape)}\`${retrain}`;
  const first = looksChannelsFirst(shape)
    ? ' (if the array is channels first, write `channels: first` in `dataset`, or save np.moveaxis(x, 1, -1), instead)'
    : '';
  const steps = stepsTo(shape, input);
  const change = `write \`input: ${mapText(shape)}\`${retrain}${steps === undefined ? '' : `, or \`${steps}\``}`;
  return startsFromWeights
    ? `: bring the samples to ${mapText(input)}, the shape that the weights of \`training.initialWeights\` were trained on, or ${change}${first}`
    : `: ${change}${first}`;
}

/** Would what was taken for channels, height and width be the input as height, width and channels? */
const isLast = (shape: Shape, input: Shape): boolean =>
  shape.channels === input.height && shape.height === input.width && shape.width === input.channels;

/** The `prepare:` that brings images to an input; undefined where none does. */
function stepsTo(shape: Shape, input: Shape): string | undefined {
  const sized = shape.height === input.height && shape.width === input.width;
  const greyed = shape.channels === 3 && input.channels === 1;
  if (Math.min(shape.height, shape.width, input.height, input.width) < 8 || looksChannelsFirst(shape)) return undefined;
  if (shape.channels !== input.channels && !greyed) return undefined;
  const steps = [...(sized ? [] : [`{ resize: ${pixelsText(input)} }`]), ...(greyed ? ['{ grey: true }'] : [])];
  return `prepare: [${steps.join(', ')}]`;
}

/** One or three rows of a wide map with many channels: images of PyTorch, most likely. */
const looksChannelsFirst = ({ height, width, channels }: Shape): boolean =>
  (height === 1 || height === 3 || height === 4) && width > 4 && channels > 4;
