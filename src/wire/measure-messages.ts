/**
 * Messages between the extension host and the page of measurements, checked on both sides. The page says that it is
 * ready; the host answers with the report, whole.
 */
import { boolean, count, object, oneOf, string, tagged, type Check } from '../base/validate.ts';
import { measureReport, type MeasureReport } from './measurements.ts';

/** A report is shown. */
export interface MeasuredMessage {
  readonly type: 'measured';
  /** Of this report, so that a page knows after a reload what it showed. */
  readonly id: string;
  readonly report: MeasureReport;
}

export type MeasureHostMessage = MeasuredMessage;

export const MEASURE_FILES = ['html', 'csv'] as const;
export type MeasureFile = (typeof MEASURE_FILES)[number];

/** The page can receive. */
export interface MeasureReady {
  readonly type: 'measureReady';
}
/** Write the report that is shown into a file. */
export interface MeasureSave {
  readonly type: 'measureSave';
  readonly format: MeasureFile;
}
/** Measure the same networks on the same devices again. */
export interface MeasureAgain {
  readonly type: 'measureAgain';
}
/** An error inside the page, for the log. */
export interface MeasureError {
  readonly type: 'measureError';
  readonly message: string;
  readonly stack: string;
}

export type MeasurePageMessage = MeasureReady | MeasureSave | MeasureAgain | MeasureError;

/** Checks what the host kept over a reload. @throws ValidationError */
export const measuredMessage: Check<MeasuredMessage> = object<MeasuredMessage>({
  type: oneOf(['measured']),
  id: string,
  report: measureReport,
});

/** Checks what the page received. @throws ValidationError */
export const measureHostMessage: Check<MeasureHostMessage> = tagged<MeasureHostMessage>({ measured: measuredMessage });

/** Checks what the host received. @throws ValidationError */
export const measurePageMessage: Check<MeasurePageMessage> = tagged<MeasurePageMessage>({
  measureReady: object({ type: oneOf(['measureReady']) }),
  measureSave: object({ type: oneOf(['measureSave']), format: oneOf(MEASURE_FILES) }),
  measureAgain: object({ type: oneOf(['measureAgain']) }),
  measureError: object({ type: oneOf(['measureError']), message: string, stack: string }),
});

/** What the page keeps over a reload, and while it is hidden; the host keeps the report. */
export interface MeasureState {
  readonly id: string;
  /** Place of the device that the picture of networks is of. */
  readonly device?: number;
  /** Are the bars of all devices on one scale? */
  readonly oneScale: boolean;
}

const measureState: Check<MeasureState> = object<MeasureState>({ id: string, oneScale: boolean }, { device: count });

/** The kept state, or undefined where there is none or an older version wrote it. */
export function readMeasureState(value: unknown): MeasureState | undefined {
  try {
    return measureState(value);
  } catch {
    return undefined;
  }
}
