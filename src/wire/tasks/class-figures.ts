/** Shares that the counts of a classifier's test part come to: recall, precision, F1, balanced accuracy. */
import type { ClassDetails } from './test-report.ts';

/** A class; shares are absent where there is nothing to take them of. */
export interface ClassFigures {
  readonly index: number;
  readonly support: number;
  readonly predicted: number;
  readonly right: number;
  readonly recall?: number;
  readonly precision?: number;
  /** Harmonic mean of both, 2·right / (support + predicted): 0 where nothing is right. */
  readonly f1?: number;
}

type Counts = Pick<ClassDetails, 'support' | 'predicted' | 'right'>;

export function classFigures({ support, predicted, right }: Counts): readonly ClassFigures[] {
  return support.map((samples, index) => {
    const [answers, hits] = [predicted[index]!, right[index]!];
    return {
      index,
      support: samples,
      predicted: answers,
      right: hits,
      ...(samples > 0 && { recall: hits / samples }),
      ...(answers > 0 && { precision: hits / answers }),
      ...(samples + answers > 0 && { f1: (2 * hits) / (samples + answers) }),
    };
  });
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : total(values) / values.length;

export const sampleCount = ({ support }: Pick<Counts, 'support'>): number => total(support);
export const rightCount = ({ right }: Pick<Counts, 'right'>): number => total(right);

/** Mean recall of the classes that have samples. */
export function balancedAccuracy(counts: Counts): number | undefined {
  return mean(classFigures(counts).flatMap(({ recall }) => recall ?? []));
}

/** Mean F1 of the classes that have samples. */
export function macroF1(counts: Counts): number | undefined {
  return mean(classFigures(counts).flatMap(({ support, f1 }) => (support > 0 ? (f1 ?? 0) : [])));
}

/** Has a class over a fifth more samples than another, so that accuracy is more of the one than of the other? */
export function isUneven({ support }: Pick<Counts, 'support'>): boolean {
  const present = support.filter((samples) => samples > 0);
  return present.length > 0 && Math.max(...present) > 1.2 * Math.min(...present);
}

/** The class with the least recall, of equals that with more samples; undefined where all answers are right. */
export function weakestClass(counts: Counts): (ClassFigures & { readonly recall: number }) | undefined {
  const known = classFigures(counts).filter(
    (one): one is ClassFigures & { recall: number } => one.recall !== undefined,
  );
  const worst = known.reduce<(typeof known)[number] | undefined>(
    (least, one) =>
      !least || one.recall < least.recall || (one.recall === least.recall && one.support > least.support) ? one : least,
    undefined,
  );
  return worst && worst.recall < 1 ? worst : undefined;
}
