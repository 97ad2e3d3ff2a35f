/**
 * The hover of a layer, as Markdown: what goes in and out, what it costs, and its weights in three forms with the sum
 * that made them.
 */
import { isExit } from '../../../network/layer-graph.ts';
import type { Operation } from '../../../network/types.ts';
import { BOTTLENECK_WORDS, type LayerWork } from '../../../costs/cycles/layer-work.ts';
import { paddingAdvice } from '../../../costs/check/padding-advice.ts';
import { channelPadding, weightShape } from '../../../costs/weights/padding/channel-padding.ts';
import type { Target } from '../../../targets/find-target.ts';
import { formatBytes, formatCount, formatLarge, formatShare } from '../../../text/format.ts';
import { markdownText as plain } from '../../../text/neutral.ts';
import type { LayerReport } from '../../../wire/run.ts';
import { splitParts } from '../../../wire/byte-split.ts';
import type { NetworkSizes, SizedArchitecture } from '../sizes/analysis.ts';
import type { FoundLayer } from '../sizes/exact-sizes.ts';
import type { LayerMeasure, OperationMeasure } from '../sizes/measure.ts';
import { bytesRange, countRange, estimated, kernelText, shape, shareRange } from './words.ts';

interface Column {
  readonly title: string;
  readonly sized: SizedArchitecture;
}

function columnsOf(sizes: NetworkSizes): readonly Column[] {
  return sizes.isArchitecture
    ? [{ title: 'value', sized: sizes.largestArchitecture }]
    : [
        { title: 'in the smallest architecture', sized: sizes.smallestArchitecture },
        { title: 'in the largest', sized: sizes.largestArchitecture },
      ];
}

const row = (name: string, values: readonly string[]): string => `| ${name} | ${values.join(' | ')} |`;

function operatorOf(measure: LayerMeasure): string {
  if (measure.skipped) return 'none, skipped';
  return measure.operations
    .map(({ operation }) =>
      operation.kind === 'conv' || operation.kind === 'depthwise'
        ? `${operation.kind} ${kernelText(operation.kernel)}`
        : operation.kind,
    )
    .join(', ');
}

/** Outside the table, whose columns would make two lists of operators run into each other. */
function operatorsText(columns: readonly Column[], measures: readonly LayerMeasure[]): string {
  const [first, last] = [operatorOf(measures[0]!), operatorOf(measures.at(-1)!)];
  return `Operators: ${first === last ? first : columns.map(({ title }, index) => `${operatorOf(measures[index]!)} (${title})`).join('; ')}.`;
}

/** `exact`: the run's report of this layer, when the definition is that run's architecture. */
export function layerText(sizes: NetworkSizes, index: number, exact?: LayerReport): string {
  const { spec } = sizes.network.layers[index]!;
  const columns = columnsOf(sizes);
  const measures = columns.map(({ sized }) => sized.layer(index));
  const stored = exact ? { smallest: exact.totalBytes, largest: exact.totalBytes } : sizes.layerRange(index);
  const lines = [heading(sizes, spec.name, measures, stored, exact !== undefined), ''];
  lines.push(
    row(
      '',
      columns.map(({ title }) => title),
    ),
    `|:--|${columns.map(() => '--:|').join('')}`,
  );
  // The weights first: hovers are low, and which layer fills the memory is what people want to know.
  if (stored.largest > 0) lines.push(...weightRows(sizes, measures, exact));
  lines.push(
    row(
      'Shape in',
      measures.map(({ input }) => (input ? shape(input) : '–')),
    ),
  );
  lines.push(
    row(
      'Shape out',
      measures.map(({ output }) => (output ? shape(output) : '–')),
    ),
  );
  lines.push(
    row(
      'Parameters',
      measures.map(({ parameters }) => formatCount(parameters)),
    ),
  );
  lines.push(
    row(
      'MACs',
      measures.map(({ macs }) => formatCount(macs)),
    ),
  );
  lines.push(
    row(
      'Activation bytes while it runs',
      columns.map(({ sized }) => formatCount(sized.layerActivationBytes(index))),
    ),
  );
  lines.push(...workRows(sizes, columns, index));
  lines.push('', operatorsText(columns, measures));
  if (stored.largest > 0)
    lines.push(
      '',
      ...sums(sizes, measures.at(-1)!, columns.length > 1, exact),
      ...remedies(sizes, measures.at(-1)!, exact),
    );
  return lines.join('\n');
}

function heading(
  sizes: NetworkSizes,
  name: string,
  measures: readonly LayerMeasure[],
  stored: { smallest: number; largest: number },
  exact: boolean,
): string {
  if (stored.largest === 0) return `**${plain(name)}** stores no weights.`;
  const size = estimated(bytesRange(stored.smallest, stored.largest), exact);
  const share =
    sizes.budgetBytes === undefined
      ? ''
      : `, ${shareRange(stored.smallest, stored.largest, sizes.budgetBytes)} of the ${formatBytes(sizes.budgetBytes)} budget`;
  const parameters = countRange(
    Math.min(...measures.map((measure) => measure.parameters)),
    Math.max(...measures.map((measure) => measure.parameters)),
  );
  return `**${plain(name)}**: ${size} compressed${share}; ${parameters} parameters.`;
}

/** Cycles of a layer, how much of the array it uses, and what it waits for, once that has been worked out. */
function workRows({ worksOut, network }: NetworkSizes, columns: readonly Column[], index: number): readonly string[] {
  const works = worksOut ? [] : columns.map(({ sized }) => sized.layerWork(index));
  if (!works.some((work) => work)) return [];
  const rows: readonly (readonly [string, (work: LayerWork) => string])[] = [
    ['Cycles, estimated', ({ cycles, share }) => `${formatLarge(cycles)}, ${formatShare(share)} of all`],
    ['Array used', ({ utilisation }) => (utilisation === undefined ? '–' : formatShare(utilisation))],
    ['Bound by', ({ bottleneck }) => BOTTLENECK_WORDS[bottleneck]],
  ];
  const own = rows.map(([title, cell]) =>
    row(
      title,
      works.map((work) => (work ? cell(work) : '–')),
    ),
  );
  return isExit(network.layers[index]!.spec) ? [...own, answerRow(columns, index)] : own;
}

/** The cycles of an inference that stops at an exit. */
function answerRow(columns: readonly Column[], index: number): string {
  return row(
    'Cycles until it answers',
    columns.map(({ sized }) => {
      const until = sized.workUntil(index);
      return until ? `${formatLarge(until.cycles)}, ${formatShare(until.share)} of all` : '–';
    }),
  );
}

/** The weights as floats, packed into their bits, and as the target stores them. */
function weightRows(
  { target }: NetworkSizes,
  measures: readonly LayerMeasure[],
  exact: LayerReport | undefined,
): readonly string[] {
  return [
    row(
      `**Stored by ${plain(target.title)}**`,
      measures.map(
        ({ storedBytes }) => `**${estimated(formatBytes(exact?.totalBytes ?? storedBytes), exact !== undefined)}**`,
      ),
    ),
    row(
      'Packed into their bits',
      measures.map(({ packedBytes }) => formatBytes(packedBytes)),
    ),
    row(
      'As floats',
      measures.map(({ floatBytes }) => formatBytes(floatBytes)),
    ),
  ];
}

/** '50 % zeros decided, 53.1 % reached' */
function zerosText({ sparsity, achievedSparsity }: Pick<LayerReport, 'sparsity' | 'achievedSparsity'>): string {
  return achievedSparsity === undefined
    ? `${formatShare(sparsity)} zeros decided`
    : `${formatShare(sparsity)} zeros decided, ${formatShare(achievedSparsity)} reached`;
}

/** What is known of a layer with its weights, and the exact bytes of it. */
export function foundText({
  origin,
  report: { op, output, bits, sparsity, achievedSparsity, parameters, totalBytes },
}: FoundLayer): string {
  if (parameters === 0) return `${plain(origin)}: ${plain(op)}.`;
  return `${plain(origin)}: ${plain(op)}, ${shape(output)}, ${bits} bit, ${zerosText({ sparsity, ...(achievedSparsity !== undefined && { achievedSparsity }) })}; **${formatBytes(totalBytes)}**, exact.`;
}

/** How the three sizes come about. */
function sums(
  { target }: NetworkSizes,
  measure: LayerMeasure,
  isLargest: boolean,
  exact: LayerReport | undefined,
): readonly string[] {
  const weighted = measure.operations.filter(({ filter }) => filter !== undefined);
  const sum = (terms: readonly string[]): string => terms.join(' + ');
  return [
    `${isLargest ? 'The sums of the largest' : 'The sums'}:`,
    `- floats: ${sum(weighted.map(({ weights }) => `${formatCount(weights)} × 4 B`))} = ${formatBytes(measure.floatBytes)}`,
    `- packed: ${sum(weighted.map(({ weights, operation }) => `${formatCount(weights)} × ${operation.bits} bit`))} = ${formatBytes(measure.packedBytes)}`,
    `- ${plain(target.title)}: ${exact ? exactSum(exact) : `${sum(weighted.map(storedSum))} = ≈ ${formatBytes(measure.storedBytes)}`}`,
  ];
}

function storedSum({ stored, operation }: OperationMeasure): string {
  if (!stored) return '';
  const coded =
    stored.codedElements > stored.elements
      ? `${formatCount(stored.codedElements)} coded`
      : formatCount(stored.elements);
  const bits = stored.codedElements === 0 ? 0 : (stored.weightBytes * 8) / stored.codedElements;
  const sparse = operation.sparsity > 0 ? `, ${formatShare(operation.sparsity)} zeros` : '';
  return `${coded} × ${bits.toFixed(2)} bit${sparse} + ${formatCount(stored.sideBytes)} B bias and scale`;
}

function exactSum(report: LayerReport): string {
  const [weights, , padding] = splitParts(report).map(({ bytes }) => formatCount(bytes));
  const zeros = report.paddingBytes > 0 ? ` + ${padding} B padding` : '';
  return `${weights} B weights (${zerosText(report)})${zeros} + ${formatCount(report.sideBytes)} B bias and scale = ${formatBytes(report.totalBytes)}, exact`;
}

/** Where rounding costs something, how much, why, and the widths that would not, where somebody can choose them. */
function remedies(
  { target, network, largestArchitecture: { architecture } }: NetworkSizes,
  measure: LayerMeasure,
  exact: LayerReport | undefined,
): readonly string[] {
  const split = exact ?? { totalBytes: measure.storedBytes, paddingBytes: measure.paddingBytes };
  const advice = paddingAdvice(
    target,
    measure.operations.map(({ operation }) => operation),
    split,
    { network, architecture },
  );
  if (!advice) return [];
  const lines = [
    '',
    `Padding: ${estimated(formatBytes(advice.bytes), exact !== undefined)}, ${formatShare(advice.share)} of the stored bytes.`,
  ];
  for (const text of [...advice.reasons, ...advice.remedies]) lines.push(`- ${plain(text)}.`);
  for (const {
    operation: { kind, kernel },
    stored,
  } of measure.operations.filter(({ operation }) => roundsElementsOnly(target, operation))) {
    if (stored && stored.codedElements > stored.elements)
      lines.push(
        `- ${kind} ${kernelText(kernel)}: the NPU's weight order codes ${formatCount(stored.elements)} weights as ${formatCount(stored.codedElements)}.`,
      );
  }
  return lines;
}

/** Are an operator's zeros due to its kernel, and not to a count of channels? */
function roundsElementsOnly(target: Target, operation: Operation): boolean {
  const shape = weightShape(operation);
  return shape !== undefined && !channelPadding(target, shape, 'output') && !channelPadding(target, shape, 'input');
}
