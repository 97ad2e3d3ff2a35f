/** What a run needs of a search: the seam between running (files, processes) and searching. */
import type { NetworkResult, Progress, RunHeader, RunResult, StartedEvent, UnnumberedEvent } from '../wire/run.ts';

export const BACKENDS: readonly RunHeader['backend'][] = ['auto', 'wasm', 'tensorflow', 'webgpu', 'cpu'];

export interface SearchHooks {
  /** Called in order; resolves when the event is on the disk. */
  emit(event: UnnumberedEvent): Promise<void>;
  progress(progress: Progress): void;
  /** Writes a file of the result beside the others of the run, whole or not at all. */
  keep(file: string, bytes: Uint8Array): Promise<void>;
  /** Saves `state()` together with the place in the log. */
  checkpoint(): Promise<void>;
  readonly signal: AbortSignal;
}

export interface RunningSearch {
  /** Rejects with an `AbortError` on abort, after a checkpoint. */
  run(hooks: SearchHooks): Promise<RunResult>;
  /** A checkpoint; between steps only. */
  state(): Promise<Uint8Array>;
}

export interface Engine {
  /**
   * Reads the definition and its data, opens the backend, and begins a search or takes one up from a checkpoint.
   * @param backend the backend to use: the header's wish, or when resuming the one that the run began on
   * @param began what the run said when it began, if it is resumed: what it goes on with has to be the same
   */
  open(
    header: RunHeader,
    backend: RunHeader['backend'],
    state: Uint8Array | undefined,
    began?: StartedEvent,
  ): Promise<RunningSearch>;
  /**
   * Has somebody else look at a result before it is written; absent: nobody does.
   * @param fileOf path of the weights of a network
   * @throws where the result may not be issued
   */
  confirm?(
    result: RunResult,
    fileOf: (network: NetworkResult) => string,
    note: (text: string) => void,
    signal: AbortSignal,
  ): Promise<RunResult>;
  /** What kind of failure an error of this engine is, or undefined where it is unknown. */
  explain(error: unknown): Explanation | undefined;
}

/** A failure in three sentences, and its stable identifier. */
export interface Explanation {
  readonly code: string;
  readonly what: string;
  readonly why: string;
  readonly next: string;
}
