/** What a checkpoint keeps of a search beside its tensors. */
import type { BatchState } from '../../data/batches.ts';
import type { ConcretePhaseState } from '../../training/trained/trained-phase.ts';
import type { RaceState } from './race.ts';
import type { SupernetPhaseState } from './supernet-phase.ts';

/** Plain JSON. */
export interface State {
  readonly format: 1;
  readonly epoch: number;
  readonly step: number;
  readonly lossSum: number;
  readonly batches: BatchState;
  readonly assignment: readonly number[] | null;
  /** Logits at the end of the search stage. */
  readonly logits: readonly (readonly number[])[] | null;
  readonly supernet: SupernetPhaseState | null;
  readonly concrete: ConcretePhaseState | null;
  readonly started: boolean;
  readonly race: RaceState | null;
  readonly inherits: boolean;
  /** Did weights come with the definition? Absent in checkpoints of earlier versions. */
  readonly given?: boolean;
}
