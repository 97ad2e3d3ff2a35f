/** What a preview of data says, on every surface: facts, counts by class, what is unusual, samples in words. */
import { formatCount, formatNumber } from '../../text/format.ts';
import { capitalised } from '../../text/sentences.ts';
import type {
  Axis,
  PreviewCounts,
  DataPreview,
  PartName,
  PreviewGroup,
  Shown,
  ShownValues,
} from '../../wire/data-preview.ts';
import { mapText, pixelsText, type MapShape } from '../../wire/map-shape.ts';
import { endsOfLane } from './lane-path.ts';

export const PART_TITLES: Readonly<Record<PartName, string>> = {
  train: 'Training',
  validation: 'Validation',
  test: 'Test',
};

/** Of the samples that the largest class of a part has, a class with less than this share has few. */
const FEW = 0.2;
/** Classes that a sentence names. */
const NAMED = 5;

export interface CountCell {
  readonly part: PartName;
  readonly count: number;
  /** Of the largest class of the part, 0..1. */
  readonly share: number;
  readonly mark?: 'none' | 'few';
}

export interface CountRow {
  readonly label: number;
  readonly name: string;
  readonly cells: readonly CountCell[];
}

export const MARK_WORDS: Readonly<Record<NonNullable<CountCell['mark']>, string>> = { none: 'none', few: 'few' };

/** What has to be known to compare curves. */
export const CURVES_NOTE =
  'All curves of a channel have one scale, from the least to the most of what is shown; beside each stands what it reaches itself.';

/** A row a class, in the order of labels; none where there are no classes. */
export function countRows({ parts, classes }: PreviewCounts): readonly CountRow[] {
  const labelled = parts.filter(({ byClass }) => byClass.length > 0);
  const largest = labelled.map(({ byClass }) => byClass.reduce((a, b) => Math.max(a, b), 0));
  return classes.map((name, label) => ({
    label,
    name,
    cells: labelled.map(({ name: part, byClass }, p): CountCell => {
      const count = byClass[label]!;
      const share = largest[p] === 0 ? 0 : count / largest[p]!;
      const mark = count === 0 ? 'none' : share < FEW ? 'few' : undefined;
      return { part, count, share, ...(mark && { mark }) };
    }),
  }));
}

const listed = (names: readonly string[]): string =>
  `${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ` and ${formatCount(names.length - NAMED)} more` : ''}`;

/** What is unusual of the data: what does not fit, classes without samples, classes with few. */
export function cautions(counts: PreviewCounts, task?: DataPreview['task']): readonly string[] {
  // Who learns what is normal sees nothing else.
  const rows = task === 'reconstruction' ? [] : countRows(counts);
  // Of the other parts the warnings tell.
  const without = rows.filter(({ cells }) => cells.some(({ part, mark }) => part === 'validation' && mark === 'none'));
  const trained = rows.flatMap(({ cells, name }) =>
    cells.filter(({ part }) => part === 'train').map((cell) => ({ ...cell, name })),
  );
  const few = trained.filter(({ mark }) => mark === 'few');
  const most = trained.reduce((a, { count }) => Math.max(a, count), 0);
  const least = few.reduce((a, { count }) => Math.min(a, count), Infinity);
  return [
    ...counts.warnings.map((text) => capitalised(/[.!?]$/.test(text) ? text : `${text}.`)),
    ...(without.length === 0
      ? []
      : [`The validation part has no sample of ${listed(without.map(({ name }) => name))}.`]),
    ...(few.length === 0
      ? []
      : [
          `The classes are uneven: ${listed(few.map(({ name }) => name))} ${few.length === 1 ? 'has' : 'have'} less than a fifth of the training samples of the largest class (${formatCount(most)}), the smallest ${formatCount(least)}.`,
        ]),
  ];
}

/** '1,800 training, 200 validation and 500 test samples'. */
export function countsText({ parts, unused }: Pick<PreviewCounts, 'parts' | 'unused'>): string {
  const texts = parts.map(({ name, count }) => `${formatCount(count)} ${PART_TITLES[name].toLowerCase()}`);
  const left = unused === 0 ? '' : `; ${formatCount(unused)} more training samples are not used`;
  return `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)!} samples${left}`;
}

const targetText = (target: MapShape): string =>
  target.height * target.width > 1
    ? mapText(target)
    : `${formatCount(target.channels)} ${target.channels === 1 ? 'value' : 'values'}`;

/** A sample as its file has it: '32x32x3'; '3x32x32, channels first'. */
const fileText = (shape: MapShape, channels: DataPreview['channels']): string =>
  channels === 'first' ? `${shape.channels}x${pixelsText(shape)}, channels first` : mapText(shape);

/** Label and value of each fact. */
export function previewFacts(preview: DataPreview): readonly (readonly [label: string, value: string])[] {
  const { format, source, stored, channels, input, inputs, target, range, steps, changes, task } = preview;
  const [smallest, largest] = stored.map((shape) => fileText(shape, channels));
  const { from, of, mean, std } = preview.normalisation;
  const learnt =
    from < of && mean.length > 0 && std.length > 0
      ? ` Here its numbers are those of ${formatCount(from)} of the ${formatCount(of)} training samples; a search takes more.`
      : '';
  return [
    ['Data', `${format}, ${source}`],
    ['Task', task],
    ['Samples', countsText(preview)],
    ['In their files', smallest === largest ? smallest! : `${smallest!} to ${largest!}, of those looked at`],
    ['Network input', inputs ? `${mapText(input)}, the largest of ${inputs.map(mapText).join(', ')}` : mapText(input)],
    ...(target ? [['To reach', targetText(target)] as const] : []),
    ['Prepared', `${steps.map((text, i) => (i === 0 ? capitalised(text) : `then ${text}`)).join(', ')}.${learnt}`],
    ...(range
      ? [
          [
            'Values of the input',
            `${formatNumber(range[0])} to ${formatNumber(range[1])}, of the samples shown`,
          ] as const,
        ]
      : []),
    ...(changes.length > 0 ? [['Changed at random in training', changes.join(' ')] as const] : []),
  ];
}

/** What a group of samples is called. */
export const groupTitle = ({ label }: PreviewGroup, { classes }: Pick<DataPreview, 'classes'>): string =>
  label === undefined ? 'All samples' : (classes[label] ?? String(label));

/** How many samples the shown part has of a group. */
export function groupCount({ label }: PreviewGroup, { parts, shown }: DataPreview): number {
  const part = parts.find(({ name }) => name === shown.part);
  return (label === undefined ? part?.count : part?.byClass[label]) ?? 0;
}

const axisText = ({ name, first, last, unit }: Axis): string =>
  `${name} ${formatNumber(first)} to ${endOfAxis({ name, first, last, ...(unit && { unit }) })}`;
export const endOfAxis = ({ last, unit }: Axis): string =>
  `${formatNumber(last)}${unit === undefined ? '' : ` ${unit}`}`;

/** What places of curves are, for the end of their axis. */
export function overText({ over, length, seconds }: Extract<Shown, { type: 'curves' }>): string {
  if (over !== 'time') return `${formatCount(length)} ${over}`;
  return seconds === undefined ? `${formatCount(length)} samples` : `${formatNumber(seconds)} s`;
}

/** A sample as it is shown, in words. */
export function shownInWords(shown: Shown | ShownValues): string {
  switch (shown.type) {
    case 'image':
      return `picture of ${shown.width} by ${shown.height} pixels`;
    case 'heat':
      return `spectrogram: ${axisText(shown.across)} from left to right, ${axisText(shown.up)} from below, values ${formatNumber(shown.low)} to ${formatNumber(shown.high)}`;
    case 'curves': {
      const lanes = shown.lanes.map((lane) => {
        const { low, high } = endsOfLane(lane);
        return `${lane.name === '' ? '' : `channel ${lane.name} `}${formatNumber(low)} to ${formatNumber(high)}`;
      });
      return `curves over ${overText(shown)}: ${lanes.join('; ')}${shown.more > 0 ? `; and ${shown.more} more channels` : ''}`;
    }
    case 'values':
      return valuesText(shown);
  }
}

export const valuesText = ({ values, more }: ShownValues): string =>
  `${values.map(formatNumber).join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
