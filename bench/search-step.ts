/** Step of the search beside the plain step of the widest network in its space. */
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork } from '../src/network/build-network.ts';
import { parseDefinition } from '../src/language/yaml/parse-definition.ts';
import { findTarget } from '../src/targets/find-target.ts';
import { taskNamed } from '../src/tasks/tasks.ts';
import { SupernetPhase } from '../src/strategies/udc/supernet-phase.ts';
import { openFor } from './lib/backend.ts';
import { SEARCHES, type SearchDefinition } from './lib/definitions.ts';
import { columns, interleaved, rounded, type Timing } from './lib/measure.ts';
import { median } from './lib/statistics.ts';
import { NETWORKS, plainStep } from './lib/networks.ts';
import { peakBytes } from './lib/peak.ts';
import type { Benchmark, Row } from './run.ts';

const BATCH = 32;
const ROUNDS = 30;
/** Enough steps that the temperature stays where a search begins. */
const SEARCH_STEPS = 1000;
const BUDGET = 40 << 10;

/** A step of the search of a definition; each call is the next. */
export function searchStep({ text, plain }: SearchDefinition): () => Promise<unknown> {
  const { definition, diagnostics } = parseDefinition(text);
  if (definition === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const network = buildNetwork(definition);
  const phase = new SupernetPhase({
    network,
    target: findTarget(definition.target.npu),
    task: taskNamed(definition.task),
    limits: [{ cost: 'weights', limit: BUDGET, from: 'given' }],
    seed: 1,
    warmupSteps: 0,
    searchSteps: SEARCH_STEPS,
  });
  const { input, classes } = NETWORKS[plain]!;
  const images = tf.randomNormal([BATCH, ...input], 0, 1, 'float32', 3) as tf.Tensor4D;
  const targets = tf.tensor1d(
    Int32Array.from({ length: BATCH }, (_, i) => i % classes),
    'int32',
  );
  let step = 0;
  return () => phase.step(step++, images, targets);
}

export const benchmark: Benchmark = {
  name: 'search-step',
  describe:
    'Search step (weights and decisions) beside the plain step of the widest network of the space, batch 32, in milliseconds.',
  async run(options) {
    const { name } = await openFor(options);
    const rows: Row[] = [];
    for (const search of SEARCHES) {
      const plain = plainStep(NETWORKS[search.plain]!, BATCH).step;
      const searching = searchStep(search);
      const [one, other] = (await interleaved([plain, searching], ROUNDS)) as [Timing, Timing];
      const [plainPeak, searchPeak] = [await peakBytes(plain), await peakBytes(searching)];
      rows.push(
        { what: `${search.plain} on ${name}: plain`, ...columns(one), 'peak MiB': rounded(plainPeak / 2 ** 20) },
        {
          what: `${search.plain}: ${search.what}`,
          ...columns(other),
          'peak MiB': rounded(searchPeak / 2 ** 20),
          'search / plain': rounded(median(other.milliseconds) / median(one.milliseconds)),
          'cpu ratio': rounded(median(other.cpuMilliseconds) / median(one.cpuMilliseconds)),
          'memory ratio': rounded(searchPeak / plainPeak),
        },
      );
    }
    return rows;
  },
};
