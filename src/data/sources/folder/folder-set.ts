/** Data sets of folders of images: a folder a class. */
import type { PrepareStep } from '../../../wire/preparation/step-table.ts';
import type { DatasetSpec } from '../../../network/types.ts';
import type { TargetKind } from '../../../wire/tasks/task-spec.ts';
import { DataError } from '../../data-error.ts';
import type { Shape, SourceSet } from '../../dataset.ts';
import type { OpenFiles } from '../../files/open-bytes.ts';
import { findParts, type FolderPart } from './folder-parts.ts';
import { allOf, drawTest } from '../drawn-test.ts';
import { Unsound } from '../unsound.ts';
import { openImageSet, type ListedImages } from './image-set.ts';
import { filesBelow } from './image-source.ts';

/** @throws DataError */
export async function openFolderSet(
  path: string,
  targets: TargetKind,
  spec: DatasetSpec,
  steps: readonly PrepareStep[],
  input: Shape,
  files: OpenFiles,
): Promise<SourceSet> {
  const parts = await findParts(path, targets !== 'class');
  const { classes, notes } = parts;
  if (classes.length < 2 && targets === 'class')
    throw new DataError(
      parts.train.folder,
      `there is one folder of a class, ${classes.join()}; a classifier needs two or more: is a folder of everything else missing?`,
    );
  const drawn = parts.test
    ? undefined
    : drawTest(path, parts.train.files.count, (i) => parts.train.files.label(i), classes.length, spec.seed ?? 0);
  const test = parts.test ?? parts.train;
  const trainChosen = drawn?.train ?? allOf(parts.train.files.count);
  const testChosen = drawn?.test ?? allOf(test.files.count);
  const listed = ({ folder, files: list }: FolderPart, chosen: Int32Array): ListedImages => ({
    name: folder,
    images: filesBelow(folder, list),
    chosen,
  });
  return openImageSet(
    {
      path,
      train: listed(parts.train, trainChosen),
      test: listed(test, testChosen),
      classes: classes.length,
      classNames: { file: parts.train.folder, names: classes },
      unsound: new Unsound(parts.folder, trainChosen.length + testChosen.length, 'images', spec.damaged),
      notes,
    },
    steps,
    input,
    files,
  );
}
