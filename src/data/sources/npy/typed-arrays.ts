/** Sources of data sets kept as NumPy arrays: x_train, y_train, x_test, y_test. */
import { join } from 'node:path';
import { DataError } from '../../data-error.ts';
import { findFile, findFolder, isFile } from '../../files/data-files.ts';
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

/**
 * Opens x (samples, height, width[, channels]) and y, where the kind of targets has one: class indices (samples[, 1]),
 * images, or values (samples[, values]).
 * @throws DataError
 */
export async function openArraySet(
  path: string,
  { kind, labelled }: { readonly kind: TargetKind; readonly labelled?: boolean },
  classes: number | undefined,
  files: OpenFiles,
): Promise<SourceSet> {
  const { open, named, optional } = TARGET_KINDS[kind];
  const folder = await findFolder(
    path,
    ARRAYS.flatMap((name) => [name, `${name}.gz`]),
  );
  const find = (name: (typeof ARRAYS)[number]): Promise<string> =>
    findFile(
      folder,
      `${name.startsWith('x') ? 'images' : 'targets'} of the ${name.includes('train') ? 'training' : 'test'} part`,
      [name, `${name}.gz`],
    );
  const part = async (x: (typeof ARRAYS)[number], y: (typeof ARRAYS)[number]): Promise<SourcePart> => {
    const imageFile = await find(x);
    const present = optional !== true || (labelled === true && (await anyFile(folder, [y, `${y}.gz`])));
    const targetFile = open && present ? await find(y) : undefined;
    const samples = await openImages(imageFile, files);
    const groups = await readGroups(folder, x.replace('x', 'groups'), samples);
    if (targetFile === undefined) return { samples, labels: new Int32Array(0), ...groups };
    const found = await open!(targetFile, files, classes);
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
