/** Networks with what UDC says of them and what Vela says, on every Ethos-U. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { activationMemory } from '../../src/costs/activations/activation-memory.ts';
import { encodedBytes } from '../../src/costs/weights/stored-size.ts';
import { writeTflite } from '../../src/formats/tflite/write-tflite.ts';
import { quantise, weightTensor } from '../../src/integer/quantise-network.ts';
import type { Architecture } from '../../src/network/types.ts';
import { CYCLE_ENGINES } from '../../src/targets/cycle-engines.ts';
import type { FoldedNetwork } from '../../src/integer/integer-network.ts';
import { findTarget, type Target } from '../../src/targets/find-target.ts';
import { foldedOf } from '../../test/unit/formats/run.ts';
import { velaAnswers, type VelaAnswer, type VelaJob } from '../vela/jobs.ts';
import { operationsOf, partOf, type PerfLabel, type PerfRecord, type PerfTarget } from './perf-record.ts';

export interface Drawn {
  readonly id: string;
  readonly space: string;
  /** Of the weights. */
  readonly seed: number;
  readonly architecture: Architecture;
}

/** The compiler's name of each accelerator; targets are called alike. */
export const ACCELERATORS: readonly string[] = Object.keys(CYCLE_ENGINES);

/** What else may be asked of the compiler than its defaults: configurations of each family, by name. */
const OTHERS: Readonly<Record<'u55' | 'u65' | 'u85', Readonly<Record<string, Pick<VelaJob, 'system' | 'mode'>>>>> = {
  u55: {
    embedded: { system: 'Ethos_U55_Deep_Embedded', mode: 'Shared_Sram' },
    sram: { system: 'Ethos_U55_High_End_Embedded', mode: 'Sram_Only' },
  },
  u65: {
    embedded: { system: 'Ethos_U65_Embedded', mode: 'Shared_Sram' },
    shared: { system: 'Ethos_U65_High_End', mode: 'Shared_Sram' },
  },
  u85: {
    low: { system: 'Ethos_U85_SYS_DRAM_Low', mode: 'Dedicated_Sram_384KB' },
    shared: { system: 'Ethos_U85_SYS_DRAM_High', mode: 'Shared_Sram' },
  },
};

/** What is asked of the compiler beside its defaults. */
export interface Questions {
  /** With maps in SRAM and the arena size that UDC says. */
  readonly arena?: boolean;
  /** Two other systems and memory modes. */
  readonly presets?: boolean;
}

function jobsFor(
  file: string,
  accelerator: string,
  arena: number,
  questions: Questions,
): readonly (readonly [name: string, job: VelaJob])[] {
  const job = { file, accelerator };
  const others = OTHERS[CYCLE_ENGINES[accelerator]!.family];
  return [
    ['default', job],
    ...(questions.arena ? ([['arena', { ...job, mode: 'Shared_Sram', arena }]] as const) : []),
    ...(questions.presets
      ? Object.entries(others).map(([name, options]) => [name, { ...job, ...options }] as const)
      : []),
  ];
}

function labelOf({ cycles, npuCycles, peak, readOnly, traffic, cascades }: VelaAnswer): PerfLabel {
  const outside = Object.entries(traffic)
    .filter(([memory]) => memory !== 'Sram')
    .reduce((sum, [, bytes]) => sum + bytes, 0);
  return { cycles, npuCycles, sram: peak['Sram'] ?? 0, flash: readOnly, traffic: outside, cascades };
}

const streamBytes = ({ operations }: FoldedNetwork, target: Target): number[] =>
  operations.map(({ operation, codes }) => (codes ? encodedBytes(target, weightTensor(operation, codes)!).length : 0));

/**
 * Compiles every network for every Ethos-U, in one process.
 * Networks of which the compiler leaves operators to the processor are left out: their cycles are not the NPU's alone.
 * @param folder where files are written while it works
 * @throws Error where the compiler refuses one
 */
export async function labelled(drawn: readonly Drawn[], folder: string, questions: Questions): Promise<PerfRecord[]> {
  const files = drawn.map((_, i) => join(folder, `network-${i}.tflite`));
  const work = drawn.flatMap((one, i) => {
    const folded = foldedOf(one.architecture, one.seed + 1);
    writeFileSync(files[i]!, writeTflite(quantise(folded), { description: one.id }));
    return ACCELERATORS.map((accelerator) => {
      const target = findTarget(accelerator);
      const { peakBytes } = activationMemory(one.architecture, target);
      const jobs = jobsFor(files[i]!, accelerator, peakBytes, questions);
      return { i, accelerator, weights: streamBytes(folded, target), jobs };
    });
  });
  const answers = await velaAnswers(work.flatMap(({ jobs }) => jobs.map(([, job]) => job)));
  for (const file of files) rmSync(file);
  let at = 0;
  const targets = drawn.map((): Record<string, PerfTarget> => ({}));
  const left = new Set<number>();
  for (const { i, accelerator, weights, jobs } of work) {
    const labels: Record<string, PerfLabel> = {};
    for (const [name] of jobs) {
      const answer = answers[at++]!;
      if (answer.cpu > 0) left.add(i);
      labels[name] = labelOf(answer);
    }
    targets[i]![accelerator] = { weights, labels };
  }
  return drawn.flatMap(({ id, space, architecture }, i) => {
    if (left.has(i)) return [];
    const { height, width, channels } = architecture.input;
    const input = [height, width, channels];
    const operations = operationsOf(architecture);
    return [{ id, space, part: partOf(input, operations), input, operations, targets: targets[i]! }];
  });
}
