/**
 * Whole searches of random spaces under a limit on latency: does Vela, which knows nothing of the search, agree that
 * each result is within its limit? Needs the Python of `npm run test:interop`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { velaAnswers, type VelaJob } from '../scripts/vela/jobs.ts';
import { SeededRandom } from '../src/base/random.ts';
import { COSTS } from '../src/costs/cost-table.ts';
import { SizeExpression } from '../src/costs/weights/expression/size-expression.ts';
import { loadDataset } from '../src/data/load-dataset.ts';
import type { Dataset } from '../src/data/dataset.ts';
import { openBackend } from '../src/devices/open-device.ts';
import { parseDefinition } from '../src/language/yaml/parse-definition.ts';
import type { Network } from '../src/network/types.ts';
import { clockOf, findTarget, type Target } from '../src/targets/find-target.ts';
import type { Limit } from '../src/wire/limits.ts';
import { chipOf, latencyDefinition } from './lib/latency-definitions.ts';
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

/** A result that a search said is within its limit. */
interface Found {
  readonly target: Target;
  readonly limit: number;
  /** Seconds that the certificate says. */
  readonly said: number;
  readonly peakBytes: number;
  readonly accuracy: number;
  readonly file: string;
}

/** A space of the target that is one: layers that do not fit together are drawn anew. */
function drawn(name: string, random: SeededRandom): Network {
  for (let tries = 0; tries < 50; tries++) {
    const { network } = parseDefinition(latencyDefinition(name, random));
    if (network) return network;
  }
  throw new Error(`no definition for ${name} could be drawn`);
}

/** A search of the space of a seed; its limits lie between what its architectures take. */
async function trial(seed: number, data: Dataset | undefined, folder: string): Promise<[Dataset, Found | undefined]> {
  const random = new SeededRandom(seed);
  const name = TARGETS[seed % TARGETS.length]!;
  const target = findTarget(name);
  const network = drawn(name, random);
  const dataset = data ?? (await loadDataset(network.definition, '.'));
  const size = new SizeExpression(network, target);
  const latency = COSTS.latency.over(network, target, size);
  const [least, most] = [latency.smallest().value, latency.largest().value];
  const limit = least * 1.02 * (most / least) ** random.next();
  const limits: Limit[] = [
    { cost: 'weights', limit: Math.ceil(size.largest().bytes * (0.4 + 0.8 * random.next())), from: 'given' },
    { cost: 'latency', limit, from: 'given' },
  ];
  const backend = { name: 'wasm', reason: 'benchmark' } as const;
  const found = await searched({ network, dataset, target, limits, seed: 1, backend });
  if (!found) return [dataset, undefined];
  const [{ certificate, totals, integerMetric }] = found.result.networks;
  const file = join(folder, `searched-${seed}.tflite`);
  writeFileSync(file, found.tflite);
  const said = certificate.costs.find(({ cost }) => cost === 'latency')!.value;
  return [dataset, { target, limit, said, peakBytes: totals.peakActivationBytes, accuracy: integerMetric, file }];
}

/** How Vela compiles a result: with the presets alone, or with the command that reports print too. */
function jobOf({ target, file, peakBytes }: Found, asPrinted: boolean): VelaJob {
  const { system, memory } = target.presets ?? {};
  const mode = memory ?? (asPrinted && target.engine!.dedicated ? 'Shared_Sram' : undefined);
  return {
    file,
    accelerator: chipOf(target.name),
    ...(system !== undefined && { system }),
    ...(mode !== undefined && { mode }),
    ...(asPrinted && { arena: peakBytes }),
  };
}

const OVER = 1e-9;

function summary(name: string, found: readonly Found[], presets: readonly number[], printed: readonly number[]): Row {
  const at = found.flatMap((one, i) => (name === 'all' || one.target.name === name ? [i] : []));
  const share = (seconds: readonly number[]): number[] => at.map((i) => seconds[i]! / found[i]!.limit);
  const said = share(found.map((one) => one.said));
  const over = (shares: readonly number[]): number => shares.filter((value) => value > 1 + OVER).length;
  const worst = (shares: readonly number[]): number => decimals(100 * Math.max(...shares), 1);
  const [free, bounded] = [share(presets), share(printed)];
  return {
    target: name,
    results: at.length,
    'of the limit, median %': decimals(100 * median(said), 1),
    'over, as said': over(said),
    'over, by Vela': over(free),
    'largest, % of the limit': worst(free),
    'over, with --arena-cache-size': over(bounded),
    'largest then, %': worst(bounded),
  };
}

export const benchmark: Benchmark = {
  name: 'latency',
  describe:
    'Searches of random spaces (one epoch a stage) under a random limit on latency, for seven targets, as many as `--minutes` leave time for: how many results Vela finds over their limit.',
  parameters: ['searches', 'first', 'minutes'],
  run: async ({ parameters = {} }) => {
    needsVela();
    await openBackend('wasm', { threads: 1 });
    const folder = mkdtempSync(join(tmpdir(), 'udc-latency-'));
    try {
      const [first, count] = [Number(parameters['first'] ?? 1), Number(parameters['searches'] ?? 200)];
      const found: Found[] = [];
      let refused = 0;
      let data: Dataset | undefined;
      const end = performance.now() + 60_000 * Number(parameters['minutes'] ?? Infinity);
      for (let seed = first; seed < first + count && performance.now() < end; seed++) {
        const [dataset, one] = await trial(seed, data, folder);
        data = dataset;
        if (one) found.push(one);
        else refused++;
      }
      const seconds = async (asPrinted: boolean): Promise<number[]> => {
        const answers = await velaAnswers(found.map((one) => jobOf(one, asPrinted)));
        return answers.map(({ cycles }, i) => cycles / clockOf(found[i]!.target)!.hz);
      };
      const [presets, printed] = [await seconds(false), await seconds(true)];
      const names = TARGETS.filter((name) => found.some(({ target }) => target.name === name));
      const rows = [...names, 'all'].map((name) => summary(name, found, presets, printed));
      return [...rows.slice(0, -1), { ...rows.at(-1)!, 'refused, nothing within': refused }];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
