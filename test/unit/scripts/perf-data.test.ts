/** The data that predictions of cycles are measured by: drawn again the same, and costed as the networks themselves. */
import assert from 'node:assert/strict';
import { errorsOf, quantile, relativeError } from '../../../scripts/perf/errors.ts';
import { architectureOf, operationsOf, partOf, perfRecord, perfRecords } from '../../../scripts/perf/perf-record.ts';
import { MLPERF, SPACE_NAMES, SPACES } from '../../../scripts/perf/perf-spaces.ts';
import { activationMemory } from '../../../src/costs/activations/activation-memory.ts';
import { estimateCycles } from '../../../src/costs/cycles/estimate-cycles.ts';
import type { Architecture } from '../../../src/network/types.ts';
import { findTarget } from '../../../src/targets/find-target.ts';

const recordOf = (architecture: Architecture): unknown => {
  const { height, width, channels } = architecture.input;
  const operations = operationsOf(architecture);
  const input = [height, width, channels];
  return { id: 'a#1', space: 'a', part: partOf(input, operations), input, operations, targets: {} };
};

describe('data of predictions', () => {
  const networks = [...SPACE_NAMES.flatMap((space) => [0, 1, 2, 3].map((seed) => SPACES[space](seed)))];

  it('is the same for the same seed, and other for others', () => {
    for (const space of SPACE_NAMES) {
      assert.deepEqual(SPACES[space](2), SPACES[space](2));
      const drawn = new Set(Array.from({ length: 8 }, (_, seed) => JSON.stringify(operationsOf(SPACES[space](seed)))));
      assert.ok(drawn.size > 4, space);
    }
    assert.equal(Object.keys(MLPERF).length, 4);
  });

  it('has the cycles and the memory of the networks themselves', () => {
    for (const architecture of [...networks, ...Object.values(MLPERF).map((draw) => draw())]) {
      const kept = architectureOf(perfRecord(JSON.parse(JSON.stringify(recordOf(architecture)))));
      const bytes = architecture.operations.map(({ kind }) => (kind === 'conv' || kind === 'dense' ? 1234 : 0));
      for (const name of ['ethos-u55-128', 'ethos-u65-512', 'ethos-u85-1024']) {
        const target = findTarget(name);
        assert.equal(
          estimateCycles(kept, target, bytes).total,
          estimateCycles(architecture, target, bytes).total,
          `${architecture.name} on ${name}`,
        );
        assert.equal(activationMemory(kept, target).peakBytes, activationMemory(architecture, target).peakBytes);
      }
    }
  });

  it('leaves out a line that was cut off, and says which line is wrong', () => {
    const line = JSON.stringify(recordOf(networks[0]!));
    assert.equal(perfRecords(`${line}\n${line}\n${line.slice(0, 40)}`).length, 2);
    assert.throws(() => perfRecords(`${line}\n{"id": 3}\n`), /line 2/);
  });

  it('measures errors as shares', () => {
    assert.equal(relativeError(0, 0), 0);
    assert.equal(relativeError(150, 100), 0.5);
    const errors = errorsOf([0.4, 0, 0.1, 0.1, 0.2, 0, 0, 0, 0, 0.2]);
    assert.deepEqual(
      [errors.count, errors.median, errors.most].map((value) => Number(value.toFixed(3))),
      [10, 0, 0.2],
    );
    assert.ok(Math.abs(errors.mean - 0.1) < 1e-12);
    assert.ok(Number.isNaN(quantile([], 0.5)));
  });
});
