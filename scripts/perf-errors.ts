/**
 * How far UDC's cycles and memory are from Vela's, on the networks that scripts/make-perf-data.ts has made:
 * `npx tsx scripts/perf-errors.ts [out/perf.ndjson]`. In per cent, by target: the mean of each space; the mean, the
 * median and what nine of ten networks keep to of all.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { activationMemory } from '../src/costs/activations/activation-memory.ts';
import { estimateCycles } from '../src/costs/cycles/estimate-cycles.ts';
import { findTarget } from '../src/targets/find-target.ts';
import { errorsOf, errorTable, relativeError } from './perf/errors.ts';
import { architectureOf, perfRecords, type PerfLabel, type PerfRecord } from './perf/perf-record.ts';

const records = perfRecords(readFileSync(process.argv[2] ?? join('out', 'perf.ndjson'), 'utf8'));
const spaces = [...new Set(records.map(({ space }) => space))];
const targets = Object.keys(records[0]?.targets ?? {});

const cycles = (record: PerfRecord, name: string): number =>
  estimateCycles(architectureOf(record), findTarget(name), record.targets[name]!.weights).total;
const activations = (record: PerfRecord, name: string): number =>
  activationMemory(architectureOf(record), findTarget(name)).peakBytes;

function table(
  title: string,
  label: string,
  said: (label: PerfLabel) => number,
  predicted: (record: PerfRecord, name: string) => number,
): void {
  const known = records.filter(({ targets: all }) => Object.values(all)[0]?.labels[label]);
  if (known.length === 0) return;
  const rows = targets.map((name) => {
    const errors = known.map((record) => ({
      space: record.space,
      error: relativeError(predicted(record, name), said(record.targets[name]!.labels[label]!)),
    }));
    const groups = [...spaces.map((space) => errors.filter((one) => one.space === space)), errors];
    return [name, groups.map((group) => errorsOf(group.map(({ error }) => error)))] as const;
  });
  console.log(`${errorTable(`${title}, ${known.length} networks`, [...spaces, 'all'], rows)}\n`);
}

table('cycles', 'default', (label) => label.cycles, cycles);
table('cycles, beside those with the arena size that UDC names', 'arena', (label) => label.cycles, cycles);
table('SRAM with the arena size that UDC names', 'arena', (label) => label.sram, activations);
table('SRAM of a compiler that may buffer all weights', 'default', (label) => label.sram, activations);
