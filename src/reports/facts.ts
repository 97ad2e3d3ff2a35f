/** The facts of a run in the order and words that every report shares. */
import type { Effort } from '../wire/effort.ts';
import { exitTexts } from '../wire/exit-texts.ts';
import { findStrategy } from '../wire/strategies.ts';
import { naiveVerdict } from '../wire/tasks/naive-verdict.ts';
import { candidateLabel, candidateRows, fateText, lossText, originText } from '../charts/candidate-rows.ts';
import { settlement } from '../charts/settlement.ts';
import { commandStreamBytes } from '../costs/cycles/command-stream.ts';
import { objectiveProblem } from '../costs/limits/holding-limits.ts';
import { clockOf, findTarget } from '../targets/find-target.ts';
import { sramText, velaCommand } from '../costs/activations/vela-arguments.ts';
import { confirmationText, type Confirmation } from '../wire/compiler-answer.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatLarge,
  formatNumber,
  formatShare,
  formatUnit,
  formatZeros,
} from '../text/format.ts';
import { stepsAt, stepsText } from '../wire/preparation/step-table.ts';
import {
  baselineMeasured,
  floatMeasured,
  formatMeasured,
  formatMetric,
  integerMeasured,
  measureTexts,
  metricOf,
} from '../wire/tasks/metrics.ts';
import type { Measurement } from '../wire/tasks/metrics.ts';
import { workText } from '../wire/latency.ts';
import { fileArgument, oneLine, shellWord } from '../text/neutral.ts';
import type { WordTable } from '../text/word-table.ts';
import type { ByteSplit, DataFacts, NetworkResult, RunHeader, RunResult, RunSource } from '../wire/run.ts';
import { sourceText } from '../wire/source-text.ts';
import { COST_WORDS, limitedWork, limitOn, useText, weightLimit, type CostName, type Limit } from '../wire/limits.ts';
import { entropyBound, splitParts } from '../wire/byte-split.ts';
import { hasNarrowMaps, mapBits } from '../wire/map-bits.ts';
import type { ExportInput } from './export-input.ts';

export type Row = readonly string[];
export type Table = WordTable;

/** File name of the definition: reports name no folder of the machine that made them. */
export function definitionName({ header }: ExportInput): string {
  return header.definitionPath.split(/[\\/]/).at(-1) || `${header.id}.udc.yaml`;
}

/** Preparation and class names, where the run knows them. @param architecture whose input samples are prepared for */
export function dataFacts({
  events,
  architecture,
}: Pick<ExportInput, 'events'> & Partial<Pick<ExportInput, 'architecture'>>): DataFacts | undefined {
  const data = events.find((event) => event.type === 'started')?.data;
  if (!data?.preparation || !architecture) return data;
  return { ...data, preparation: stepsAt(data.preparation, architecture.input) };
}

/** The input that was chosen; none where it was no choice. */
export function inputRow({ decisions }: Pick<NetworkResult, 'decisions'>): readonly Row[] {
  const input = decisions.find(({ kind }) => kind === 'resolution');
  return input ? [['Input', input.label]] : [];
}

/** How to feed the network, in a sentence for files that people read. */
export function dataText({
  normalisation: { mean, std },
  preparation = [],
  outputScaling,
  classNames,
}: DataFacts): string {
  const first = preparation.filter(({ step }) => step !== 'normalise');
  const values = (numbers: readonly number[]): string =>
    numbers.map((value) => String(Number(value.toPrecision(7)))).join(', ');
  return `Input: ${first.length > 0 ? `${stepsText(first)}, then (value` : '(stored value'} - mean) / std per channel, mean ${values(mean)}, std ${values(std)}.${outputScaling ? ` Value: output * std + mean, mean ${values(outputScaling.mean)}, std ${values(outputScaling.std)}.` : ''}${classNames ? ` Outputs: ${classNames.map(oneLine).join(', ')}.` : ''}`;
}

/** The command that repeats the run, for a POSIX shell. */
export function reproduction(run: ExportInput): string {
  const { header } = run;
  if (header.from) return specialisation(run, header.from);
  const others = header.baselines.filter((id) => id !== 'uniform');
  const parts = [
    'udc',
    'search',
    fileArgument(definitionName(run)),
    '--budget',
    String(weightLimit(header.limits)),
    '--seed',
    String(header.seed),
    '--backend',
    run.result.backend,
    ...(header.strategy === run.definition.strategy ? [] : ['--strategy', header.strategy]),
    ...(header.baselines.includes('uniform') ? ['--baselines'] : []),
    ...(others.length > 0 ? ['--against', others.join(',')] : []),
  ];
  return parts.map(shellWord).join(' ');
}

/** The same for a network from the weights of another run, which has to be there. */
function specialisation({ header: { limits }, result: { target } }: ExportInput, { id, tune }: RunSource): string {
  const parts = ['udc', 'specialise', id, '--target', target, ...given(limits)];
  return [...parts, ...(tune > 0 ? ['--tune', String(tune)] : [])].map(shellWord).join(' ');
}

/** The limits that options can set, as options. */
function given(limits: readonly Limit[]): string[] {
  const flags: Readonly<Partial<Record<CostName, (limit: number) => string[]>>> = {
    weights: (limit) => ['--budget', String(limit)],
    latency: (limit) => ['--latency', `${1000 * limit}ms`],
    cycles: (limit) => ['--cycles', String(limit)],
    macs: (limit) => ['--macs', String(limit)],
  };
  return limits.flatMap(({ cost, limit }) => flags[cost]?.(limit) ?? []);
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

/** Who taught it, if anybody did. */
function teacherRow(events: ExportInput['events']): readonly Row[] {
  const teacher = events.find((event) => event.type === 'started')?.teacher;
  return teacher ? [['Teacher', `${teacher.file}, SHA-256 ${teacher.sha256}`]] : [];
}

/** The run whose weights it has, where it was not searched itself. */
function sourceRow({ from }: RunHeader): readonly Row[] {
  if (!from) return [];
  return [['Weights', sourceText(from)]];
}

/** How the compiler is called so that what is promised of memory and time holds, where the target has one. */
function compileRow({ result, chosen: { certificate, confirmation } }: ExportInput): readonly Row[] {
  const target = findTarget(result.target);
  const command = velaCommand(target, certificate.costs, 'FILE.tflite');
  const sram = sramText(target, certificate.costs);
  return [
    ...(command === undefined ? [] : [['Compile with', command] as const]),
    ...(sram === undefined ? [] : [['SRAM with that command', sram] as const]),
    ...(confirmation ? [["By the target's compiler", confirmationText(confirmation)] as const] : []),
  ];
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

/** What candidates were ranked by beside their loss. */
function objectiveRow({ definition, result }: ExportInput): readonly Row[] {
  const { objective } = definition;
  if (!objective || findStrategy(result.strategy.id)?.comparesNothing) return [];
  if (objectiveProblem(definition, findTarget(result.target)) !== undefined) return [];
  const { cost, goal, weight } = objective;
  const { of, unit } = COST_WORDS[cost];
  const { name, better } = metricOf(result.metric);
  const share = `(${of} / ${formatUnit(unit, goal)})`;
  // Where less is better, what is slow adds to it.
  return [['Ranked by', `${name} × ${share}^${formatNumber(better === 'higher' ? weight : -weight)}`]];
}

/** How many samples each part had. */
function samplesRow({ events }: ExportInput): readonly Row[] {
  const samples = events.find((event) => event.type === 'started')?.samples;
  if (!samples) return [];
  const { train, validation, test } = samples;
  const counts = `${formatCount(train)} to train on, ${formatCount(validation)} for validation`;
  return [['Samples', `${counts}, ${formatCount(test)} for the test`]];
}

/** What of the definition did not hold for this network. */
function leftOutRows({ events }: ExportInput): readonly Row[] {
  const leftOut = events.find((event) => event.type === 'started')?.leftOut ?? [];
  return leftOut.map((text): Row => ['Left out', text]);
}

/** Headline figures as label and value. */
export function headline(run: ExportInput): readonly Row[] {
  const { result, chosen, header, events } = run;
  const { metric, limits } = result;
  const { totals } = chosen;
  const activations = limitOn(limits, 'activations');
  const data = dataFacts(run);
  const naive = chosen === result.networks[0] ? naiveVerdict(result) : undefined;
  return [
    ['Target', result.target],
    ...inputRow(chosen),
    ['Encoded weights', `${formatBytes(totals.totalBytes)} (${formatCount(totals.totalBytes)} bytes)`],
    ['Budget', `${formatBytes(weightLimit(limits))}, ${formatShare(totals.totalBytes / weightLimit(limits))} used`],
    ...(activations === undefined ? [] : [['Activation budget', formatBytes(activations)]]),
    ['Peak activation memory', formatBytes(totals.peakActivationBytes)],
    ...limitedWork(chosen.certificate.costs).map((one): Row => [
      `${COST_WORDS[one.cost].title} limit`,
      `${useText(one)} used`,
    ]),
    ...compileRow(run),
    [`${metricOf(metric).title}, integer network, test part`, formatMeasured(metric, integerMeasured(chosen))],
    [`${metricOf(metric).title}, float network, test part`, formatMeasured(metric, floatMeasured(chosen))],
    ...measureTexts(chosen.measures),
    ...exitTexts(chosen),
    ...(result.naive
      ? [[`${metricOf(metric).title}, ${result.naive.name}`, formatMetric(metric, result.naive.metric)] as const]
      : []),
    ...(naive === undefined ? [] : [['Of use', naive] as const]),
    ['Parameters', formatCount(totals.parameters)],
    ['Multiply-accumulates', formatLarge(totals.macs)],
    ['One inference', totals.cycles > 0 ? workText(clockOf(findTarget(result.target)), totals.cycles) : '—'],
    ...savingsRow(run),
    ...objectiveRow(run),
    ...leftOutRows(run),
    ...commandRow(run),
    ['Backend, seed, steps', `${result.backend}, ${result.seed}, ${formatCount(chosen.steps)}`],
    ...samplesRow(run),
    ...(data ? [['Data', dataText(data)]] : []),
    ...initialRow(events),
    ...teacherRow(events),
    ...sourceRow(header),
    ['Made', `${header.created} by UDC ${header.version}`],
  ];
}

export function layerTable({ layers, totals }: NetworkResult): Table {
  const bytes = (one: ByteSplit): string[] => {
    const bound = entropyBound(one);
    return [
      ...[one.totalBytes, ...splitParts(one).map((part) => part.bytes)].map(formatCount),
      bound === undefined ? '' : formatCount(bound),
    ];
  };
  const narrow = hasNarrowMaps(layers);
  const head = [
    'Layer',
    'Operator',
    'Output',
    ...(narrow ? ['Output bits'] : []),
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
  ];
  const words = new Set(['Layer', 'Operator', 'Output', 'Kernel']);
  return {
    title: 'Layers',
    head,
    numeric: head.flatMap((title, column) => (words.has(title) ? [] : [column])),
    rows: [
      ...layers.map((layer) => [
        layer.name,
        layer.op,
        layer.output.join('×'),
        ...(narrow ? [String(mapBits(layer))] : []),
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
        ...head.slice(1, head.indexOf('Parameters')).map(() => ''),
        formatCount(totals.parameters),
        formatCount(totals.macs),
        formatCount(totals.peakActivationBytes),
        ...bytes(totals),
      ],
    ],
  };
}

export function decisionTable({ decisions }: NetworkResult): Table {
  return {
    title: 'Decisions',
    head: ['Decision', 'Kind', 'Chosen'],
    numeric: [],
    rows: decisions.map(({ id, kind, label }) => [id, kind, label]),
  };
}

/** The networks of a result beside its baselines of the same budget; undefined where there is one alone. */
export function comparisonTable(result: RunResult): Table | undefined {
  if (result.baselines.length + result.networks.length < 2) return undefined;
  const budgetBytes = weightLimit(result.limits);
  const row = (
    name: string,
    details: string,
    bytes: number,
    float: Measurement,
    integer: Measurement,
    effort: Effort | undefined,
  ): Row => [
    name,
    details,
    formatCount(bytes),
    formatShare(bytes / budgetBytes),
    formatMeasured(result.metric, float),
    formatMeasured(result.metric, integer),
    effort ? formatCount(effort.steps) : '–',
    effort ? formatDuration(effort.measured.seconds) : '–',
  ];
  return {
    title: result.ensemble
      ? 'The single network, and the members of the ensemble alone'
      : 'Networks of the same budget',
    numeric: [2, 3, 4, 5, 6, 7],
    head: ['Network', 'How', 'Stored bytes', 'Of the budget', 'Float', 'Integer', 'Steps in all', 'Work'],
    rows: [
      ...result.networks.map((network) =>
        row(
          network.name,
          `searched by ${result.strategy.title}`,
          network.totals.totalBytes,
          floatMeasured(network),
          integerMeasured(network),
          result.networks.length === 1 ? result.effort : undefined,
        ),
      ),
      ...result.baselines.map((baseline) => {
        const { float, integer } = baselineMeasured(baseline, result.networks[0].test?.samples);
        return row(baseline.name, baseline.details, baseline.exactBytes, float, integer, baseline.effort);
      }),
    ],
  };
}

/** How the architecture was settled, in sentences; none where the events do not say. */
export function settlementText({ events, result }: Pick<ExportInput, 'events' | 'result'>): readonly string[] {
  return settlement(events, result);
}

/** Rows of the table of candidates; a strategy may try thousands. */
const MOST_CANDIDATES = 40;

/** The candidates, the best first; undefined where the search had fewer than two. */
export function candidateTable({ events }: Pick<ExportInput, 'events'>): Table | undefined {
  const rows = candidateRows(events);
  if (rows.length < 2) return undefined;
  const loss = (value: number | undefined): string => (value === undefined ? '–' : lossText(value));
  const more = rows.length > MOST_CANDIDATES ? ` (the first ${MOST_CANDIDATES} of ${formatCount(rows.length)})` : '';
  return {
    title: `Candidates${more}`,
    numeric: [0, 3, 4, 5, 6],
    head: ['Rank', 'Candidate', 'From', 'Stored bytes', 'Foretold loss', 'Trained loss', 'Steps', 'How it ended'],
    rows: rows.slice(0, MOST_CANDIDATES).map((row) => {
      const { rank, id, origin, exactBytes, predictedLoss, trials, out } = row;
      const last = trials.at(-1);
      return [
        String(rank),
        candidateLabel(id),
        originText(origin),
        exactBytes === undefined ? '–' : formatCount(exactBytes),
        loss(predictedLoss),
        loss(last?.loss),
        last ? formatCount(last.steps) : '–',
        [fateText(row, rows.length), ...(out ? [out.reason] : [])].join(': '),
      ];
    }),
  };
}

/** Whether somebody else counts the same. */
function confirmationSentence(found: Confirmation): string {
  if ('reason' in found) return `Not confirmed by Vela: ${found.reason}.`;
  return `Confirmed by Arm's compiler, called with ${found.arguments.join(' ')}. ${confirmationText(found)}.`;
}

/** What the certificate says, in sentences. */
export function certificateText({ result: { target, limits }, chosen }: ExportInput): readonly string[] {
  const { exactBytes, encodedSha256, costs } = chosen.certificate;
  const { confirmation } = chosen;
  return [
    ...limitedWork(costs).map((one) => `${COST_WORDS[one.cost].title} of one inference: ${useText(one)} of the limit.`),
    `The final integer weights were encoded in the weight format of ${target}. Streams, biases and scales with their alignment take ${formatCount(exactBytes)} bytes; the budget is ${formatCount(weightLimit(limits))} bytes.`,
    `SHA-256 of the concatenated weight streams: ${encodedSha256}`,
    ...(confirmation ? [confirmationSentence(confirmation)] : []),
  ];
}
