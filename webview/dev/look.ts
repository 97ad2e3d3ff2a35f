/** Takes pictures of the panel with made-up runs, to look at: `npx tsx webview/dev/look.ts FOLDER [scene ...]`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HostMessage, PanelTab } from '../../src/wire/panel-messages.ts';
import {
  fixtureOfSeveral,
  fixtureRun,
  fixtureSnapshot,
  fixtureSummary,
  type FixtureRun,
} from '../../test/fixtures/runs.ts';
import { classDetails, sampleReport, withTestPart } from '../../test/fixtures/test-parts.ts';
import { withOffers } from '../../test/fixtures/offers.ts';
import { withInputs } from '../../test/fixtures/inputs.ts';
import { withNarrowMaps } from '../../test/fixtures/narrow-maps.ts';
import { withCandidates } from '../../test/fixtures/candidates.ts';
import { imagePreview, pairPreview, soundPreview, windowPreview } from '../../test/fixtures/previews.ts';
import { fixtureMeasurements, measuredShown } from '../../test/fixtures/measurements.ts';
import { ensembleShown, fixtureEnsemble, fixtureOfEnsemble } from '../../test/fixtures/ensembles.ts';
import { fixtureSweep, sweepShown } from '../../test/fixtures/sweeps.ts';
import type { DataPreview } from '../../src/wire/data-preview.ts';
import type { PageKind } from '../../src/wire/panel-page.ts';
import type { MeasureHostMessage } from '../../src/wire/measure-messages.ts';
import type { PreviewHostMessage, PreviewStatus } from '../../src/wire/preview-messages.ts';
import { Harness } from './harness.ts';
import { THEMES, type ThemeName } from './themes.ts';
import { progressOf } from '../../test/fixtures/run-parts.ts';

const live = fixtureRun({ until: 9 });
const done = fixtureRun({ id: 'b', seed: 2 });
const small = fixtureRun({ id: 'c', seed: 3, blocks: 4 });
/** Candidates that raced, and a race that is going on. */
const raced = withCandidates(done);
const racing = withCandidates(fixtureRun({ until: 15 }), 0.6);

/** Names as long as people make them, and a reason as long as a backend gives it. */
const LONG = 'keyword-spotting-on-the-door-bell-with-two-microphones-v2';
function withLongNames(run: FixtureRun): FixtureRun {
  const text = JSON.stringify(run)
    .replaceAll('block1', LONG)
    .replaceAll(
      'TensorFlow is not installed',
      'the fastest that works here; WebAssembly relaxed SIMD, 2 threads; tensorflow: the package @tensorflow/tfjs-node is not installed; webgpu: there is no adapter',
    );
  return { ...(JSON.parse(text) as FixtureRun), name: LONG };
}
const long = withLongNames(live);
const longDone = withLongNames(done);

/** As if every third layer read the one three before it too, and one the network's input. */
function withBranches(run: FixtureRun): FixtureRun {
  const { result } = run;
  if (!result) return run;
  const [network, ...more] = result.networks;
  const layers = network.layers.map((layer, i) =>
    i % 3 === 2 ? { ...layer, inputs: [network.layers[i - 1]!.name, network.layers[i - 3]?.name ?? 'input'] } : layer,
  );
  return { ...run, result: { ...result, networks: [{ ...network, layers }, ...more] } };
}
const branches = withBranches(done);
const offered = withOffers(done);

/** A test part with few samples, one class without any, and a name as long as people make them. */
const tested = withTestPart(done);
const poorlyTested = ((): FixtureRun => {
  const { support, predicted, right, confused, ...rest } = classDetails(4, 6);
  const details = {
    ...rest,
    support: [...support, 0],
    predicted: [...predicted, 0],
    right: [...right, 0],
    confused,
    agreement: { same: support.reduce((sum, n) => sum + n, 0), lost: 0, gained: 0 },
  };
  return withTestPart(done, details, ['yes', LONG, 'off', '', 'silence']);
})();
const manyClasses = withTestPart(done, classDetails(100, 100), []);
const images = ((): FixtureRun => {
  const run = fixtureRun({ id: 'sr', seed: 4, metric: 'psnr' });
  const [network, ...others] = run.result!.networks;
  return { ...run, result: { ...run.result!, networks: [{ ...network, test: sampleReport() }, ...others] } };
})();

const IDLE: PreviewStatus = {
  type: 'previewStatus',
  document: 'file:///w/models/flowers.udc.yaml',
  file: 'models/flowers.udc.yaml',
  busy: false,
  checking: false,
  failed: false,
  problems: [],
};
const MISSING = {
  severity: 'error',
  message: '/data/flowers: there is no such folder; `path` is relative to the definition file',
  line: 5,
  column: 34,
} as const;

const snapshot = (shown: HostMessage & { type: 'snapshot' }): HostMessage => shown;

/** Several networks, one after the other, with no curves of the strategy's own. */
const several = fixtureOfSeveral(5);
const severalLive = fixtureOfSeveral(5, { until: 12 });
const only = (run: FixtureRun): HostMessage =>
  snapshot({ type: 'snapshot', runs: [fixtureSnapshot(run).summary], shown: [fixtureSnapshot(run)] });
const all = [fixtureSnapshot(live).summary, fixtureSnapshot(done).summary, fixtureSnapshot(small).summary];

/** Each scene: the tab, and what the host sends. */
const shown = (preview: DataPreview, status: Partial<PreviewStatus> = {}): readonly PreviewHostMessage[] => [
  { type: 'preview', preview },
  { ...IDLE, ...status },
];

interface Scene {
  readonly tab: PanelTab;
  readonly kind?: PageKind;
  readonly messages: readonly (HostMessage | PreviewHostMessage | MeasureHostMessage)[];
}

const SCENES: Readonly<Record<string, Scene>> = {
  'data-images': { tab: 'overview', kind: 'data', messages: shown(imagePreview()) },
  'data-sounds': { tab: 'overview', kind: 'data', messages: shown(soundPreview(), { checking: true }) },
  'data-windows': { tab: 'overview', kind: 'data', messages: shown(windowPreview()) },
  'data-pairs': { tab: 'overview', kind: 'data', messages: shown(pairPreview()) },
  'data-wrong': { tab: 'overview', kind: 'data', messages: [{ ...IDLE, failed: true, problems: [MISSING] }] },
  devices: { tab: 'overview', kind: 'devices', messages: [measuredShown()] },
  'devices-of-one': {
    tab: 'overview',
    kind: 'devices',
    messages: [measuredShown(fixtureMeasurements({ names: [LONG], runs: false }))],
  },
  sweep: { tab: 'overview', messages: [sweepShown(fixtureSweep(14), { live: true, resumable: false })] },
  ensemble: { tab: 'overview', messages: [ensembleShown(fixtureEnsemble())] },
  'ensemble-of-run': { tab: 'overview', messages: [only(fixtureOfEnsemble())] },
  'ensemble-decisions': { tab: 'decisions', messages: [only(fixtureOfEnsemble('single'))] },
  'early-exits': { tab: 'overview', messages: [ensembleShown(fixtureEnsemble({ exits: true }))] },
  'ensemble-by-class': {
    tab: 'overview',
    messages: [ensembleShown(fixtureEnsemble({ rule: 'per-class', members: 3 }), { names: [LONG, 'kws 2', 'kws 3'] })],
  },
  'sweep-own-task': {
    tab: 'overview',
    messages: [
      sweepShown(fixtureSweep(17, { data: { input: [32, 16, 1], output: [1, 1, 6], task: 'classification' } })),
    ],
  },
  live: {
    tab: 'overview',
    messages: [
      snapshot({ type: 'snapshot', runs: all, shown: [fixtureSnapshot(live)] }),
      {
        type: 'progress',
        runId: live.id,
        progress: progressOf({ epoch: 10, epochs: 26, step: 34, steps: 120, loss: 1.0312, secondsLeft: 125 }),
      },
    ],
  },
  done: {
    tab: 'overview',
    messages: [snapshot({ type: 'snapshot', runs: [all[1]!], shown: [fixtureSnapshot(done)] })],
  },
  test: { tab: 'test', messages: [only(tested)] },
  testOverview: { tab: 'overview', messages: [only(tested)] },
  testPoor: { tab: 'test', messages: [only(poorlyTested)] },
  testMany: { tab: 'test', messages: [only(manyClasses)] },
  testImages: { tab: 'test', messages: [only(images)] },
  offers: { tab: 'overview', messages: [only(offered)] },
  inputs: { tab: 'overview', messages: [only(withInputs(live))] },
  inputsDone: { tab: 'overview', messages: [only(withInputs(done))] },
  maps: { tab: 'overview', messages: [only(withNarrowMaps(live))] },
  mapsDone: { tab: 'overview', messages: [only(withNarrowMaps(done))] },
  inputsDecided: { tab: 'decisions', messages: [only(withInputs(done))] },
  branches: {
    tab: 'overview',
    messages: [snapshot({ type: 'snapshot', runs: [all[1]!], shown: [fixtureSnapshot(branches)] })],
  },
  curves: {
    tab: 'curves',
    messages: [snapshot({ type: 'snapshot', runs: [all[1]!], shown: [fixtureSnapshot(done)] })],
  },
  decisions: {
    tab: 'decisions',
    messages: [snapshot({ type: 'snapshot', runs: [all[0]!], shown: [fixtureSnapshot(live)] })],
  },
  settled: {
    tab: 'decisions',
    messages: [snapshot({ type: 'snapshot', runs: [all[1]!], shown: [fixtureSnapshot(done)] })],
  },
  candidates: {
    tab: 'candidates',
    messages: [snapshot({ type: 'snapshot', runs: [all[1]!], shown: [fixtureSnapshot(raced)] })],
  },
  racing: {
    tab: 'candidates',
    messages: [
      snapshot({ type: 'snapshot', runs: [all[0]!], shown: [fixtureSnapshot(racing)] }),
      {
        type: 'progress',
        runId: racing.id,
        progress: progressOf({
          stage: 'race',
          title: 'Race of architectures',
          hasEpochs: false,
          epoch: 16,
          epochs: 26,
        }),
      },
    ],
  },
  raced: {
    tab: 'overview',
    messages: [snapshot({ type: 'snapshot', runs: [all[1]!], shown: [fixtureSnapshot(raced)] })],
  },
  compare: {
    tab: 'compare',
    messages: [snapshot({ type: 'snapshot', runs: all, shown: [fixtureSnapshot(done), fixtureSnapshot(small)] })],
  },
  long: { tab: 'overview', messages: [snapshot({ type: 'snapshot', runs: all, shown: [fixtureSnapshot(long)] })] },
  longDecisions: {
    tab: 'decisions',
    messages: [snapshot({ type: 'snapshot', runs: all, shown: [fixtureSnapshot(longDone)] })],
  },
  alone: {
    tab: 'compare',
    messages: [
      snapshot({
        type: 'snapshot',
        runs: [all[1]!],
        shown: [fixtureSnapshot({ ...done, result: { ...done.result!, baselines: [] } })],
      }),
    ],
  },
  several: { tab: 'overview', messages: [only(several)] },
  severalLive: {
    tab: 'overview',
    messages: [
      only(severalLive),
      {
        type: 'progress',
        runId: severalLive.id,
        progress: progressOf({ stage: 'sparsify-3', title: 'Sparsify 3', epoch: 13, epochs: 25, step: 34, steps: 120 }),
      },
    ],
  },
  severalCurves: { tab: 'curves', messages: [only(several)] },
  severalDecisions: { tab: 'decisions', messages: [only(several)] },
  severalLiveDecisions: { tab: 'decisions', messages: [only(severalLive)] },
  severalCompare: { tab: 'compare', messages: [only(several)] },
  severalCompared: {
    tab: 'compare',
    messages: [
      snapshot({
        type: 'snapshot',
        runs: [fixtureSnapshot(several).summary, all[1]!],
        shown: [fixtureSnapshot(several), fixtureSnapshot(done)],
      }),
    ],
  },
  empty: { tab: 'overview', messages: [snapshot({ type: 'snapshot', runs: [], shown: [] })] },
  loading: { tab: 'overview', messages: [] },
  failed: {
    tab: 'overview',
    messages: [
      snapshot({
        type: 'snapshot',
        runs: [],
        shown: [
          {
            summary: fixtureSummary(live, 'failed', ['resume', 'showLog', 'openDefinition', 'delete']),
            events: live.events,
            failure: {
              what: 'The search process ended.',
              why: 'It was killed by the system (SIGKILL), most likely for lack of memory.',
              next: 'Close other programs or lower “batch”, then Resume: it goes on from epoch 9.',
              log: ['allocating 512 MiB', 'out of memory'],
            },
          },
        ],
      }),
    ],
  },
};

const [folder = 'panel-pictures', ...names] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const harness = await Harness.open(process.cwd());
for (const name of names.length > 0 ? names : Object.keys(SCENES)) {
  const scene = SCENES[name];
  if (!scene) throw new Error(`no scene ${name}; there are ${Object.keys(SCENES).join(', ')}`);
  for (const theme of (process.env['THEMES']?.split(',') ?? Object.keys(THEMES)) as ThemeName[]) {
    for (const width of [1000, 660, 400, 271]) {
      const panel = await harness.panel({
        theme,
        width,
        height: 900,
        ...(scene.kind && { kind: scene.kind }),
        state: { runIds: [], tab: scene.tab, sort: { column: 'order', descending: false } },
      });
      for (const message of scene.messages) await panel.send(message);
      await panel.page.screenshot({ path: join(folder, `${name}-${theme}-${width}.png`), fullPage: true });
      for (const fault of panel.faults) console.error(`${name} ${theme}: ${fault}`);
      await panel.close();
    }
  }
}
await harness.close();
