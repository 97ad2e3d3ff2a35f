/** Run-time checks for everything of `run.ts` that is read back from a disk, a process or the webview border. */
import { confirmation } from './compiler-answer.ts';
import { effortCheck } from './effort.ts';
import {
  type BaselineReport,
  type ExitReport,
  type ByteSplit,
  type Certificate,
  type CurveHeader,
  type DataFacts,
  type DecidedValue,
  type DecisionHeader,
  type EpochEvent,
  type InitialWeightsReport,
  type LayerReport,
  type Measured,
  type NaiveReport,
  type NetworkResult,
  type Progress,
  type RunEvent,
  type RunHeader,
  type RunResult,
  type RunSource,
  type RunState,
  type StageHeader,
  type StoppingReport,
  type StrategyHeader,
  type Totals,
  type Worked,
} from './run.ts';
import { prepareStep } from './preparation/step-table.ts';
import { candidateEvent, droppedEvent, predictedEvent, trialEvent } from './candidate-events.ts';
import type { Clock } from './latency.ts';
import {
  boolean,
  count,
  list,
  number,
  object,
  oneOf,
  record,
  share,
  string,
  such,
  tagged,
  ValidationError,
  type Check,
} from '../base/validate.ts';
import { UNITS } from '../text/format.ts';
import { metricName } from './tasks/metrics.ts';
import { testReport } from './tasks/test-report.ts';
import { ensembleResult } from './ensemble-result.ts';
import { costReports, limitReports, limits } from './limits.ts';
import { offersCheck } from './offers.ts';

export const RUN_STATES: readonly RunState[] = ['queued', 'running', 'interrupted', 'cancelled', 'failed', 'done'];

const decisionKind = oneOf([
  'operator',
  'kernel',
  'width',
  'expansion',
  'bits',
  'sparsity',
  'activation-bits',
  'resolution',
]);

const byteSplit: { readonly [K in keyof ByteSplit]: Check<number> } = {
  totalBytes: number,
  weightBytes: number,
  sideBytes: number,
  paddingBytes: number,
  entropyBytes: number,
};

export const layerReport = object<LayerReport>(
  {
    ...byteSplit,
    name: string,
    op: string,
    output: list(count, 3) as Check<LayerReport['output']>,
    kernel: string,
    bits: number,
    sparsity: share,
    parameters: count,
    macs: count,
    activationBytes: number,
  },
  { achievedSparsity: share, inputs: list(string), activationBits: count },
);
const totals = object<Totals>({
  ...byteSplit,
  parameters: count,
  macs: count,
  peakActivationBytes: number,
  cycles: number,
});
const measured = object<Measured>({ seconds: number, secondsPerStep: number, residentBytes: number, tensors: number });
const worked = object<Worked>({ seconds: number });
const decision = object<DecisionHeader>({ id: string, kind: decisionKind, layers: list(string), labels: list(string) });

const strategy = object<StrategyHeader>({ id: string, title: string });
const stage = object<StageHeader>(
  { id: string, title: string, about: string, epochs: count, deciding: boolean },
  { steps: count },
);
const curve = object<CurveHeader>(
  { id: string, title: string, line: string, about: string, unit: oneOf(UNITS) },
  { column: string, spikes: boolean },
);

const epoch = object<EpochEvent>(
  {
    seq: count,
    type: oneOf(['epoch']),
    stage: string,
    epoch: count,
    trainLoss: number,
    validationLoss: number,
    metric: number,
    exactBytes: number,
    numbers: record(number),
    learningRate: number,
    probabilities: list(list(number)),
    assignment: list(count),
    layers: list(layerReport),
    norms: record(number),
    measured,
  },
  { expectedBytes: number, costs: costReports },
);

/** One line of `events.ndjson`. */
export const runEvent: Check<RunEvent> = tagged<RunEvent>({
  started: object(
    {
      seq: count,
      type: oneOf(['started']),
      name: string,
      metric: metricName,
      strategy,
      stages: list(stage),
      curves: list(curve),
      limits: limitReports,
      target: string,
      backend: string,
      backendReason: string,
      seed: number,
      decisions: list(decision),
      stepsPerEpoch: count,
      samples: object({ train: count, validation: count, test: count }),
    },
    {
      clock: object<Clock>({ name: string, hz: number }),
      savings: string,
      leftOut: list(string),
      initialWeights: object<InitialWeightsReport>({
        file: string,
        sha256: string,
        taken: count,
        operations: count,
        inputs: string,
      }),
      teacher: object<{ readonly file: string; readonly sha256: string }>({ file: string, sha256: string }),
      data: object<DataFacts>(
        { normalisation: object({ mean: list(number), std: list(number) }) },
        {
          outputScaling: object({ mean: list(number), std: list(number) }),
          classNames: list(string),
          sha256: string,
          preparation: list(prepareStep),
        },
      ),
    },
  ),
  epoch,
  decoded: object(
    { seq: count, type: oneOf(['decoded']), assignment: list(count), exactBytes: number },
    { candidate: count, anew: boolean, measured: worked },
  ),
  candidate: candidateEvent,
  trial: trialEvent,
  dropped: droppedEvent,
  predicted: predictedEvent,
  repaired: object({ seq: count, type: oneOf(['repaired']), reason: string, beforeBytes: number, afterBytes: number }),
  shortened: object({
    seq: count,
    type: oneOf(['shortened']),
    reason: string,
    stages: list(object<{ readonly id: string; readonly epochs: number }>({ id: string, epochs: count })),
  }),
  finished: object(
    { seq: count, type: oneOf(['finished']), exactBytes: number, metric: number },
    { candidate: count, measured: worked },
  ),
  failed: object({ seq: count, type: oneOf(['failed']), code: string, message: string }),
});

export const progress: Check<Progress> = object<Progress>(
  {
    type: oneOf(['progress']),
    stage: string,
    title: string,
    hasEpochs: boolean,
    epoch: count,
    epochs: count,
    step: count,
    steps: count,
    loss: number,
    secondsLeft: number,
  },
  { done: share },
);

const decided = object<DecidedValue>({ id: string, kind: decisionKind, option: count, label: string });
const baseline = object<BaselineReport>(
  { name: string, details: string, exactBytes: number, floatMetric: number, integerMetric: number },
  { integerError: number, floatError: number, effort: effortCheck },
);
const certificate = object<Certificate>({ encodedSha256: string, exactBytes: number, costs: costReports });
/** A name that leads nowhere but into the run's own folder. */
const WEIGHTS_FILE = /^weights(-[1-9]\d{0,4})?\.safetensors$/;

/** File of the weights of one of a result's networks, by its place among them. */
export const weightsFileOf = (index: number): string =>
  index === 0 ? 'weights.safetensors' : `weights-${index + 1}.safetensors`;

/** Is this the name of a file of weights in a run's folder? */
export const isWeightsFile = (name: unknown): boolean => typeof name === 'string' && WEIGHTS_FILE.test(name);

const network = object<NetworkResult>(
  {
    name: string,
    decisions: list(decided),
    layers: list(layerReport),
    totals,
    floatMetric: number,
    integerMetric: number,
    certificate,
    weights: such('a file of weights in the run’s folder, such as weights.safetensors', isWeightsFile),
    steps: count,
  },
  {
    measures: record(number),
    confirmation,
    test: testReport,
    exits: list(object<ExitReport>({ name: string, integerMetric: number, bytes: count, macs: count, cycles: number })),
    stopping: object<StoppingReport>({
      unit: oneOf(['cycles', 'MACs']),
      mean: number,
      whole: number,
      accuracy: number,
      endAccuracy: number,
    }),
  },
);
const networks: Check<RunResult['networks']> = (value, path = '') => {
  const all = list(network)(value, path);
  if (all.length === 0) throw new ValidationError(path, 'one network at least', value);
  return all as RunResult['networks'];
};

/** `result.json`. */
export const runResult: Check<RunResult> = object<RunResult>(
  {
    format: oneOf([2]),
    name: string,
    metric: metricName,
    strategy,
    target: string,
    backend: string,
    seed: number,
    limits,
    networks,
    baselines: list(baseline),
  },
  {
    offers: offersCheck(layerReport),
    ensemble: ensembleResult,
    naive: object<NaiveReport>({ name: string, metric: number }),
    effort: effortCheck,
  },
);

/** `run.json`. */
export const runHeader: Check<RunHeader> = object<RunHeader>(
  {
    format: oneOf([2]),
    id: string,
    created: string,
    version: string,
    definitionText: string,
    definitionPath: string,
    strategy: string,
    limits,
    seed: number,
    backend: oneOf(['auto', 'wasm', 'tensorflow', 'webgpu', 'cpu']),
    baselines: list(string),
  },
  { from: object<RunSource>({ id: string, path: string, tune: count }) },
);
