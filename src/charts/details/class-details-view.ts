/** A classifier's test part: per-class recall and precision, who is taken for whom, what integers change. */
import { formatCount, formatNumber, formatShare, formatUncertain } from '../../text/format.ts';
import {
  balancedAccuracy,
  classFigures,
  isUneven,
  macroF1,
  rightCount,
  sampleCount,
  weakestClass,
  type ClassFigures,
} from '../../wire/tasks/class-figures.ts';
import { shareError, wilson } from '../../wire/tasks/intervals.ts';
import type { ClassDetails } from '../../wire/tasks/test-report.ts';
import { brief, oneLine } from '../../text/neutral.ts';
import type { DetailCell, DetailMatrix, DetailsContext, DetailsView, DetailTable, WorstView } from './details-view.ts';

/** A matrix of more classes is not read: those that are confused most are shown. */
const MOST_SHOWN = 20;
/** Names that are listed in a sentence. */
const MOST_NAMED = 5;
/** Of a name, in characters. */
const LONGEST_NAME = 40;
/** Accuracy that is known no better than this is said to be. */
const ROUGH_ERROR = 0.02;
/** Recall over fewer samples is hardly known. */
const FEW_SAMPLES = 10;

/** A class as people know it: its name, or its number. */
function naming(names: readonly string[] | undefined): (index: number) => string {
  return (index) => {
    const name = names?.[index]?.trim();
    return name === undefined || name === '' ? `class ${index}` : brief(oneLine(name), LONGEST_NAME);
  };
}

/** A share of samples of one class: in whole per cents where those are few. */
export function recallText(right: number, samples: number): string {
  const share = right / samples;
  return (shareError(share, samples) ?? 1) > 0.005 ? `${Math.round(100 * share)}\u00a0%` : formatShare(share);
}

const samplesText = (n: number): string => `${formatCount(n)} ${n === 1 ? 'sample' : 'samples'}`;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMED).join(', ');
  return names.length > MOST_NAMED ? `${shown} and ${formatCount(names.length - MOST_NAMED)} more` : shown;
}

function weakestText(weakest: (ClassFigures & { readonly recall: number }) | undefined, name: string): string {
  return weakest
    ? `weakest class: ${name}, ${recallText(weakest.right, weakest.support)} recall of ${samplesText(weakest.support)}`
    : 'no class is answered wrongly';
}

function warnings(details: ClassDetails, name: (index: number) => string): string[] {
  const { support } = details;
  const samples = sampleCount(details);
  const error = shareError(rightCount(details) / samples, samples) ?? 1;
  const missing = support.flatMap((n, k) => (n === 0 ? [name(k)] : []));
  const few = support.flatMap((n, k) => (n > 0 && n < FEW_SAMPLES ? [name(k)] : []));
  const [low, high] = wilson(rightCount(details), samples);
  const most = Math.max(...support);
  return [
    // What takes no network at all is the least that one has to beat; of a single class there is nothing to beat.
    ...(most < samples && rightCount(details) <= most
      ? [
          `Answering ${name(support.indexOf(most))} to every sample would be right of ${formatShare(most / samples)} of the test part: this network, right of ${formatShare(rightCount(details) / samples)}, is of no use. Train longer, or give it more bytes.`,
        ]
      : []),
    ...(missing.length > 0
      ? [
          `The test part has no sample of ${listed(missing)}: what the network does with ${missing.length === 1 ? 'it' : 'them'} is not known.`,
        ]
      : []),
    ...(few.length > 0
      ? [`The test part has fewer than ${FEW_SAMPLES} samples of ${listed(few)}: their recall is hardly known.`]
      : []),
    // By the interval: of few samples that are all right the standard error is nothing.
    ...(error > ROUGH_ERROR || (high - low) / 4 > ROUGH_ERROR
      ? [
          `The test part is small (${samplesText(samples)}): the accuracy is known to lie between ${formatShare(low)} and ${formatShare(high)} (95 % interval).`,
        ]
      : []),
  ];
}

function facts(details: ClassDetails, { network }: DetailsContext): [string, string][] {
  const { agreement, calibration } = details;
  const samples = sampleCount(details);
  const [low, high] = wilson(rightCount(details), samples);
  const balanced = balancedAccuracy(details);
  const f1 = macroF1(details);
  const changed = samples - agreement.same;
  const present = details.support.filter((n) => n > 0).length;
  // A class without samples has no recall, and no share in a mean.
  const over =
    present === details.support.length ? 'classes' : `the ${present} of ${details.support.length} classes with samples`;
  return [
    [
      'Accuracy, integer',
      `${formatUncertain('share', network.integerMetric, shareError(network.integerMetric, samples))} (${formatCount(rightCount(details))} of ${samplesText(samples)})`,
    ],
    ['95 % interval (Wilson)', `${formatShare(low)} to ${formatShare(high)}`],
    ...(balanced !== undefined && isUneven(details)
      ? ([[`Balanced accuracy over ${over}, which are uneven`, formatShare(balanced)]] as [string, string][])
      : []),
    ...(f1 === undefined ? [] : ([[`Mean F1 over ${over}`, formatNumber(f1)]] as [string, string][])),
    [
      'Same answer in int8 and float',
      `${formatShare(agreement.same / samples)}: ${formatCount(changed)} changed, ${formatCount(agreement.lost)} from right to wrong, ${formatCount(agreement.gained)} from wrong to right`,
    ],
    [
      'Expected calibration error',
      `${formatShare(calibration.integer)} in int8, ${formatShare(calibration.float)} in float`,
    ],
  ];
}

function figures(details: ClassDetails): [string, number][] {
  const { agreement, calibration } = details;
  const samples = sampleCount(details);
  const [low, high] = wilson(rightCount(details), samples);
  const balanced = balancedAccuracy(details);
  const f1 = macroF1(details);
  return [
    ['interval_low', low],
    ['interval_high', high],
    ...(balanced === undefined ? [] : ([['balanced_accuracy', balanced]] as [string, number][])),
    ...(f1 === undefined ? [] : ([['mean_f1', f1]] as [string, number][])),
    ['same_answers', agreement.same],
    ['right_to_wrong', agreement.lost],
    ['wrong_to_right', agreement.gained],
    ['calibration_error_integer', calibration.integer],
    ['calibration_error_float', calibration.float],
  ];
}

const shareCell = (share: number | undefined, text: string): DetailCell =>
  share === undefined ? { text: '–', value: undefined } : { text, value: share, bar: share };

function classTable(details: ClassDetails, name: (index: number) => string): DetailTable {
  return {
    title: 'Classes',
    first: 'recall',
    columns: [
      { id: 'class', title: 'No.', numeric: true },
      { id: 'name', title: 'Class', numeric: false },
      { id: 'support', title: 'Samples', numeric: true },
      { id: 'right', title: 'Right', numeric: true },
      { id: 'recall', title: 'Recall', numeric: true, about: 'share of its samples that are answered rightly' },
      { id: 'predicted', title: 'Answers', numeric: true, about: 'how often it was answered' },
      { id: 'precision', title: 'Precision', numeric: true, about: 'share of its answers that are right' },
      { id: 'f1', title: 'F1', numeric: true },
    ],
    rows: classFigures(details).map(({ index, support, right, predicted, recall, precision, f1 }) => [
      { text: String(index), value: index },
      { text: name(index), value: name(index) },
      { text: formatCount(support), value: support },
      { text: formatCount(right), value: right },
      shareCell(recall, recallText(right, support)),
      { text: formatCount(predicted), value: predicted },
      shareCell(precision, recallText(right, predicted)),
      f1 === undefined ? { text: '–', value: undefined } : { text: f1.toFixed(2), value: f1 },
    ]),
  };
}

/** The classes that a matrix has room for: all, or those that take part in the most frequent mistakes. */
function shownClasses({ support, confused }: ClassDetails): readonly number[] {
  if (support.length <= MOST_SHOWN) return support.map((_, k) => k);
  const shown = new Set<number>();
  for (const [actual, answer] of confused)
    for (const one of [actual, answer]) if (shown.size < MOST_SHOWN) shown.add(one);
  return [...shown].sort((a, b) => a - b);
}

function matrix(details: ClassDetails, name: (index: number) => string): DetailMatrix | undefined {
  const { support, right, confused } = details;
  const shown = shownClasses(details);
  if (shown.length === 0) return undefined;
  const place = new Map(shown.map((k, i) => [k, i]));
  const cells = shown.map((k) => shown.map((other) => (other === k ? right[k]! : 0)));
  for (const [actual, answer, samples] of confused) {
    const [row, column] = [place.get(actual), place.get(answer)];
    if (row !== undefined && column !== undefined) cells[row]![column] = samples;
  }
  return {
    title: 'Confusion matrix',
    names: shown.map(name),
    cells,
    ...(shown.length < support.length && {
      note: `The ${shown.length} of ${formatCount(support.length)} classes that are taken for each other most; the CSV has all.`,
    }),
  };
}

function worst({ worst: mistakes }: ClassDetails, name: (index: number) => string): WorstView[] {
  return mistakes.map(({ index, file, actual, predicted, confidence, picture }) => ({
    index,
    ...(file !== undefined && { file }),
    text: `${name(actual)} taken for ${name(predicted)} with ${formatShare(confidence)} confidence`,
    ...(picture && { picture }),
    cells: [index, actual, name(actual), predicted, name(predicted), confidence, file ?? ''],
  }));
}

export function classDetailsView(details: ClassDetails, context: DetailsContext): DetailsView {
  const name = naming(context.classNames);
  const weakest = weakestClass(details);
  const shown = matrix(details, name);
  const right = details.right.flatMap((n, k) => (n > 0 ? [[k, k, n] as const] : []));
  return {
    weakest: weakestText(weakest, weakest ? name(weakest.index) : ''),
    facts: facts(details, context),
    figures: figures(details),
    warnings: warnings(details, name),
    table: classTable(details, name),
    ...(shown && { matrix: shown }),
    pairs: [...right, ...details.confused].sort((a, b) => a[0] - b[0] || a[1] - b[1]),
    worstTitle: 'The most confident mistakes',
    worstColumns: ['sample', 'class', 'class_name', 'answer', 'answer_name', 'confidence', 'file'],
    worst: worst(details, name),
  };
}
