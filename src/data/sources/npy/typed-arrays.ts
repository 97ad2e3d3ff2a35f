/** Sources of data sets kept as NumPy arrays: x_train, y_train, x_test, y_test. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetSpec } from '../../../network/types.ts';
import { DataError } from '../../data-error.ts';
import { findFile, foldersOf, isFile } from '../../files/data-files.ts';
import type { OpenFiles } from '../../files/open-bytes.ts';
import { readClassNames } from '../../class-names.ts';
import { TARGET_KINDS } from '../../target-kinds.ts';
import type { TargetKind } from '../../../wire/tasks/task-spec.ts';
import { openImages, readLabels } from './array-parts.ts';
import type { Source, SourcePart, SourceSet } from '../../dataset.ts';

/** Which array is which in messages. */
const ARRAYS = ['x_train.npy', 'y_train.npy', 'x_test.npy', 'y_test.npy'] as const;

const anyFile = async (folder: string, names: readonly string[]): Promise<boolean> =>
  (await Promise.all(names.map((name) => isFile(join(folder, name))))).includes(true);

/** Which recording or image each sample is a piece of, where an array beside x says so: whole numbers. */
async function readGroups(
  folder: string,
  name: string,
  { count, name: of }: Source,
): Promise<Pick<SourcePart, 'groups'>> {
  const names = [name, `${name}.gz`];
  if (!(await anyFile(folder, names))) return {};
  const file = await findFile(folder, 'groups', names);
  const groups = await readLabels(file);
  if (groups.length !== count) throw new DataError(file, `${groups.length} groups for the ${count} samples of ${of}`);
  return { groups };
}

/** The folder of the arrays, or the archive (`.npz`) that holds them. @throws DataError */
async function findArrays(path: string): Promise<string> {
  if (/\.npz$/i.test(path)) {
    if (await stat(path).catch(() => undefined)) return path;
    throw new DataError(path, 'there is no such file; `path` is relative to the definition file');
  }
  const folders = await foldersOf(path);
  for (const folder of folders) {
    const names = await readdir(folder);
    if (names.some((name) => ARRAYS.some((one) => name === one || name === `${one}.gz`))) return folder;
    const [archive, ...others] = names.filter((name) => /\.npz$/i.test(name)).sort();
    if (archive === undefined) continue;
    if (others.length === 0) return join(folder, archive);
    throw new DataError(
      folder,
      `there are several archives (${[archive, ...others].join(', ')}): let \`path\` name the one to train on`,
    );
  }
  throw new DataError(
    path,
    `no data found; looked here and one folder down for ${ARRAYS.join(', ')}, or one .npz archive`,
  );
}

/** Names that archives have for the arrays, ours first: Keras's are ours, MedMNIST has others. */
const ALIASES: Readonly<Record<(typeof ARRAYS)[number], readonly string[]>> = {
  'x_train.npy': ['x_train', 'X_train', 'train_images', 'train_x', 'train_data'],
  'y_train.npy': ['y_train', 'Y_train', 'train_labels', 'train_y', 'train_targets'],
  'x_test.npy': ['x_test', 'X_test', 'test_images', 'test_x', 'test_data'],
  'y_test.npy': ['y_test', 'Y_test', 'test_labels', 'test_y', 'test_targets'],
};

/** Names of the files that an array may be. */
const filesOf = (name: (typeof ARRAYS)[number]): string[] => [
  ...new Set([name, `${name}.gz`, ...ALIASES[name].map((alias) => `${alias}.npy`)]),
];

/**
 * Opens x (samples, height, width[, channels]) and y, where the kind of targets has one: class indices (samples[, 1]),
 * images, or values (samples[, values]).
 * @throws DataError
 */
export async function openArraySet(
  path: string,
  { kind, labelled }: { readonly kind: TargetKind; readonly labelled?: boolean },
  { classes, channels }: Pick<DatasetSpec, 'classes' | 'channels'>,
  files: OpenFiles,
): Promise<SourceSet> {
  const { open, named, optional } = TARGET_KINDS[kind];
  const folder = await findArrays(path);
  const find = (name: (typeof ARRAYS)[number]): Promise<string> =>
    findFile(
      folder,
      `${name.startsWith('x') ? 'images' : 'targets'} of the ${name.includes('train') ? 'training' : 'test'} part`,
      filesOf(name),
    );
  const part = async (x: (typeof ARRAYS)[number], y: (typeof ARRAYS)[number]): Promise<SourcePart> => {
    const imageFile = await find(x);
    const present = optional !== true || (labelled === true && (await anyFile(folder, filesOf(y))));
    const targetFile = open && present ? await find(y) : undefined;
    const samples = await openImages(imageFile, files, channels);
    const groups = await readGroups(folder, x.replace('x', 'groups'), samples);
    if (targetFile === undefined) return { samples, labels: new Int32Array(0), ...groups };
    const found = await open!(targetFile, files, classes, channels);
    const count = found.targets?.count ?? found.labels.length;
    if (count !== samples.count)
      throw new DataError(targetFile, `${count} targets for the ${samples.count} samples of ${imageFile}`);
    return { samples, ...found, ...groups };
  };
  const classNames = named ? await readClassNames(folder, 'labels.txt') : undefined;
  return {
    train: await part('x_train.npy', 'y_train.npy'),
    test: await part('x_test.npy', 'y_test.npy'),
    ...(classNames && { classNames }),
  };
}
