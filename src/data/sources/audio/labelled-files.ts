/** Recordings by class and part: what stands in folders, and who goes where. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SeededRandom } from '../../../base/random.ts';
import { DataError } from '../../data-error.ts';
import { isFile } from '../../files/data-files.ts';
import { MOST, readRegularText } from '../../files/regular-file.ts';

export const PARTS = ['train', 'validation', 'test'] as const;
export type Part = (typeof PARTS)[number];

export interface LabelledFile {
  readonly path: string;
  /** Name of its folder. */
  readonly word: string;
  readonly part: Part;
}

export interface SplitShares {
  readonly validation: number;
  /** Absent: a fifth of the recordings, a tenth of the speakers, as Speech Commands. */
  readonly test?: number | undefined;
  readonly seed: number;
}

/** Folders of parts, by the names that people give them. */
const PART_FOLDERS: Readonly<Record<string, Part>> = {
  train: 'train',
  training: 'train',
  validation: 'validation',
  valid: 'validation',
  val: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
};

/** Is a folder of this name a part, and no class? */
export const isPartFolder = (name: string): boolean => Object.hasOwn(PART_FOLDERS, name.toLowerCase());

/** Names by code units: the same order everywhere. */
const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Visible folders inside of a folder, by name. @throws DataError */
export async function subfolders(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const why: Record<string, string> = {
      ENOTDIR: 'this is a file; `path` names the folder that holds a folder for each class',
      ENOENT: 'there is no such folder; `path` is relative to the definition file',
    };
    throw new DataError(folder, why[code] ?? String(error));
  });
  return entries
    .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink()))
    .map(({ name }) => name)
    .sort(byName);
}

/** Files with an ending, below a folder, by name. Hidden ones (`._x.wav` of macOS) are none. */
export async function filesBelow(folder: string, ending: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names
    .filter((name) => name.toLowerCase().endsWith(ending) && !basename(name).startsWith('.'))
    .sort(byName)
    .map((name) => join(folder, name));
}

/**
 * All files with an ending in folders of classes: `train/WORD`, `test/WORD` (and `validation/WORD`), or `WORD` alone.
 * In the latter, the lists of Speech Commands say who is in which part; else names with `_nohash_` go by their
 * speaker as its authors do it, and others by a draw within each class.
 * @throws DataError
 */
export async function labelledFiles(
  root: string,
  ending: string,
  shares: SplitShares,
): Promise<readonly LabelledFile[]> {
  const folders = await subfolders(root);
  const parts = folders.filter(isPartFolder);
  const partOf = (name: string): Part => PART_FOLDERS[name.toLowerCase()]!;
  if (!parts.some((name) => partOf(name) === 'train')) return splitWords(root, folders, ending, shares);
  const found: LabelledFile[] = [];
  for (const name of parts) {
    for (const word of await wordFolders(join(root, name)))
      for (const path of await filesBelow(join(root, name, word), ending))
        found.push({ path, word, part: partOf(name) });
  }
  return withDrawnParts(found, root, shares);
}

const wordFolders = async (folder: string): Promise<readonly string[]> =>
  (await subfolders(folder)).filter((name) => !name.startsWith('_'));

async function splitWords(root: string, folders: readonly string[], ending: string, shares: SplitShares) {
  const listed = await readLists(root);
  const found: LabelledFile[] = [];
  for (const word of folders.filter((name) => !name.startsWith('_'))) {
    const paths = await filesBelow(join(root, word), ending);
    const drawn = listed ?? drawParts(paths, shares);
    for (const path of paths) {
      const name = path.slice(root.length + 1).replaceAll('\\', '/');
      found.push({ path, word, part: drawn.get(listed ? name : path) ?? 'train' });
    }
  }
  return found;
}

/** Where folders say which part files are in, but not which are for validation (or for the test): drawn. */
function withDrawnParts(found: readonly LabelledFile[], root: string, shares: SplitShares): readonly LabelledFile[] {
  const has = (part: Part): boolean => found.some((file) => file.part === part);
  if (!has('test') && !has('validation')) {
    throw new DataError(
      root,
      'there is a folder `train`, but none for the test: add `test/CLASS/…`, or put the folders of the classes into `path` itself',
    );
  }
  if (!has('test')) return found.map((file) => (file.part === 'validation' ? { ...file, part: 'test' } : file));
  if (has('validation')) return found;
  const training = found.filter(({ part }) => part === 'train');
  const words = [...new Set(training.map(({ word }) => word))];
  const drawn = new Map<string, Part>();
  for (const word of words) {
    const paths = training.filter((file) => file.word === word).map(({ path }) => path);
    for (const [path, part] of drawParts(paths, { ...shares, test: 0 })) drawn.set(path, part);
  }
  return found.map((file) => ({ ...file, part: drawn.get(file.path) ?? file.part }));
}

/** The lists of Speech Commands, a file a line; undefined where they are not there. */
async function readLists(root: string): Promise<ReadonlyMap<string, Part> | undefined> {
  const lists = [
    ['testing_list.txt', 'test'],
    ['validation_list.txt', 'validation'],
  ] as const;
  const parts = new Map<string, Part>();
  for (const [name, part] of lists) {
    const file = join(root, name);
    if (!(await isFile(file))) {
      if (parts.size === 0) return undefined;
      throw new DataError(file, 'there is a testing_list.txt, but not this list: both are needed, or none');
    }
    const lines = (await readRegularText(file, MOST.text)).split(/\r?\n/).map((line) => line.trim());
    for (const line of lines) if (line !== '') parts.set(line.replace(/^\.\//, ''), part);
  }
  return parts;
}

/** The most that the hash of a speaker is taken as: 2^27 − 1. */
const MOST_PER_CLASS = 2 ** 27 - 1;

/**
 * Where the files of a speaker go, 0 to 100 %: the rule of Speech Commands (P. Warden, arXiv:1804.03209, section 7),
 * so that who is added later moves nobody.
 */
export function speakerPercentage(name: string): number {
  const speaker = basename(name).replace(/_nohash_.*$/, '');
  const hash = createHash('sha1').update(speaker).digest('hex');
  return (Number(BigInt(`0x${hash}`) % BigInt(MOST_PER_CLASS + 1)) * 100) / MOST_PER_CLASS;
}

/** Parts of the files of one class: by speaker where names tell it, else drawn. */
function drawParts(paths: readonly string[], { validation, test, seed }: SplitShares): ReadonlyMap<string, Part> {
  if (paths.some((path) => path.includes('_nohash_'))) {
    const tested = test ?? 0.1;
    const part = (percentage: number): Part =>
      percentage < validation * 100 ? 'validation' : percentage < (validation + tested) * 100 ? 'test' : 'train';
    return new Map(paths.map((path) => [path, part(speakerPercentage(path))]));
  }
  const order = Int32Array.from(paths, (_, i) => i);
  new SeededRandom(seed).shuffle(order);
  // A class with files enough is in every part.
  const least = (share: number): number => (share === 0 ? 0 : Math.max(1, Math.round(paths.length * share)));
  const [tests, validations] = [least(test ?? 0.2), least(validation)];
  return new Map(
    Array.from(order, (index, i) => [
      paths[index]!,
      i < tests ? 'test' : i < tests + validations ? 'validation' : 'train',
    ]),
  );
}
