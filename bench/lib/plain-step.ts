/** The training step of a plain network, and PyTorch's beside it. */
import * as tf from '@tensorflow/tfjs-core';
import type { BenchmarkOptions, Row } from '../run.ts';
import { openFor } from './backend.ts';
import { columns, median, rounded, timings, type Timing } from './measure.ts';
import { NETWORKS, plainStep } from './networks.ts';
import { peer } from './peers.ts';

const BATCH = 32;
const ROUNDS = 10;
/** The two programs take turns, so that a neighbour on the machine meets both. */
const TURNS = 3;
const THREADS = [1, 2] as const;

const joined = (parts: readonly Timing[]): Timing => ({ milliseconds: parts.flatMap((part) => part.milliseconds), cpuMilliseconds: parts.flatMap((part) => part.cpuMilliseconds) });

/** Both programs in turn; theirs is undefined where no Python is named. */
async function measured(step: () => Promise<void>, network: string, threads: number): Promise<{ own: Timing; other: Timing | undefined }> {
  const [own, other]: [Timing[], Timing[]] = [[], []];
  for (let turn = 0; turn < TURNS; ++turn) {
    own.push(await timings(step, ROUNDS));
    const theirs = await peer('step.py', [network, threads, BATCH, ROUNDS]);
    if (theirs !== undefined) other.push(theirs);
  }
  return { own: joined(own), other: other.length > 0 ? joined(other) : undefined };
}

/** Rows: this backend with one and two threads, PyTorch with as many, and the ratios to each. */
export async function benchmarkStep(network: string, options: BenchmarkOptions): Promise<Row[]> {
  const rows: Row[] = [];
  let alone: Timing | undefined;
  for (const threads of THREADS) {
    const { name, reason } = await openFor(options, threads);
    // What a native library was loaded with stays.
    if (rows.length > 0 && name === 'tensorflow') continue;
    const { step } = plainStep(NETWORKS[network]!, BATCH);
    await step();
    const before = tf.memory().numTensors;
    const { own, other } = await measured(step, network, threads);
    const speedUp = alone === undefined ? {} : { 'one thread / this': rounded(median(alone.milliseconds) / median(own.milliseconds)) };
    alone ??= own;
    rows.push({ what: `${name}: ${reason}`, ...columns(own), 'tensors leaked': tf.memory().numTensors - before, ...speedUp });
    if (other === undefined) continue;
    rows.push({
      what: `PyTorch, ${threads} thread${threads > 1 ? 's' : ''}`, ...columns(other),
      'ours / theirs': rounded(median(own.milliseconds) / median(other.milliseconds)), 'cpu ratio': rounded(median(own.cpuMilliseconds) / median(other.cpuMilliseconds)),
    });
  }
  return rows;
}
