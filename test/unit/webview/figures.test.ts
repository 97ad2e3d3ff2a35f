/** What the panel works out from a run: meters, rows, probabilities, progress. */
import { arcsOf } from '../../../src/charts/network-words.ts';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  activationMeter,
  isSearching,
  layerRows,
  openDecisions,
  sortRows,
  stageProgress,
  weightMeter,
} from '../../../webview/figures.ts';
import type { LayerReport } from '../../../src/wire/run.ts';
import { viewOf } from '../../../webview/state.ts';
import { withInputs } from '../../fixtures/inputs.ts';
import { fixtureOfSeveral, fixtureRun, fixtureSnapshot } from '../../fixtures/runs.ts';
import { weightLimit } from '../../../src/wire/limits.ts';
import { madeUpStrategy, mainNetwork, progressOf } from '../../fixtures/run-parts.ts';

const done = viewOf(fixtureSnapshot(fixtureRun()));
const live = viewOf(fixtureSnapshot(fixtureRun({ until: 9 })));
const fresh = viewOf(fixtureSnapshot(fixtureRun({ until: 0 })));

describe('arcs', () => {
  it('are what layers read from elsewhere than the layer before', () => {
    const { layers } = mainNetwork(done.result!);
    assert.deepEqual(arcsOf(layers), []);
    const [a, b, c, d] = layers as [LayerReport, LayerReport, LayerReport, LayerReport];
    const graph = [
      { ...a, inputs: ['input'] },
      { ...b, inputs: ['input'] },
      { ...c, inputs: [b.name, a.name] },
      { ...d, inputs: [a.name, a.name] },
    ];
    assert.deepEqual(arcsOf(graph), [
      { from: -1, to: 1 },
      { from: 0, to: 2 },
      { from: 0, to: 3 },
    ]);
  });
});

describe('meters', () => {
  it('add up the layers of the newest architecture', () => {
    const meter = weightMeter(live)!;
    const latest = live.epochs.at(-1)!;
    assert.equal(meter.split.totalBytes, latest.exactBytes);
    assert.equal(meter.split.weightBytes + meter.split.sideBytes, meter.split.totalBytes);
    assert.equal(meter.expectedBytes, latest.expectedBytes);
    assert.equal(meter.final, false);
  });

  it('use the totals of a result', () => {
    const meter = weightMeter(done)!;
    assert.equal(meter.split, mainNetwork(done.result!).totals);
    assert.equal(meter.expectedBytes, undefined);
    assert.equal(activationMeter(done)!.peakBytes, mainNetwork(done.result!).totals.peakActivationBytes);
  });

  it('are absent before the first epoch', () => {
    assert.equal(weightMeter(fresh), undefined);
    assert.equal(activationMeter(fresh), undefined);
  });
});

describe('decisions', () => {
  it('have probabilities that sum to 1, in every phase', () => {
    for (const view of [fresh, live, done]) {
      const decisions = openDecisions(view);
      assert.equal(decisions.length, view.started!.decisions.length);
      for (const { probabilities, header, chosen } of decisions) {
        assert.equal(probabilities.length, header.labels.length);
        assert.ok(Math.abs(probabilities.reduce((a, b) => a + b, 0) - 1) < 1e-9);
        assert.ok(chosen >= 0 && chosen < header.labels.length);
      }
    }
  });

  it('show the most probable option while they are open, and beside it what fits, where that is another', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.constantFrom<number>(0, 0, 1e-9, 0.2, 1), { minLength: 2, maxLength: 5 }), {
          minLength: 41,
          maxLength: 41,
        }),
        fc.nat(),
        (rows, pick) => {
          const [epoch, ...others] = [...live.epochs].reverse();
          const probabilities = live.started!.decisions.map(({ labels }, d) => {
            const row = labels.map((_, k) => rows[d]![k % rows[d]!.length]!);
            const sum = row.reduce((a, b) => a + b, 0);
            return sum > 0 ? row.map((p) => p / sum) : row.map(() => 1 / row.length);
          });
          const assignment = probabilities.map((row, d) => (pick + d) % row.length);
          const view = { ...live, epochs: [...others.reverse(), { ...epoch!, probabilities, assignment }] };
          openDecisions(view).forEach((decision, d) => {
            const shown = decision.probabilities[decision.chosen]!;
            assert.ok(shown >= 1 / decision.probabilities.length - 1e-9, 'never an option of 0 %');
            assert.equal(decision.fitted ?? decision.chosen, assignment[d]);
          });
        },
      ),
    );
  });

  it('are those of the network that is being trained, where there are several', () => {
    for (const until of [2, 7, 12]) {
      const view = viewOf(fixtureSnapshot(fixtureOfSeveral(3, { until })));
      assert.deepEqual(
        openDecisions(view).map(({ chosen }) => chosen),
        view.epochs.at(-1)!.assignment,
      );
    }
    const ended = viewOf(fixtureSnapshot(fixtureOfSeveral(3)));
    assert.deepEqual(
      openDecisions(ended).map(({ chosen }) => chosen),
      mainNetwork(ended.result!).decisions.map(({ option }) => option),
    );
  });

  it('are settled once decoded, by the decode, and at the end by the result', () => {
    const settling = viewOf(fixtureSnapshot(fixtureRun({ until: 18 })));
    assert.equal(isSearching(settling), false);
    assert.deepEqual(
      openDecisions(settling).map((decision) => decision.chosen),
      settling.decoded!.assignment,
    );
    assert.deepEqual(
      openDecisions(done).map((decision) => decision.chosen),
      mainNetwork(done.result!).decisions.map((decision) => decision.option),
    );
    for (const { probabilities, chosen } of openDecisions(done)) assert.equal(probabilities[chosen], 1);
  });

  it('stand in the rows of their layers', () => {
    const row = layerRows(live).find(({ layer }) => layer.name === 'block2')!;
    assert.deepEqual(Object.keys(row.decisions).sort(), [
      'bits',
      'expansion',
      'kernel',
      'operator',
      'sparsity',
      'width',
    ]);
    assert.deepEqual(layerRows(live).find(({ layer }) => layer.name === 'pool')!.decisions, {});
  });
});

describe('layer rows', () => {
  const rows = layerRows(done);

  it('share the budget', () => {
    const total = rows.reduce((sum, row) => sum + row.share, 0);
    assert.ok(Math.abs(total - mainNetwork(done.result!).totals.totalBytes / weightLimit(done.summary.limits)) < 1e-9);
  });

  it('sort without losing a row, equal ones in the order of the definition', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          'order',
          'name',
          'op',
          'output',
          'kernel',
          'width',
          'bits',
          'sparsity',
          'bytes',
          'macs',
          'activations',
          'nonsense',
        ),
        fc.boolean(),
        (column, descending) => {
          const sorted = sortRows(rows, column, descending);
          assert.deepEqual(
            [...sorted].sort((a, b) => a.order - b.order),
            rows,
          );
          if (column === 'bytes')
            for (let i = 1; i < sorted.length; i++)
              assert.ok(
                descending
                  ? sorted[i]!.layer.totalBytes <= sorted[i - 1]!.layer.totalBytes
                  : sorted[i]!.layer.totalBytes >= sorted[i - 1]!.layer.totalBytes,
              );
          for (let i = 1; i < sorted.length; i++)
            if (column === 'op' && sorted[i]!.layer.op === sorted[i - 1]!.layer.op)
              assert.ok(sorted[i]!.order > sorted[i - 1]!.order);
        },
      ),
    );
  });
});

describe('progress', () => {
  it('counts finished epochs and the steps of the running one', () => {
    const progress = progressOf({ epoch: 10, epochs: 26, step: 60, steps: 120 });
    assert.deepEqual(
      stageProgress({ ...live, progress }).map((stage) => stage.done),
      [1, 5.5 / 12, 0, 0],
    );
    assert.deepEqual(
      stageProgress({ ...live, progress: { ...progress, epoch: 9 } }).map((stage) => stage.done),
      [1, 5 / 12, 0, 0],
      'an old progress does not count',
    );
    assert.ok(stageProgress(done).every((stage) => stage.done === 1));
    const steps = 300;
    const withSteps = (view: typeof live): typeof live => ({
      ...view,
      started: {
        ...view.started!,
        stages: view.started!.stages.map((stage) => (stage.epochs === 0 ? { ...stage, steps } : stage)),
      },
    });
    const raceOf = (view: typeof live): number | undefined =>
      stageProgress(withSteps(view)).find(({ id }) => id === 'race')?.done;
    const told = progressOf({ stage: 'race', title: 'Race', hasEpochs: false, epoch: 9, step: 90, steps });
    assert.equal(raceOf(live), 0);
    assert.equal(raceOf({ ...live, progress: told }), 0.3);
    const trials = [1, 2].map(
      (candidate, i) => ({ type: 'trial', seq: 100 + i, candidate, steps: 60, loss: 1 }) as const,
    );
    assert.equal(raceOf({ ...live, events: [...live.events, ...trials] }), 0.4, 'by the log where nothing runs');
    assert.equal(raceOf(viewOf(fixtureSnapshot(fixtureRun({ until: 18 })))), 1, 'over once something was chosen');
  });

  it('has no race where one candidate came up and nobody raced', () => {
    const view = viewOf(fixtureSnapshot(fixtureRun({ until: 18 })));
    const started = {
      ...view.started!,
      stages: view.started!.stages.map((stage) => (stage.epochs === 0 ? { ...stage, steps: 300 } : stage)),
    };
    const candidate = {
      type: 'candidate',
      seq: 90,
      id: 0,
      stage: 'search',
      origin: { kind: 'choice', parents: [] },
      assignment: [],
    } as const;
    const trial = { type: 'trial', seq: 91, candidate: 0, steps: 60, loss: 1 } as const;
    const bare = view.events.filter(({ type }) => type !== 'candidate' && type !== 'trial');
    const races = (events: typeof view.events): boolean =>
      stageProgress({ ...view, started, events }).some(({ id }) => id === 'race');
    assert.equal(races([...bare, candidate]), false);
    assert.equal(races([...bare, candidate, trial]), true);
    assert.equal(races(bare), true, 'an older version tells of no candidates');
  });

  it('is of the stages that the strategy declares, by their titles', () => {
    const events = madeUpStrategy(fixtureRun().events);
    const { summary } = fixtureSnapshot(fixtureRun({ until: 1 }));
    const view = viewOf({ summary, events: events.slice(0, -1) });
    assert.deepEqual(
      stageProgress(view).map(({ title, about, done: share }) => [title, about, share]),
      [
        ['Brewing leaves', 'Lets everything steep.', 1],
        ['Pouring out', 'Fills what won.', 1 / 2],
      ],
    );
    assert.equal(isSearching(view), false, 'nothing is decided while it pours');
    assert.equal(isSearching(viewOf({ summary, events: events.slice(0, 3) })), true, 'it brews');
  });

  it('leaves out stages without epochs', () => {
    const view = viewOf(
      fixtureSnapshot(fixtureRun({ epochs: { warmup: 0, search: 2, sparsify: 1, settle: 0 }, until: 1 })),
    );
    assert.deepEqual(
      stageProgress(view).map((stage) => stage.id),
      ['search', 'sparsify'],
    );
  });
});

describe('a choice of inputs', () => {
  it('is the first decision, and of no layer', () => {
    for (const [options, chosen] of [
      [{ until: 9 }, [0.2, 0.5, 0.3]],
      [{}, [0, 1, 0]],
    ] as const) {
      const view = viewOf(fixtureSnapshot(withInputs(fixtureRun(options))));
      const [input, ...others] = openDecisions(view);
      assert.equal(input!.header.id, 'input');
      assert.equal(input!.header.labels[input!.chosen], '128x128x3');
      assert.deepEqual(input!.probabilities, chosen);
      assert.equal(others.length, openDecisions(viewOf(fixtureSnapshot(fixtureRun(options)))).length);
      for (const { decisions } of layerRows(view)) assert.equal(decisions.resolution, undefined);
    }
  });
});
