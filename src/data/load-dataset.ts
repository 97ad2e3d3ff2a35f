/** From the `dataset:` of a definition to the samples that a search trains, validates and tests on. */
import type { DatasetSpec, Definition } from '../network/types.ts';
import { SeededRandom } from '../base/random.ts';
import { DataError } from './data-error.ts';
import { checkedNames } from './class-names.ts';
import { OpenFiles } from './files/open-bytes.ts';
import { checkedTargets, checkInputs, checkOneShape } from './fit-definition.ts';
import { preparationOf, sampleSteps } from './preparation/preparation-table.ts';
import { openSet, type SteppedSet } from './sources/source-table.ts';
import { IndexedSplit } from './split.ts';
import { outputStatistics } from './output-statistics.ts';
import { survey } from './survey.ts';
import { TARGET_KINDS, type TargetRule } from './target-kinds.ts';
import { taskSpec } from '../wire/tasks/task-table.ts';
import type { Dataset, SourcePart, SourceSet } from './dataset.ts';

export type { Dataset, Shape, Split } from './dataset.ts';

/** Samples of at most so many bytes, as their files hold them, stay in memory; others are read for each batch. */
export const MEMORY_BYTES = 2 ** 30;

const NO_NORMAL =
  'no training sample is normal: an autoencoder learns normal samples only; say in `dataset` which class is normal, for example `normal: 0`';

/** A data set that was opened and found to fit its definition. */
export interface Samples {
  readonly raw: SteppedSet;
  /** 0 where the task has none. */
  readonly classes: number;
  /** In the order of their labels, where the data name them. */
  readonly classNames?: readonly string[];
  /** Training samples to use, in the order of their numbers' draw: the first are held back for validation. */
  readonly chosen: Int32Array;
  readonly heldBack: number;
  /** How many bytes of samples may stay in memory. */
  readonly memory: number;
  /** Lets go of open files. */
  close(): Promise<void>;
}

/**
 * Opens the data set of a definition, reads its labels, and checks both against the definition; the samples themselves
 * are not read yet.
 * The draw depends on `dataset.seed` only, so that searches with different seeds train and validate on the same
 * samples.
 * @param folder what the data set's `path` is relative to: the folder of the definition file
 * @throws DataError naming file and byte or record
 */
export async function openSamples(definition: Definition, folder: string, memory = MEMORY_BYTES): Promise<Samples> {
  const files = new OpenFiles(memory);
  try {
    const opened = await openSet(definition, folder, files);
    const raw = { ...opened, ...fitting(opened, definition) };
    const rule = TARGET_KINDS[taskSpec(definition.task).targets];
    const spec = definition.dataset!;
    const draw = drawOf(raw, spec, rule);
    const classes = rule.classes(raw, spec);
    const names = checkedNames(rule.named ? raw.classNames : undefined, classes);
    return { ...draw, classes, ...names, raw, memory, close: () => files.close() };
  } catch (error) {
    await files.close();
    throw error;
  }
}

/** The parts of a set with their targets. @throws DataError where they do not fit a definition */
function fitting(opened: SourceSet, definition: Definition): Pick<SourceSet, 'train' | 'test'> {
  checkOneShape(opened);
  const task = taskSpec(definition.task);
  const rule = TARGET_KINDS[task.targets];
  const complete = (part: SourcePart): SourcePart => {
    checkInputs(part, definition, opened);
    return checkedTargets(rule.complete(part, task, definition.dataset!, opened.classNames), task);
  };
  return { train: complete(opened.train), test: complete(opened.test) };
}

/**
 * The same samples for a definition that has another `input` and `prepare`: their files stay open until those of the
 * given ones are let go of.
 * @param memory how many bytes of them may stay in memory
 * @throws DataError
 */
export async function samplesFor(samples: Samples, definition: Definition, memory: number): Promise<Samples> {
  const opened = await samples.raw.stepped(sampleSteps(definition), definition.input);
  const raw = { ...opened, ...fitting(opened, definition), stepped: samples.raw.stepped };
  return { ...samples, raw, memory, close: () => Promise.resolve() };
}

function drawOf(raw: SourceSet, spec: DatasetSpec, { teaches }: TargetRule): Pick<Samples, 'chosen' | 'heldBack'> {
  const { labels, samples } = raw.train;
  const { name } = samples;
  const all = Int32Array.from({ length: samples.count }, (_, i) => i);
  const order = teaches && labels.length > 0 ? all.filter((i) => teaches(labels[i]!)) : all;
  const { length: count } = order;
  if (count === 0)
    throw new DataError(name, NO_NORMAL, {}, ['dataset', ...(spec.normal === undefined ? [] : ['normal'])]);
  const shuffled = shuffledPieces(order, raw.train.groups, new SeededRandom(spec.seed ?? 0));
  const chosen = shuffled.subarray(0, spec.limit ?? order.length);
  if (chosen.length < 2) {
    const path = ['dataset', ...(count < 2 ? [] : ['limit'])];
    throw new DataError(
      name,
      `${chosen.length} training samples; at least 2 are needed, one of them for validation`,
      {},
      path,
    );
  }
  if (raw.heldBack && raw.heldBack.length > 0) return statedDraw(raw.heldBack, shuffled, spec);
  const share = Math.min(chosen.length - 1, Math.max(1, Math.round(chosen.length * spec.validation)));
  return { chosen, heldBack: wholeGroups(chosen, share, raw.train.groups) };
}

/** Samples in a random order; those that are pieces of one recording or image stay together. */
function shuffledPieces(samples: Int32Array, groups: Int32Array | undefined, random: SeededRandom): Int32Array {
  if (groups === undefined) {
    random.shuffle(samples);
    return samples;
  }
  const pieces = new Map<number, number[]>();
  for (const i of samples) {
    const group = pieces.get(groups[i]!);
    if (group) group.push(i);
    else pieces.set(groups[i]!, [i]);
  }
  const order = Int32Array.from(pieces.keys());
  random.shuffle(order);
  return Int32Array.from([...order].flatMap((group) => pieces.get(group)!));
}

/** So many samples or a few more or less, so that no group is divided; where there is one alone, it is. */
function wholeGroups(samples: Int32Array, count: number, groups: Int32Array | undefined): number {
  if (groups === undefined) return count;
  const ends = (i: number): boolean => groups[samples[i - 1]!] !== groups[samples[i]!];
  for (let more = count; more < samples.length; more++) if (ends(more)) return more;
  for (let less = count - 1; less > 0; less--) if (ends(less)) return less;
  return count;
}

/** The draw where the data say who is for validation; `limit` leaves both parts their shares. */
function statedDraw(
  stated: Int32Array,
  order: Int32Array,
  { limit }: DatasetSpec,
): Pick<Samples, 'chosen' | 'heldBack'> {
  const validating = new Set(stated);
  const [held, training] = [order.filter((n) => validating.has(n)), order.filter((n) => !validating.has(n))];
  const most = Math.min(limit ?? order.length, order.length);
  const heldBack = Math.max(1, Math.round((held.length * most) / order.length));
  const chosen = Int32Array.from([...held.subarray(0, heldBack), ...training.subarray(0, most - heldBack)]);
  return { chosen, heldBack };
}

/**
 * Opens, checks, splits and prepares the data set of a definition.
 * @param folder what the data set's `path` is relative to: the folder of the definition file
 * @throws DataError naming file and byte or record
 */
export async function loadDataset(definition: Definition, folder: string, memory = MEMORY_BYTES): Promise<Dataset> {
  return datasetOf(definition, await openSamples(definition, folder, memory));
}

/** Without the samples that were found to be unsound while all were read. */
const sound = ({ samples: { damaged } }: SourcePart, indices: Int32Array): Int32Array =>
  damaged === undefined || damaged.size === 0 ? indices : indices.filter((index) => !damaged.has(index));

/** Which samples are trained on, validated with (both of the training part) and tested on: without unsound ones. */
export function partsOf({ raw, chosen, heldBack }: Samples): Record<'training' | 'validation' | 'test', Int32Array> {
  const trainable = sound(raw.train, chosen);
  // None of those that are trained on takes the place of an unsound one that validates.
  const held = Math.min(Math.max(1, sound(raw.train, chosen.subarray(0, heldBack)).length), trainable.length - 1);
  return {
    training: trainable.subarray(held),
    validation: trainable.subarray(0, held),
    test: sound(
      raw.test,
      Int32Array.from({ length: raw.test.samples.count }, (_, i) => i),
    ),
  };
}

/**
 * The parts of a data set that was opened, prepared: all samples are read, and what fits into memory stays there.
 * @throws DataError naming file and record, with the files let go of
 */
export async function datasetOf(definition: Definition, samples: Samples): Promise<Dataset> {
  const { task } = definition;
  const { raw, classes, classNames } = samples;
  try {
    const rule = TARGET_KINDS[taskSpec(task).targets];
    const { set, sha256 } = await survey(raw, samples.memory);
    const { training, validation, test } = partsOf(samples);
    const preparation = await preparationOf(definition).fit(set.train.samples, training);
    const { targets, range } = await rule.fit(preparation, set.train, training);
    const split = (part: SourcePart, indices: Int32Array): IndexedSplit =>
      new IndexedSplit(part, indices, preparation, targets);
    const train = split(set.train, training);
    return {
      task,
      outputs: await outputStatistics(train),
      inputShape: preparation.inputShape(set.train.samples.shape),
      classes,
      ...(classNames && { classNames }),
      ...(range && { targetRange: range }),
      preparation,
      sha256,
      train,
      validation: split(set.train, validation),
      test: split(set.test, test),
      close: () => samples.close(),
    };
  } catch (error) {
    await samples.close();
    throw error;
  }
}
