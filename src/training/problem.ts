/** What a search is asked to solve, and the errors it answers with. */
import type { BatchOptions } from '../data/batches.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Lessons } from '../data/mixing/soft-targets.ts';
import type { InitialWeights } from '../integer/initial-weights.ts';
import type { Network } from '../network/types.ts';
import type { Limit } from '../wire/limits.ts';
import type { Refusal } from '../costs/limits/feasibility.ts';
import type { Side } from './side.ts';
import type { Recipe } from './supernet/recipe.ts';
import type { Target } from '../targets/find-target.ts';
import type { Progress, UnnumberedEvent } from '../wire/run.ts';

/** A file of what a teacher puts out, or of a network that teaches. */
export interface Teacher {
  readonly file: string;
  readonly sha256: string;
  readonly lessons: Lessons;
}

export interface SearchContext {
  readonly network: Network;
  /** The space that is told of, where exits that stand in `network` may be left out of it; absent: `network`. */
  readonly whole?: Network | undefined;
  readonly dataset: Dataset;
  readonly target: Target;
  /** All that hold; one on the weights among them. */
  readonly limits: readonly Limit[];
  readonly seed: number;
  /** Weights to start from, with the file that they came from. */
  readonly initial?: { readonly file: string; readonly sha256: string; readonly weights: InitialWeights };
  /** Who teaches, if the definition names somebody. */
  readonly teacher?: Teacher;
  /** How often each training sample is drawn to the others; absent: each once in an epoch. */
  readonly sampleWeights?: Float32Array;
  /** What departs from `RECIPE` in training the shared weights: for measurements. */
  readonly recipe?: Partial<Recipe>;
  readonly backend: { readonly name: string; readonly reason: string };
  /** What of the definition's space and limits does not hold here, each in a sentence. */
  readonly leftOut?: readonly string[];
  /** Who trains several networks at once, where somebody does: results do not depend on it. */
  readonly side?: Side;
}

export interface SearchHooks {
  /** Called in order; the search goes on when the promise resolves (the event is on disk). */
  emit(event: UnnumberedEvent): Promise<void>;
  progress(progress: Progress): void;
  /** Told the loss of each training step of an epoch. */
  stepped?(loss: number): void;
  /** Writes a file of the result beside the others of the run, whole or not at all. */
  keep(file: string, bytes: Uint8Array): Promise<void>;
  /** Called between steps, at epoch ends and before an abort is answered: save the search's `state()`. */
  checkpoint(): Promise<void>;
  readonly signal: AbortSignal;
}

/** Hooks of a search that nobody follows: no log, no files, no checkpoints. */
export const silentHooks = (signal: AbortSignal): SearchHooks => ({
  emit: () => Promise.resolve(),
  keep: () => Promise.resolve(),
  progress: () => undefined,
  checkpoint: () => Promise.resolve(),
  signal,
});

/** The batches that every network of a search is trained on. */
export function batchOptions({
  network: { definition },
  dataset: { classes },
  seed,
  teacher,
  sampleWeights: weights,
}: Pick<SearchContext, 'network' | 'dataset' | 'seed' | 'teacher' | 'sampleWeights'>): BatchOptions {
  const { batch, labelSmoothing: smoothing, mixup, cutmix } = definition.training;
  const augment = definition.dataset?.augment ?? { crop: 0, flip: false };
  return {
    batch,
    seed,
    augment,
    labels: { classes, smoothing, mixings: { mixup, cutmix }, lessons: teacher?.lessons },
    ...(weights && { weights }),
  };
}

/**
 * Nothing fits: thrown before any training where no architecture does, and at the end should the trained network not
 * come down to its limits.
 */
export class BudgetError extends Error {
  override readonly name = 'BudgetError';
  constructor(
    message: string,
    readonly what: Refusal['limit'],
    readonly needed: Refusal['needed'],
  ) {
    super(message);
  }
}

/** The definition leaves something open that the strategy does not decide. */
export class UndecidedError extends Error {
  override readonly name = 'UndecidedError';
}

/** The definition leaves no epoch in which the result would be trained. */
export class UntrainedError extends Error {
  override readonly name = 'UntrainedError';
}

/** The operators of this definition cannot run on this target. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

/** Training diverged. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
}

/** Shared weights of another run cannot be used. */
export class SharedFileError extends Error {
  override readonly name = 'SharedFileError';
}

/** Lets messages in, and answers an abort, with a checkpoint where the state is one. @throws the signal's reason */
export async function breathe(hooks: SearchHooks, atCheckpoint = true): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  if (!hooks.signal.aborted) return;
  if (atCheckpoint) await hooks.checkpoint();
  throw hooks.signal.reason instanceof Error
    ? hooks.signal.reason
    : new DOMException('the search was cancelled', 'AbortError');
}
