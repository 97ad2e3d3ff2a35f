/** From the `dataset:` of a definition to the samples that a search trains, validates and tests on. */
import { isAbsolute, join } from 'node:path';
import type { DatasetSpec, Definition } from '../network/types.ts';
import { SeededRandom } from '../base/random.ts';
import { readArraySet } from './sources/npy/typed-arrays.ts';
import { readCifarSet } from './sources/cifar.ts';
import { dataDigest } from './digest.ts';
import { DataError } from './data-error.ts';
import { generateSet } from './sources/generated/generated.ts';
import { readIdxSet } from './sources/idx.ts';
import { checkedNames } from './class-names.ts';
import { IndexedSplit, measure } from './split.ts';
import { TARGET_KINDS } from './target-kinds.ts';
import { mapText, type TaskSpec } from '../wire/tasks/task-spec.ts';
import { taskSpec } from '../wire/tasks/task-table.ts';
import type { Dataset, Normalisation, RawPart, RawSet, Shape } from './dataset.ts';

type Reader = (spec: DatasetSpec, path: string, definition: Definition) => Promise<RawSet>;

/** One entry a format: how to add a reader. */
const READERS: Readonly<Record<DatasetSpec['format'], Reader>> = {
  idx: (spec, path) => readIdxSet(path, spec.classes),
  cifar10: (_, path) => readCifarSet(path, 'cifar10'),
  cifar100: (_, path) => readCifarSet(path, 'cifar100'),
  npy: (spec, path, { task }) => readArraySet(path, taskSpec(task).targets, spec.classes),
  generated: (spec) => Promise.resolve(generateSet(spec.generator ?? 'tones', spec.samples, spec.seed)),
};

export type { Dataset, Normalisation, Shape, Split } from './dataset.ts';

/** What was read of a data set and found to fit its definition. */
export interface Samples {
  readonly raw: RawSet;
  /** 0 where the task has none. */
  readonly classes: number;
  /** Training samples to use, in the order of their numbers' draw: the first are held back for validation. */
  readonly chosen: Int32Array;
  readonly heldBack: number;
}

/**
 * Reads the data set of a definition and checks it against the definition.
 * The draw depends on `dataset.seed` only, so that searches with different seeds train and validate on the same
 * samples.
 * @param folder what the data set's `path` is relative to: the folder of the definition file
 * @throws DataError naming file and byte or record
 */
export async function readSamples(definition: Definition, folder: string): Promise<Samples> {
  const spec = definition.dataset;
  if (spec === undefined) throw new DataError(definition.name, 'the definition has no `dataset:`; a search needs one');
  if (spec.format !== 'generated' && spec.path === undefined)
    throw new DataError(definition.name, `\`dataset:\` has no \`path:\`; format ${spec.format} needs one`);
  const path = spec.path ?? '';
  const task = taskSpec(definition.task);
  const rule = TARGET_KINDS[task.targets];
  const read = await READERS[spec.format](spec, isAbsolute(path) ? path : join(folder, path), definition);
  const targeted = (part: RawPart): RawPart => {
    checkInputs(part, definition);
    return checkedTargets(rule.complete(part, task), task);
  };
  const raw = { ...read, train: targeted(read.train), test: targeted(read.test) };

  const order = Int32Array.from({ length: raw.train.count }, (_, i) => i);
  new SeededRandom(spec.seed ?? 0).shuffle(order);
  const chosen = order.subarray(0, spec.limit ?? order.length);
  if (chosen.length < 2) {
    const path = ['dataset', ...(raw.train.count < 2 ? [] : ['limit'])];
    throw new DataError(
      raw.train.name,
      `${chosen.length} training samples; at least 2 are needed, one of them for validation`,
      {},
      path,
    );
  }
  const heldBack = Math.min(chosen.length - 1, Math.max(1, Math.round(chosen.length * spec.validation)));
  return { raw, classes: rule.classes(raw, spec), chosen, heldBack };
}

/**
 * Reads, checks, splits and normalises the data set of a definition.
 * @param folder what the data set's `path` is relative to: the folder of the definition file
 * @throws DataError naming file and byte or record
 */
export async function loadDataset(definition: Definition, folder: string): Promise<Dataset> {
  return datasetOf(definition, await readSamples(definition, folder));
}

/** The parts of a data set that was read, normalised. */
export function datasetOf({ task }: Definition, { raw, classes, chosen, heldBack }: Samples): Dataset {
  const training = chosen.subarray(heldBack);
  const { inputs, targets } = taskSpec(task);
  const rule = TARGET_KINDS[targets];
  const normalisation = NORMALISATIONS[inputs](raw.train, training);
  const split = (part: RawPart, indices: Int32Array): IndexedSplit =>
    new IndexedSplit(part, indices, normalisation, rule.normalisation(normalisation, part));
  return {
    task,
    inputShape: raw.train.shape,
    classes,
    ...checkedNames(rule.named ? raw.classNames : undefined, classes),
    normalisation,
    sha256: dataDigest(raw),
    train: split(raw.train, training),
    validation: split(raw.train, chosen.subarray(0, heldBack)),
    test: split(
      raw.test,
      Int32Array.from({ length: raw.test.count }, (_, i) => i),
    ),
  };
}

function checkInputs(part: RawPart, { input, training }: Definition): void {
  if (part.count === 0) throw new DataError(part.name, 'there are no samples');
  const { shape } = part;
  if (mapText(shape) !== mapText(input)) {
    const remedy = shapeRemedy(shape, input, training.initialWeights !== undefined);
    throw new DataError(
      part.name,
      `samples are ${mapText(shape)}; the definition's input is ${mapText(input)}${remedy}`,
      {},
      ['input'],
    );
  }
}

/** The part, if its targets are what the task needs. */
function checkedTargets(part: RawPart, { targetsProblem }: TaskSpec): RawPart {
  const problem = part.targets && targetsProblem?.(part.targets.shape, part.shape);
  if (problem !== undefined) throw new DataError(part.name, problem);
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
  if (channelsFirst) return ': the array is channels first; here channels come last: save np.moveaxis(x, 1, -1)';
  const swapped = shape.height === input.width && shape.width === input.height && shape.channels === input.channels;
  if (swapped)
    return `: height and width have changed places: save np.swapaxes(x, 1, 2), or write \`input: ${mapText(shape)}\`${retrain}`;
  const first = looksChannelsFirst(shape)
    ? ' (if the array is channels first, save np.moveaxis(x, 1, -1) instead)'
    : '';
  const change = `write \`input: ${mapText(shape)}\`${retrain}`;
  return startsFromWeights
    ? `: bring the samples to ${mapText(input)}, the shape that the weights of \`training.initialWeights\` were trained on, or ${change}${first}`
    : `: ${change}${first}`;
}

/** One or three rows of a wide map with many channels: images of PyTorch, most likely. */
const looksChannelsFirst = ({ height, width, channels }: Shape): boolean =>
  (height === 1 || height === 3 || height === 4) && width > 4 && channels > 4;

/** Bytes become 0..1, floats stay. */
function unitRange(part: RawPart): Normalisation {
  const std = part.pixels instanceof Uint8Array ? 255 : 1;
  return {
    mean: Array.from({ length: part.shape.channels }, () => 0),
    std: Array.from({ length: part.shape.channels }, () => std),
  };
}

/** How inputs come to the network, by what the task says. */
const NORMALISATIONS: Readonly<Record<TaskSpec['inputs'], (part: RawPart, training: Int32Array) => Normalisation>> = {
  standardised: measure,
  'unit-range': unitRange,
};
