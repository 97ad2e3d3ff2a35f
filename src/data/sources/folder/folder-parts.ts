/** Which folders of images are which part of a data set, and which class: by their names. */
import { basename, join } from 'node:path';
import { readFileSync, statSync } from 'node:fs';
import { DataError } from '../../data-error.ts';
import { foldersOf } from '../../files/data-files.ts';
import { decodedText } from '../../files/decoded-text.ts';
import { MOST } from '../../files/regular-file.ts';
import { isImageName } from '../../images/image-kinds.ts';
import { FileList } from './file-list.ts';
import { entriesOf, hasImages, imagesIn, LeftOut } from './walk.ts';

const TRAINING = ['train', 'training'];
/** The first that has labels is tested on. */
const TESTS = ['test', 'testing', 'val', 'valid', 'validation'];

/** Lists of a flat folder: a name and its class in each line. */
const LISTS = ['labels.csv', 'labels.txt', 'val.txt', 'val_annotations.txt', 'LOC_val_solution.csv', 'test.txt'];

export interface FolderParts {
  readonly folder: string;
  readonly classes: readonly string[];
  readonly train: FolderPart;
  /** Absent where all classes lie in one place: a part is drawn from it. */
  readonly test?: FolderPart;
  readonly notes: readonly string[];
}

export interface FolderPart {
  readonly folder: string;
  readonly files: FileList;
}

const LAYOUTS =
  'images lie in one folder a class: train/CLASS/… and test/CLASS/… (or val), or CLASS/… alone, of which a fifth is drawn for the test';

const subfolders = (folder: string): string[] =>
  [...entriesOf(folder)].flatMap(({ name, isFolder }) => (isFolder ? [name] : []));

/**
 * Finds the parts below a folder, and lists their files.
 * @param strange may the test have classes that training has not, as anomalies are?
 * @throws DataError
 */
export async function findParts(path: string, strange = false): Promise<FolderParts> {
  const [root, ...below] = await foldersOf(path);
  const leftOut = new LeftOut();
  for (const folder of [root!, ...below]) {
    const names = subfolders(folder);
    const train = names.find((name) => TRAINING.includes(name.toLowerCase()));
    if (train !== undefined) return split(folder, join(folder, train), names, leftOut, strange);
  }
  return whole(root!, below, leftOut);
}

/** One folder a class, without parts; an archive may have put them all into a folder of its own. */
function whole(path: string, below: readonly string[], leftOut: LeftOut): FolderParts {
  const candidates = [path, ...below];
  const several = candidates.find(
    (folder) => subfolders(folder).filter((name) => hasImages(join(folder, name))).length > 1,
  );
  const folder = several ?? path;
  const classes = subfolders(folder).filter((name) => several !== undefined || hasImages(join(folder, name)));
  if (classes.length === 0) {
    const flat = [...entriesOf(path)].some(({ name, isFolder }) => !isFolder && isImageName(name));
    throw new DataError(path, `${flat ? 'the images lie in no folder of a class' : 'no images found'}; ${LAYOUTS}`);
  }
  const train = listed(folder, classes, leftOut);
  refuseEmpty(folder, classes, train);
  return { folder, classes, train: { folder, files: train }, notes: leftOut.sentences() };
}

function split(
  folder: string,
  train: string,
  names: readonly string[],
  leftOut: LeftOut,
  strange: boolean,
): FolderParts {
  const classes = subfolders(train);
  if (classes.length === 0) throw new DataError(train, `there is no folder of a class in it; ${LAYOUTS}`);
  const files = listed(train, classes, leftOut);
  refuseEmpty(train, classes, files);
  const parts = TESTS.flatMap((name) => names.filter((one) => one.toLowerCase() === name));
  for (const name of parts) {
    if (strange) classes.push(...subfolders(join(folder, name)).filter((one) => !classes.includes(one)));
    const test = testPart(folder, join(folder, name), classes, leftOut);
    if (test === undefined) continue;
    const others = parts.filter((one) => one !== name);
    const unused = others.map(
      (one) => `${join(folder, one)} is left out: the test is ${name}, and validation is drawn from ${basename(train)}`,
    );
    return { folder, classes, train: { folder: train, files }, test, notes: [...leftOut.sentences(), ...unused] };
  }
  const flat = parts.length > 0 ? ` with folders of classes, or with a list of them (${LISTS.join(', ')})` : '';
  throw new DataError(folder, `there is ${basename(train)}, but no test part${flat}; looked for ${TESTS.join(', ')}`);
}

/** The files below each class's folder. */
function listed(folder: string, classes: readonly string[], leftOut: LeftOut): FileList {
  const files = new FileList();
  classes.forEach((name, label) => {
    for (const { path, size } of imagesIn(join(folder, name), name, leftOut)) files.add(path, size, label);
  });
  return files;
}

function refuseEmpty(folder: string, classes: readonly string[], files: FileList): void {
  const seen = new Set<number>();
  for (let i = 0; i < files.count; i++) seen.add(files.label(i));
  const empty = classes.filter((_, label) => !seen.has(label));
  if (empty.length === 0) return;
  throw new DataError(
    join(folder, empty[0]!),
    `this folder of a class has no images${empty.length > 1 ? ` (nor have ${empty.slice(1, 4).join(', ')}${empty.length > 4 ? ', …' : ''})` : ''}: put some there, or delete it`,
  );
}

/** Undefined where nothing says which class its images are of. @throws DataError where classes are others */
function testPart(root: string, folder: string, classes: readonly string[], leftOut: LeftOut): FolderPart | undefined {
  const names = subfolders(folder);
  const known = names.filter((name) => classes.includes(name));
  if (known.length > 0) {
    const strange = names.find((name) => !classes.includes(name) && hasImages(join(folder, name)));
    if (strange !== undefined)
      throw new DataError(join(folder, strange), `there is no class \`${strange}\` in the training part`);
    const files = new FileList();
    for (const name of known)
      for (const { path, size } of imagesIn(join(folder, name), name, leftOut))
        files.add(path, size, classes.indexOf(name));
    return { folder, files };
  }
  return fromList(root, folder, classes, leftOut);
}

/** A flat folder, by the list that says of which class each of its images is. */
function fromList(root: string, folder: string, classes: readonly string[], leftOut: LeftOut): FolderPart | undefined {
  const candidates = [folder, root].flatMap((place) => LISTS.map((name) => join(place, name)));
  const file = candidates.find((one) => (statSync(one, { throwIfNoEntry: false })?.size ?? MOST.text) < MOST.text);
  if (file === undefined) return undefined;
  const labels = labelsOf(file, classes);
  const files = new FileList();
  for (const { path, size } of imagesIn(folder, '', leftOut, file)) {
    const label = labels.get(stemOf(path));
    if (label === undefined) leftOut.add(`${basename(file)} does not name them`, path);
    else files.add(path, size, label);
  }
  return files.count === 0 ? undefined : { folder, files };
}

/** The name of a file without folders and ending: lists have either or not. */
const stemOf = (name: string): string => basename(name).replace(/\.\w+$/, '');

/** A line of a list: by commas, semicolons or tabs where it has some, so that names may have spaces; else by spaces. */
function fieldsOf(line: string): readonly [name: string, label: string] {
  const fields = line.trim().split(/[,;\t]/.test(line) ? /[,;\t]/ : /\s+/);
  const [name = '', label = ''] = fields.map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
  return [name, label];
}

/** The labels of a list by the names of files. @throws DataError where a line names no class, or a file has two */
function labelsOf(file: string, classes: readonly string[]): ReadonlyMap<string, number> {
  const labels = new Map<string, number>();
  const numbers = new Map(classes.map((name, i) => [name, i]));
  for (const [line, text] of decodedText(readFileSync(file)).split(/\r?\n/).entries()) {
    const [name, label] = fieldsOf(text);
    // What follows the class after a space is something else: the boxes of ImageNet.
    const named = numbers.get(label) ?? numbers.get(label.split(/\s/)[0]!);
    const index = named ?? (/^\d+$/.test(label) ? Number(label) : -1);
    if (index >= 0 && index < classes.length) {
      const known = labels.get(stemOf(name));
      if (known !== undefined && known !== index)
        throw new DataError(
          file,
          `line ${line + 1}: \`${name}\` is of class \`${classes[index]}\`, and in a line above of \`${classes[known]}\`: files are known by their names without folders and endings`,
        );
      labels.set(stemOf(name), index);
    } else if (name !== '' && line > 0)
      throw new DataError(file, `line ${line + 1}: \`${label}\` is no class of the training part`);
  }
  return labels;
}
