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
import type { Dataset, Normalisation, RawPart, RawSet, Shape } from './dataset.ts';

type Reader = (spec: DatasetSpec, path: string, definition: Definition) => Promise<RawSet>;

/** One entry a format: how to add a reader. */
const READERS: Readonly<Record<DatasetSpec['format'], Reader>> = {
  idx: (spec, path) => readIdxSet(path, spec.classes),
  cifar10: (_, path) => readCifarSet(path, 'cifar10'),
  cifar100: (_, path) => readCifarSet(path, 'cifar100'),
  npy: (spec, path, definition) => readArraySet(path, definition.task, spec.classes),
  generated: (spec) => Promise.resolve(generateSet(spec.generator ?? 'tones', spec.samples, spec.seed)),
};

export type { Dataset, Normalisation, Shape, Split } from './dataset.ts';

const say = (shape: Shape): string => `${shape.height}x${shape.width}x${shape.channels}`;

/** What was read of a data set and found to fit its definition. */
export interface Samples {
  readonly raw: RawSet;
  /** 0 for super-resolution. */
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
  const raw = await READERS[spec.format](spec, isAbsolute(path) ? path : join(folder, path), definition);
  for (const part of [raw.train, raw.test]) checkPart(part, definition);

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
  const classes = definition.task === 'classification' ? countClasses(raw, spec) : 0;
  if (definition.task === 'classification') checkClasses(raw, classes);
  return { raw, classes, chosen, heldBack };
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
  const normalisation = task === 'classification' ? measure(raw.train, training) : unitRange(raw.train);
  return {
    task,
    inputShape: raw.train.shape,
    classes,
    ...checkedNames(task === 'classification' ? raw.classNames : undefined, classes),
    normalisation,
    sha256: dataDigest(raw),
    train: new IndexedSplit(raw.train, training, normalisation),
    validation: new IndexedSplit(raw.train, chosen.subarray(0, heldBack), normalisation),
    test: new IndexedSplit(
      raw.test,
      Int32Array.from({ length: raw.test.count }, (_, i) => i),
      normalisation,
    ),
  };
}

function checkPart(part: RawPart, { input, task, training }: Definition): void {
  if (part.count === 0) throw new DataError(part.name, 'there are no samples');
  const { shape, targets } = part;
  if (say(shape) !== say(input)) {
    const remedy = shapeRemedy(shape, input, training.initialWeights !== undefined);
    throw new DataError(part.name, `samples are ${say(shape)}; the definition's input is ${say(input)}${remedy}`, {}, [
      'input',
    ]);
  }
  if (task === 'super-resolution') {
    if (targets === undefined)
      throw new DataError(
        part.name,
        'this data set has class labels, no target images; super-resolution needs images to reach (format npy)',
        {},
        ['task'],
      );
    const factor = targets.shape.height / shape.height;
    if (
      !Number.isInteger(factor) ||
      targets.shape.width !== shape.width * factor ||
      targets.shape.channels !== shape.channels
    ) {
      throw new DataError(
        part.name,
        `targets are ${say(targets.shape)}; they must be a whole multiple of ${say(shape)} with the same channels`,
      );
    }
  }
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
    return `: height and width have changed places: save np.swapaxes(x, 1, 2), or write \`input: ${say(shape)}\`${retrain}`;
  const first = looksChannelsFirst(shape)
    ? ' (if the array is channels first, save np.moveaxis(x, 1, -1) instead)'
    : '';
  const change = `write \`input: ${say(shape)}\`${retrain}`;
  return startsFromWeights
    ? `: bring the samples to ${say(input)}, the shape that the weights of \`training.initialWeights\` were trained on, or ${change}${first}`
    : `: ${change}${first}`;
}

/** One or three rows of a wide map with many channels: images of PyTorch, most likely. */
const looksChannelsFirst = ({ height, width, channels }: Shape): boolean =>
  (height === 1 || height === 3 || height === 4) && width > 4 && channels > 4;

/** Super-resolution keeps the scale of the image, so that the peak of PSNR is 1: bytes become 0..1, floats stay. */
function unitRange(part: RawPart): Normalisation {
  const std = part.pixels instanceof Uint8Array ? 255 : 1;
  return {
    mean: Array.from({ length: part.shape.channels }, () => 0),
    std: Array.from({ length: part.shape.channels }, () => std),
  };
}

/** A classifier tells at least two classes apart. */
function checkClasses({ train }: RawSet, classes: number): void {
  const [first] = train.labels;
  if (classes < 2)
    throw new DataError(
      train.name,
      `the data has ${classes === 1 ? 'one class' : 'no classes'}; a classifier needs two or more: is a class of "everything else" missing?`,
    );
  if (train.labels.every((label) => label === first))
    throw new DataError(
      train.name,
      `all ${train.count} training labels are ${first}; a classifier needs samples of two or more classes`,
    );
}

function countClasses(raw: RawSet, spec: DatasetSpec): number {
  if (spec.classes !== undefined && raw.classes !== undefined && spec.classes !== raw.classes) {
    throw new DataError(
      raw.train.name,
      `the data set has ${raw.classes} classes; the definition says ${spec.classes}: write \`classes: ${raw.classes}\` or leave it out`,
      {},
      ['dataset', 'classes'],
    );
  }
  if (spec.classes !== undefined) return spec.classes;
  if (raw.classes !== undefined) return raw.classes;
  const largest = (labels: Int32Array): number => labels.reduce((most, label) => Math.max(most, label), 0);
  return 1 + Math.max(largest(raw.train.labels), largest(raw.test.labels));
}
