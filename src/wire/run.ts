/**
 * What a run writes and shows: events, result, run header. Plain JSON: it crosses processes, the webview border and the
 * disk.
 */
import type { Effort } from './effort.ts';
import type { CandidateEvent, DroppedEvent, PredictedEvent, TrialEvent } from './candidate-events.ts';
import type { Confirmation } from './compiler-answer.ts';
import type { Clock } from './latency.ts';
import type { Unit } from '../text/format.ts';
import type { MetricName } from './tasks/metrics.ts';
import type { EnsembleResult } from './ensemble-result.ts';
import type { CostReport, Limit, LimitReport } from './limits.ts';
import type { Offers } from './offers.ts';
import type { PrepareStep } from './preparation/step-table.ts';
import type { TestReport } from './tasks/test-report.ts';

/** A part of a search as its strategy declares it: a stage of so many epochs, or one without epochs (0), as a race. */
export interface StageHeader {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly epochs: number;
  /** Training steps of a stage without epochs, at most; absent in runs of older versions. */
  readonly steps?: number;
  /** Are decisions open in it, so that their probabilities are of interest? */
  readonly deciding: boolean;
}

/** A number that a strategy reports with every epoch that has it (`EpochEvent.numbers`), and how it is drawn. */
export interface CurveHeader {
  /** Its key in `EpochEvent.numbers`. */
  readonly id: string;
  readonly title: string;
  /** Of the only line in the chart. */
  readonly line: string;
  readonly about: string;
  readonly unit: Unit;
  /** Heads its column in the terminal; absent: it has none. */
  readonly column?: string;
  /** May leap for a few epochs: such spikes are cut off at the top, or they would flatten the rest. */
  readonly spikes?: boolean;
}

/** Who searches. */
export interface StrategyHeader {
  readonly id: string;
  readonly title: string;
}

export type RunState = 'queued' | 'running' | 'interrupted' | 'cancelled' | 'failed' | 'done';

/** A decision as shown to people: labels are what the definition file says. */
export interface DecisionHeader {
  readonly id: string;
  readonly kind: 'operator' | 'kernel' | 'width' | 'expansion' | 'bits' | 'sparsity' | 'activation-bits' | 'resolution';
  readonly layers: readonly string[];
  readonly labels: readonly string[];
}

/** Bytes split as the budget meter draws them. */
export interface ByteSplit {
  readonly totalBytes: number;
  readonly weightBytes: number;
  readonly sideBytes: number;
  readonly paddingBytes: number;
  readonly entropyBytes: number;
}

/** One layer of a (current or final) architecture. */
export interface LayerReport extends ByteSplit {
  readonly name: string;
  readonly op: string;
  /**
   * In a network with branches, names of the layers that this one reads, `input` for the network's input; absent where
   * it reads the layer before and nothing else.
   */
  readonly inputs?: readonly string[];
  /** Output height, width, channels. */
  readonly output: readonly [number, number, number];
  readonly kernel: string;
  readonly bits: number;
  /** As decided, 0..1, and as achieved by the integer weights (absent before they exist). */
  readonly sparsity: number;
  readonly achievedSparsity?: number;
  /** Of the map that it puts out, where they are fewer than 8. */
  readonly activationBits?: number;
  readonly parameters: number;
  readonly macs: number;
  readonly activationBytes: number;
}

export interface Totals extends ByteSplit {
  readonly parameters: number;
  readonly macs: number;
  readonly peakActivationBytes: number;
  readonly cycles: number;
}

export interface EventBase {
  /** Position in the log, from 0. */
  readonly seq: number;
}

/** Values that differ between repetitions of the same run; left out when event streams are compared. */
export interface Measured {
  readonly seconds: number;
  readonly secondsPerStep: number;
  readonly residentBytes: number;
  readonly tensors: number;
}

/**
 * What a program needs to know of the data to run the network: what is done to a sample first, normalised input =
 * (value - mean) / std per channel, and what the outputs stand for.
 */
export interface DataFacts {
  /** The steps of `prepare:`, the last with the numbers that were found; absent where there are none. */
  readonly preparation?: readonly PrepareStep[];
  readonly normalisation: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** A value = output * std + mean, per output, where networks are trained on targets that were scaled. */
  readonly outputScaling?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** In the order of the outputs, where the data names its classes. */
  readonly classNames?: readonly string[];
  /** Of all samples, so that a resumed run goes on with the same; absent in older runs. */
  readonly sha256?: string;
}

/** What a search started from instead of random weights. */
export interface InitialWeightsReport {
  /** As the definition names it. */
  readonly file: string;
  readonly sha256: string;
  /** Operations that took their weights over, of how many. */
  readonly taken: number;
  readonly operations: number;
  /** How the network takes its inputs, for example 'as stored'. */
  readonly inputs: string;
}

export interface StartedEvent extends EventBase {
  readonly type: 'started';
  readonly name: string;
  readonly metric: MetricName;
  readonly strategy: StrategyHeader;
  /** In the order in which they run. */
  readonly stages: readonly StageHeader[];
  /** What the strategy reports beside loss, metric and size. */
  readonly curves: readonly CurveHeader[];
  readonly limits: readonly LimitReport[];
  readonly target: string;
  readonly backend: string;
  readonly backendReason: string;
  readonly seed: number;
  readonly decisions: readonly DecisionHeader[];
  readonly stepsPerEpoch: number;
  readonly samples: { readonly train: number; readonly validation: number; readonly test: number };
  readonly initialWeights?: InitialWeightsReport;
  /** Whose outputs are part of the targets. */
  readonly teacher?: { readonly file: string; readonly sha256: string };
  /** Absent in runs of older versions. */
  readonly data?: DataFacts;
  /** At which the target's cycles are counted; absent where none is known. */
  readonly clock?: Clock;
  /** Which of the search's choices save no storage on the target, in a sentence; absent where all may. */
  readonly savings?: string;
  /** What of the definition's space and limits does not hold here, each in a sentence; absent where all does. */
  readonly leftOut?: readonly string[];
}

export interface EpochEvent extends EventBase {
  readonly type: 'epoch';
  /** Its id. */
  readonly stage: string;
  /** Counts from 1 over the whole run. */
  readonly epoch: number;
  readonly trainLoss: number;
  readonly validationLoss: number;
  /** On the validation part, in the unit of the run's metric. */
  readonly metric: number;
  /** Over the open decisions; absent where none is open. */
  readonly expectedBytes?: number;
  /** Exact bytes of the current architecture, by the real encoder. */
  readonly exactBytes: number;
  /** What it takes of work that is limited; absent where none is. */
  readonly costs?: readonly CostReport[];
  /** What the strategy's curves are made of, by their ids. */
  readonly numbers: Readonly<Record<string, number>>;
  readonly learningRate: number;
  /** Per decision, in the order of `StartedEvent.decisions`. */
  readonly probabilities: readonly (readonly number[])[];
  /** The current architecture: one option index per decision. */
  readonly assignment: readonly number[];
  readonly layers: readonly LayerReport[];
  /** Norm of each weighted operator's float weights over its initial norm. */
  readonly norms: Readonly<Record<string, number>>;
  readonly measured: Measured;
}

/**
 * Seconds of work since the last event that has such, or since the run was taken up again. Absent in runs of older
 * versions.
 */
export interface Worked {
  readonly seconds: number;
}

export interface DecodedEvent extends EventBase {
  readonly type: 'decoded';
  readonly assignment: readonly number[];
  readonly exactBytes: number;
  /** Which candidate that is, where it is the only one that is trained whole. */
  readonly candidate?: number;
  /** Does its training start anew, from other weights than those of the epochs before? */
  readonly anew?: boolean;
  readonly measured?: Worked;
}
/** The budget repair after training changed something. */
export interface RepairedEvent extends EventBase {
  readonly type: 'repaired';
  readonly reason: string;
  readonly beforeBytes: number;
  readonly afterBytes: number;
}
/** Stages are shorter from here on than the run's first event declares them, or than they were. */
export interface ShortenedEvent extends EventBase {
  readonly type: 'shortened';
  readonly reason: string;
  /** All stages, with the epochs that they have now. */
  readonly stages: readonly { readonly id: string; readonly epochs: number }[];
}
export interface FinishedEvent extends EventBase {
  readonly type: 'finished';
  readonly exactBytes: number;
  readonly metric: number;
  /** The candidate that became the first network of the result. */
  readonly candidate?: number;
  readonly measured?: Worked;
}
export interface FailedEvent extends EventBase {
  readonly type: 'failed';
  readonly code: string;
  readonly message: string;
}

/** What `events.ndjson` holds, one a line. */
export type RunEvent =
  | StartedEvent
  | EpochEvent
  | CandidateEvent
  | TrialEvent
  | DroppedEvent
  | PredictedEvent
  | DecodedEvent
  | RepairedEvent
  | ShortenedEvent
  | FinishedEvent
  | FailedEvent;

/** An event before the log gives it its place. */
export type UnnumberedEvent = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'seq'> : never) : never;

/** Sent while steps run, never logged. */
export interface Progress {
  readonly type: 'progress';
  /** Id and title of a stage, or of what comes after all of them, as baselines. */
  readonly stage: string;
  readonly title: string;
  /** Is the stage made of epochs, which have events and curves? */
  readonly hasEpochs: boolean;
  /** The present one; where there are none the last one. */
  readonly epoch: number;
  readonly epochs: number;
  /** `step` of `steps`: of the epoch, or of a stage without epochs. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly secondsLeft: number;
  /** Share of the whole search, 0..1; absent where nobody knows. */
  readonly done?: number;
}

export interface DecidedValue {
  readonly id: string;
  readonly kind: DecisionHeader['kind'];
  readonly option: number;
  readonly label: string;
}

export interface BaselineReport {
  readonly name: string;
  /** What it is, in a few words: 'width × 0.42'. */
  readonly details: string;
  readonly exactBytes: number;
  readonly floatMetric: number;
  readonly integerMetric: number;
  /** Standard error of the integer metric over the test part; absent in runs of older versions. */
  readonly integerError?: number;
  readonly floatError?: number;
  /** Absent in runs of older versions. */
  readonly effort?: Effort;
}

/** A trained network that a search ends with, and what is certified of it. */
export interface NetworkResult {
  /** Tells it from the others of the run. */
  readonly name: string;
  readonly decisions: readonly DecidedValue[];
  readonly layers: readonly LayerReport[];
  readonly totals: Totals;
  /** On the test part. */
  readonly floatMetric: number;
  readonly integerMetric: number;
  /** What the task says beside the metric, of the integer network on the test part, by its measures' ids. */
  readonly measures?: Readonly<Record<string, number>>;
  /** What else that part says of it; absent in runs of older versions. */
  readonly test?: TestReport;
  /** Early exits in the order in which they are asked; absent where there are none. */
  readonly exits?: readonly ExitReport[];
  /** What stopping at them saves; absent where there are none, and in runs of older versions. */
  readonly stopping?: StoppingReport;
  readonly certificate: Certificate;
  /** What the target's compiler said of it; absent where it was not asked. */
  readonly confirmation?: Confirmation;
  /** File in the run's folder. */
  readonly weights: string;
  /** Training steps that the weights have been through. */
  readonly steps: number;
}

/** What thresholds of the early exits were found to do on the validation part, by the margin of each exit alone. */
export interface StoppingReport {
  readonly unit: 'cycles' | 'MACs';
  /** Mean of a sample, and of one that stops nowhere. */
  readonly mean: number;
  readonly whole: number;
  /** Share of the samples that are answered right so, and by the network's end alone. */
  readonly accuracy: number;
  readonly endAccuracy: number;
}

/** An early exit. Weights and work are those of all that runs until it has answered, exits before it included. */
export interface ExitReport {
  /** Its layer. */
  readonly name: string;
  /** Of the integer network on the test part, where every sample stops here. */
  readonly integerMetric: number;
  readonly bytes: number;
  readonly macs: number;
  /** 0 where the target has no model of them. */
  readonly cycles: number;
}

/** What was counted on the final integer weights. */
export interface Certificate {
  /** SHA-256 of the concatenated encoded weight streams, which together with side data have `exactBytes`. */
  readonly encodedSha256: string;
  readonly exactBytes: number;
  /** Every cost that is known of the network, beside its limit. */
  readonly costs: readonly CostReport[];
}

export interface NaiveReport {
  /** 'bicubic interpolation'. */
  readonly name: string;
  readonly metric: number;
}

/** `result.json`. */
export interface RunResult {
  readonly format: 2;
  readonly name: string;
  readonly metric: MetricName;
  readonly strategy: StrategyHeader;
  readonly target: string;
  readonly backend: string;
  readonly seed: number;
  readonly limits: readonly Limit[];
  /** One or more; the first is the one that is shown and applied where nobody says which. */
  readonly networks: readonly [NetworkResult, ...NetworkResult[]];
  /** What takes no network, on the test part: what a network has to beat to be of use; absent where there is none. */
  readonly naive?: NaiveReport;
  /** Trained for as many steps as the first network. */
  readonly baselines: readonly BaselineReport[];
  /** What else can be made of it; absent where nothing can. */
  readonly offers?: Offers;
  /** Of a definition with `ensemble:`, whose networks are the single one and then the members. */
  readonly ensemble?: EnsembleResult;
  /** Of the search without its baselines; absent in runs of older versions. */
  readonly effort?: Effort;
}

/** Where a run has its weights from: another run, whose offers it is one of. */
export interface RunSource {
  readonly id: string;
  /** Absolute path of its folder. */
  readonly path: string;
  /** Epochs for which its weights are tuned; 0: they are taken as they are. */
  readonly tune: number;
}

/** `run.json`: everything that is needed to repeat the run. */
export interface RunHeader {
  readonly format: 2;
  readonly id: string;
  /** ISO 8601. */
  readonly created: string;
  readonly version: string;
  readonly definitionText: string;
  /** Absolute path of the definition, and of the folder its data paths are relative to. */
  readonly definitionPath: string;
  /** Id of the strategy that searches. */
  readonly strategy: string;
  /** All that hold: given, of the definition, of the target. */
  readonly limits: readonly Limit[];
  readonly seed: number;
  readonly backend: 'auto' | 'wasm' | 'tensorflow' | 'webgpu' | 'cpu';
  /** Ids of strategies that are compared. */
  readonly baselines: readonly string[];
  /** Absent where it searches itself. */
  readonly from?: RunSource;
}

/** What the folder of a finished run holds, as read and checked. */
export interface RunContent {
  readonly header: RunHeader;
  readonly events: readonly RunEvent[];
  readonly result: RunResult;
  /** The network of the result that is meant. */
  readonly chosen: NetworkResult;
  /** Of that network. */
  readonly weights?: Uint8Array;
  /** The weights are known to be those of the result, by a checksum. */
  readonly checked?: boolean;
}
