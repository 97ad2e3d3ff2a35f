/** What may be learned beside the model of cycles: each finds what it can say; the network begins at the model. */
import assert from 'node:assert/strict';
import { fitTrees } from '../../../scripts/perf/boosted-trees.ts';
import { fitCoefficients } from '../../../scripts/perf/coefficients.ts';
import { fitGraphNetwork } from '../../../scripts/perf/graph-network.ts';
import { exampleOf, type Example } from '../../../scripts/perf/perf-examples.ts';
import { operationsOf, perfRecord } from '../../../scripts/perf/perf-record.ts';
import { SPACES } from '../../../scripts/perf/perf-spaces.ts';
import { openBackend } from '../../../src/devices/open-device.ts';

const TARGET = 'ethos-u85-256';

/** Networks of which so many cycles are said. */
function examples(from: number, count: number, said: (analytic: number, example: Example) => number): Example[] {
  return Array.from({ length: count }, (_, k) => {
    const architecture = SPACES.branches(from + k);
    const { height, width, channels } = architecture.input;
    const label = { cycles: 1000, npuCycles: 1000, sram: 0, flash: 0, traffic: 0, cascades: 0 };
    const weights = architecture.operations.map(({ kind }) => (kind === 'conv' ? 300 : 0));
    const record = perfRecord({
      id: `branches#${from + k}`,
      space: 'branches',
      part: 'train',
      input: [height, width, channels],
      operations: operationsOf(architecture),
      targets: { [TARGET]: { weights, labels: { default: label } } },
    });
    const example = exampleOf(record, TARGET);
    const cycles = said(example.analytic, example);
    return { ...example, said: cycles, wanted: Math.log(cycles / example.analytic) };
  });
}

const meanError = (on: readonly Example[], predict: (example: Example) => number): number =>
  on.reduce((sum, example) => sum + Math.abs(predict(example) - example.wanted), 0) / on.length;

/** Half more than the model says. */
const more = (analytic: number): number => 1.5 * analytic;

describe('learned corrections of cycles', () => {
  it('coefficients find a factor that all networks have', () => {
    const predict = fitCoefficients(examples(0, 60, more));
    assert.ok(meanError(examples(100, 20, more), predict) < 0.02);
  });

  it('trees find what decides, and take none where nothing is to be learned', () => {
    const readTwice = (analytic: number, { features }: Example): number => analytic * (features[0]! > 0.5 ? 2 : 1);
    const [train, unseen, test] = [
      examples(0, 80, readTwice),
      examples(100, 20, readTwice),
      examples(200, 20, readTwice),
    ];
    assert.ok(meanError(test, fitTrees(train, unseen)) < 0.5 * meanError(test, () => 0));
    const exact = (analytic: number): number => analytic;
    const none = fitTrees(examples(0, 30, exact), examples(100, 10, exact));
    assert.equal(none(test[0]!), 0);
  });

  it('the graph network says what the model says before it has learned, and less wrong afterwards', async () => {
    await openBackend('wasm', { threads: 1 });
    const [train, unseen] = [examples(0, 48, more), examples(100, 12, more)];
    const untrained = fitGraphNetwork(train, unseen, { epochs: 0, seed: 1 });
    assert.equal(untrained(unseen[0]!), 0);
    const before = meanError(unseen, untrained);
    const after = meanError(unseen, fitGraphNetwork(train, unseen, { epochs: 10, seed: 1 }));
    assert.ok(after < 0.5 * before, `${before} before, ${after} after`);
  });
});
