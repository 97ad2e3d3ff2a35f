/**
 * Published results to stand beside those of a sweep, for tasks that are told by the shape of their input and output,
 * each with its source. They are other people's networks, trained on all of the published data in other ways: to be
 * measured by only where the data are the same.
 */
import type { MetricName } from '../wire/tasks/metrics.ts';
import type { SweepData } from '../wire/sweep-plan.ts';

export interface Reference {
  readonly network: string;
  /** Absent: not published. */
  readonly bytes?: number;
  /** What the bytes are of. */
  readonly kind: 'file' | 'npu' | 'flash';
  /** In the unit of the metric. */
  readonly value: number;
  /** As published, where that is a bound or is put otherwise. */
  readonly metricText: string;
  readonly source: string;
  /** Looked up in the source, or remembered. */
  readonly certain: boolean;
}

interface ReferenceTask {
  readonly task: string;
  readonly metricName: MetricName;
  readonly metric: string;
  readonly matches: (data: SweepData) => boolean;
  /** Of the published test part; absent where that is not one number. */
  readonly testSamples?: number;
  readonly points: readonly Reference[];
}

const ML_ZOO = 'Arm ML-zoo, README of the model';
const MLPERF = 'MLPerf Tiny reference model; accuracy: the benchmark’s target';
const MCUNET = 'mcunet, README';

const percent = (
  network: string,
  bytes: number | undefined,
  value: number,
  source: string,
  {
    kind = 'file',
    certain = true,
    least = false,
  }: { kind?: Reference['kind']; certain?: boolean; least?: boolean } = {},
): Reference => ({
  network,
  ...(bytes !== undefined && { bytes }),
  kind,
  value: value / 100,
  metricText: `${least ? '≥ ' : ''}${value} %`,
  source,
  certain,
});

const isShape = (shape: readonly number[], wanted: readonly number[]): boolean =>
  shape.length === wanted.length && shape.every((size, at) => size === wanted[at]);
const outputs = ({ output }: SweepData): number => output[2] ?? 0;
const classifies = ({ task }: SweepData): boolean => task === 'classification';

export const REFERENCES: readonly ReferenceTask[] = [
  {
    task: 'keyword spotting (Speech Commands, 12 classes)',
    metricName: 'accuracy',
    metric: 'Accuracy',
    matches: (data) => classifies(data) && isShape(data.input, [49, 10, 1]) && outputs(data) === 12,
    testSamples: 4890,
    points: [
      percent('DS-CNN-S int8', 54_464, 93.4, ML_ZOO),
      percent('DS-CNN-L, clustered, int8', 503_816, 94.01, ML_ZOO),
      percent('MicroNet-S int8', 114_512, 95.32, ML_ZOO),
      percent('MicroNet-M int8', 181_968, 95.8, ML_ZOO),
      percent('MLPerf Tiny DS-CNN', 31_088, 90, MLPERF, { kind: 'npu', certain: false, least: true }),
      percent('TENet with MTConv, 100 K parameters', undefined, 96.8, 'arXiv 2010.09960, abstract'),
    ],
  },
  {
    task: 'visual wake words',
    metricName: 'accuracy',
    metric: 'Accuracy',
    matches: (data) =>
      classifies(data) && data.input[0] === data.input[1] && data.input[0]! >= 48 && outputs(data) === 2,
    points: [
      percent('MicroNet VWW-2', 280_384, 76.8, ML_ZOO),
      percent('MicroNet VWW-3', 542_400, 85.54, ML_ZOO),
      percent('MCUNet 10fps', 617_000, 87.3, MCUNET, { kind: 'flash' }),
      percent('MCUNet 5fps', 689_000, 88.9, MCUNET, { kind: 'flash' }),
      percent('MCUNet 320kB', 897_000, 91.8, MCUNET, { kind: 'flash' }),
      percent('MLPerf Tiny MobileNetV1 0.25', 75_872, 80, MLPERF, { kind: 'npu', certain: false, least: true }),
    ],
  },
  {
    task: 'ImageNet',
    metricName: 'accuracy',
    metric: 'Accuracy',
    matches: (data) => classifies(data) && outputs(data) === 1000,
    testSamples: 50_000,
    points: [
      percent('MCUNet 256kB int8', 878_000, 60.3, MCUNET, { kind: 'flash' }),
      percent('MCUNet 320kB int8', 897_000, 61.8, MCUNET, { kind: 'flash' }),
      percent('MCUNet 512kB int8', 1_876_000, 68, MCUNET, { kind: 'flash' }),
      percent('MobileNetV1, memory-driven mixed precision', 2_000_000, 68, 'arXiv 1905.13082, abstract', {
        kind: 'flash',
      }),
      percent('OMPQ MobileNetV2', 1_500_000, 71.27, 'OMPQ, abstract'),
      percent('HAQ MobileNetV2', 950_000, 66.75, 'HAQ (CVPR 2019)', { certain: false }),
      percent('UDC (paper)', undefined, 72.05, 'NeurIPS 2022'),
    ],
  },
  {
    task: 'CIFAR-10',
    metricName: 'accuracy',
    metric: 'Accuracy',
    matches: (data) => classifies(data) && isShape(data.input, [32, 32, 3]) && outputs(data) === 10,
    testSamples: 10_000,
    points: [
      percent('JASQNet-Small', 900_000, 97.03, 'JASQ, abstract'),
      percent('MLPerf Tiny ResNet-8', 79_232, 85, MLPERF, { kind: 'npu', certain: false, least: true }),
      percent('µNAS', 11_400, 86.49, 'µNAS (EuroMLSys 2021)', { certain: false }),
    ],
  },
  {
    task: 'super-resolution ×2 (DIV2K)',
    metricName: 'psnr',
    metric: 'PSNR',
    matches: ({ task, input, output }) => task === 'super-resolution' && output[0] === 2 * (input[0] ?? 0),
    testSamples: 100,
    points: [
      {
        network: 'SESR int8',
        bytes: 23_680,
        kind: 'file',
        value: 35,
        metricText: '35.00 dB',
        source: ML_ZOO,
        certain: true,
      },
    ],
  },
  {
    task: 'super-resolution ×4 (Set14)',
    metricName: 'psnr',
    metric: 'PSNR',
    matches: ({ task, input, output }) => task === 'super-resolution' && output[0] === 4 * (input[0] ?? 0),
    testSamples: 14,
    points: [
      {
        network: 'UDC (paper)',
        kind: 'file',
        value: 27.98,
        metricText: '27.98 dB',
        source: 'NeurIPS 2022',
        certain: true,
      },
    ],
  },
];

/** Published points of a task, and how far they can be compared. */
export interface References {
  readonly task: string;
  readonly metricName: MetricName;
  readonly metric: string;
  readonly points: readonly Reference[];
  /** Was as much tested as was published on? */
  readonly comparable: boolean;
  /** The same in words. */
  readonly note: string;
}

/** What is published for the task that the data look like; undefined where none is known. */
export function comparisonsOf(data: SweepData): References | undefined {
  const found = REFERENCES.find(({ matches }) => matches(data));
  if (!found) return undefined;
  const { task, metricName, metric, points, testSamples } = found;
  const comparable = testSamples !== undefined && data.testSamples === testSamples;
  const why =
    data.testSamples === undefined || testSamples === undefined
      ? 'the data may differ'
      : `they were tested on ${testSamples} samples, these on ${data.testSamples}`;
  const note = comparable ? 'tested on as many samples; trained otherwise' : `not comparable, ${why}`;
  return { task, metricName, metric, points, comparable, note };
}
