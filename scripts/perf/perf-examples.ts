/** Networks on targets as examples to learn from: what was said over what the model says, and numbers of each. */
import { activationMemory } from '../../src/costs/activations/activation-memory.ts';
import { cycleModel, estimateCycles } from '../../src/costs/cycles/estimate-cycles.ts';
import { BOTTLENECK_WORDS } from '../../src/costs/cycles/layer-work.ts';
import type { Bottleneck } from '../../src/costs/cycles/weight-transfers.ts';
import { findTarget } from '../../src/targets/find-target.ts';
import { KINDS, architectureOf, type PerfRecord } from './perf-record.ts';

export interface Example {
  readonly record: PerfRecord;
  readonly target: string;
  /** Cycles by Vela, and by src/costs/cycles: of the network and of each operation. */
  readonly said: number;
  readonly analytic: number;
  readonly perOperation: readonly number[];
  /** Logarithm of the two's ratio: what is learned. */
  readonly wanted: number;
  /** Numbers of the whole network, all of about the size of 1. */
  readonly features: readonly number[];
}

const FAMILIES = ['u55', 'u65', 'u85'] as const;
const BOTTLENECKS = Object.keys(BOTTLENECK_WORDS) as readonly Bottleneck[];
const TENTH = 0.1;

export const logarithm = (value: number): number => TENTH * Math.log2(1 + value);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const elements = (map: readonly number[]): number => map.reduce((product, size) => product * size, 1);

/** Of a target: its family and its size. */
export function targetFeatures(name: string): number[] {
  const { engine, ethos } = cycleModel(findTarget(name))!;
  return [...FAMILIES.map((family) => Number(family === engine.family)), logarithm(ethos.macs * ethos.cores)];
}

/** How often each map is read; the network's input first. */
export function readersOf({ operations }: PerfRecord): number[] {
  const readers = new Array<number>(operations.length + 1).fill(0);
  for (const { inputs } of operations) for (const input of inputs) readers[input + 1]!++;
  return readers;
}

export function exampleOf(record: PerfRecord, name: string): Example {
  const target = findTarget(name);
  const architecture = architectureOf(record);
  const { weights, labels } = record.targets[name]!;
  const { total, perOperation, bottlenecks } = estimateCycles(architecture, target, weights);
  const said = labels['default']!.cycles;
  const share = (holds: (i: number) => boolean): number =>
    sum(perOperation.filter((_, i) => holds(i))) / Math.max(1, total);
  const { operations, input } = record;
  const readers = readersOf(record);
  const maps = [input, ...operations.map(({ output }) => output)].map(elements);
  return {
    record,
    target: name,
    said,
    analytic: total,
    perOperation,
    wanted: Math.log(said / total),
    features: [
      ...KINDS.map((kind) => share((i) => operations[i]!.kind === kind)),
      ...BOTTLENECKS.map((bottleneck) => share((i) => bottlenecks[i] === bottleneck)),
      ...KINDS.map((kind) => TENTH * operations.filter((one) => one.kind === kind).length),
      logarithm(total),
      logarithm(sum(weights)),
      logarithm(activationMemory(architecture, target).peakBytes),
      logarithm(Math.max(...maps)),
      logarithm(sum(maps)),
      logarithm(maps[0]!),
      logarithm(maps.at(-1)!),
      TENTH * readers[0]!,
      TENTH * Math.max(...readers),
      ...targetFeatures(name),
    ],
  };
}
