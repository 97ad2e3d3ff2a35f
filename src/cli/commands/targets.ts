/** `udc targets`: the chips that sizes are known for, and where each number comes from. */
import { messageOf } from '../../base/error-text.ts';
import { savingsLabel, savingsText } from '../../costs/weights/savings.ts';
import { memoryModesFor, systemsFor } from '../../targets/configured.ts';
import { findTarget, TARGETS, type Target } from '../../targets/find-target.ts';
import type { Sourced } from '../../targets/weight-tensor.ts';
import { formatBytes, formatNumber } from '../../text/format.ts';
import { readArguments } from '../arguments.ts';
import { usageOf } from '../terminal/usage.ts';
import { EXIT, json, UsageError, type Io } from '../terminal/io.ts';
import { plain, table } from '../terminal/table.ts';

export const usage = usageOf('targets', { '[NAME]': 'one target, with the source of each of its numbers' }, {});

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const named = positionals[0] === undefined ? undefined : targetNamed(positionals[0]);
  if (values.json) io.out(json(named === undefined ? TARGETS.map(described) : described(named)));
  else io.out(named === undefined ? overview() : details(named));
  return EXIT.done;
}

function targetNamed(name: string): Target {
  try {
    return findTarget(name);
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

/** What programs get: the target's data, with limits that JSON has no number for left out. */
function described(target: Target): unknown {
  const {
    convolutionStrides: [least, most],
    ...limits
  } = target.limits;
  return { ...target, limits: { ...limits, convolutionStrides: Number.isFinite(most) ? [least, most] : [least] } };
}

function overview(): string {
  const rows = TARGETS.map((target) => [
    target.name,
    target.title,
    `${target.format}${target.exactSizes ? '' : ' ≈'}`,
    bitsText(target.bits),
    savingsLabel(target),
    target.weightMemory ? sourced(target.weightMemory, formatBytes) : '',
    target.activationMemory ? sourced(target.activationMemory, formatBytes) : '',
  ]);
  const columns = [
    { title: 'target' },
    { title: 'chip' },
    { title: 'format' },
    { title: 'bits' },
    { title: 'saved by' },
    { title: 'weights', align: 'right' },
    { title: 'activations', align: 'right' },
  ] as const;
  return `${table(columns, rows)}≈ not confirmed. An empty cell: the chip does not say; a definition does. Saved by: what of a weight takes less storage there, fewer bits or zeros. udc targets NAME shows sources and limits.\n`;
}

function details(target: Target): string {
  const { limits, systems } = target;
  const facts: (readonly [string, Sourced<number> | undefined, (value: number) => string])[] = [
    ['weight memory', target.weightMemory, formatBytes],
    ['activation memory', target.activationMemory, formatBytes],
    ['bias and scale per output channel', target.sideBytesPerChannel, (value) => `${value} B`],
    ['multiply-accumulates per cycle', target.macsPerCycle, String],
    ...systems.flatMap(({ name, clockHz, sramBytesPerSecond, weightBytesPerSecond }) => [
      [`${name}: clock`, clockHz, (hertz: number) => `${formatNumber(hertz / 1e6)} MHz`] as const,
      [`${name}: SRAM`, sramBytesPerSecond, perSecond] as const,
      [`${name}: weights from`, weightBytesPerSecond, perSecond] as const,
    ]),
  ];
  const rows = facts.flatMap(([name, fact, format]) => (fact ? [[name, sourced(fact, format), fact.source]] : []));
  const savings = [savingsText(target)].filter((text) => text !== undefined);
  const lines = [
    `${target.title} (${target.name}): format ${target.format}, ${bitsText(target.bits)} bits${target.exactSizes ? '' : ', sizes are approximate (≈)'}`,
    '',
    table([{ title: 'number' }, { title: 'value', align: 'right' }, { title: 'source' }], rows),
    ...savings.map((text) => `- ${text}`),
    ...presetLines(target),
    ...target.notes.map((note) => `- ${note}`),
    ...Object.entries(limits.missing).map(([, reason]) => `- It ${reason}.`),
    ...(limits.onProcessor.length > 0 ? [`- On the processor beside the NPU: ${limits.onProcessor.join(', ')}.`] : []),
  ];
  return plain(`${lines.join('\n').trimEnd()}\n`);
}

/** The presets that a definition can state for the target; none where it is no Ethos-U. */
function presetLines(target: Target): string[] {
  const names = (presets: readonly { readonly name: string }[]): string => presets.map(({ name }) => name).join(', ');
  const systems = systemsFor(target);
  return systems.length === 0
    ? []
    : [
        `- Presets of Vela, for \`system:\` and \`memory:\` beside \`npu:\`: ${names(systems)}; ${names(memoryModesFor(target))}.`,
      ];
}

const perSecond = (bytes: number): string => `${formatNumber(bytes / 1e9)} GB/s`;

function sourced(fact: Sourced<number>, format: (value: number) => string): string {
  return `${fact.confirmed ? '' : '≈ '}${format(fact.value)}`;
}

/** '2…8' or '2, 4, 8'. */
function bitsText(bits: readonly number[]): string {
  const [first, last] = [bits[0]!, bits.at(-1)!];
  return bits.length > 2 && last - first === bits.length - 1 ? `${first}…${last}` : bits.join(', ');
}
