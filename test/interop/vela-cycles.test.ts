/**
 * The cycles that UDC says beside Vela's with its defaults, over random networks that no factor was fitted to and over
 * those of the examples' spaces: how far the totals are apart.
 */
import assert from 'node:assert/strict';
import { relativeError } from '../../scripts/perf/errors.ts';
import { ACCELERATORS as ALL, labelled } from '../../scripts/perf/label-networks.ts';
import { architectureOf, type PerfRecord } from '../../scripts/perf/perf-record.ts';
import { SPACE_NAMES, SPACES } from '../../scripts/perf/perf-spaces.ts';
import { randomFiles, velaAnswers } from '../../scripts/vela/jobs.ts';
import { commandStreamBytes } from '../../src/costs/cycles/command-stream.ts';
import { estimateCycles } from '../../src/costs/cycles/estimate-cycles.ts';
import { findTarget } from '../../src/targets/find-target.ts';
import { scratchFolder } from '../scratch.ts';

const NETWORKS = Number(process.env['UDC_RANDOM_NETWORKS'] ?? 40);
const FROM = 9000;

/** Largest median error of the total. */
const ACCELERATORS = {
  'ethos-u55-32': 0.01,
  'ethos-u55-128': 0.01,
  'ethos-u55-256': 0.01,
  'ethos-u65-256': 0.02,
  'ethos-u65-512': 0.02,
  'ethos-u85-128': 0.02,
  'ethos-u85-256': 0.02,
  'ethos-u85-512': 0.02,
  'ethos-u85-1024': 0.02,
  'ethos-u85-2048': 0.02,
} as const;
const COMMANDS = 0.2;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

describe('Vela and cycles', () => {
  const files = randomFiles(scratchFolder('vela-cycles'), FROM, NETWORKS);

  for (const [accelerator, most] of Object.entries(ACCELERATORS)) {
    it(`${accelerator}: half of all networks within ${100 * most} % of its cycles, and its commands about as long`, async function () {
      const target = findTarget(accelerator);
      const answers = await velaAnswers(files.map(({ file }) => ({ file, accelerator })));
      const errors = answers.map((answer, i) => {
        const { architecture } = files[i]!;
        const last = architecture.operations.length - 1;
        const streams = architecture.operations.map(({ id }, k) => {
          const found = answer.operators.find(
            ({ name, streams: bytes }) =>
              typeof bytes === 'number' && (name === id || name === `${id}_act` || (k === last && name === 'output')),
          );
          return Number(found?.streams ?? 0);
        });
        return Math.abs(estimateCycles(architecture, target, streams).total / answer.cycles - 1);
      });
      const commands = answers.map((answer, i) =>
        Math.abs(commandStreamBytes(files[i]!.architecture, target)! / answer.commands - 1),
      );
      this.test!.title += `: median ${(100 * median(errors)).toFixed(1)} %, commands ${(100 * median(commands)).toFixed(0)} %`;
      assert.ok(median(errors) <= most, `median error ${median(errors)}`);
      assert.ok(median(commands) <= COMMANDS, `median error of the command stream ${median(commands)}`);
    });
  }
});

/** Networks of each space, and the largest mean error of the total. */
const OF_EACH = 4;
const MEAN = 0.05;

describe('Vela and cycles of the spaces that searches draw from', () => {
  let records: readonly PerfRecord[] = [];

  before(async () => {
    const drawn = SPACE_NAMES.flatMap((space) =>
      Array.from({ length: OF_EACH }, (_, k) => {
        const seed = FROM + k;
        return { id: `${space}#${seed}`, space, seed, architecture: SPACES[space](seed) };
      }),
    );
    records = await labelled(drawn, scratchFolder('vela-spaces'), {});
  });

  for (const accelerator of ALL) {
    it(`${accelerator}: within ${100 * MEAN} % of its cycles in the mean`, function () {
      const errors = records.map((record) => {
        const { weights, labels } = record.targets[accelerator]!;
        const { total } = estimateCycles(architectureOf(record), findTarget(accelerator), weights);
        return relativeError(total, labels['default']!.cycles);
      });
      const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
      this.test!.title += `: ${(100 * mean).toFixed(1)} %`;
      assert.ok(errors.length > 0 && mean <= MEAN, `mean error ${mean}`);
    });
  }
});
