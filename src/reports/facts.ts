/** The facts of a run in the order and words that every report shares. */
import { commandStreamBytes } from '../costs/cycles/command-stream.ts';
import { clockOf, findTarget } from '../targets/find-target.ts';
import { velaCommand } from '../costs/activations/vela-arguments.ts';
import { formatBytes, formatCount, formatLarge, formatMetric, formatShare, formatZeros } from '../text/format.ts';
import { workText } from '../wire/latency.ts';
import { fileArgument, oneLine, shellWord } from '../text/neutral.ts';
import type { ByteSplit, DataFacts, RunResult } from '../wire/run.ts';
import { entropyBound, splitParts } from '../wire/byte-split.ts';
import type { ExportInput } from './export-input.ts';

export type Row = readonly string[];
export interface Table {
  readonly title: string;
  readonly head: Row;
  readonly rows: readonly Row[];
  /** Columns whose cells are numbers. */ readonly numeric: readonly number[];
}

/** File name of the definition: reports name no folder of the machine that made them. */
export function definitionName({ header }: ExportInput): string {
  return header.definitionPath.split(/[\\/]/).at(-1) || `${header.id}.udc.yaml`;
}

/** Normalisation and class names, where the run knows them. */
export function dataFacts({ events }: Pick<ExportInput, 'events'>): DataFacts | undefined {
  return events.find((event) => event.type === 'started')?.data;
}

/** How to feed the network, in a sentence for files that people read. */
export function dataText({ normalisation: { mean, std }, classNames }: DataFacts): string {
  const values = (numbers: readonly number[]): string =>
    numbers.map((value) => String(Number(value.toPrecision(7)))).join(', ');
  return `Input: (stored value - mean) / std per channel, mean ${values(mean)}, std ${values(std)}.${classNames ? ` Outputs: ${classNames.map(oneLine).join(', ')}.` : ''}`;
}

/** The command that repeats the run, for a POSIX shell. */
export function reproduction(run: ExportInput): string {
  const { header } = run;
  const parts = [
    'udc',
    'search',
    fileArgument(definitionName(run)),
    '--budget',
    String(header.budgetBytes),
    '--seed',
    String(header.seed),
    '--backend',
    run.result.backend,
    ...(header.baselines ? ['--baselines'] : []),
  ];
  return parts.map(shellWord).join(' ');
}

/** What the search started from, where that was a file: it belongs to the run as the seed does. */
function initialRow(events: ExportInput['events']): readonly Row[] {
  const weights = events.find((event) => event.type === 'started')?.initialWeights;
  return weights
    ? [
        [
          'Initial weights',
          `${weights.file}, SHA-256 ${weights.sha256}; ${weights.taken} of ${weights.operations} operations, inputs ${weights.inputs}`,
        ],
      ]
    : [];
}

/** How the compiler keeps to the peak of activations, where the target has one that does. */
function compileRow({ target, totals }: RunResult): readonly Row[] {
  const command = velaCommand(findTarget(target), totals.peakActivationBytes, 'FILE.tflite');
  return command === undefined ? [] : [['Compile within that memory', command]];
}

/** What the compiler stores beside the weights. */
function commandRow({ result, architecture }: ExportInput): readonly Row[] {
  const bytes = commandStreamBytes(architecture, findTarget(result.target));
  return bytes === undefined ? [] : [['Command stream, beside the weights', `≈ ${formatBytes(bytes)}`]];
}

/** What saves nothing on the target. */
function savingsRow({ events }: ExportInput): readonly Row[] {
  const savings = events.find((event) => event.type === 'started')?.savings;
  return savings === undefined ? [] : [['Storage', savings]];
}

/** Headline figures as label and value. */
export function headline(run: ExportInput): readonly Row[] {
  const { result, header, events } = run;
  const { totals, metric } = result;
  const data = dataFacts({ events });
  return [
    ['Target', result.target],
    ['Encoded weights', `${formatBytes(totals.totalBytes)} (${formatCount(totals.totalBytes)} bytes)`],
    ['Budget', `${formatBytes(result.budgetBytes)}, ${formatShare(totals.totalBytes / result.budgetBytes)} used`],
    ...(result.activationBudgetBytes === undefined
      ? []
      : [['Activation budget', formatBytes(result.activationBudgetBytes)]]),
    ['Peak activation memory', formatBytes(totals.peakActivationBytes)],
    ...compileRow(result),
    [
      metric === 'psnr' ? 'PSNR, integer network, test part' : 'Accuracy, integer network, test part',
      formatMetric(metric, result.integerMetric),
    ],
    [
      metric === 'psnr' ? 'PSNR, float network, test part' : 'Accuracy, float network, test part',
      formatMetric(metric, result.floatMetric),
    ],
    ['Parameters', formatCount(totals.parameters)],
    ['Multiply-accumulates', formatLarge(totals.macs)],
    ['One inference', totals.cycles > 0 ? workText(clockOf(findTarget(result.target)), totals.cycles) : '—'],
    ...savingsRow(run),
    ...commandRow(run),
    ['Backend, seed, steps', `${result.backend}, ${result.seed}, ${formatCount(result.steps)}`],
    ...(data ? [['Data', dataText(data)]] : []),
    ...initialRow(events),
    ['Made', `${header.created} by UDC ${header.version}`],
  ];
}

export function layerTable({ layers, totals }: RunResult): Table {
  const bytes = (one: ByteSplit): string[] => {
    const bound = entropyBound(one);
    return [
      ...[one.totalBytes, ...splitParts(one).map((part) => part.bytes)].map(formatCount),
      bound === undefined ? '' : formatCount(bound),
    ];
  };
  return {
    title: 'Layers',
    head: [
      'Layer',
      'Operator',
      'Output',
      'Kernel',
      'Bits',
      'Sparsity (decided → reached)',
      'Parameters',
      'MACs',
      'Activation bytes',
      'Stored bytes',
      'Weights',
      'Scales and biases',
      'Padding',
      'Entropy bound',
    ],
    numeric: [4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
    rows: [
      ...layers.map((layer) => [
        layer.name,
        layer.op,
        layer.output.join('×'),
        layer.kernel,
        layer.parameters > 0 ? String(layer.bits) : '',
        layer.parameters > 0 ? formatZeros(layer) : '',
        formatCount(layer.parameters),
        formatCount(layer.macs),
        formatCount(layer.activationBytes),
        ...bytes(layer),
      ]),
      [
        'Total',
        '',
        '',
        '',
        '',
        '',
        formatCount(totals.parameters),
        formatCount(totals.macs),
        formatCount(totals.peakActivationBytes),
        ...bytes(totals),
      ],
    ],
  };
}

export function decisionTable({ decisions }: RunResult): Table {
  return {
    title: 'Decisions',
    head: ['Decision', 'Kind', 'Chosen'],
    numeric: [],
    rows: decisions.map(({ id, kind, label }) => [id, kind, label]),
  };
}

/** This result beside the baselines of the same budget; undefined without baselines. */
export function comparisonTable(result: RunResult): Table | undefined {
  if (result.baselines.length === 0) return undefined;
  const row = (name: string, bits: string, width: string, bytes: number, float: number, integer: number): Row => [
    name,
    bits,
    width,
    formatCount(bytes),
    formatShare(bytes / result.budgetBytes),
    formatMetric(result.metric, float),
    formatMetric(result.metric, integer),
  ];
  return {
    title: 'Against uniform networks of the same budget',
    numeric: [1, 2, 3, 4, 5, 6],
    head: ['Network', 'Bits', 'Width', 'Stored bytes', 'Of the budget', 'Float', 'Integer'],
    rows: [
      row(
        `${result.name} (UDC)`,
        'searched',
        'searched',
        result.totals.totalBytes,
        result.floatMetric,
        result.integerMetric,
      ),
      ...result.baselines.map((b) =>
        row(
          b.name,
          String(b.bits),
          `${Math.round(b.widthFactor * 100) / 100}×`,
          b.exactBytes,
          b.floatMetric,
          b.integerMetric,
        ),
      ),
    ],
  };
}

/** What the certificate says, in sentences. */
export function certificateText({ certificate, target }: RunResult): readonly string[] {
  const { exactBytes, budgetBytes, encodedSha256 } = certificate;
  return [
    `The final integer weights were encoded in the weight format of ${target}. Streams, biases and scales with their alignment take ${formatCount(exactBytes)} bytes; the budget is ${formatCount(budgetBytes)} bytes.`,
    `SHA-256 of the concatenated weight streams: ${encodedSha256}`,
  ];
}
