/**
 * What the test part says of a network, as every surface shows it: facts, warnings, a table, a matrix, the worst
 * samples.
 * Command line, panel and reports draw these, whichever task they are of.
 */
import { formatCount } from '../../text/format.ts';
import { oneLine } from '../../text/neutral.ts';
import type { MetricName } from '../../wire/tasks/metrics.ts';
import type { Picture, TestDetails, TestReport } from '../../wire/tasks/test-report.ts';
import type { NetworkResult } from '../../wire/run.ts';
import { classDetailsView } from './class-details-view.ts';
import { sampleDetailsView } from './sample-details-view.ts';

/** A cell: as it is read, and as a file has it and rows are sorted by. */
export interface DetailCell {
  readonly text: string;
  /** Undefined where there is no such value. */
  readonly value: string | number | undefined;
  /** Drawn as a bar of this share. */
  readonly bar?: number;
}

export interface DetailColumn {
  /** In files. */
  readonly id: string;
  readonly title: string;
  readonly numeric: boolean;
  /** What it says, where its title does not. */
  readonly about?: string;
}

export interface DetailTable {
  readonly title: string;
  readonly columns: readonly DetailColumn[];
  readonly rows: readonly (readonly DetailCell[])[];
  /** Column that rows are sorted by at first, from the least. */
  readonly first: string;
}

/** Who was taken for whom. */
export interface DetailMatrix {
  readonly title: string;
  /** Names of the classes that are shown, in the order of rows and columns. */
  readonly names: readonly string[];
  /** Samples by class (row) and answer (column). */
  readonly cells: readonly (readonly number[])[];
  /** What is left out, in a sentence; absent where nothing is. */
  readonly note?: string;
}

export interface WorstView {
  readonly index: number;
  /** Below the folder of the data; absent where it has none of its own. */
  readonly file?: string;
  /** What is wrong with it, in a few words. */
  readonly text: string;
  readonly picture?: Picture;
  /** By the ids of `DetailsView.worstColumns`, for files. */
  readonly cells: readonly (string | number)[];
}

export interface DetailsView {
  /** Where the network is worst, for the end of a summary. */
  readonly weakest?: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** What the facts say, as numbers for files. */
  readonly figures: readonly (readonly [id: string, value: number])[];
  readonly warnings: readonly string[];
  readonly table?: DetailTable;
  readonly matrix?: DetailMatrix;
  /** Every pair of class and answer, for files; absent where there are no classes. */
  readonly pairs?: readonly (readonly [actual: number, predicted: number, samples: number])[];
  readonly worstTitle: string;
  readonly worstColumns: readonly string[];
  readonly worst: readonly WorstView[];
}

/** What a kind of details is shown by. */
export interface DetailsContext {
  readonly metric: MetricName;
  readonly report: TestReport;
  readonly network: Pick<NetworkResult, 'integerMetric' | 'floatMetric'>;
  /** In the order of the outputs. */
  readonly classNames: readonly string[] | undefined;
}

const VIEWS: {
  readonly [K in TestDetails['type']]: (
    details: Extract<TestDetails, { readonly type: K }>,
    context: DetailsContext,
  ) => DetailsView;
} = { classes: classDetailsView, samples: sampleDetailsView };

/** 'red/3.png, sample 8': where one finds it. */
export const sampleText = ({ index, file }: Pick<WorstView, 'index' | 'file'>): string =>
  `${file === undefined ? '' : `${oneLine(file)}, `}sample ${formatCount(index)}`;

/** Undefined for networks of older versions, which did not write it down. */
export function detailsView(
  metric: MetricName,
  network: Pick<NetworkResult, 'integerMetric' | 'floatMetric' | 'test'>,
  classNames?: readonly string[],
): DetailsView | undefined {
  const { test: report } = network;
  if (!report) return undefined;
  const show = VIEWS[report.details.type] as (details: TestDetails, context: DetailsContext) => DetailsView;
  return show(report.details, { metric, report, network, classNames });
}
