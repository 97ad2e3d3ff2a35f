/**
 * A space of `ibn | fused-ibn` with widths, searched for accuracy alone and with an objective on cycles, for two
 * accelerators: what that saves at which accuracy, by Vela, and which operators come out. Needs the Python of
 * `npm run test:interop`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { velaAnswers } from '../scripts/vela/jobs.ts';
import { count, number, object, oneOf, share, string } from '../src/base/validate.ts';
import { loadDataset } from '../src/data/load-dataset.ts';
import { openBackend } from '../src/devices/open-device.ts';
import { parseSeeds } from '../src/language/sweep-lists.ts';
import { parseDefinition } from '../src/language/yaml/parse-definition.ts';
import { findTarget } from '../src/targets/find-target.ts';
import { KeptLines } from './lib/kept-lines.ts';
import { listed } from './lib/parameters.ts';
import { needsVela, searched } from './lib/searched.ts';
import { decimals, mean, standardError } from './lib/statistics.ts';
import type { Benchmark, Row } from './run.ts';

const PARAMETERS = {
  targets: 'ethos-u55-128,ethos-u85-256',
  seeds: '1..3',
  /** Of the objective on cycles. */
  weight: '-0.07',
  budget: '8 KiB',
  /** A folder for the results, as they come: named again, the runs go on. Empty: none. */
  out: '',
};
const OBJECTIVES = ['none', 'cycles'] as const;
type ObjectiveName = (typeof OBJECTIVES)[number];

type Parameters = Readonly<Record<keyof typeof PARAMETERS, string>>;

/** The quickstart's data and training, under a budget that leaves room for fused blocks. */
const definitionText = (npu: string, budget: string, objective: string): string => `udc: 1
name: fused
task: classification
input: 32x16x1
dataset: { format: generated, generator: tones, samples: 2400, seed: 7 }
target: { npu: ${npu}, weights: ${budget} }
search: { bits: 4 | 8${objective} }
training: { warmup: 12, search: 6, race: 4, sparsify: 12, settle: 5, batch: 32, learningRate: 0.004 }
layers:
  - { name: stem, op: conv, kernel: 5x3, stride: 2, filters: 8 | 16 }
  - { name: early, op: ibn | fused-ibn, kernel: 3x3, filters: 8 | 16 | 24, expand: 2 | 3 }
  - { name: middle, op: ibn | fused-ibn, kernel: 3x3, stride: 2, filters: 16 | 24 | 32, expand: 2 | 3 }
  - { name: late, op: ibn | fused-ibn, kernel: 3x3, filters: 16 | 24 | 32, expand: 2 | 3 }
  - { name: pool, op: global-average-pool }
  - { name: logits, op: dense, units: 6 }
`;

/** One search. */
interface Found {
  readonly npu: string;
  readonly seed: number;
  readonly objective: ObjectiveName;
  /** Of the test part, by integers. */
  readonly accuracy: number;
  readonly bytes: number;
  /** Of each block, from the first to the last: 'ibn 16' or 'fused-ibn 24'. */
  readonly blocks: string;
  /** Of the processor. */
  readonly took: number;
  /** Name of the TFLite file. */
  readonly file: string;
}

const foundRecord = object<Found>({
  npu: string,
  seed: count,
  objective: oneOf(OBJECTIVES),
  accuracy: share,
  bytes: count,
  blocks: string,
  took: number,
  file: string,
});

async function search(
  npu: string,
  seed: number,
  name: ObjectiveName,
  question: Parameters,
  folder: string,
): Promise<Found> {
  const began = process.cpuUsage();
  const objective = name === 'none' ? '' : `, objective: { cycles: 20 k, weight: ${question.weight} }`;
  const text = definitionText(npu, question.budget, objective);
  const { network, definition, diagnostics } = parseDefinition(text);
  if (!network || !definition) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  const dataset = await loadDataset(definition, '.');
  const backend = { name: 'wasm', reason: 'benchmark' } as const;
  const limits = [{ cost: 'weights', limit: definition.target.weights!, from: 'definition' }] as const;
  const found = await searched({ network, dataset, target: findTarget(npu), limits, seed, backend });
  if (!found) throw new Error(`no network is within ${question.budget} on ${npu}`);
  const [{ integerMetric, layers, certificate }] = found.result.networks;
  const file = `${npu}-${name}-${seed}.tflite`;
  writeFileSync(join(folder, file), found.tflite);
  const blocks = layers.filter(({ op }) => op.endsWith('ibn')).map(({ op, output }) => `${op} ${output[2]}`);
  const { user, system } = process.cpuUsage(began);
  return {
    npu,
    seed,
    objective: name,
    accuracy: integerMetric,
    bytes: certificate.exactBytes,
    blocks: blocks.join(', '),
    took: (user + system) / 1e6,
    file,
  };
}

/** A mean with its standard error, where there are several. */
const meanText = (values: readonly number[], digits: number): string =>
  values.length < 2
    ? decimals(mean(values), digits).toString()
    : `${mean(values).toFixed(digits)} ± ${standardError(values).toFixed(digits)}`;

/** Results of one accelerator, a row each and what the objective changes in the mean. */
function rowsOf(npu: string, all: readonly Found[], cycles: ReadonlyMap<Found, number>): Row[] {
  const found = all.filter((one) => one.npu === npu).sort((a, b) => a.seed - b.seed);
  const of = (name: ObjectiveName): Found[] => found.filter(({ objective }) => objective === name);
  const single = OBJECTIVES.flatMap(of).map((one): Row => ({
    target: npu,
    objective: one.objective,
    seed: one.seed,
    'accuracy, %': decimals(100 * one.accuracy, 1).toString(),
    'cycles by Vela': cycles.get(one)!.toString(),
    bytes: one.bytes,
    blocks: one.blocks,
    's of the processor': decimals(one.took, 0),
  }));
  const means = OBJECTIVES.map((name): Row => ({
    target: npu,
    objective: name,
    seed: 'mean',
    'accuracy, %': meanText(
      of(name).map(({ accuracy }) => 100 * accuracy),
      1,
    ),
    'cycles by Vela': meanText(
      of(name).map((one) => cycles.get(one)!),
      0,
    ),
  }));
  const pairs = of('none').flatMap((one) => {
    const aimed = of('cycles').find(({ seed }) => seed === one.seed);
    return aimed ? [{ one, aimed }] : [];
  });
  const change: Row = {
    target: npu,
    objective: 'change',
    seed: 'mean',
    'accuracy, %': meanText(
      pairs.map(({ one, aimed }) => 100 * (aimed.accuracy - one.accuracy)),
      1,
    ),
    'cycles by Vela': `${meanText(
      pairs.map(({ one, aimed }) => 100 * (cycles.get(aimed)! / cycles.get(one)! - 1)),
      0,
    )} %`,
  };
  return [...single, ...means, ...(pairs.length > 0 ? [change] : [])];
}

export const benchmark: Benchmark = {
  name: 'fused',
  describe:
    'A space of ibn | fused-ibn and widths on the data of the quickstart, without an objective and with one on cycles, for an Ethos-U55 and an Ethos-U85: accuracy on the test part and cycles by Vela, with means over seeds and their standard errors. `--out FOLDER` keeps each search as it comes; named again, it goes on.',
  parameters: Object.keys(PARAMETERS),
  run: async ({ parameters = {} }) => {
    needsVela();
    const question: Parameters = { ...PARAMETERS, ...parameters };
    await openBackend('wasm', { threads: 1 });
    const out = question.out || undefined;
    const folder = out ?? mkdtempSync(join(tmpdir(), 'udc-fused-'));
    const { weight, budget } = question;
    try {
      const kept = new KeptLines(out, { weight, budget }, foundRecord);
      const targets = listed(question.targets);
      for (const seed of parseSeeds(question.seeds))
        for (const npu of targets)
          for (const objective of OBJECTIVES)
            if (!kept.all.some((one) => one.npu === npu && one.seed === seed && one.objective === objective))
              kept.add(await search(npu, seed, objective, question, folder));
      const found = kept.all.filter(({ npu }) => targets.includes(npu));
      const answers = await velaAnswers(found.map(({ file, npu }) => ({ file: join(folder, file), accelerator: npu })));
      const cycles = new Map(found.map((one, i) => [one, answers[i]!.cycles]));
      return targets.flatMap((npu) => rowsOf(npu, found, cycles));
    } finally {
      if (out === undefined) rmSync(folder, { recursive: true, force: true });
    }
  },
};
