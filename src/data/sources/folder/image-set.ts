/** A data set of lists of images, wherever they lie: both parts decoded and prepared in threads of one pool. */
import type { PrepareStep } from '../../../wire/preparation/step-table.ts';
import type { Shape, SourcePart, SourceSet } from '../../dataset.ts';
import { fileBelow } from '../../files/data-files.ts';
import type { OpenFiles } from '../../files/open-bytes.ts';
import { DecodePool } from '../../images/decode-pool.ts';
import { typeAfter } from '../../preparation/steps/step-rules.ts';
import type { Unsound } from '../unsound.ts';
import { ImageSource, SeenSizes, shapeOfImages, type ImagePart } from './image-source.ts';

/** Images of one part. */
export interface ListedImages extends Pick<ImagePart, 'images' | 'chosen'> {
  /** A file or folder: what messages on the whole part are about. */
  readonly name: string;
}

/** What of a set does not change with the steps of `prepare:`. */
export interface ListedSet extends Pick<SourceSet, 'classes' | 'classNames' | 'heldBack'> {
  /** Names of files are given as they stand below it. */
  readonly path: string;
  readonly train: ListedImages;
  readonly test: ListedImages;
  readonly unsound: Unsound;
  /** Beside what is said of unsound images. */
  readonly notes: readonly string[];
}

/**
 * @param files closed by its owner: the pool is kept there
 * @throws DataError where none of the first images can be read, or they have several sizes
 */
export async function openImageSet(
  set: ListedSet,
  steps: readonly PrepareStep[],
  input: Shape,
  files: OpenFiles,
): Promise<SourceSet> {
  const { path, train, test, unsound, notes, ...fixed } = set;
  const pool = new DecodePool(steps);
  files.keep(pool);
  const sizes = new SeenSizes();
  const shape = await shapeOfImages(train.name, { ...train, input }, pool, steps, unsound, sizes);
  const decoded = { shape, input, type: typeAfter(steps, 'uint8') };
  const part = ({ name, images, chosen }: ListedImages): SourcePart => {
    const samples = new ImageSource(name, { images, chosen, ...decoded }, pool, unsound, sizes);
    return {
      samples,
      labels: Int32Array.from(chosen, (index) => images.label(index)),
      file: (index) => fileBelow(path, samples.fileOf(index)),
    };
  };
  return {
    train: part(train),
    test: part(test),
    ...fixed,
    stepped: (otherSteps, otherInput) => openImageSet(set, otherSteps, otherInput, files),
    stored: () => sizes.of(shape),
    notes: () => [...notes, ...unsound.notes()],
  };
}
