/** Time and memory of a search step as its network, its number of options and its data set grow. */
import * as tf from '@tensorflow/tfjs-core';
import { Batches } from '../src/data/batches.ts';
import { elementsOf } from '../src/data/dataset.ts';
import { loadDataset } from '../src/data/load-dataset.ts';
import { parseDefinition } from '../src/language/yaml/parse-definition.ts';
import { findTarget } from '../src/targets/find-target.ts';
import { taskNamed } from '../src/tasks/tasks.ts';
import { SupernetPhase } from '../src/strategies/udc/supernet-phase.ts';
import { openFor } from './lib/backend.ts';
import { growthSvg } from './lib/growth-plot.ts';
import { columns, rounded, timings } from './lib/measure.ts';
import { peakBytes } from './lib/peak.ts';
import type { Benchmark, Row } from './run.ts';

const BATCH = 32;
const ROUNDS = 15;
const MIB = 2 ** 20;
const BITS = [8, 4, 2, 6, 3];
const SPARSITIES = [0, 0.5, 0.75, 0.9];

interface Space {
  readonly width: number;
  readonly options: number;
  readonly samples: number;
}

/** The point that all others differ from in one respect. */
const BASE: Space = { width: 32, options: 4, samples: 1024 };
const WIDTHS = [16, 32, 64, 128];
const OPTIONS = [1, 2, 4, 5];
const SAMPLES = [256, 1024, 4096];
const SPACES: readonly (readonly [what: string, space: Space])[] = [
  ...WIDTHS.map((width) => [`widest layer ${width} filters`, { ...BASE, width }] as const),
  ...OPTIONS.map(
    (options) =>
      [
        `${options} widths, ${options} bitwidths, ${Math.min(options, SPARSITIES.length)} sparsities`,
        { ...BASE, options },
      ] as const,
  ),
  ...SAMPLES.map((samples) => [`${samples} samples`, { ...BASE, samples }] as const),
];

/** Three convolutions on generated pictures; `options` values of every kind, the widest of `width` filters. */
function definitionOf({ width, options, samples }: Space): string {
  const choice = (values: readonly number[]): string => values.join(' | ');
  const filters = (widest: number): string =>
    choice(Array.from({ length: options }, (_, i) => Math.max(1, Math.round((widest * (options - i)) / options))));
  const sparsities = SPARSITIES.slice(0, options);
  return `udc: 1
name: scale
task: classification
input: 16x16x1
dataset: { format: generated, generator: shapes, samples: ${samples}, seed: 1 }
target: { npu: ethos-u55-128, weights: 64 KiB }
search: { bits: ${choice(BITS.slice(0, options))}, sparsity: ${choice(sparsities)} }
training: { batch: ${BATCH}, warmup: 0, search: 1, sparsify: 1, settle: 1 }
layers:
  - { name: first, op: conv, kernel: 3x3, filters: ${filters(width)} }
  - { name: second, op: conv, kernel: 3x3, stride: 2, filters: ${filters(width)} }
  - { name: third, op: conv, kernel: 3x3, stride: 2, filters: ${filters(width)} }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 4 }
`;
}

/** A search with its own batches: one step, and how many make an epoch. */
async function searchOf(space: Space): Promise<{ step: () => Promise<void>; perEpoch: number; dataBytes: number }> {
  const { network, definition, diagnostics } = parseDefinition(definitionOf(space));
  if (network === undefined || definition === undefined)
    throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const { train, inputShape } = await loadDataset(definition, '.');
  const batches = new Batches(train, { batch: BATCH, seed: 1, augment: { crop: 0, flip: false } });
  const phase = new SupernetPhase({
    network,
    target: findTarget(definition.target.npu),
    task: taskNamed(definition.task),
    limits: [{ cost: 'weights', limit: 60 << 10, from: 'given' }],
    seed: 1,
    warmupSteps: 0,
    searchSteps: 1000,
  });
  let done = 0;
  const step = async (): Promise<void> => {
    const { count, images, labels } = await batches.next();
    const tensors = [
      tf.tensor4d(images, [count, inputShape.height, inputShape.width, inputShape.channels]),
      tf.tensor1d(labels, 'int32'),
    ] as const;
    await phase.step(done++, ...tensors);
    tf.dispose([...tensors]);
  };
  return { step, perEpoch: batches.perEpoch, dataBytes: 4 * train.count * elementsOf(inputShape) };
}

export const benchmark: Benchmark = {
  name: 'scale',
  describe: `Search steps of three convolutions (batch ${BATCH}) as the widest layer, the number of options and the data set grow; a whole epoch is timed.`,
  async run(options) {
    await openFor(options);
    const rows: Row[] = [];
    for (const [what, space] of SPACES) {
      const { step, perEpoch, dataBytes } = await searchOf(space);
      const timing = await timings(step, ROUNDS);
      const start = performance.now();
      for (let i = 0; i < perEpoch; ++i) await step();
      const epoch = performance.now() - start;
      rows.push({
        what,
        ...columns(timing),
        'step MiB': rounded((await peakBytes(step)) / MIB),
        'steps an epoch': perEpoch,
        'epoch s': rounded(epoch / 1000),
        'data MiB': rounded(dataBytes / MIB),
      });
    }
    return rows;
  },
  svg: (rows) => {
    const of = (
      from: number,
      x: readonly number[],
      columnsShown: Readonly<Record<string, string>>,
    ): { x: readonly number[]; series: { name: string; values: number[] }[] } => ({
      x,
      series: Object.entries(columnsShown).map(([column, name]) => ({
        name,
        values: x.map((_, i) => Number(rows[from + i]![column])),
      })),
    });
    const step = { 'cpu ms': 'time of a step', 'step MiB': 'its memory' };
    return growthSvg(
      [
        { title: 'Filters of the widest layer', ...of(0, WIDTHS, step) },
        { title: 'Options of each kind', ...of(WIDTHS.length, OPTIONS, step) },
        {
          title: 'Samples',
          ...of(WIDTHS.length + OPTIONS.length, SAMPLES, { 'epoch s': 'time of an epoch', 'data MiB': 'data' }),
        },
      ],
      'Time and memory of a search, relative to the smallest, as its widest layer, its options and its data grow',
    );
  },
};
