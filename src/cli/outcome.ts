/** What a finished search says: the chosen architecture as a table, the certificate, baselines, and what to do next. */
import { noResult } from '../wire/no-result.ts';
import { exitTexts } from '../wire/exit-texts.ts';
import { naiveVerdict } from '../wire/tasks/naive-verdict.ts';
import { basename, relative } from 'node:path';
import { clockOf, findTarget } from '../targets/find-target.ts';
import { sramText, velaCommand } from '../costs/activations/vela-arguments.ts';
import { formatBytes, formatCount, formatDuration, formatLarge, formatShare, formatZeros } from '../text/format.ts';
import {
  baselineMeasured,
  floatMeasured,
  formatMeasured,
  formatMetric,
  integerMeasured,
  measureTexts,
  metricOf,
} from '../wire/tasks/metrics.ts';
import { workText } from '../wire/latency.ts';
import { confirmationText } from '../wire/compiler-answer.ts';
import { fileArgument, oneLine, shellWord } from '../text/neutral.ts';
import { COST_WORDS, limitedWork, useText, weightLimit } from '../wire/limits.ts';
import type { ByteSplit, NetworkResult, RunEvent, RunHeader, RunResult } from '../wire/run.ts';
import { entropyBound } from '../wire/byte-split.ts';
import { sourceText } from '../wire/source-text.ts';
import { ENSEMBLE_TITLE, ensembleSentences } from '../wire/ensemble-sentences.ts';
import { inputRow, settlementText } from '../reports/facts.ts';
import { testSummary } from '../reports/test-part.ts';
import type { RunFolder } from '../runs/folder/run-folder.ts';
import { CommandError } from './terminal/io.ts';
import { table, plain } from './terminal/table.ts';

/** A path as people would type it here. */
export function near(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' ? '.' : short.startsWith('..') ? path : short;
}

/** A path as one word of a shell, as people would type it here. */
export const typed = (path: string): string => shellWord(fileArgument(near(path)));

/** What starts this program in the user's shell: `udc` where it is installed as that, else Node with its bundle. */
export function self(script = process.argv[1] ?? ''): string {
  return basename(script) === 'cli.cjs' ? `node ${typed(script)}` : 'udc';
}

/** @param then what is asked of the run: 'export it' */
export async function unfinished(folder: RunFolder, then: string): Promise<CommandError> {
  const { problem, next } = noResult(await folder.readState(), `${self()} resume ${typed(folder.path)}`);
  return new CommandError(`${near(folder.path)}: ${problem}: ${next}, then ${then}`);
}

export function outcomeText(
  folder: RunFolder,
  header: RunHeader,
  result: RunResult,
  events: readonly RunEvent[] = [],
): string {
  return plain(
    [
      architectureTable(result.networks[0]),
      summary(result, header, events),
      ensembleOf(result),
      story(result, events),
      offersText(result),
      comparison(result),
      nextSteps(folder, header, result),
    ]
      .filter((part) => part !== '')
      .join('\n'),
  );
}

function architectureTable({ layers, totals }: NetworkResult): string {
  const rows = layers.map((layer) => {
    const { name, op, kernel, output, activationBits, bits, parameters, macs, totalBytes } = layer;
    const weighted = parameters > 0;
    return [
      name,
      op,
      weighted ? kernel : '',
      `${output.join('x')}${activationBits === undefined ? '' : `, ${activationBits} bits`}`,
      weighted ? String(bits) : '',
      weighted ? formatZeros(layer) : '',
      weighted ? formatCount(parameters) : '',
      macs > 0 ? formatLarge(macs) : '',
      weighted ? `${formatCount(totalBytes)} B` : '',
      weighted ? formatShare(totalBytes / totals.totalBytes) : '',
    ];
  });
  const right = { align: 'right' } as const;
  return table(
    [
      { title: 'layer' },
      { title: 'operator' },
      { title: 'kernel' },
      { title: 'output' },
      { title: 'bits', ...right },
      { title: 'zeros: decided → reached', ...right },
      { title: 'parameters', ...right },
      { title: 'MACs', ...right },
      { title: 'stored', ...right },
      { title: 'share', ...right },
    ],
    rows,
    [
      [
        'total',
        '',
        '',
        '',
        '',
        '',
        formatCount(totals.parameters),
        formatLarge(totals.macs),
        `${formatCount(totals.totalBytes)} B`,
        '',
      ],
    ],
  );
}

function summary(result: RunResult, { from }: Pick<RunHeader, 'from'>, events: readonly RunEvent[]): string {
  const { metric, networks, limits, target } = result;
  const [network] = networks;
  const { measures, totals, certificate, steps } = network;
  const naive = naiveVerdict(result);
  const tested = testSummary({ metric }, network, events);
  const { exactBytes, encodedSha256 } = certificate;
  const budgetBytes = weightLimit(limits);
  const compile = velaCommand(findTarget(target), certificate.costs, 'FILE.tflite');
  const sram = sramText(findTarget(target), certificate.costs);
  return [
    ...inputRow(network).map(([, input]) => `${'input'.padEnd(12)}${input}, the size that was chosen`),
    `${metricOf(metric).name.padEnd(12)}${formatMeasured(metric, integerMeasured(network))} on the test part by integer arithmetic (${formatMeasured(metric, floatMeasured(network))} in float), after ${formatCount(steps)} steps`,
    ...measureTexts(measures).map(([title, value]) => `            ${title}: ${value}`),
    ...exitTexts(network).map(([title, value]) => `            ${title}: ${value}`),
    ...(naive === undefined ? [] : [`            ${naive}`]),
    ...(tested?.weakest === undefined ? [] : [`${''.padEnd(12)}${oneLine(tested.weakest)}`]),
    ...(tested?.warnings ?? []).map((text) => `${'note'.padEnd(12)}${oneLine(text)}`),
    `size        ${formatBytes(exactBytes)} of ${formatBytes(budgetBytes)}: ${formatShare(exactBytes / budgetBytes)} of the budget${boundText(totals)}`,
    `memory      ${formatBytes(totals.peakActivationBytes)} of activations at the peak, ${totals.cycles > 0 ? `${workText(clockOf(findTarget(target)), totals.cycles)} on ${target}` : `cycles on ${target} — (no model of it)`}`,
    ...limitedWork(certificate.costs).map((one) => `${COST_WORDS[one.cost].of.padEnd(12)}${useText(one)} of the limit`),
    ...(compile === undefined ? [] : [`compile     ${compile}`]),
    ...(sram === undefined ? [] : [`sram        with that command ${sram}`]),
    ...(network.confirmation ? [`compiler    ${oneLine(confirmationText(network.confirmation))}`] : []),
    ...(from ? [`weights     ${sourceText(from)}`] : []),
    `certificate ${formatCount(exactBytes)} B <= ${formatCount(budgetBytes)} B; SHA-256 of the encoded weights ${encodedSha256}`,
    '',
  ].join('\n');
}

/** Whether the ensemble or the single network wins; empty where the run had none. */
function ensembleOf(result: RunResult): string {
  const lines = ensembleSentences(result);
  return lines.length === 0
    ? ''
    : `${ENSEMBLE_TITLE}, which is the one above:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

/** How the architecture was settled; empty where the events do not say. */
function story(result: RunResult, events: readonly RunEvent[]): string {
  const lines = settlementText({ events, result });
  return lines.length === 0 ? '' : `How the architecture was settled:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function boundText(totals: ByteSplit): string {
  const bound = entropyBound(totals);
  return bound === undefined ? '' : `; entropy bound of the weights ${formatBytes(bound)}`;
}

/** Which other sizes networks can be made of, and how far their predictions go; empty where there are none. */
function offersText({ offers, metric: tested }: RunResult): string {
  if (offers === undefined || offers.list.length === 0) return '';
  const metric = offers.metric ?? tested;
  const { list, ranking } = offers;
  const [first, last] = [list[0]!, list.at(-1)!];
  const rows = list.map(({ exactBytes, predictedMetric, measuredMetric }) => [
    `${formatCount(exactBytes)} B`,
    formatMetric(metric, predictedMetric),
    formatMetric(metric, measuredMetric),
  ]);
  const right = { align: 'right' } as const;
  return [
    `Other sizes from the same weights, ${formatBytes(first.exactBytes)} to ${formatBytes(last.exactBytes)}, untrained, on the validation part:`,
    table(
      [
        { title: 'stored', ...right },
        { title: 'predicted', ...right },
        { title: 'measured', ...right },
      ],
      rows,
    ),
    `The predictor was fitted to ${ranking.measured} measured architectures${ranking.kendall === undefined ? '' : `; it ranks ${ranking.heldOut} that it has not seen with a Kendall's τ of ${ranking.kendall.toFixed(2)}`}.\n`,
  ].join('\n');
}

/** The networks of the result beside each other and beside the baselines; empty where there is only one. */
function comparison({ baselines, metric, networks, strategy, effort: own, ensemble }: RunResult): string {
  if (baselines.length + networks.length < 2) return '';
  const right = { align: 'right' } as const;
  const rows = [
    ...networks.map((network) => ({
      name: network.name,
      details: strategy.title,
      exactBytes: network.certificate.exactBytes,
      integer: integerMeasured(network),
      effort: networks.length === 1 ? own : undefined,
    })),
    ...baselines.map(({ name, details, exactBytes, effort, ...measured }) => ({
      name,
      details,
      exactBytes,
      effort,
      integer: baselineMeasured(measured, networks[0].test?.samples).integer,
    })),
  ];
  const first =
    networks.length > 1 ? '; the first has the least loss on the validation part, and is the one above' : '';
  const what = ensemble
    ? 'The single network, which is the one above, and the members alone, each within its share of the budget'
    : `Each within the same limits and trained for as many steps${first}`;
  return `${what}:\n${table(
    [
      { title: 'network' },
      { title: 'by' },
      { title: 'stored', ...right },
      { title: `${metric} (integer)`, ...right },
      { title: 'steps in all', ...right },
      { title: 'work', ...right },
    ],
    rows.map(({ name, details, exactBytes, integer, effort }) => [
      name,
      details,
      `${formatCount(exactBytes)} B`,
      formatMeasured(metric, integer),
      effort ? formatCount(effort.steps) : '',
      effort ? formatDuration(effort.measured.seconds) : '',
    ]),
  )}`;
}

function nextSteps(folder: RunFolder, header: RunHeader, { offers, networks, ensemble }: RunResult): string {
  const run = typed(folder.path);
  return [
    `run folder  ${near(folder.path)}`,
    '',
    'Next:',
    // Of a definition without choices nothing was chosen.
    ...(networks[0].decisions.length === 0
      ? []
      : [
          `  ${self()} apply ${run} ${typed(header.definitionPath)}`,
          '      writes the chosen values into the definition',
        ]),
    // What compilers take has bytes for activations.
    ...(networks[0].layers.some(({ activationBits }) => activationBits !== undefined)
      ? [`  ${self()} export ${run} --format c --out model.h`, '      writes the network as a C program']
      : [
          `  ${self()} export ${run} --format tflite --out model.tflite`,
          '      writes a network for the compiler of the target',
        ]),
    ...(networks[0].exits === undefined
      ? []
      : [
          `  ${self()} combine ${run} --out FOLDER`,
          '      finds when its early exits are sure, and writes it so that it stops there',
        ]),
    ...(ensemble === undefined
      ? []
      : [
          `  ${self()} combine ${run} --out FOLDER`,
          '      shows accuracy against mean work, and writes the ensemble for a chip',
        ]),
    ...(offers === undefined
      ? []
      : [
          `  ${self()} specialise ${run} --budget 6KiB`,
          '      makes a network of another budget, target or latency without a search',
        ]),
    `  code ${typed(workspaceOf(folder))}`,
    '      opens the folder in VS Code; there F1, "UDC: Show Results" shows this run',
    '',
  ].join('\n');
}

/** The folder that VS Code should open to find the run: the one that holds `.udc`. */
function workspaceOf(folder: RunFolder): string {
  const at = folder.path.search(/[\\/]\.udc[\\/]runs[\\/][^\\/]+$/);
  return at > 0 ? folder.path.slice(0, at) : folder.path;
}
