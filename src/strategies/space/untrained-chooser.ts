/**
 * The part that strategies without shared weights have in common: architectures sized by weights as training begins,
 * fresh ones or those of a network that came with the definition.
 */
import { architectureKey, instantiate } from '../../network/architecture.ts';
import type { Architecture, Assignment, Operation } from '../../network/types.ts';
import { SeededRandom } from '../../base/random.ts';
import { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { fittedCodes, magnitudeMask } from '../../costs/weights/fitted-codes.ts';
import type { SearchContext } from '../../training/problem.ts';
import { inherit } from '../../training/trained/inherit.ts';
import { freshFor } from '../../training/trained/initial-tensors.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import type { InitialWeightsReport } from '../../wire/run.ts';
import { weightLimit } from '../../wire/limits.ts';
import type { Chooser, Proposal } from '../strategy.ts';
import { allowedInputs } from './allowed-inputs.ts';
import { allowedOptions } from './allowed-options.ts';
import { BudgetedSpace } from './budgeted-space.ts';
import { variant, type Field } from './candidates.ts';
import { givenNetwork, loadTensors, saveTensors, type GivenNetwork, type Initial } from './given-weights.ts';
import { WorkLimits } from './work-limits.ts';

interface UntrainedState {
  /** Options of the network that was given, of which the tensors stand beside; absent: none was. */
  readonly given?: readonly number[];
  readonly random: readonly number[];
  readonly factors: readonly (readonly [string, number])[];
}

/** What a strategy takes its proposals from. */
export interface Untrained {
  readonly context: SearchContext;
  /** The network that came with the definition. */
  readonly given?: GivenNetwork | undefined;
  /** Made anew for each use: sizes are corrected on the way. */
  field(): Field;
  /** The architecture, or one near it that fills the budget; undefined where none was found. */
  fit(assignment: Assignment): number[] | undefined;
}

export class UntrainedChooser implements Chooser, Untrained {
  readonly inherits: boolean;
  readonly initialWeights?: InitialWeightsReport;
  readonly logits: readonly (readonly number[])[];
  private readonly size: SizeExpression;
  private readonly random: SeededRandom;
  private readonly space: BudgetedSpace;

  constructor(
    readonly context: SearchContext,
    private readonly proposing: (untrained: Untrained) => Proposal,
    state?: unknown,
    readonly given?: GivenNetwork,
  ) {
    const { network, target, limits, seed } = context;
    this.inherits = given !== undefined;
    if (given?.report) this.initialWeights = given.report;
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

  /** One that starts from a network given with the definition, where one is; it is told of and kept. */
  static async withGiven(
    context: SearchContext,
    proposing: (untrained: Untrained) => Proposal,
  ): Promise<UntrainedChooser> {
    return new UntrainedChooser(context, proposing, undefined, await givenNetwork(context));
  }

  /** The same, from a checkpoint. */
  static restored(
    context: SearchContext,
    proposing: (untrained: Untrained) => Proposal,
    state: unknown,
    tensors: ReadonlyMap<string, TensorRecord>,
  ): UntrainedChooser {
    const { given: whole } = state as UntrainedState;
    const given = whole && { whole, tensors: loadTensors('given', instantiate(context.network, whole), tensors) };
    return new UntrainedChooser(context, proposing, state, given);
  }

  private readonly codes = (architecture: Architecture, operation: Operation): Int8Array => {
    const { w } = this.initial(architecture)(operation);
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

  initial(architecture: Architecture): Initial {
    const fresh = freshFor(this.context);
    const { tensors } = this.given ?? {};
    return (operation) => (tensors?.has(operation.id) ? inherit(tensors, architecture, operation) : fresh(operation));
  }

  save(into: Map<string, TensorRecord>): Promise<UntrainedState> {
    const { given } = this;
    if (given) saveTensors('given', given.tensors, into);
    return Promise.resolve({
      ...(given && { given: given.whole }),
      random: this.random.state(),
      factors: this.space.corrections,
    });
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
