/** How far a race can be trusted: how architectures rank after a part of their training, and at its end. */
import { fileURLToPath } from 'node:url';
import { kendall } from '../src/base/kendall.ts';
import { openBackend } from '../src/devices/open-device.ts';
import { parseBytes } from '../src/language/byte-units.ts';
import type { Assignment } from '../src/network/types.ts';
import { definitionOf, listed, OF_DEFINITION } from './lib/parameters.ts';
import { decimals, mean, median } from './lib/statistics.ts';
import { drawn } from './lib/trust/drawn.ts';
import { drive, drivingBy } from './lib/trust/drive.ts';
import type { LegsResult } from './lib/trust/early-legs.ts';
import { keyOf, type AloneResult, type Job } from './lib/trust/jobs.ts';
import type { Question } from './lib/trust/problem.ts';
import type { Benchmark, Row } from './run.ts';

const PARAMETERS = {
  ...OF_DEFINITION,
  budget: '4KiB',
  near: '16',
  seeds: '1',
  shares: '0.09,0.18,0.3,0.5',
  jobs: '2',
  cache: fileURLToPath(new URL('../out/trust/early.jsonl', import.meta.url)),
};

/** The best of the quarter that is ranked first: what a race that keeps a quarter may end with. */
function bestOfQuarter(losses: readonly number[], accuracies: readonly number[]): number {
  const order = losses.map((_, i) => i).sort((a, b) => losses[a]! - losses[b]!);
  return Math.max(...order.slice(0, Math.ceil(losses.length / 4)).map((i) => accuracies[i]!));
}

async function measure(parameters: Readonly<Record<keyof typeof PARAMETERS, string>>): Promise<Row[]> {
  const question: Question = { ...definitionOf(parameters), budgetBytes: parseBytes(parameters.budget) };
  await openBackend('wasm', { threads: 1 });
  const shares = listed(parameters.shares).map(Number);
  const seeds = listed(parameters.seeds).map(Number);
  const assignments = drawn(question, Number(parameters.near), 0);
  const legsOf = (assignment: Assignment, seed: number): Job => ({ kind: 'legs', question, assignment, seed, shares });
  const aloneOf = (assignment: Assignment, seed: number): Job => ({ kind: 'alone', question, assignment, seed });
  const jobs = assignments.flatMap((assignment) =>
    seeds.flatMap((seed) => [aloneOf(assignment, seed), legsOf(assignment, seed)]),
  );
  const results = await drive(jobs, drivingBy(parameters));
  const held = assignments.map((assignment) =>
    mean(seeds.map((seed) => (results.get(keyOf(aloneOf(assignment, seed))) as AloneResult).heldAccuracy)),
  );
  return shares.map((share, i) => {
    const losses = assignments.map((assignment) =>
      mean(seeds.map((seed) => (results.get(keyOf(legsOf(assignment, seed))) as LegsResult).losses[i]!)),
    );
    return {
      share,
      τ: decimals(
        kendall(
          losses.map((loss) => -loss),
          held,
        ),
      ),
      'first, %': decimals(100 * held[losses.indexOf(Math.min(...losses))]!, 1),
      'best of the first quarter, %': decimals(100 * bestOfQuarter(losses, held), 1),
      'best, %': decimals(100 * Math.max(...held), 1),
      'median, %': decimals(100 * median(held), 1),
    };
  });
}

export const benchmark: Benchmark = {
  name: 'early',
  describe:
    "How well losses after a share of a training rank architectures: Kendall's τ with the accuracy at its end over held-out samples, and what the first in that ranking reach.",
  parameters: Object.keys(PARAMETERS),
  run: (options) => measure({ ...PARAMETERS, ...options.parameters }),
};
