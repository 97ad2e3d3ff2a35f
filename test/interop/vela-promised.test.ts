/**
 * Random networks compiled with the options that reports print: what Vela takes of SRAM, stores and needs of cycles
 * beside what the certificate says. One network on each of ten targets each time, twelve with `UDC_TEST_CASES=all`, as
 * many as `UDC_RANDOM_NETWORKS` says where it is set.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeededRandom } from '../../src/base/random.ts';
import { activationMemory } from '../../src/costs/activations/activation-memory.ts';
import { arenaChoice, boundedBy } from '../../src/costs/activations/bounded-target.ts';
import { velaArguments } from '../../src/costs/activations/vela-arguments.ts';
import { writeTflite } from '../../src/formats/tflite/write-tflite.ts';
import { costsOf } from '../../src/integer/certificate-costs.ts';
import { quantise } from '../../src/integer/quantise-network.ts';
import { addUp, sizeNetwork, totalsOf } from '../../src/integer/sizing.ts';
import { instantiate } from '../../src/network/architecture.ts';
import { clockOf, findTarget } from '../../src/targets/find-target.ts';
import type { CostReport, Limit } from '../../src/wire/limits.ts';
import { randomArchitecture } from '../../scripts/vela/random-network.ts';
import { jobFor, velaAnswers, type VelaJob } from '../../scripts/vela/jobs.ts';
import { cases } from '../cases.ts';
import { scratchFolder } from '../scratch.ts';
import { foldedOf } from '../unit/formats/run.ts';
import { randomGraph } from '../unit/network/support/random-graphs.ts';

const NETWORKS = Number(process.env['UDC_RANDOM_NETWORKS'] ?? cases(1, 12));
const FROM = 70_000;
/** Every third network has branches. */
const BRANCHES = 3;

/**
 * By how much Vela's cycles may be above the certificate's, which are an estimate: where activations are limited, and
 * where only time is (docs/exports.md).
 */
const ABOVE: Readonly<Record<string, Readonly<Record<Exclude<Kind, 'nothing'>, number>>>> = {
  'ethos-u55-32': { both: 0.05, time: 0.05 },
  'ethos-u55-128': { both: 0.1, time: 0.1 },
  'ethos-u55-128+Ethos_U55_Deep_Embedded': { both: 0.05, time: 0.05 },
  'ethos-u55-256': { both: 0.05, time: 0.05 },
  'ethos-u65-256': { both: 0.15, time: 0.3 },
  'ethos-u65-512+Ethos_U65_Embedded': { both: 0.1, time: 0.1 },
  'ethos-u65-512': { both: 0.2, time: 0.3 },
  'ethos-u85-256': { both: 0.2, time: 0.8 },
  'ethos-u85-1024': { both: 0.25, time: 0.3 },
  'ethos-u85-256+Ethos_U85_SYS_Flash_High': { both: 0.2, time: 0.1 },
};

/** What may be limited, in turn: memory and time, time alone, nothing. */
const KINDS = ['both', 'time', 'nothing'] as const;
type Kind = (typeof KINDS)[number];

interface Case {
  readonly name: string;
  readonly kind: Kind;
  readonly costs: readonly CostReport[];
  readonly job: VelaJob;
}

/** The certificate of a network whose limits are drawn so that it is just within them. */
function caseOf(chip: string, seed: number, folder: string): Case {
  const random = new SeededRandom(seed);
  const architecture =
    seed % BRANCHES === 0 ? instantiate(randomGraph(seed).network, []) : randomArchitecture(seed).architecture;
  const network = quantise(foldedOf(architecture, seed));
  const target = findTarget(chip);
  const { peakBytes } = activationMemory(architecture, target);
  const kind = KINDS[Math.floor(random.next() * KINDS.length)]!;
  // Often hardly more than the maps take.
  const activations = Math.ceil(peakBytes * (1 + 2 * random.next() ** 3));
  const memory: Limit[] = kind === 'both' ? [{ cost: 'activations', limit: activations, from: 'given' }] : [];
  const within = boundedBy(target, memory);
  const sized = sizeNetwork(network, within);
  const totals = totalsOf(architecture, within, [], sized);
  const all = { ...totals, ...addUp(sized.perOperation) };
  const time: Limit[] = kind === 'nothing' ? [] : [{ cost: 'cycles', limit: all.cycles, from: 'given' }];
  const costs = costsOf(all, [...memory, ...time], clockOf(target));
  const file = join(folder, `${chip}-${seed}.tflite`);
  writeFileSync(file, writeTflite(network, { description: 'random network' }));
  return { name: `network ${seed} on ${chip}`, kind, costs, job: jobFor(file, velaArguments(target, costs)!) };
}

const valueOf = (costs: readonly CostReport[], cost: CostReport['cost']): number =>
  costs.find((one) => one.cost === cost)!.value;

/** How many, and their least, median, nine tenths and most. */
function spreadOf(shares: readonly number[]): string {
  const sorted = [...shares].sort((a, b) => a - b);
  const at = (share: number): string =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]?.toFixed(3) ?? '–';
  return `${sorted.length} networks, cycles of what is said ${[0, 0.5, 0.9, 1].map(at).join(' / ')}`;
}

describe('Vela with the options that are printed', () => {
  for (const [chip, above] of Object.entries(ABOVE))
    it(`${chip}: ${NETWORKS} networks take no more SRAM than is said, and the cycles that are limited`, async function () {
      const folder = scratchFolder('vela-promised');
      const all = Array.from({ length: NETWORKS }, (_, k) => caseOf(chip, FROM + k, folder));
      const answers = await velaAnswers(all.map(({ job }) => job));
      const over: string[] = [];
      const shares: Record<Kind, number[]> = { both: [], time: [], nothing: [] };
      all.forEach(({ name, kind, costs }, i) => {
        const { peak, readOnly, cycles } = answers[i]!;
        const sram = arenaChoice(findTarget(chip), costs)!.bytes;
        if (sram !== undefined && peak['Sram']! > sram) over.push(`${name}: SRAM ${peak['Sram']}, said ${sram}`);
        if (readOnly > valueOf(costs, 'weights')) over.push(`${name}: stored ${readOnly}`);
        const share = cycles / valueOf(costs, 'cycles');
        shares[kind].push(share);
        if (kind !== 'nothing' && share > 1 + above[kind])
          over.push(`${name}: ${cycles} cycles, limited ${kind}, ${share.toFixed(3)} times what is said`);
      });
      for (const kind of ['both', 'time'] as const) this.test!.title += `\n        ${kind}: ${spreadOf(shares[kind])}`;
      assert.deepEqual(over, []);
    });
});
