/** Data sets of folders of images: a folder a class. */
import type { PrepareStep } from '../../../wire/preparation/step-table.ts';
import type { DatasetSpec } from '../../../network/types.ts';
import type { TargetKind } from '../../../wire/tasks/task-spec.ts';
import { DataError } from '../../data-error.ts';
import type { Shape, SourcePart, SourceSet } from '../../dataset.ts';
import { DecodePool } from '../../images/decode-pool.ts';
import { typeAfter } from '../../preparation/steps/step-rules.ts';
import { fileBelow } from '../../files/data-files.ts';
import type { OpenFiles } from '../../files/open-bytes.ts';
import { findParts, type FolderPart } from './folder-parts.ts';
import { allOf, drawTest } from '../drawn-test.ts';
import { Unsound } from '../unsound.ts';
import { filesBelow, ImageSource, SeenSizes, shapeOfImages, type ImageList } from './image-source.ts';

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
  const train = { ...parts.train, chosen: drawn?.train ?? allOf(parts.train.files.count) };
  const test = { ...(parts.test ?? parts.train), chosen: drawn?.test ?? allOf(parts.test!.files.count) };
  const count = train.chosen.length + test.chosen.length;
  const unsound = new Unsound(parts.folder, count, 'images', spec.damaged);
  const imagesOf = ({ folder, files: list }: FolderPart): ImageList => filesBelow(folder, list);
  const [trainImages, testImages] = [imagesOf(train), imagesOf(test)];
  const looked = { images: trainImages, chosen: train.chosen };
  const after = async (steps: readonly PrepareStep[], input: Shape): Promise<SourceSet> => {
    const pool = new DecodePool(steps);
    files.keep(pool);
    const sizes = new SeenSizes();
    const shape = await shapeOfImages(train.folder, { ...looked, input }, pool, steps, unsound, sizes);
    const decoded = { shape, input, type: typeAfter(steps, 'uint8') };
    const part = ({ folder, chosen, files: list }: typeof train, images: ImageList): SourcePart => {
      const samples = new ImageSource(folder, { images, chosen, ...decoded }, pool, unsound, sizes);
      return {
        samples,
        labels: Int32Array.from(chosen, (file) => list.label(file)),
        file: (index) => fileBelow(path, samples.fileOf(index)),
      };
    };
    return {
      train: part(train, trainImages),
      test: part(test, testImages),
      classes: classes.length,
      classNames: { file: parts.train.folder, names: classes },
      stepped: after,
      stored: () => sizes.of(shape),
      notes: () => [...notes, ...unsound.notes()],
    };
  };
  return after(steps, input);
}
