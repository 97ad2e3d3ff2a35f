/**
 * The cycles that UDC says beside Vela's, for each system configuration with each memory mode that it can have, over
 * random networks: how far the totals are apart. docs/targets.md has the numbers.
 */
import assert from 'node:assert/strict';
import { randomFiles, velaAnswers, type VelaAnswer } from '../../scripts/vela/jobs.ts';
import { estimateCycles } from '../../src/costs/cycles/estimate-cycles.ts';
import type { Architecture } from '../../src/network/types.ts';
import { memoryModesFor, systemsFor } from '../../src/targets/configured.ts';
import { findTarget } from '../../src/targets/find-target.ts';
import { nameOfTarget } from '../../src/wire/target-name.ts';
import { scratchFolder } from '../scratch.ts';

const NETWORKS = Number(process.env['UDC_RANDOM_NETWORKS'] ?? 40);
const FROM = 9000;
const FAMILIES = [
  ['ethos-u55-32', 'ethos-u55-128', 'ethos-u55-256'],
  ['ethos-u65-256', 'ethos-u65-512'],
  ['ethos-u85-256', 'ethos-u85-1024'],
] as const;
/** Largest median error, and largest error of nine tenths of the networks. */
const MEDIAN = 0.01;
const MOST = 0.1;

/** Bytes of the weight streams of each operation, as the compiler stores them. */
function streamsOf({ operations }: Architecture, { operators }: VelaAnswer): number[] {
  const last = operations.length - 1;
  return operations.map(({ id }, k) => {
    const found = operators.find(
      ({ name, streams }) =>
        typeof streams === 'number' && (name === id || name === `${id}_act` || (k === last && name === 'output')),
    );
    return Number(found?.streams ?? 0);
  });
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

describe('Vela and cycles by preset', () => {
  const files = randomFiles(scratchFolder('vela-presets'), FROM, NETWORKS);

  for (const family of FAMILIES) {
    const [first] = family;
    for (const { name: system } of systemsFor(findTarget(first)))
      for (const { name: mode } of memoryModesFor(findTarget(first), system))
        it(`${system}, ${mode}`, async function () {
          const errors: number[] = [];
          for (const accelerator of family) {
            const target = findTarget(nameOfTarget({ npu: accelerator, system, memory: mode }));
            const answers = await velaAnswers(files.map(({ file }) => ({ file, accelerator, system, mode })));
            answers.forEach((answer, i) => {
              const { architecture } = files[i]!;
              const { total } = estimateCycles(architecture, target, streamsOf(architecture, answer));
              errors.push(Math.abs(total / answer.cycles - 1));
            });
          }
          errors.sort((a, b) => a - b);
          const at = (share: number): number => errors[Math.min(errors.length - 1, Math.floor(errors.length * share))]!;
          this.test!.title += `: median ${percent(at(0.5))}, nine tenths ${percent(at(0.9))}, largest ${percent(at(1))}`;
          assert.ok(at(0.5) <= MEDIAN && at(0.9) <= MOST, `median ${at(0.5)}, nine tenths ${at(0.9)}`);
        });
  }
});
