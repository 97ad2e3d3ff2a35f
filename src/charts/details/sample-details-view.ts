/** The test part of tasks that put out images or values: how the metric spreads over samples, and the worst of them. */
import { formatCount } from '../../text/format.ts';
import { formatMeasured, formatMetric, metricOf } from '../../wire/tasks/metrics.ts';
import { QUANTILES, type SampleDetails } from '../../wire/tasks/test-report.ts';
import type { DetailsContext, DetailsView } from './details-view.ts';

/** Fewer samples are said to be few. */
const FEW_SAMPLES = 30;

const quantileText = (share: number): string =>
  share === 0 ? 'least' : share === 1 ? 'most' : share === 0.5 ? 'median' : `${Math.round(100 * share)} %`;

export function sampleDetailsView(details: SampleDetails, { metric, report, network }: DetailsContext): DetailsView {
  const { samples } = report;
  // Where only many samples together have the run's metric, single ones have another.
  const { title, name, better } = metricOf(details.metric);
  const [least, most] = [details.quantiles[0]!, details.quantiles.at(-1)!];
  const write = (value: number): string => formatMetric(details.metric, value);
  return {
    weakest: `weakest sample: ${write(better === 'higher' ? least : most)} of ${formatCount(samples)}`,
    facts: [
      [
        `${metricOf(metric).title} of all samples, integer`,
        formatMeasured(metric, { value: network.integerMetric, error: report.integerError, samples }),
      ],
      [`Mean ${name} of single samples`, `${write(details.mean)} in int8, ${write(details.floatMean)} in float`],
      ['Standard deviation over samples', write(details.deviation)],
      ['Samples', formatCount(samples)],
    ],
    figures: [
      ['sample_mean_integer', details.mean],
      ['sample_mean_float', details.floatMean],
      ['sample_deviation_integer', details.deviation],
      ['sample_deviation_float', details.floatDeviation],
    ],
    warnings:
      samples < FEW_SAMPLES
        ? [
            `The test part is small (${formatCount(samples)} samples): the ${metricOf(metric).name} of other data may well differ.`,
          ]
        : [],
    table: {
      title: `${title} of single samples`,
      first: 'share',
      columns: [
        { id: 'share', title: 'Samples below', numeric: true },
        { id: 'value', title, numeric: true },
      ],
      rows: QUANTILES.map((share, i) => [
        { text: quantileText(share), value: share },
        { text: write(details.quantiles[i]!), value: details.quantiles[i]! },
      ]),
    },
    worstTitle: 'The worst samples',
    worstColumns: ['sample', 'value', 'file'],
    worst: details.worst.map(({ index, file, value, picture }) => ({
      index,
      ...(file !== undefined && { file }),
      text: write(value),
      ...(picture && { picture }),
      cells: [index, value, file ?? ''],
    })),
  };
}
