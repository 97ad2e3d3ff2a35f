/**
 * What a run writes and shows: events, result, run header. Plain JSON: it crosses processes, the webview border and the
 * disk.
 */
import type { Clock } from './latency.ts';

export type StageName = 'warmup' | 'search' | 'sparsify' | 'settle';
export const STAGES: readonly StageName[] = ['warmup', 'search', 'sparsify', 'settle'];

export type RunState = 'queued' | 'running' | 'interrupted' | 'cancelled' | 'failed' | 'done';

/** A decision as shown to people: labels are what the definition file says. */
export interface DecisionHeader {
  readonly id: string;
  readonly kind: 'operator' | 'kernel' | 'width' | 'expansion' | 'bits' | 'sparsity';
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
  /** Output height, width, channels. */
  readonly output: readonly [number, number, number];
  readonly kernel: string;
  readonly bits: number;
  /** As decided, 0..1, and as achieved by the integer weights (absent before they exist). */
  readonly sparsity: number;
  readonly achievedSparsity?: number;
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

interface EventBase {
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
 * What a program needs to know of the data to run the network: normalised input = (stored - mean) / std per channel,
 * and what the outputs stand for.
 */
export interface DataFacts {
  readonly normalisation: { readonly mean: readonly number[]; readonly std: readonly number[] };
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
  readonly metric: 'accuracy' | 'psnr';
  readonly budgetBytes: number;
  readonly activationBudgetBytes?: number;
  readonly target: string;
  readonly backend: string;
  readonly backendReason: string;
  readonly seed: number;
  readonly decisions: readonly DecisionHeader[];
  readonly epochs: Readonly<Record<StageName, number>>;
  readonly stepsPerEpoch: number;
  readonly smallestBytes: number;
  readonly largestBytes: number;
  readonly samples: { readonly train: number; readonly validation: number; readonly test: number };
  readonly initialWeights?: InitialWeightsReport;
  /** Absent in runs of older versions. */
  readonly data?: DataFacts;
  /** At which the target's cycles are counted; absent where none is known. */
  readonly clock?: Clock;
  /** Which of the search's choices save no storage on the target, in a sentence; absent where all may. */
  readonly savings?: string;
}

export interface EpochEvent extends EventBase {
  readonly type: 'epoch';
  readonly stage: StageName;
  /** Counts from 1 over the whole run. */
  readonly epoch: number;
  readonly trainLoss: number;
  readonly validationLoss: number;
  /** On the validation part: accuracy 0..1, or PSNR in dB. */
  readonly metric: number;
  readonly expectedBytes: number;
  /** Exact bytes of the current decode, by the real encoder. */
  readonly exactBytes: number;
  readonly tau: number;
  /** Mean normalised entropy of all decisions, 0..1. */
  readonly entropy: number;
  readonly mu: number;
  readonly learningRate: number;
  /** Per decision, in the order of `StartedEvent.decisions`. */
  readonly probabilities: readonly (readonly number[])[];
  /** The current decode: one option index per decision. */
  readonly assignment: readonly number[];
  readonly layers: readonly LayerReport[];
  /** Norm of each weighted operator's float weights over its initial norm. */
  readonly norms: Readonly<Record<string, number>>;
  readonly measured: Measured;
}

/** Seconds of work since the event before, or since the run was taken up again. Absent in runs of older versions. */
export interface Worked {
  readonly seconds: number;
}

export interface DecodedEvent extends EventBase {
  readonly type: 'decoded';
  readonly assignment: readonly number[];
  readonly exactBytes: number;
  readonly measured?: Worked;
}
/** The budget repair after training changed something. */
export interface RepairedEvent extends EventBase {
  readonly type: 'repaired';
  readonly reason: string;
  readonly beforeBytes: number;
  readonly afterBytes: number;
}
export interface FinishedEvent extends EventBase {
  readonly type: 'finished';
  readonly exactBytes: number;
  readonly metric: number;
  readonly measured?: Worked;
}
export interface FailedEvent extends EventBase {
  readonly type: 'failed';
  readonly code: string;
  readonly message: string;
}

/** What `events.ndjson` holds, one a line. */
export type RunEvent = StartedEvent | EpochEvent | DecodedEvent | RepairedEvent | FinishedEvent | FailedEvent;

/** An event before the log gives it its place. */
export type UnnumberedEvent = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'seq'> : never) : never;

/** What a search may be at: a stage of epochs, the race between two of them, or the baselines after the result. */
export const PROGRESS_STAGES = [...STAGES, 'race', 'baselines'] as const;
export type ProgressStage = (typeof PROGRESS_STAGES)[number];

/**
 * Sent while steps run, never logged. `step` of `steps`: of the epoch, the whole race, or the present baseline.
 * `epoch`: the present one; in a race and after the end the last one.
 */
export interface Progress {
  readonly type: 'progress';
  readonly stage: ProgressStage;
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly secondsLeft: number;
}

export interface DecidedValue {
  readonly id: string;
  readonly kind: DecisionHeader['kind'];
  readonly option: number;
  readonly label: string;
}

export interface BaselineReport {
  readonly name: string;
  readonly bits: number;
  readonly widthFactor: number;
  readonly exactBytes: number;
  readonly floatMetric: number;
  readonly integerMetric: number;
}

/** `result.json`. */
export interface RunResult {
  readonly format: 1;
  readonly name: string;
  readonly metric: 'accuracy' | 'psnr';
  readonly target: string;
  readonly backend: string;
  readonly seed: number;
  readonly budgetBytes: number;
  readonly activationBudgetBytes?: number;
  readonly decisions: readonly DecidedValue[];
  readonly layers: readonly LayerReport[];
  readonly totals: Totals;
  /** On the test part. */
  readonly floatMetric: number;
  readonly integerMetric: number;
  /**
   * The certificate: SHA-256 of the concatenated encoded weight streams, which together with side data have
   * `totals.totalBytes`.
   */
  readonly certificate: { readonly encodedSha256: string; readonly exactBytes: number; readonly budgetBytes: number };
  readonly baselines: readonly BaselineReport[];
  /** Training steps that the weights have been through; those of a baseline as well. */
  readonly steps: number;
}

/** `run.json`: everything that is needed to repeat the run. */
export interface RunHeader {
  readonly format: 1;
  readonly id: string;
  /** ISO 8601. */
  readonly created: string;
  readonly version: string;
  readonly definitionText: string;
  /** Absolute path of the definition, and of the folder its data paths are relative to. */
  readonly definitionPath: string;
  readonly budgetBytes: number;
  readonly seed: number;
  readonly backend: 'auto' | 'wasm' | 'tensorflow' | 'webgpu' | 'cpu';
  readonly baselines: boolean;
}

/** What the folder of a finished run holds, as read and checked. */
export interface RunContent {
  readonly header: RunHeader;
  readonly events: readonly RunEvent[];
  readonly result: RunResult;
  /** `weights.safetensors`. */
  readonly weights?: Uint8Array;
  /** The weights are known to be those of the result, by a checksum. */
  readonly checked?: boolean;
}
