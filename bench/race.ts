/**
 * Networks that race: trained one after another by one backend with all threads, and side by side by backends with one
 * thread each. Seconds on the clock, and of the processor, for the same legs with the same outcome.
 */
import assert from 'node:assert/strict';
import { SeededRandom } from '../src/base/random.ts';
import { openBackend } from '../src/devices/open-device.ts';
import { threadsFor } from '../src/devices/threads.ts';
import { instantiate } from '../src/network/architecture.ts';
import { SidePool } from '../src/runs/side/side-pool.ts';
import { batchOptions } from '../src/training/problem.ts';
import { freshTensors } from '../src/training/trained/initial-tensors.ts';
import { initialTensors, LEG, type LegOrder } from '../src/training/trained/leg.ts';
import { availableParallelism } from 'node:os';
import { definitionOf, OF_DEFINITION } from './lib/parameters.ts';
import { decimals, median } from './lib/statistics.ts';
import { readData, readNetwork } from './lib/trust/problem.ts';
import type { Benchmark, BenchmarkOptions, Row } from './run.ts';

const PARAMETERS = { ...OF_DEFINITION, legs: '8', steps: '60', rounds: '3' };

interface Time {
  readonly seconds: number;
  readonly processor: number;
}

async function timed<T>(work: () => Promise<T>): Promise<Time & { readonly value: T }> {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const value = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { value, seconds: (performance.now() - began) / 1000, processor: (user + system) / 1e6 };
}

async function measure({ threads = threadsFor(availableParallelism()), parameters }: BenchmarkOptions): Promise<Row[]> {
  const given = { ...PARAMETERS, ...parameters };
  const question = definitionOf(given);
  const network = readNetwork(question);
  const dataset = await readData(network, question);
  const { learningRate, weightDecay, entropy } = network.definition.training;
  const random = new SeededRandom(1);
  const goal = Number(given.steps);
  const orders = Array.from({ length: Number(given.legs) }, (): LegOrder => {
    const architecture = instantiate(
      network,
      network.decisions.map(({ labels }) => random.integer(labels.length)),
    );
    return {
      architecture,
      task: network.definition.task,
      learningRate,
      weightDecay,
      entropy,
      batches: batchOptions({ network, dataset, seed: 1 }),
      from: { initial: initialTensors(architecture, freshTensors(1)) },
      first: 0,
      goal,
      rampSteps: goal,
    };
  });
  await openBackend('wasm', { threads });
  const quiet = { dataset, tell: () => undefined, breathe: () => Promise.resolve() };
  const alone = async (): Promise<number[]> => {
    const losses: number[] = [];
    for (const order of orders) losses.push((await LEG.run(order, quiet)).loss);
    return losses;
  };
  const pool = new SidePool({ dataset, most: threads, threads });
  const beside = async (): Promise<number[]> => {
    const done = orders.map((order) =>
      pool.submit(
        LEG,
        () => order,
        () => undefined,
      ),
    );
    return (await Promise.all(done)).map(({ loss }) => loss);
  };
  // Engines compile what they run first, and threads start.
  await Promise.all([alone(), beside()]);
  const times: { alone: Time[]; beside: Time[] } = { alone: [], beside: [] };
  for (let round = 0; round < Number(given.rounds); round++) {
    const one = await timed(alone);
    const many = await timed(beside);
    assert.deepEqual(many.value, one.value, 'the outcome depends on who trains');
    times.alone.push(one);
    times.beside.push(many);
  }
  const residentBytes = process.memoryUsage().rss;
  await pool.drop();
  const row = (name: string, of: readonly Time[]): Row => ({
    networks: name,
    'backends × threads': name === 'one after another' ? `1 × ${threads}` : `${threads} × 1`,
    's on the clock': decimals(median(of.map(({ seconds }) => seconds))),
    's of the processor': decimals(median(of.map(({ processor }) => processor))),
    'ms a step': decimals((1000 * median(of.map(({ seconds }) => seconds))) / (orders.length * goal)),
  });
  const ratios = times.alone.map(({ seconds }, i) => seconds / times.beside[i]!.seconds);
  return [
    row('one after another', times.alone),
    row('side by side', times.beside),
    { networks: 'ratio', 's on the clock': decimals(median(ratios)) },
    { networks: `memory with all backends: ${Math.round(residentBytes / 2 ** 20)} MiB` },
  ];
}

export const benchmark: Benchmark = {
  name: 'race',
  describe:
    'Legs of a race (eight architectures of a definition, so many steps each), one after another on all threads and side by side on one each: seconds, the middle of some rounds.',
  parameters: Object.keys(PARAMETERS),
  run: measure,
};
