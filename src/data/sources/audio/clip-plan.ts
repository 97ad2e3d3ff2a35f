/** Which clips a set of recordings is made of: words, `unknown` from all other words, `silence` from noise. */
import { SeededRandom } from '../../../base/random.ts';
import type { AudioSpec } from '../../../network/types.ts';
import { DataError } from '../../data-error.ts';
import type { BackgroundNoise, NoiseCut } from './background-noise.ts';
import { PARTS, type LabelledFile, type Part } from './labelled-files.ts';

/** A file, or a piece of noise with its gain. */
export type Clip = { readonly file: string } | { readonly noise: NoiseCut; readonly gain: number; readonly part: Part };

export interface PartPlan {
  readonly clips: readonly Clip[];
  readonly labels: Int32Array;
}

export interface ClipPlan {
  readonly names: readonly string[];
  readonly parts: Readonly<Record<Part, PartPlan>>;
}

/** Classes that are made where no folder has their name: of other words, and of noise. */
export const MADE = { unknown: 'unknown', silence: 'silence' } as const;

/**
 * Plans the clips of each part. Where `classes` are named, other words are left out, or become `unknown` if that is
 * among them; `unknown` and `silence` have so many clips as their shares of the named words' say, drawn by the seed.
 * @throws DataError
 */
export function planClips(
  files: readonly LabelledFile[],
  root: string,
  { classes, unknown, silence }: Pick<AudioSpec, 'classes' | 'unknown' | 'silence'>,
  noise: BackgroundNoise,
  seed: number,
): ClipPlan {
  const words = [...new Set(files.map(({ word }) => word))].sort();
  const names = classes ?? words;
  const made = (name: string): boolean => names.includes(name) && !words.includes(name);
  const absent = names.filter((name) => !words.includes(name) && !Object.hasOwn(MADE, name));
  if (absent.length > 0)
    throw new DataError(
      root,
      `there are no recordings of ${absent.map((name) => `\`${name}\``).join(', ')}; there are folders for ${shown(words)}`,
      {},
      ['dataset', 'classes'],
    );
  if (made(MADE.silence) && noise.count === 0)
    throw new DataError(
      root,
      'the class `silence` is cut from recordings of noise: put some into `_background_noise_`, or your own clips into `silence`',
      {},
      ['dataset', 'classes'],
    );
  const random = new SeededRandom(seed);
  const plan = (part: Part): PartPlan => {
    const all = files.filter((file) => file.part === part);
    const rows = all.flatMap(({ path, word }) => {
      const label = names.indexOf(word);
      return label < 0 ? [] : [{ clip: { file: path } as Clip, label }];
    });
    const known = rows.length;
    if (made(MADE.unknown)) {
      const others = all.filter(({ word }) => !names.includes(word));
      random.shuffle(others);
      const label = names.indexOf(MADE.unknown);
      rows.push(...others.slice(0, Math.ceil(known * unknown)).map(({ path }) => ({ clip: { file: path }, label })));
    }
    if (made(MADE.silence)) {
      const label = names.indexOf(MADE.silence);
      for (let i = 0; i < Math.ceil(known * silence); i++)
        rows.push({ clip: { noise: noise.draw(part, random), gain: random.next(), part }, label });
    }
    return { clips: rows.map(({ clip }) => clip), labels: Int32Array.from(rows, ({ label }) => label) };
  };
  const parts = Object.fromEntries(PARTS.map((part) => [part, plan(part)])) as Record<Part, PartPlan>;
  if (made(MADE.unknown) && !parts.train.labels.includes(names.indexOf(MADE.unknown)))
    throw new DataError(
      root,
      'the class `unknown` is made of other words, and there are none: add folders of other words, or leave it out',
      {},
      ['dataset', 'classes'],
    );
  return { names, parts };
}

const shown = (names: readonly string[]): string =>
  names.length > 12 ? `${names.slice(0, 11).join(', ')}, … (${names.length})` : names.join(', ');
