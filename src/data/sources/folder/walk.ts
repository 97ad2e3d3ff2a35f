/** What lies in folders of images: listed once, in one order, with what is left out named. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isImageName, isOtherImage } from '../../images/image-kinds.ts';
import { byBytes } from './file-list.ts';

/** Files that nobody put there on purpose. */
const LITTER = /^(\..*|Thumbs\.db|desktop\.ini|__MACOSX|Icon\r)$/i;

/** A link may lead back to where it stands. */
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

/** What stands in a folder, links followed, in the order of names' bytes; dangling links and litter are not there. */
export function entriesOf(folder: string, leftOut?: LeftOut): Entry[] {
  const names = readdirSync(folder).filter((name) => !LITTER.test(name));
  return names.sort(byBytes).flatMap((name) => {
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    if (found === undefined) leftOut?.add('they lead nowhere', join(folder, name));
    return found ? [{ name, isFolder: found.isDirectory(), size: found.size }] : [];
  });
}

/** Whether a folder has images, in itself or in folders below. */
export function hasImages(folder: string, depth = 0): boolean {
  const entries = entriesOf(folder);
  if (entries.some(({ name, isFolder }) => !isFolder && isImageName(name))) return true;
  return depth < DEEPEST && entries.some(({ name, isFolder }) => isFolder && hasImages(join(folder, name), depth + 1));
}

/** The images below a folder, a folder at a time: `path` has forward slashes and begins with `prefix`. */
export function* imagesIn(
  folder: string,
  prefix: string,
  leftOut: LeftOut,
  depth = 0,
): Generator<{ readonly path: string; readonly size: number }> {
  for (const { name, isFolder, size } of entriesOf(folder, leftOut)) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    if (isFolder) {
      if (depth < DEEPEST) yield* imagesIn(join(folder, name), path, leftOut, depth + 1);
      else leftOut.add('folders lie too deep', join(folder, name));
    } else if (isImageName(name)) yield { path, size };
    else if (isOtherImage(name)) leftOut.add('images are read as JPEG, PNG, WebP and BMP; convert the others', path);
    else leftOut.add('no image by its name', path);
  }
}
