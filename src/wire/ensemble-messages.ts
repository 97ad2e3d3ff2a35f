/** What the panel is told of an ensemble, and what a person can do with one from there; with run-time checks. */
import { count, list, object, oneOf, string, type Check } from '../base/validate.ts';
import { ensembleReport, type EnsembleReport } from './ensemble.ts';

/** An ensemble is shown in place of runs. */
export interface EnsembleMessage {
  readonly type: 'ensemble';
  /** Tells it from others of this window. */
  readonly id: string;
  /** Of its members, as people call them, in the order in which they run. */
  readonly names: readonly string[];
  readonly report: EnsembleReport;
}

/** It is to be written for a chip, with this point as the chosen one. */
export interface ExportEnsembleMessage {
  readonly type: 'exportEnsemble';
  readonly id: string;
  readonly point: number;
}

export const ensembleMessage: Check<EnsembleMessage> = object<EnsembleMessage>({
  type: oneOf(['ensemble']),
  id: string,
  names: list(string),
  report: ensembleReport,
});

export const exportEnsembleMessage: Check<ExportEnsembleMessage> = object<ExportEnsembleMessage>({
  type: oneOf(['exportEnsemble']),
  id: string,
  point: count,
});
