/**
 * What was measured of networks on runtimes and devices: what a program answers, the store of a workspace keeps, and
 * reports show.
 */
import { count, list, number, object, oneOf, share, string, such, type Check } from '../base/validate.ts';

/** How a number came about: by a clock, by a program that simulates the device, or by a formula; or not at all. */
export const MARKS = ['measured', 'simulated', 'estimated', 'unknown'] as const;
export type Mark = (typeof MARKS)[number];

/** Seconds of one inference. Where it was run once, or calculated, only the median is there. */
export interface Timing {
  readonly median: number;
  readonly p90?: number;
  /** Between the quartiles, as a share of the median. */
  readonly spread?: number;
  readonly runs?: number;
}

export const WORK_UNITS = ['cycles', 'instructions'] as const;
/** What was counted of one inference; instructions are no time. */
export interface Work {
  readonly unit: (typeof WORK_UNITS)[number];
  readonly count: number;
}

/** Bytes; what is not known is absent. */
export interface MemoryUse {
  /** Activations, and what the runtime keeps beside them. */
  readonly arenaBytes?: number;
  readonly stackBytes?: number;
  /** What is stored of the network, and its code where that was linked. */
  readonly flashBytes?: number;
}

/** Outputs beside those of the integer evaluation, in steps of the output's grid. */
export interface Agreement {
  readonly samples: number;
  /** Share of the outputs that are equal. */
  readonly equal: number;
  /** The furthest. */
  readonly most: number;
}

/** What a layer takes of an inference, and what it waits for, in the words of whoever says so. */
export interface LayerTime {
  readonly name: string;
  readonly share: number;
  readonly waitsFor?: string;
}

/** One network on one device. */
export interface Measurement {
  /** Name of the runtime, and of the device as that calls it. */
  readonly runtime: string;
  readonly device: string;
  readonly mark: Mark;
  readonly version?: string;
  readonly seconds?: Timing;
  readonly work?: Work;
  /** Of one inference, where somebody measured it. */
  readonly joules?: number;
  readonly memory?: MemoryUse;
  readonly agreement?: Agreement;
  /** The layers that take most, the longest first. */
  readonly layers?: readonly LayerTime[];
  /** Mark `unknown`: why. */
  readonly reason?: string;
  /** Is it somebody else's result? Then the workspace does not keep it. */
  readonly published?: true;
  /** What else is to be known of the number, in a clause. */
  readonly note?: string;
}

/** Whose weights were measured: of a file, of a run, or drawn at random in the shapes of a definition. */
export const WEIGHTS_OF = ['file', 'run', 'random'] as const;

/** A measurement as the store of a workspace keeps it. */
export interface StoredMeasurement extends Measurement {
  /** SHA-256 of the architecture: what takes the time. */
  readonly network: string;
  readonly name: string;
  readonly weights: (typeof WEIGHTS_OF)[number];
  /** The device as a report calls it: 'LiteRT, XNNPACK'. */
  readonly title: string;
  /** The id of the run that it is of. */
  readonly run?: string;
  /** ISO 8601. */
  readonly when: string;
  /** The processor of the computer. */
  readonly machine: string;
}

/** A device of a runtime, as a column of a report is called. */
export interface MeasuredColumn {
  readonly runtime: string;
  readonly device: string;
  /** 'LiteRT, XNNPACK'. */
  readonly title: string;
}

/** Two columns, and Spearman's ρ of the order in which they have the networks that both know. */
export interface OrderPair {
  readonly a: number;
  readonly b: number;
  readonly rho: number;
  readonly networks: number;
}

/** Networks × devices. */
export interface MeasureReport {
  readonly when: string;
  readonly machine: string;
  readonly columns: readonly MeasuredColumn[];
  readonly networks: readonly (Pick<StoredMeasurement, 'name' | 'network' | 'weights' | 'run'> & {
    /** One a column. */
    readonly cells: readonly Measurement[];
  })[];
  /** Empty for fewer than three networks. */
  readonly orders: readonly OrderPair[];
}

const timing = object<Timing>({ median: number }, { p90: number, spread: number, runs: count });
const work = object<Work>({ unit: oneOf(WORK_UNITS), count: number });
export const memoryUse: Check<MemoryUse> = object<MemoryUse>(
  {},
  { arenaBytes: count, stackBytes: count, flashBytes: count },
);
const layers = list(object<LayerTime>({ name: string, share }, { waitsFor: string }));
const agreement = object<Agreement>({ samples: count, equal: share, most: count });

/** Checks a line of the store. */
export const storedMeasurement: Check<StoredMeasurement> = object<StoredMeasurement>(
  {
    network: string,
    name: string,
    weights: oneOf(WEIGHTS_OF),
    title: string,
    when: string,
    machine: string,
    runtime: string,
    device: string,
    mark: oneOf(MARKS),
  },
  {
    run: string,
    version: string,
    published: such('true', (value) => value === true),
    joules: number,
    seconds: timing,
    work,
    memory: memoryUse,
    agreement,
    layers,
    reason: string,
    note: string,
  },
);
