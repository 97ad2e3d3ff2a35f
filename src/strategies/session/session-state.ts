/** What a checkpoint keeps of a search beside its tensors. */
import type { BatchState } from '../../data/batches.ts';
import type { Assignment } from '../../network/types.ts';
import type { Offers } from '../../wire/offers.ts';
import type { NetworkResult } from '../../wire/run.ts';
import type { Origin } from '../strategy.ts';
import type { ConcretePhaseState } from '../../training/trained/trained-phase.ts';
import type { LedgerState } from './candidate-ledger.ts';
import type { PaceState } from '../../training/pace.ts';
import type { RaceState } from './race.ts';
import type { StoppingState } from './stopping.ts';

/** What was chosen, in the order in which it is trained. */
export interface Chosen {
  readonly assignments: readonly Assignment[];
  /** Of the candidates, in the same order; absent where an older version chose. */
  readonly origins?: readonly Origin[] | undefined;
  readonly names?: readonly string[] | undefined;
  readonly fixed?: boolean | undefined;
  readonly logits: readonly (readonly number[])[];
  /** Do the networks begin with weights of the strategy? Then its steps are theirs too. */
  readonly inherits: boolean;
  readonly inheritedSteps?: number | undefined;
  readonly offers?: Offers | undefined;
}

/** A network that is done. */
export interface Finished {
  readonly result: NetworkResult;
  readonly validationLoss: number;
}

/** Plain JSON. */
export interface SessionState {
  readonly format: 2;
  readonly strategy: string;
  /** Completed epochs over the whole run, and completed steps of the present one. */
  readonly epoch: number;
  readonly step: number;
  readonly lossSum: number;
  readonly batches: BatchState;
  readonly started: boolean;
  /** The strategy at work; null once its choice is made. */
  readonly chooser: unknown;
  readonly race: RaceState | null;
  readonly chosen: Chosen | null;
  /** Of the network that is being trained. */
  readonly trained: { readonly assignment: Assignment; readonly phase: ConcretePhaseState } | null;
  readonly finished: readonly Finished[];
  /** Which candidates were told of; absent where none are, since an older version began. */
  readonly candidates?: LedgerState | undefined;
  /** How it is shortened; absent in states of older versions, which never were. */
  readonly stopping?: StoppingState | undefined;
  /** Of what is being trained. */
  readonly pace?: PaceState | undefined;
}

/** Checkpoints of earlier versions, which knew one strategy. */
interface OldState {
  readonly format: 1;
  readonly epoch: number;
  readonly step: number;
  readonly lossSum: number;
  readonly batches: BatchState;
  readonly assignment: Assignment | null;
  readonly logits: readonly (readonly number[])[] | null;
  readonly supernet: object | null;
  readonly concrete: ConcretePhaseState | null;
  readonly started: boolean;
  readonly race: RaceState | null;
  readonly inherits: boolean;
  readonly given?: boolean;
}

/** @throws Error where it is of another version */
export function currentState(state: unknown): SessionState {
  const { format } = state as { readonly format: unknown };
  if (format === 2) return state as SessionState;
  if (format !== 1)
    throw new Error(`this checkpoint has format ${String(format)}; this version reads format 1 and 2: start a new run`);
  const { epoch, step, lossSum, batches, assignment, logits, supernet, concrete, started, race, inherits, given } =
    state as OldState;
  return {
    format: 2,
    strategy: 'udc',
    epoch,
    step,
    lossSum,
    batches,
    started,
    chooser: supernet && { ...supernet, given: given ?? false, inherits },
    race,
    chosen: assignment && { assignments: [assignment], logits: logits ?? [], inherits },
    trained: assignment && concrete && { assignment, phase: concrete },
    finished: [],
  };
}
