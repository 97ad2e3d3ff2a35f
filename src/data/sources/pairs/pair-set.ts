/**
 * Pairs of images for super-resolution: folders of large images, with the small ones given or made of them; patches at
 * places drawn once for training, the middle of each image for the test.
 */
import { join } from 'node:path';
import type { DatasetSpec, Definition } from '../../../network/types.ts';
import { DataError } from '../../data-error.ts';
import type { SourcePart, SourceSet } from '../../dataset.ts';
import { fileBelow, foldersOf } from '../../files/data-files.ts';
import type { OpenFiles } from '../../files/open-bytes.ts';
import { DecodePool } from '../../images/decode-pool.ts';
import { isImageName } from '../../images/image-kinds.ts';
import { entriesOf } from '../folder/walk.ts';
import { Unsound } from '../unsound.ts';
import { PatchPart, type Pair } from './patch-source.ts';

/** Patches that are cut from each training image. */
const PATCHES = 16;

/** Names of folders, as DIV2K and others have them: which part, and large or small images. */
const PARTS = { train: /train/i, test: /(valid|val|test|set5|set14|b100|urban100)/i } as const;
const LARGE = /(^|[^a-z])(hr|high|gthr|original)([^a-z]|$)/i;
const SMALL = /(^|[^a-z])(lr|low|lrbicx\d)([^a-z]|$)/i;

/** By how much the network makes an image larger: what its `upsample` layers do. */
export const scaleOf = ({ layers }: Pick<Definition, 'layers'>): number =>
  layers.reduce((scale, { op, factor }) => (op.options[0] === 'upsample' ? scale * factor : scale), 1);

const LAYOUTS =
  'large images lie in a folder named …train…HR, those of the test in …valid…HR (or test); small ones, where there are some, in the same with LR for HR, also in X2, X3, X4 below it';

const imagesOf = (folder: string): string[] =>
  [...entriesOf(folder)].flatMap(({ name, isFolder }) => (!isFolder && isImageName(name) ? [name] : []));

/** '0001' of '0001x2.png', 'img_001' of 'img_001_SRF_2_LR.png'. */
const stem = (name: string): string =>
  name
    .replace(/\.\w+$/, '')
    .replace(/_(LR|HR)$/i, '')
    .replace(/(_SRF_|_?x)[234]$/i, '');

/** Folders two down that hold images, with what their path below the set says. */
function imageFolders(root: string, below = '', depth = 0): string[] {
  return [...entriesOf(join(root, below))].flatMap(({ name, isFolder }) => {
    if (!isFolder) return [];
    const path = below === '' ? name : `${below}/${name}`;
    return [
      ...(imagesOf(join(root, path)).length > 0 ? [path] : []),
      ...(depth < 3 ? imageFolders(root, path, depth + 1) : []),
    ];
  });
}

/** Pairs of one part, in the order of names. @throws DataError */
function pairsOf(root: string, folders: readonly string[], part: RegExp, scale: number): Pair[] {
  const own = folders.filter((path) => part.test(path));
  const large = own.find((path) => LARGE.test(path)) ?? own.find((path) => !SMALL.test(path));
  if (large === undefined) return [];
  const ofScale = own.filter((path) => SMALL.test(path) && path !== large);
  const small =
    ofScale.find((path) => new RegExp(`x${scale}([^\\d]|$)`, 'i').test(path)) ??
    (ofScale.length === 1 && !/x\d/i.test(ofScale[0]!) ? ofScale[0] : undefined);
  const byStem = new Map(small === undefined ? [] : imagesOf(join(root, small)).map((name) => [stem(name), name]));
  return imagesOf(join(root, large)).map((name) => {
    const file = join(root, large, name);
    if (small === undefined) return { large: file };
    const found = byStem.get(stem(name));
    if (found === undefined)
      throw new DataError(
        file,
        `there is no small image of this one in ${join(root, small)}; without that folder small images are made of the large ones`,
      );
    return { large: file, small: join(root, small, found) };
  });
}

/** @throws DataError */
export async function openPairSet(
  path: string,
  spec: DatasetSpec,
  { input, layers }: Pick<Definition, 'input' | 'layers'>,
  files: OpenFiles,
): Promise<SourceSet> {
  const scale = scaleOf({ layers });
  if (scale < 2)
    throw new DataError(
      path,
      'pairs are for networks that make images larger: end with `upsample` of `factor: 2`, 3 or 4',
      {},
      ['layers'],
    );
  const [root] = await foldersOf(path);
  const folders = imageFolders(root!);
  const train = pairsOf(root!, folders, PARTS.train, scale);
  const test = pairsOf(
    root!,
    folders.filter((one) => !PARTS.train.test(one)),
    PARTS.test,
    scale,
  );
  if (train.length === 0 || test.length === 0)
    throw new DataError(path, `there are no ${train.length === 0 ? 'training' : 'test'} images: ${LAYOUTS}`);
  const pool = new DecodePool([]);
  files.keep(pool);
  const unsound = new Unsound(root!, train.length + test.length, 'pairs of images', spec.damaged);
  const part = (pairs: readonly Pair[], patches: number): SourcePart => {
    const { height, width } = input;
    const read = new PatchPart({ pairs, patches, scale, seed: spec.seed ?? 0, height, width }, pool, unsound);
    return {
      samples: read.side('small'),
      targets: read.side('large'),
      labels: new Int32Array(0),
      file: (index) => fileBelow(path, read.fileOf(index)),
      // Patches of one image are alike: those that judge are of other images.
      groups: Int32Array.from({ length: pairs.length * patches }, (_, i) => Math.floor(i / patches)),
    };
  };
  return { train: part(train, PATCHES), test: part(test, 1), notes: () => unsound.notes() };
}
