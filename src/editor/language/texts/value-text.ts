/** The hover of one value of a definition, as Markdown: what it means, and what each of its options costs. */
import { OPERATORS } from '../../../network/operators.ts';
import { schemaAt } from '../../../language/definition-schema.ts';
import type { Architecture, Decision, LayerTemplate, Operation, ScalarPath } from '../../../network/types.ts';
import { lastWeighted } from '../../../costs/check/padding-advice.ts';
import { channelPadding, weightShape, type Side } from '../../../costs/weights/padding/channel-padding.ts';
import { primitiveOf, wholeCounts, wholeText } from '../../../costs/weights/padding/whole-widths.ts';
import { savingsText, saves, type Saver } from '../../../costs/weights/savings.ts';
import {
  formatArchitectures,
  formatBytes,
  formatCount,
  formatLarge,
  formatShare,
  formatUnit,
} from '../../../text/format.ts';
import { markdownText as plain } from '../../../text/neutral.ts';
import { clockOf } from '../../../targets/find-target.ts';
import { modesText, systemsText } from './preset-text.ts';
import { workText as inferenceWork } from '../../../wire/latency.ts';
import type { NetworkSizes, SizedArchitecture } from '../sizes/analysis.ts';
import { consumers } from '../sizes/consumers.ts';
import { fittedIfAny } from '../sizes/fitted.ts';
import { COSTS } from '../../../costs/cost-table.ts';
import { capitalised } from '../../../text/sentences.ts';
import { COST_WORDS, limitOn } from '../../../wire/limits.ts';
import { againstBudget, bytesRange, estimated } from './words.ts';

const WIDTH_KEYS: ReadonlySet<string> = new Set(['filters', 'units']);
const SAVER_KEYS: Readonly<Record<string, Saver>> = { bits: 'bits', sparsity: 'sparsity' };

/** The hover of a value of a layer; `key` is for example 'filters'. */
export function layerValueText(sizes: NetworkSizes, index: number, key: string): string {
  const layer = sizes.network.layers[index]!;
  const parts = [description(['layers', index, key])];
  const decision = sizes.network.decisions.findIndex(({ sites }) =>
    sites.some((site) => site.layer === index && site.key === key),
  );
  if (decision >= 0) parts.push(optionsTable(sizes, index, decision));
  if (key === 'op') parts.push(operatorText(layer));
  if (WIDTH_KEYS.has(key)) parts.push(widthNotes(sizes, index, key));
  if (key === 'bits' || key === 'activationBits') parts.push(fittedText(sizes, index, key));
  parts.push(vainText(sizes, key));
  return parts.filter((part) => part !== '').join('\n\n');
}

function description(path: ScalarPath): string {
  const key = String(path.at(-1));
  const text = schemaAt(path)?.description;
  return text === undefined ? `**${plain(key)}**` : `**${plain(key)}**: ${text}`;
}

/** What each of the possible values means. */
function meanings(path: ScalarPath): string {
  const { enum: values = [], enumDescriptions = [] } = schemaAt(path) ?? {};
  return enumDescriptions.map((text, i) => `- \`${values[i]}\`: ${text}`).join('\n');
}

/** What the memories leave the layer, and why. */
function fittedText(sizes: NetworkSizes, index: number, key: 'bits' | 'activationBits'): string {
  const row = fittedIfAny(sizes)?.rows[index];
  const reason = row?.reasons.findLast(({ of }) => of === (key === 'bits' ? 'weights' : 'activations'))?.text;
  return reason === undefined ? '' : `By memory alone (*UDC: Fit Bits*), ${plain(reason)}.`;
}

/** Where a value like this saves nothing on the target. */
function vainText({ target }: NetworkSizes, key: string): string {
  const saver = SAVER_KEYS[key];
  return saver === undefined || saves(target, saver) ? '' : plain(savingsText(target) ?? '');
}

function operatorText({ spec }: LayerTemplate): string {
  return spec.op.options.map((op) => `- \`${op}\`: ${OPERATORS[op].summary}`).join('\n');
}

function optionsTable(sizes: NetworkSizes, index: number, decision: number): string {
  const { labels, sites, kind } = sizes.network.decisions[decision]!;
  const ranges = sizes.perOption(decision, index);
  const { budgetBytes } = sizes;
  const header = [
    'option',
    'in the smallest architecture',
    'in the largest',
    ...(budgetBytes === undefined ? [] : ['of the budget']),
  ];
  const rows = labels.map((label, option) => {
    const { smallest, largest } = ranges[option]!;
    const share =
      budgetBytes === undefined
        ? []
        : [`${formatShare(smallest / budgetBytes)} to ${formatShare(largest / budgetBytes)}`];
    return `| \`${label}\` | ≈ ${formatBytes(smallest)} | ≈ ${formatBytes(largest)} | ${share.join('')} |`.replace(
      / \| \|$/,
      share.length === 0 ? ' |' : '$&',
    );
  });
  return [
    `| ${header.join(' | ')} |`,
    `|:--|${header
      .slice(1)
      .map(() => '--:|')
      .join('')}`,
    ...rows,
    ...sharedNote(sizes, index, sites, kind),
  ].join('\n');
}

/** Values that an addition ties together are decided together. */
function sharedNote(
  sizes: NetworkSizes,
  index: number,
  sites: Decision['sites'],
  kind: Decision['kind'],
): readonly string[] {
  const others = sites
    .filter(({ layer }) => layer !== index)
    .map(({ layer }) => sizes.network.layers[layer]!.spec.name);
  return others.length > 0 && kind === 'width'
    ? ['', `Decided together with ${others.map(plain).join(', ')}: an addition joins them.`]
    : [];
}

/** For each width: what its own filters and those that read it are rounded to. */
function widthNotes(sizes: NetworkSizes, index: number, key: string): string {
  const architectures = sizes.isArchitecture
    ? [sizes.largestArchitecture]
    : [sizes.smallestArchitecture, sizes.largestArchitecture];
  const notes = new Set<string>();
  if (lastWeighted(sizes.network)?.spec.index === index) return '';
  for (const sized of architectures) {
    const own = sized.layer(index).operations.findLast(({ filter }) => filter !== undefined);
    if (own) note(notes, sizes, sized.architecture, own.operation, 'output', key, '');
    for (const operation of consumers(sized.architecture, index)) {
      const measure = sized.layer(operation.layer).operations.find((item) => item.operation === operation);
      if (measure && measure.filter?.[3] === own?.filter?.[0])
        note(
          notes,
          sizes,
          sized.architecture,
          operation,
          'input',
          key,
          ` in ${plain(operation.layerName)}, which reads it`,
        );
    }
  }
  return [...notes].map((line) => `- ${line}.`).join('\n');
}

function note(
  notes: Set<string>,
  { target, network }: NetworkSizes,
  architecture: Architecture,
  operation: Operation,
  side: Side,
  key: string,
  where: string,
): void {
  const shape = weightShape(operation);
  const padding = shape && channelPadding(target, shape, side);
  if (!padding) return;
  const primitive = primitiveOf(network, operation);
  const width = side === 'output' ? primitive?.outWidth : primitive?.inWidth;
  const counts = width && wholeCounts(target, network, architecture, width, padding.channels);
  const whole = counts ? wholeText(counts) : '';
  notes.add(`${key} ${padding.channels} stores ${padding.stored}${where}${whole === '' ? '' : `; ${whole}`}`);
}

/**
 * The hover of a value outside the layers, for example `target.npu`. Undefined where there is nothing to say.
 * `exactBytes`: of the definition, where its weights are known.
 */
export function settingText(
  sizes: NetworkSizes | undefined,
  path: ScalarPath,
  exactBytes?: number,
): string | undefined {
  if (!schemaAt(path)) return undefined;
  const parts = [description(path), meanings(path)];
  const place = path.join('.');
  if (sizes && (place === 'target' || place === 'target.npu')) parts.push(targetText(sizes));
  if (sizes && (place === 'target' || place === 'target.weights')) parts.push(budgetText(sizes, exactBytes));
  if (sizes && (place === 'target' || place === 'target.activations')) parts.push(activationText(sizes));
  if (sizes && (place === 'target' || place === 'target.npu')) parts.push(inferenceText(sizes));
  if (sizes && place === 'target.system') parts.push(systemsText(sizes), inferenceText(sizes));
  if (sizes && place === 'target.memory') parts.push(modesText(sizes), inferenceText(sizes));
  if (sizes && place === 'input') parts.push(inputsText(sizes));
  const work = WORK.find((cost) => cost === path[1]);
  if (sizes && work && path[0] === 'target') parts.push(workText(sizes, work));
  if (sizes && path[0] === 'search') parts.push(vainText(sizes, String(path[1])));
  if (sizes && place === 'layers')
    parts.push(
      `${formatArchitectures(sizes.network.architectures)} ${sizes.isArchitecture ? 'architecture' : 'architectures'}, ${sizeText(sizes, exactBytes)}.`,
    );
  return parts.filter((part) => part !== '').join('\n\n');
}

/** What each size of the input takes; the weights are the same with all. */
function inputsText(sizes: NetworkSizes): string {
  const { inputs } = sizes.definition;
  const ends = sizes.atInputs;
  if (!inputs || ends.length === 0) return '';
  const range = (of: (end: SizedArchitecture) => string, k: number): string =>
    [...new Set(ends[k]!.map(of))].join(' … ');
  return [
    '| option | MACs of an inference | activations at the peak |',
    '|:--|--:|--:|',
    ...inputs.texts.map((text, k) => {
      const macs = range(({ architecture }) => formatLarge(COSTS.macs.of(architecture, sizes.target)), k);
      return `| \`${text}\` | ${macs} | ${range(({ peakActivationBytes }) => formatBytes(peakActivationBytes), k)} |`;
    }),
    '',
    'In the architecture with the fewest and that with the most bytes of weights, which do not depend on the input.',
  ].join('\n');
}

function targetText({ target }: NetworkSizes): string {
  const { title, bits, weightMemory, activationMemory, notes } = target;
  const lines = [`**${plain(title)}** stores weights of ${bits.join(', ')} bits.`];
  for (const [name, number] of [
    ['Weight memory', weightMemory],
    ['Activation memory', activationMemory],
  ] as const) {
    if (number)
      lines.push(`- ${name}: ${number.confirmed ? '' : '≈ '}${formatBytes(number.value)} (${plain(number.source)})`);
  }
  const savings = savingsText(target);
  if (savings !== undefined) lines.push(`- ${plain(savings)}`);
  if (!target.exactSizes)
    lines.push('- Sizes for this target are approximate: its weight order or coding is not public.');
  return [...lines, ...notes.map((text) => `- ${plain(text)}`)].join('\n');
}

/** The bytes of the definition: exact, or estimates. */
const sizeText = ({ smallest, largest }: NetworkSizes, exactBytes: number | undefined): string =>
  estimated(bytesRange(exactBytes ?? smallest, exactBytes ?? largest), exactBytes !== undefined);

function budgetText(sizes: NetworkSizes, exactBytes: number | undefined): string {
  const { budgetBytes, cannotRun, target, isArchitecture } = sizes;
  const [smallest, largest] = [exactBytes ?? sizes.smallest, exactBytes ?? sizes.largest];
  const range = `${isArchitecture ? 'This architecture takes' : 'The architectures of this definition take'} ${sizeText(sizes, exactBytes)}`;
  if (cannotRun.length > 0)
    return `${range}, but ${plain(target.title)} cannot run this: ${cannotRun.map(plain).join('; ')}.`;
  return budgetBytes === undefined
    ? `${range}. No budget is set: the search asks for one.`
    : `${range}: ${againstBudget(smallest, largest, budgetBytes)}.`;
}

const WORK = ['latency', 'cycles', 'macs'] as const;

const NOT_YET = 'Cycles and time of an inference are being worked out: hover again in a moment.';

/** What the architectures take of a cost, or why that is not known. */
function workText(sizes: NetworkSizes, name: (typeof WORK)[number]): string {
  const missing = COSTS[name].missing(sizes.target);
  if (missing !== undefined) return plain(capitalised(missing));
  if (name !== 'macs' && sizes.worksOut) return NOT_YET;
  const { unit } = COST_WORDS[name];
  const { smallest, largest } = sizes.work(name)!;
  const amounts = [...new Set([formatUnit(unit, smallest), formatUnit(unit, largest)])].join(' … ');
  const limit = limitOn(sizes.limits, name);
  return `An inference takes ${name === 'macs' ? '' : '≈ '}${amounts}${limit === undefined ? '' : `; the limit is ${formatUnit(unit, limit)}`}.`;
}

/** Cycles and time of an inference; empty where the target has no model of them. */
function inferenceText(sizes: NetworkSizes): string {
  if (sizes.worksOut) return NOT_YET;
  const cycles = sizes.work('cycles');
  return cycles ? `One inference takes ${inferenceWork(clockOf(sizes.target), cycles.smallest, cycles.largest)}.` : '';
}

function activationText({ smallestArchitecture, largestArchitecture, limits, isArchitecture }: NetworkSizes): string {
  const [low, high] = [smallestArchitecture.peakActivationBytes, largestArchitecture.peakActivationBytes];
  const peak = isArchitecture ? formatCount(high) : `${formatCount(low)} (smallest) and ${formatCount(high)} (largest)`;
  const limit = limitOn(limits, 'activations');
  return `Peak activation memory: ${peak} bytes${limit === undefined ? '' : ` of ${formatCount(limit)}`}.`;
}
