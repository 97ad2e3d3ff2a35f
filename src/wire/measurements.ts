/**
 * What was measured of networks on runtimes and devices: what a program answers, the store of a workspace keeps, and
 * reports show.
 */
import { boolean, count, list, number, object, oneOf, share, string, such, type Check } from '../base/validate.ts';
import { metricName, type MetricName } from './tasks/metrics.ts';

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

/** What a network is worth by the test part of its run, computed in integers. */
export interface MeasuredWorth {
  readonly name: MetricName;
  readonly value: number;
}

/** One network on every device. */
export interface MeasuredNetwork extends Pick<StoredMeasurement, 'name' | 'network' | 'weights' | 'run'> {
  /** Bytes of the weights packed at their bits, whatever a device stores of them. */
  readonly weightBytes: number;
  /** Of a run. */
  readonly worth?: MeasuredWorth;
  /** One a column. */
  readonly cells: readonly Measurement[];
}

/** Networks × devices. */
export interface MeasureReport {
  readonly when: string;
  readonly machine: string;
  readonly columns: readonly MeasuredColumn[];
  readonly networks: readonly MeasuredNetwork[];
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

const NEEDED = { runtime: string, device: string, mark: oneOf(MARKS) } as const;
const FURTHER = {
  version: string,
  published: such<true>('true', (value) => value === true),
  joules: number,
  seconds: timing,
  work,
  memory: memoryUse,
  agreement,
  layers,
  reason: string,
  note: string,
} as const;
const measurement = object<Measurement>(NEEDED, FURTHER);

/** Checks a line of the store. */
export const storedMeasurement: Check<StoredMeasurement> = object<StoredMeasurement>(
  {
    ...NEEDED,
    network: string,
    name: string,
    weights: oneOf(WEIGHTS_OF),
    title: string,
    when: string,
    machine: string,
  },
  { ...FURTHER, run: string },
);

const wholeReport = object<MeasureReport>({
  when: string,
  machine: string,
  columns: list(object<MeasuredColumn>({ runtime: string, device: string, title: string })),
  networks: list(
    object<MeasuredNetwork>(
      { name: string, network: string, weights: oneOf(WEIGHTS_OF), weightBytes: count, cells: list(measurement) },
      { run: string, worth: object<MeasuredWorth>({ name: metricName, value: number }) },
    ),
  ),
  orders: list(object<OrderPair>({ a: count, b: count, rho: number, networks: count })),
});

/** Checks what a program answers: every network has a cell for each column, and orders are of columns there are. */
export const measureReport: Check<MeasureReport> = (value, path = '') => {
  const report = wholeReport(value, path);
  const { columns, networks, orders } = report;
  for (const { cells } of networks) list(measurement, columns.length)(cells, `${path}.networks.cells`);
  const column = such<number>('a column', (at) => (at as number) < columns.length);
  for (const { a, b } of orders) [a, b].forEach((at) => column(at, `${path}.orders`));
  return report;
};

/** A device of a runtime, as `udc measure --list` tells of it. */
export interface ListedDevice {
  readonly id: string;
  readonly title: string;
  /** Is it measured where nobody names a device? */
  readonly usual: boolean;
}

/** A runtime, whether it is there (a version) or why not (a reason), and its devices. */
export interface ListedRuntime {
  readonly runtime: string;
  readonly title: string;
  readonly mark: Mark;
  readonly version?: string;
  readonly reason?: string;
  /** Does it know some networks alone? */
  readonly ofSome?: true;
  readonly devices: readonly ListedDevice[];
}

export const listedRuntimes: Check<readonly ListedRuntime[]> = list(
  object<ListedRuntime>(
    {
      runtime: string,
      title: string,
      mark: oneOf(MARKS),
      devices: list(object<ListedDevice>({ id: string, title: string, usual: boolean })),
    },
    { version: string, reason: string, ofSome: such<true>('true', (value) => value === true) },
  ),
);
