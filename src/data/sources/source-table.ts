/** The sources that there are: from the `dataset:` of a definition to the samples of its files. */
import { isAbsolute, join } from 'node:path';
import type { DatasetSpec, Definition } from '../../network/types.ts';
import type { TargetKind } from '../../wire/tasks/task-spec.ts';
import { taskSpec } from '../../wire/tasks/task-table.ts';
import type { PrepareStep } from '../../wire/preparation/step-table.ts';
import { sampleSteps } from '../preparation/preparation-table.ts';
import { DataError } from '../data-error.ts';
import type { OpenFiles } from '../files/open-bytes.ts';
import type { SourceSet } from '../dataset.ts';
import { openAudioSet } from './audio/audio-set.ts';
import { openCifarSet } from './cifar.ts';
import { openFolderSet } from './folder/folder-set.ts';
import { steppedSets } from './stepped-source.ts';
import { generateSet } from './generated/generated.ts';
import { openParquetSet } from './parquet/parquet-set.ts';
import { openPairSet } from './pairs/pair-set.ts';
import { openIdxSet } from './idx.ts';
import { openSensorSet } from './sensors/sensor-set.ts';
import { openArraySet } from './npy/typed-arrays.ts';

/** What a source is opened with. */
interface Request {
  readonly spec: DatasetSpec;
  /** Absolute; empty where the format needs none. */
  readonly path: string;
  readonly targets: TargetKind;
  /** Do labels say which samples of the test part are normal? */
  readonly labelled?: boolean;
  /** Opens files; what it opened is closed for the source. */
  readonly files: OpenFiles;
  /** For its input, and how much larger its output is. */
  readonly definition: Pick<Definition, 'input' | 'layers'>;
  /** What is done to each sample: a source that decodes does it in the same place, and says `stepped`. */
  readonly steps: readonly PrepareStep[];
}

/** Finds the files, opens them, reads what stands before the samples, and all labels. @throws DataError */
type Open = (request: Request) => Promise<SourceSet>;

/** One entry a format. */
export const SOURCES: Readonly<Record<DatasetSpec['format'], Open>> = {
  idx: ({ spec, path, files }) => openIdxSet(path, spec.classes, files),
  cifar10: ({ path, files }) => openCifarSet(path, 'cifar10', files),
  cifar100: ({ path, files }) => openCifarSet(path, 'cifar100', files),
  npy: ({ spec, path, targets: kind, labelled = false, files }) => openArraySet(path, { kind, labelled }, spec, files),
  folder: ({ spec, path, targets, steps, definition, files }) =>
    openFolderSet(path, targets, spec, steps, definition.input, files),
  parquet: ({ spec, path, steps, definition, files }) => openParquetSet(path, spec, steps, definition.input, files),
  pairs: ({ spec, path, definition, files }) => openPairSet(path, spec, definition, files),
  audio: ({ spec, path }) => openAudioSet(path, spec),
  sensors: ({ spec, path, files }) => openSensorSet(path, spec, files.memory),
  generated: ({ spec, files }) =>
    Promise.resolve(generateSet(spec.generator ?? 'tones', spec.samples, spec.seed, files.memory)),
};

/** A set that can be had after other steps. */
export type SteppedSet = SourceSet & Required<Pick<SourceSet, 'stepped'>>;

/**
 * Opens the data set of a definition; what is open is closed again where that fails. Its `stepped` gives the same
 * samples after other steps: ask before any of them is closed.
 * @param folder what the data set's `path` is relative to: the folder of the definition file
 * @throws DataError naming file and byte or record
 */
export async function openSet(definition: Definition, folder: string, files: OpenFiles): Promise<SteppedSet> {
  const { name, dataset: spec } = definition;
  const { targets, labelledMetric } = taskSpec(definition.task);
  const labelled = labelledMetric !== undefined;
  if (spec === undefined) throw new DataError(name, 'the definition has no `dataset:`; a search needs one');
  if (spec.format !== 'generated' && spec.path === undefined)
    throw new DataError(name, `\`dataset:\` has no \`path:\`; format ${spec.format} needs one`);
  const path = spec.path ?? '';
  const steps = sampleSteps(definition);
  const found = isAbsolute(path) ? path : join(folder, path);
  const set = await SOURCES[spec.format]({ spec, path: found, targets, labelled, files, steps, definition });
  if (set.stepped) return { ...set, stepped: set.stepped };
  const after = steppedSets(set);
  return { ...after(steps), stepped: (other) => Promise.resolve(after(other)) };
}
