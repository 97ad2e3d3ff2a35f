/**
 * What the benchmark of once-for-all has measured, and what these records say together.
 */
import { isRecord, such } from '../../../src/base/validate.ts';
import { KeptLines } from '../kept-lines.ts';
import { decimals, median } from '../statistics.ts';
import type { Row } from '../../run.ts';

/** A budget, as it was written, on a target. */
export interface Point {
  readonly budget: string;
  readonly target: string;
}

/** A network at a point: without a step of training, tuned, or of a search of its own. */
export type Kind = 'untuned' | 'tuned' | 'own';

export interface Measurement extends Point {
  readonly kind: Kind;
  /** On the test part, by integers, %. */
  readonly accuracy: number;
  readonly bytes: number;
  /** Bytes that are allowed. */
  readonly limit: number;
  /** Of the processor. */
  readonly seconds: number;
}

/** Why there is no network at a point. */
export interface Refused extends Point {
  readonly kind: 'refused';
  readonly note: string;
}

/** The training that all are cut from. */
export interface Once {
  readonly kind: 'once';
  readonly seconds: number;
  /** Of the predictor over architectures held out, where there are enough. */
  readonly kendall: number | null;
  readonly heldOut: number;
  readonly accuracy: number;
}

export type OnceRecord = Measurement | Refused | Once;

const KINDS: readonly string[] = ['untuned', 'tuned', 'own', 'refused', 'once'];

/** Points as `--own-at` names them: `4KiB:ethos-u55-128,8KiB:mcu-packed`. @throws Error naming what is none */
export function pointsOf(text: string): Point[] {
  return text.split(',').flatMap((part) => {
    if (part.trim() === '') return [];
    const [budget, target, ...rest] = part.trim().split(':');
    if (!budget || !target || rest.length > 0)
      throw new Error(`--own-at: ${part.trim()} is no BUDGET:TARGET such as 4KiB:ethos-u55-128`);
    return [{ budget, target }];
  });
}

export const samePoint = (a: Point, b: Point): boolean => a.budget === b.budget && a.target === b.target;

const once = such<OnceRecord>(
  'a record of this benchmark',
  (value) => isRecord(value) && KINDS.includes(String(value['kind'])),
);

/** Records in a folder, or in memory alone where none is named. */
export class OnceRecords {
  private readonly kept: KeptLines<OnceRecord>;

  /** As `KeptLines` takes them up. @throws Error as there */
  constructor(folder: string | undefined, settings: Readonly<Record<string, string>>) {
    this.kept = new KeptLines(folder, settings, once);
  }

  get all(): readonly OnceRecord[] {
    return this.kept.all;
  }

  get once(): Once | undefined {
    return this.all.find((record) => record.kind === 'once');
  }

  /** What is known of a kind at a point. */
  at(point: Point, kind: Kind | 'refused'): Measurement | Refused | undefined {
    return this.all.find(
      (record): record is Measurement | Refused =>
        record.kind !== 'once' && record.kind === kind && samePoint(record, point),
    );
  }

  add(record: OnceRecord): void {
    this.kept.add(record);
  }
}

/** A row a point, in the order in which points were first measured. */
export function rowsOf(records: OnceRecords, epochs: number, own: string): Row[] {
  const points = new Map<string, Point>();
  for (const record of records.all) if (record.kind !== 'once') points.set(`${record.target} ${record.budget}`, record);
  return [...points.values()].map(({ target, budget }): Row => {
    const point = { target, budget };
    const refused = records.at(point, 'refused');
    if (refused?.kind === 'refused') return { target, budget, note: refused.note };
    const titles = { untuned: 'untuned', tuned: `tuned ${epochs}`, own };
    const found = (['untuned', 'tuned', 'own'] as const).flatMap((kind) => {
      const record = records.at(point, kind);
      return record && record.kind !== 'refused' ? [{ ...record, title: titles[kind] }] : [];
    });
    return {
      target,
      budget,
      ...Object.fromEntries(found.map(({ title, accuracy }) => [`${title}, %`, decimals(accuracy, 1)])),
      ...Object.fromEntries(found.map(({ title, bytes }) => [`${title}, B`, bytes])),
      ...Object.fromEntries(found.map(({ title, seconds }) => [`${title}, s`, decimals(seconds, 0)])),
    };
  });
}

/** All of it in a sentence or two: what it cost, beside searches of its own, and how far it is behind them. */
export function summaryOf(records: OnceRecords): string {
  const measured = (kind: Kind): Measurement[] =>
    records.all.filter((record): record is Measurement => record.kind === kind);
  const sum = (list: readonly Measurement[]): number => list.reduce((total, { seconds }) => total + seconds, 0);
  const { once } = records;
  const [untuned, tuned, own] = [measured('untuned'), measured('tuned'), measured('own')];
  const all = [...untuned, ...tuned, ...own];
  const over = all.filter(({ bytes, limit }) => bytes > limit).length;
  const parts = [
    ...(once
      ? [
          `trained once ${once.seconds.toFixed(0)} s; τ ${once.kendall?.toFixed(2) ?? '–'} over ${once.heldOut}`,
          `${untuned.length} untuned ${sum(untuned).toFixed(0)} s, ${tuned.length} tuned ${sum(tuned).toFixed(0)} s`,
        ]
      : []),
    `${over} of ${all.length} over a limit`,
  ];
  if (own.length > 0) {
    const typical = median(own.map(({ seconds }) => seconds));
    const total = untuned.length * typical;
    const of = (list: readonly Measurement[]): string => (total / ((once?.seconds ?? 0) + sum(list))).toFixed(1);
    parts.push(
      untuned.length > own.length
        ? `${untuned.length} own searches would take ≈ ${total.toFixed(0)} s, ${untuned.length} times the median of the ${own.length} measured (${typical.toFixed(0)} s)`
        : `${own.length} own searches ${sum(own).toFixed(0)} s, ${typical.toFixed(0)} s in the median`,
      `that is ${of(untuned)} times all untuned with the training, ${of(tuned)} times all tuned`,
    );
    const gaps = (kind: Kind): number[] =>
      own.flatMap((one) => {
        const other = records.at(one, kind);
        return other && other.kind !== 'refused' ? [one.accuracy - other.accuracy] : [];
      });
    const gap = (kind: Kind): string => {
      const found = gaps(kind);
      return found.length === 0 ? '–' : median(found).toFixed(1);
    };
    parts.push(`median gap to them ${gap('untuned')} points untuned, ${gap('tuned')} tuned`);
  }
  return parts.join('; ');
}
