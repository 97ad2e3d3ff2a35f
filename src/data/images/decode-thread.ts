/** Entry of the threads that read, decode and prepare samples: files in, values of one shape out. */
import { readFileSync, statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { specialKind } from '../files/regular-file.ts';
import { channelNormalisation } from '../preparation/channel-normalisation.ts';
import type { Normalisation } from '../preparation/preparation.ts';
import { cut } from '../preparation/steps/cut.ts';
import { shrink } from '../preparation/steps/shrink.ts';
import { runSteps, type Sample } from '../preparation/steps/step-rules.ts';
import type { Shape } from '../dataset.ts';
import type { PrepareStep } from '../../wire/preparation/step-table.ts';
import { decodeImage } from './image-decoders.ts';
import { ImageError } from './image-error.ts';

/** What a thread is started with. */
export interface DecodeTask {
  readonly steps: readonly PrepareStep[];
}

/** What is wanted of a file: all of it, or a part, which is cut before the steps. */
export interface Wanted {
  readonly file: string;
  /** What is in it, where it is no file of its own. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** So many times smaller on each side, as published results of super-resolution are. */
  readonly shrink?: number;
  readonly cut?: Patch;
}

/** A patch whose place is a share of the room that there is for it; all of it `times` larger. */
export interface Patch {
  readonly down: number;
  readonly right: number;
  readonly height: number;
  readonly width: number;
  readonly times?: number;
}

export interface DecodeJob {
  readonly id: number;
  readonly wanted: readonly Wanted[];
  /** What is done to the values after the steps; absent: nothing. */
  readonly normalise?: Normalisation | undefined;
}

/** What became of a file. */
export type Decoded =
  | {
      readonly shape: Shape;
      readonly values: Uint8Array | Float32Array;
      /** Before the steps. */
      readonly from: Shape;
    }
  /** `gone`: the file itself, not what is in it. `unprepared`: it is sound, but `prepare` makes nothing of it. */
  | { readonly damage: string; readonly gone?: true; readonly unprepared?: true };

export interface DecodeAnswer {
  readonly id: number;
  readonly samples: readonly Decoded[];
}

/** A file of more bytes is no picture that a camera took. */
const MOST_BYTES = 256 * 2 ** 20;

/** @throws ImageError */
function bytesOf(file: string): Uint8Array<ArrayBuffer> {
  const found = statSync(file);
  const special = specialKind(found);
  if (special !== undefined) throw new ImageError(`it is ${special}`);
  if (found.size > MOST_BYTES) throw new ImageError(`it has ${found.size} bytes`);
  const bytes = new Uint8Array(new ArrayBuffer(found.size));
  bytes.set(readFileSync(file).subarray(0, found.size));
  return bytes;
}

/** The last image, of which more patches may be wanted. */
let known: { readonly file: string; readonly shrink: number | undefined; readonly image: Sample } | undefined;

/** @throws ImageError; RangeError where the patch is larger than the image */
async function imageOf({ file, bytes, shrink: factor, cut: patch }: Wanted): Promise<Sample> {
  if (patch === undefined) return decodeImage(bytes ?? bytesOf(file));
  if (known?.file !== file || known.shrink !== factor) {
    known = undefined;
    const image = await decodeImage(bytesOf(file));
    known = { file, shrink: factor, image: factor === undefined ? image : shrink(image, factor) };
  }
  return patchOf(known.image, patch);
}

/** @throws RangeError */
function patchOf(image: Sample, { down, right, height, width, times = 1 }: Patch): Sample {
  const place = (share: number, side: number, size: number): number => {
    const room = Math.floor(side / times) - size;
    if (room < 0) throw new RangeError(`a patch of ${height * times}x${width * times} is larger than this image`);
    return Math.min(room, Math.floor(share * (room + 1))) * times;
  };
  const top = place(down, image.shape.height, height);
  return cut(image, top, place(right, image.shape.width, width), height * times, width * times);
}

async function decoded(wanted: Wanted, steps: readonly PrepareStep[]): Promise<Decoded> {
  let sample: Sample;
  try {
    sample = await imageOf(wanted);
  } catch (error) {
    if (error instanceof ImageError) return { damage: error.message };
    if (error instanceof RangeError) return { damage: error.message, unprepared: true };
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === '') throw error;
    return { damage: code === 'ENOENT' ? 'there is no such file any more' : code, gone: true };
  }
  try {
    return { ...runSteps(steps, sample), from: sample.shape };
  } catch (error) {
    if (error instanceof RangeError) return { damage: error.message, unprepared: true };
    throw error;
  }
}

const { steps } = workerData as DecodeTask;

/** The same as the input of a network, in memory of its own. */
function normalised(one: Decoded, by: Normalisation): Decoded {
  if ('damage' in one) return one;
  const values = new Float32Array(one.values.length);
  channelNormalisation(by).prepare(one.values, values, 0);
  return { ...one, values };
}

async function work({ id, wanted, normalise }: DecodeJob): Promise<void> {
  const samples: Decoded[] = [];
  for (const one of wanted) {
    const made = await decoded(one, steps);
    samples.push(normalise ? normalised(made, normalise) : made);
  }
  // What is the known image's own stays here.
  const memory = samples.flatMap((sample) =>
    'values' in sample && sample.values.buffer !== known?.image.values.buffer
      ? [sample.values.buffer as ArrayBuffer]
      : [],
  );
  parentPort?.postMessage({ id, samples } satisfies DecodeAnswer, [...new Set(memory)]);
}

/** One file after another: a decoder tells what it complains of by one list. */
let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (job: DecodeJob) => {
  last = last.then(() => work(job));
});
