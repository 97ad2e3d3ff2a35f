/** The training step of a plain network, and PyTorch's beside it. */
import * as tf from '@tensorflow/tfjs-core';
import type { BenchmarkOptions, Row } from '../run.ts';
import { openFor } from './backend.ts';
import { columns, median, rounded, timings } from './measure.ts';
import { NETWORKS, plainStep } from './networks.ts';
import { peer } from './peers.ts';

const BATCH = 32;
const ROUNDS = 30;

/** Rows: this backend, PyTorch with one and two threads, and the ratios to each. */
export async function benchmarkStep(network: string, options: BenchmarkOptions): Promise<Row[]> {
  const { name, reason } = await openFor(options);
  const { step } = plainStep(NETWORKS[network]!, BATCH);
  const before = (step(), tf.memory().numTensors);
  const own = await timings(() => {
    step();
  }, ROUNDS);
  const leaked = tf.memory().numTensors - before;
  const rows: Row[] = [{ what: `${name}: ${reason}`, ...columns(own), 'tensors leaked': leaked }];
  for (const threads of [1, 2]) {
    const other = await peer('step.py', [network, threads, BATCH, ROUNDS]);
    if (other === undefined) continue;
    rows.push({
      what: `PyTorch, ${threads} thread${threads > 1 ? 's' : ''}`, ...columns(other),
      'ours / theirs': rounded(median(own.milliseconds) / median(other.milliseconds)), 'cpu ratio': rounded(median(own.cpuMilliseconds) / median(other.cpuMilliseconds)),
    });
  }
  return rows;
}
