/**
 * Whole searches of random spaces under a limit on latency: does Vela, which knows nothing of the search, agree that
 * each result is within its limit? Needs the Python of `npm run test:interop`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jobFor, velaAnswers, type VelaAnswer, type VelaJob } from '../scripts/vela/jobs.ts';
import { SeededRandom } from '../src/base/random.ts';
import { count, number, object, string } from '../src/base/validate.ts';
import { activationMemory } from '../src/costs/activations/activation-memory.ts';
import { boundedBy } from '../src/costs/activations/bounded-target.ts';
import { presetArguments, velaArguments } from '../src/costs/activations/vela-arguments.ts';
import { COSTS } from '../src/costs/cost-table.ts';
import { SizeExpression } from '../src/costs/weights/expression/size-expression.ts';
import { loadDataset } from '../src/data/load-dataset.ts';
import type { Dataset } from '../src/data/dataset.ts';
import { openBackend } from '../src/devices/open-device.ts';
import { parseDefinition } from '../src/language/yaml/parse-definition.ts';
import { instantiate } from '../src/network/architecture.ts';
import type { Network } from '../src/network/types.ts';
import { clockOf, findTarget } from '../src/targets/find-target.ts';
import type { Limit } from '../src/wire/limits.ts';
import { KeptLines } from './lib/kept-lines.ts';
import { latencyDefinition } from './lib/latency-definitions.ts';
import { needsVela, searched } from './lib/searched.ts';
import { decimals, median } from './lib/statistics.ts';
import type { Benchmark, Row } from './run.ts';

const TARGETS = [
  'ethos-u55-128',
  'ethos-u55-32+Ethos_U55_Deep_Embedded',
  'ethos-u55-256+Sram_Only',
  'ethos-u65-256',
  'ethos-u65-512+Ethos_U65_Embedded+Shared_Sram',
  'ethos-u85-256',
  'ethos-u85-1024+Ethos_U85_SYS_Flash_High+Shared_Sram',
];

/** What came of the search of a seed. */
interface Trial {
  readonly seed: number;
  /** Its whole name, presets included. */
  readonly target: string;
  /** Seconds. */
  readonly limit: number;
  /** Bytes; absent where only time and weights are limited. */
  readonly activations?: number;
  /** Of the processor, with drawing the space. */
  readonly took: number;
  /** A result that the search says is within its limits; absent: it says that there is none. */
  readonly found?: Found;
}

interface Found {
  /** Seconds that the certificate says. */
  readonly said: number;
  readonly peakBytes: number;
  readonly accuracy: number;
}

const trialRecord = object<Trial>(
  { seed: count, target: string, limit: number, took: number },
  { activations: count, found: object<Found>({ said: number, peakBytes: count, accuracy: number }) },
);

/** A trial with a result, and its file. */
interface Result extends Trial {
  readonly found: Found;
  readonly file: string;
}

const targetOf = (seed: number): string => TARGETS[seed % TARGETS.length]!;

/** A space of the target that is one: layers that do not fit together are drawn anew. */
function drawn(name: string, random: SeededRandom): Network {
  for (let tries = 0; tries < 50; tries++) {
    const { network } = parseDefinition(latencyDefinition(name, random));
    if (network) return network;
  }
  throw new Error(`no definition for ${name} could be drawn`);
}

const fileOf = (folder: string, seed: number): string => join(folder, `searched-${seed}.tflite`);

/**
 * A search of the space of a seed; its limits lie between what its architectures take.
 * @param memory limits activations too, to so many times what the maps of the lightest architecture take
 */
async function trial(seed: number, dataset: Dataset, folder: string, memory: number | undefined): Promise<Trial> {
  const began = process.cpuUsage();
  const random = new SeededRandom(seed);
  const name = targetOf(seed);
  const target = findTarget(name);
  const network = drawn(name, random);
  const size = new SizeExpression(network, target);
  const { peakBytes } = activationMemory(instantiate(network, size.smallest().assignment), target);
  const activations = memory === undefined ? undefined : Math.ceil(memory * peakBytes);
  const room: Limit[] = activations === undefined ? [] : [{ cost: 'activations', limit: activations, from: 'given' }];
  const latency = COSTS.latency.over(network, boundedBy(target, room), size);
  const [least, most] = [latency.smallest().value, latency.largest().value];
  const limit = least * 1.02 * (most / least) ** random.next();
  const limits: Limit[] = [
    { cost: 'weights', limit: Math.ceil(size.largest().bytes * (0.4 + 0.8 * random.next())), from: 'given' },
    ...room,
    { cost: 'latency', limit, from: 'given' },
  ];
  const backend = { name: 'wasm', reason: 'benchmark' } as const;
  const result = await searched({ network, dataset, target, limits, seed: 1, backend });
  const { user, system } = process.cpuUsage(began);
  const given = { seed, target: name, limit, ...(activations !== undefined && { activations }) };
  const done = { ...given, took: (user + system) / 1e6 };
  if (!result) return done;
  const [{ certificate, totals, integerMetric }] = result.result.networks;
  writeFileSync(fileOf(folder, seed), result.tflite);
  const said = certificate.costs.find(({ cost }) => cost === 'latency')!.value;
  return { ...done, found: { said, peakBytes: totals.peakActivationBytes, accuracy: integerMetric } };
}

/** How Vela compiles a result: with the presets alone, or with the command that reports print. */
function jobOf({ target: name, file, limit, activations, found }: Result, asPrinted: boolean): VelaJob {
  const target = findTarget(name);
  const printed = velaArguments(target, [
    { cost: 'activations', value: found.peakBytes, ...(activations !== undefined && { limit: activations }) },
    { cost: 'latency', value: found.said, limit },
  ])!;
  const alone = ['--accelerator-config', target.engine!.accelerator, ...presetArguments(target)];
  return jobFor(file, asPrinted ? printed : alone);
}

const OVER = 1e-9;

/** What Vela says of each result. */
interface Seconds {
  readonly presets: readonly number[];
  readonly printed: readonly number[];
  /** Where activations are limited: SRAM of the printed command over the limit. */
  readonly sram: readonly number[];
}

function summary(name: string, all: readonly Trial[], results: readonly Result[], seconds: Seconds): Row {
  const of = (trial: Trial): boolean => name === 'all' || trial.target === name;
  const at = results.flatMap((one, i) => (of(one) ? [i] : []));
  const share = (values: readonly number[]): number[] => at.map((i) => values[i]! / results[i]!.limit);
  const over = (shares: readonly number[]): number => shares.filter((value) => value > 1 + OVER).length;
  const worst = (shares: readonly number[]): number => decimals(100 * Math.max(...shares), 1);
  const said = share(results.map(({ found }) => found.said));
  const [free, bounded] = [share(seconds.presets), share(seconds.printed)];
  return {
    target: name,
    searches: all.filter(of).length,
    results: at.length,
    'of the limit, median %': decimals(100 * median(said), 1),
    'over, as said': over(said),
    'over, by Vela': over(free),
    'largest, % of the limit': worst(free),
    'over, by the printed command': over(bounded),
    'largest then, %': worst(bounded),
    'over in SRAM': at.filter((i) => seconds.sram[i]! > 1).length,
    's of the processor, median': decimals(median(all.filter(of).map(({ took }) => took)), 1),
  };
}

async function compared(trials: readonly Trial[], folder: string): Promise<Row[]> {
  const results = trials.flatMap(({ found, ...trial }): Result[] =>
    found ? [{ ...trial, found, file: fileOf(folder, trial.seed) }] : [],
  );
  const answersOf = (asPrinted: boolean): Promise<VelaAnswer[]> =>
    velaAnswers(results.map((one) => jobOf(one, asPrinted)));
  const secondsOf = (answers: readonly VelaAnswer[]): number[] =>
    answers.map(({ cycles }, i) => cycles / clockOf(findTarget(results[i]!.target))!.hz);
  const printed = await answersOf(true);
  const seconds = {
    presets: secondsOf(await answersOf(false)),
    printed: secondsOf(printed),
    sram: printed.map(({ peak, readOnly }, i) => {
      const { target, activations = Infinity } = results[i]!;
      // In this mode Vela's own report has the weights in SRAM too; the summary of the `vela` command has not.
      const weights = findTarget(target).presets?.memory === 'Sram_Only' ? readOnly : 0;
      return (peak['Sram']! - weights) / activations;
    }),
  };
  const names = TARGETS.filter((name) => results.some(({ target }) => target === name));
  return [...names, 'all'].map((name) => summary(name, trials, results, seconds));
}

export const benchmark: Benchmark = {
  name: 'latency',
  describe:
    'Searches of random spaces (one epoch a stage) under a random limit on latency, for seven targets, as many as `--minutes` leave time for: how many results Vela finds over their limit. `--memory 1.2` limits activations too, to so many times what the lightest architecture takes. `--out FOLDER` keeps each as it comes; named again, it goes on.',
  parameters: ['searches', 'first', 'minutes', 'memory', 'out'],
  run: async ({ parameters = {} }) => {
    needsVela();
    await openBackend('wasm', { threads: 1 });
    const out = parameters['out'] || undefined;
    const folder = out ?? mkdtempSync(join(tmpdir(), 'udc-latency-'));
    try {
      const [first, searches] = [Number(parameters['first'] ?? 1), Number(parameters['searches'] ?? 200)];
      const memory = parameters['memory'] === undefined ? undefined : Number(parameters['memory']);
      const kept = new KeptLines(out, {}, trialRecord);
      const dataset = await loadDataset(drawn(targetOf(first), new SeededRandom(first)).definition, '.');
      const end = performance.now() + 60_000 * Number(parameters['minutes'] ?? Infinity);
      for (let seed = first; seed < first + searches && performance.now() < end; seed++)
        if (!kept.all.some((one) => one.seed === seed)) kept.add(await trial(seed, dataset, folder, memory));
      const trials = kept.all.filter(({ seed }) => seed >= first && seed < first + searches);
      return await compared(trials, folder);
    } finally {
      if (out === undefined) rmSync(folder, { recursive: true, force: true });
    }
  },
};
