/** What the run store tells those who show runs. */
import type { Progress, RunEvent } from '../../wire/run.ts';
import type { RunRecord } from './run-record.ts';

export type RunChange =
  | { readonly type: 'events'; readonly runId: string; readonly events: readonly RunEvent[] }
  | { readonly type: 'progress'; readonly runId: string; readonly progress: Progress }
  /** The events that were known are void: the run went back to a checkpoint, or another program writes it. */
  | { readonly type: 'rewound'; readonly runId: string }
  /** State, result or failure changed, or the run is new. */
  | { readonly type: 'run'; readonly record: RunRecord }
  | { readonly type: 'removed'; readonly runId: string }
  /** A search that was just started could not begin; its run is removed next. */
  | { readonly type: 'refused'; readonly record: RunRecord };
