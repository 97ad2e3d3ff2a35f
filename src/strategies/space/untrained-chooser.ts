/**
 * The part that strategies without shared weights have in common: architectures sized by weights as training begins.
 */
import { architectureKey } from '../../network/architecture.ts';
import type { Architecture, Assignment, Operation } from '../../network/types.ts';
import { SeededRandom } from '../../base/random.ts';
import { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { fittedCodes, magnitudeMask } from '../../costs/weights/fitted-codes.ts';
import type { SearchContext } from '../../training/problem.ts';
import { freshFor } from '../../training/trained/initial-tensors.ts';
import type { OperationTensors } from '../../training/trained/trained-network.ts';
import { weightLimit } from '../../wire/limits.ts';
import type { Chooser, Proposal } from '../strategy.ts';
import { allowedInputs } from './allowed-inputs.ts';
import { allowedOptions } from './allowed-options.ts';
import { BudgetedSpace } from './budgeted-space.ts';
import { variant, type Field } from './candidates.ts';
import { WorkLimits } from './work-limits.ts';

interface UntrainedState {
  readonly random: readonly number[];
  readonly factors: readonly (readonly [string, number])[];
}

/** What a strategy takes its proposals from. */
export interface Untrained {
  readonly context: SearchContext;
  /** Made anew for each use: sizes are corrected on the way. */
  field(): Field;
  /** The architecture, or one near it that fills the budget; undefined where none was found. */
  fit(assignment: Assignment): number[] | undefined;
}

export class UntrainedChooser implements Chooser, Untrained {
  readonly inherits = false;
  readonly logits: readonly (readonly number[])[];
  private readonly size: SizeExpression;
  private readonly random: SeededRandom;
  private readonly space: BudgetedSpace;

  constructor(
    readonly context: SearchContext,
    private readonly proposing: (untrained: Untrained) => Proposal,
    state?: unknown,
  ) {
    const { network, target, limits, seed } = context;
    this.size = new SizeExpression(network, target);
    this.random = new SeededRandom(seed + 1);
    const work = WorkLimits.of(context, this.size);
    const within = allowedOptions(network, weightLimit(limits), this.size, work);
    const allowed = allowedInputs(context, this.size, within);
    this.space = new BudgetedSpace(context, this.size, allowed, this.random, work);
    // Nothing is preferred.
    this.logits = network.decisions.map(({ labels }) => labels.map(() => 0));
    if (state === undefined) return;
    const { random, factors } = state as UntrainedState;
    this.random.restore(random);
    this.space.restore(factors);
  }

  private readonly codes = (_: Architecture, operation: Operation): Int8Array => {
    const { w } = freshFor(this.context)(operation);
    return fittedCodes(w, magnitudeMask(w, operation.sparsity), operation);
  };

  get range(): Chooser['range'] {
    return { smallest: Math.round(this.size.smallest().bytes), largest: Math.round(this.size.largest().bytes) };
  }

  field(): Field {
    return this.space.field(this.logits);
  }

  fit(assignment: Assignment): number[] | undefined {
    return this.space.fit(assignment, this.logits, this.codes);
  }

  prepare(): Promise<void> {
    this.space.sizeAll(this.codes);
    return Promise.resolve();
  }

  propose(): Promise<Proposal> {
    return Promise.resolve(this.proposing(this));
  }

  variant(parent: Assignment): Promise<Assignment | undefined> {
    const found = variant(this.field(), parent);
    return Promise.resolve(found && this.fit(found));
  }

  exactBytes(assignment: Assignment): Promise<number> {
    return Promise.resolve(this.space.sizeOf(assignment, this.codes).totalBytes);
  }

  initial(): (operation: Operation) => OperationTensors {
    return freshFor(this.context);
  }

  save(): Promise<UntrainedState> {
    return Promise.resolve({ random: this.random.state(), factors: this.space.corrections });
  }

  dispose(): void {
    // Holds no tensors.
  }
}

/**
 * So many different architectures that fill the budget, of draws without preferences; fewer where the space is small.
 */
export function drawn(untrained: Untrained, count: number, draw: (field: Field) => number[] | undefined): Assignment[] {
  const found = new Map<string, Assignment>();
  const tries = 8 * count;
  for (let i = 0; i < tries && found.size < count; i++) {
    const proposed = draw(untrained.field());
    const assignment = proposed && untrained.fit(proposed);
    if (assignment) found.set(architectureKey(untrained.context.network, assignment), assignment);
  }
  // Where nothing fills the budget, the smallest architecture still fits.
  return found.size > 0 ? [...found.values()] : [untrained.field().smallest];
}
