/** Entry of the threads that read, decode and prepare samples: files in, values of one shape out. */
import { readFileSync, statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { specialKind } from '../files/regular-file.ts';
import { runSteps, type Sample } from '../preparation/steps/step-rules.ts';
import type { Shape } from '../dataset.ts';
import type { PrepareStep } from '../../wire/preparation/step-table.ts';
import { decodeImage, ImageError } from './image-decoders.ts';

/** What a thread is started with. */
export interface DecodeTask {
  readonly steps: readonly PrepareStep[];
}

export interface DecodeJob {
  readonly id: number;
  readonly files: readonly string[];
}

/** What became of a file. */
export type Decoded =
  | { readonly shape: Shape; readonly values: Uint8Array | Float32Array }
  /** `gone`: the file itself, not what is in it. */
  | { readonly damage: string; readonly gone?: true };

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

async function decoded(file: string, steps: readonly PrepareStep[]): Promise<Decoded> {
  let sample: Sample;
  try {
    sample = await decodeImage(bytesOf(file));
  } catch (error) {
    if (error instanceof ImageError) return { damage: error.message };
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === '') throw error;
    return { damage: code === 'ENOENT' ? 'there is no such file any more' : code, gone: true };
  }
  try {
    return runSteps(steps, sample);
  } catch (error) {
    if (error instanceof RangeError) return { damage: error.message };
    throw error;
  }
}

const { steps } = workerData as DecodeTask;

async function work({ id, files }: DecodeJob): Promise<void> {
  const samples: Decoded[] = [];
  for (const file of files) samples.push(await decoded(file, steps));
  const memory = samples.flatMap((sample) => ('values' in sample ? [sample.values.buffer as ArrayBuffer] : []));
  parentPort?.postMessage({ id, samples } satisfies DecodeAnswer, [...new Set(memory)]);
}

/** One file after another: a decoder tells what it complains of by one list. */
let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (job: DecodeJob) => {
  last = last.then(() => work(job));
});
