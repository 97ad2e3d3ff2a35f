/** What lies in folders of images: listed once, in one order, with what is left out named. */
import { lstatSync, readdirSync, statSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isImageName, isOtherImage } from '../../images/image-kinds.ts';
import { byBytes } from './file-list.ts';

/** Files that nobody put there on purpose. */
const LITTER = /^(\..*|Thumbs\.db|desktop\.ini|__MACOSX|Icon\r)$/i;

/** Folders below a class's. */
const DEEPEST = 8;

/** What is left out, and the first few of it by name. */
export class LeftOut {
  private readonly kinds = new Map<string, { count: number; readonly first: string[] }>();

  add(kind: string, file: string): void {
    const known = this.kinds.get(kind) ?? { count: 0, first: [] };
    known.count += 1;
    if (known.first.length < 3) known.first.push(file);
    this.kinds.set(kind, known);
  }

  /** 'notes.txt and 3 more are no images', for people. */
  sentences(): string[] {
    return [...this.kinds].map(([kind, { count, first }]) => {
      const more = count > first.length ? ` and ${count - first.length} more` : '';
      return `${first.join(', ')}${more} ${count === 1 ? 'is' : 'are'} left out: ${kind}`;
    });
  }
}

export interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly size: number;
}

/** Whether a link that stands in a folder leads to it or to one above it: what lies there would be met again. */
function leadsBack(folder: string, { dev, ino }: Stats): boolean {
  for (let above = resolve(folder); ; above = dirname(above)) {
    const found = statSync(above, { throwIfNoEntry: false });
    if (found?.ino === ino && found.dev === dev) return true;
    if (dirname(above) === above) return false;
  }
}

/**
 * What stands in a folder, links followed, in the order of names' bytes; dangling links, links that lead back to where
 * they stand, and litter are not there. Each is looked at when it is asked for.
 */
export function* entriesOf(folder: string, leftOut?: LeftOut): Generator<Entry> {
  for (const name of readdirSync(folder).sort(byBytes)) {
    if (LITTER.test(name)) continue;
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    const isFolder = found?.isDirectory() ?? false;
    if (found === undefined) leftOut?.add('they lead nowhere', path);
    else if (isFolder && lstatSync(path).isSymbolicLink() && leadsBack(folder, found))
      leftOut?.add('they lead back to where they stand', path);
    else yield { name, isFolder, size: found.size };
  }
}

/** Whether a folder has images, in itself or in folders below. */
export function hasImages(folder: string, depth = 0): boolean {
  const folders: string[] = [];
  for (const { name, isFolder } of entriesOf(folder)) {
    if (isFolder) folders.push(name);
    else if (isImageName(name)) return true;
  }
  return depth < DEEPEST && folders.some((name) => hasImages(join(folder, name), depth + 1));
}

/**
 * The images below a folder, a folder at a time: `path` has forward slashes and begins with `prefix`.
 * @param list a file that says what they are, and is none of them
 */
export function* imagesIn(
  folder: string,
  prefix: string,
  leftOut: LeftOut,
  list?: string,
  depth = 0,
): Generator<{ readonly path: string; readonly size: number }> {
  for (const { name, isFolder, size } of entriesOf(folder, leftOut)) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    if (isFolder) {
      if (depth < DEEPEST) yield* imagesIn(join(folder, name), path, leftOut, list, depth + 1);
      else leftOut.add('folders lie too deep', join(folder, name));
    } else if (isImageName(name)) yield { path, size };
    else if (isOtherImage(name)) leftOut.add('images are read as JPEG, PNG, WebP and BMP; convert the others', path);
    else if (join(folder, name) !== list) leftOut.add('no image by its name', path);
  }
}
