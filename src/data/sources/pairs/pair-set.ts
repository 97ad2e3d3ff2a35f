/**
 * Pairs of images for super-resolution: folders of large images, with the small ones given or made of them; patches at
 * places drawn once for training, the middle of each image for the test.
 */
import { join } from 'node:path';
import { SeededRandom } from '../../../base/random.ts';
import type { DatasetSpec, Definition } from '../../../network/types.ts';
import { DataError } from '../../data-error.ts';
import type { Pixels, Shape, Source, SourcePart, SourceSet } from '../../dataset.ts';
import { fileBelow, foldersOf } from '../../files/data-files.ts';
import type { OpenFiles } from '../../files/open-bytes.ts';
import { DecodePool } from '../../images/decode-pool.ts';
import type { Decoded, Wanted } from '../../images/decode-thread.ts';
import { isImageName } from '../../images/image-kinds.ts';
import { entriesOf } from '../folder/walk.ts';

/** Patches that are cut from each training image. */
const PATCHES = 16;

/** Names of folders, as DIV2K and others have them: which part, and large or small images. */
const PARTS = { train: /train/i, test: /(valid|val|test|set5|set14|b100|urban100)/i } as const;
const LARGE = /(^|[^a-z])(hr|high|gthr|original)([^a-z]|$)/i;
const SMALL = /(^|[^a-z])(lr|low|lrbicx\d)([^a-z]|$)/i;

/** By how much the network makes an image larger: what its `upsample` layers do. */
export const scaleOf = ({ layers }: Pick<Definition, 'layers'>): number =>
  layers.reduce((scale, { op, factor }) => (op.options[0] === 'upsample' ? scale * factor : scale), 1);

interface Pair {
  readonly large: string;
  /** Absent: made of the large one. */
  readonly small?: string;
}

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
  const part = (pairs: readonly Pair[], patches: number): SourcePart => {
    const layout = { pairs, patches, scale, seed: spec.seed ?? 0, height: input.height, width: input.width };
    return {
      samples: new PatchSource(layout, 'small', pool),
      targets: new PatchSource(layout, 'large', pool),
      labels: new Int32Array(0),
      file: (index) => fileBelow(path, pairs[Math.floor(index / patches)]!.large),
      // Patches of one image are alike: those that judge are of other images.
      groups: Int32Array.from({ length: pairs.length * patches }, (_, i) => Math.floor(i / patches)),
    };
  };
  return { train: part(train, PATCHES), test: part(test, 1) };
}

interface PatchLayout {
  readonly pairs: readonly Pair[];
  /** Patches of each image; one alone is its middle. */
  readonly patches: number;
  readonly scale: number;
  readonly seed: number;
  /** Of small patches. */
  readonly height: number;
  readonly width: number;
}

/** Patches of one side of all pairs. */
class PatchSource implements Source {
  readonly held = false;
  readonly type = 'uint8';
  readonly name: string;
  readonly count: number;
  readonly shape: Shape;

  constructor(
    private readonly layout: PatchLayout,
    private readonly side: 'small' | 'large',
    private readonly pool: DecodePool,
  ) {
    const { pairs, patches, scale, height, width } = layout;
    const times = side === 'large' ? scale : 1;
    this.name = pairs[0]!.large;
    this.count = pairs.length * patches;
    this.shape = { height: height * times, width: width * times, channels: 3 };
    pool.retain();
  }

  async read(indices: Int32Array): Promise<readonly Pixels[]> {
    const wanted = Array.from(indices, (index) => this.wanted(index));
    const decoded = await this.pool.decode(wanted);
    return decoded.map((one, i) => this.pixels(one, wanted[i]!.file));
  }

  async close(): Promise<void> {
    await this.pool.release();
  }

  /** Both sides of a pair draw the same place. */
  private wanted(index: number): Wanted {
    const { pairs, patches, scale, seed, height, width } = this.layout;
    const pair = pairs[Math.floor(index / patches)]!;
    const random = new SeededRandom((seed * 0x9e3779b1 + index) >>> 0);
    const at = patches === 1 ? { down: 0.5, right: 0.5 } : { down: random.next(), right: random.next() };
    const cut = { ...at, height, width };
    if (this.side === 'large') return { file: pair.large, cut: { ...cut, times: scale } };
    return pair.small === undefined ? { file: pair.large, shrink: scale, cut } : { file: pair.small, cut };
  }

  private pixels(one: Decoded, file: string): Pixels {
    if ('damage' in one) throw new DataError(file, one.damage);
    const { height, width } = this.shape;
    if (one.shape.height === height && one.shape.width === width) return one.values;
    throw new DataError(file, `a patch of ${height}x${width} is larger than this image`, {}, ['input']);
  }
}
