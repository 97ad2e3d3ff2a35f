/** The training step of a plain network, and PyTorch's beside it. */
import * as tf from '@tensorflow/tfjs-core';
import type { BenchmarkOptions, Row } from '../run.ts';
import { openFor } from './backend.ts';
import { columns, rounded, timings, type Timing } from './measure.ts';
import { median } from './statistics.ts';
import { NETWORKS, plainStep } from './networks.ts';
import { peer } from './peers.ts';

const BATCH = 32;
const ROUNDS = 10;
const TURNS = 4;
const THREADS = [1, 2] as const;

const joined = (parts: readonly Timing[]): Timing => ({
  milliseconds: parts.flatMap((part) => part.milliseconds),
  cpuMilliseconds: parts.flatMap((part) => part.cpuMilliseconds),
});

/** What is measured of one number of threads: this project's steps, and PyTorch's where a Python is named. */
interface Measured {
  readonly threads: number;
  readonly what: string;
  readonly own: Timing[];
  readonly other: Timing[];
}

/** Rows: this backend with one and two threads, PyTorch with as many, and the ratios to each. */
export async function benchmarkStep(network: string, options: BenchmarkOptions): Promise<Row[]> {
  const opened: Measured[] = [];
  for (const threads of options.threads === undefined ? THREADS : [options.threads]) {
    const { name, reason } = await openFor(options, threads);
    opened.push({ threads, what: `${name}: ${reason}`, own: [], other: [] });
    // What a native library was loaded with stays: `--threads` measures another number.
    if (name === 'tensorflow') break;
  }
  const { step } = plainStep(NETWORKS[network]!, BATCH);
  await step();
  const before = tf.memory().numTensors;
  // All of them take turns, so that a neighbour on the machine meets each.
  for (let turn = 0; turn < TURNS; ++turn) {
    for (const { threads, own, other } of opened) {
      await openFor(options, threads);
      own.push(await timings(step, ROUNDS));
      const theirs = await peer('step.py', [network, threads, BATCH, ROUNDS]);
      if (theirs !== undefined) other.push(theirs);
    }
  }
  const leaked = tf.memory().numTensors - before;
  const alone = joined(opened[0]!.own);
  return opened.flatMap(({ threads, what, ...parts }, i) => {
    const [own, other] = [joined(parts.own), joined(parts.other)];
    const speedUp =
      i === 0 ? {} : { 'one thread / this': rounded(median(alone.milliseconds) / median(own.milliseconds)) };
    const row = { what, ...columns(own), 'tensors leaked': leaked, ...speedUp };
    if (parts.other.length === 0) return [row];
    return [
      row,
      {
        what: `PyTorch, ${threads} thread${threads > 1 ? 's' : ''}`,
        ...columns(other),
        'ours / theirs': rounded(median(own.milliseconds) / median(other.milliseconds)),
        'cpu ratio': rounded(median(own.cpuMilliseconds) / median(other.cpuMilliseconds)),
      },
    ];
  });
}
