/** The jobs that threads beside the run's worker do, found by their names. */
import { TRAIN_WHOLE } from '../../strategies/session/train-whole.ts';
import type { SideJob } from '../../training/side.ts';
import { LEG } from '../../training/trained/leg.ts';

/** Orders come from the job's own callers. */
export const SIDE_JOBS: readonly SideJob<unknown, unknown, unknown>[] = [
  LEG as SideJob<unknown, unknown, unknown>,
  TRAIN_WHOLE as SideJob<unknown, unknown, unknown>,
];
