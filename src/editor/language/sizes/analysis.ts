/**
 * One version of a definition's text, understood: parsed at once, sized when somebody asks. Nothing here needs VS Code.
 */
import { drained, type Steps } from '../../../base/steps.ts';
import { LANGUAGES } from '../../../language/language-table.ts';
import type { Language, ParsedDefinition, SizablePart } from '../../../language/language.ts';
import { instantiate } from '../../../network/architecture.ts';
import { equalData } from '../../../language/equal.ts';
import type { TreeNode } from '../../../language/tree.ts';
import type { Architecture, Assignment, Definition, Diagnostic, Network } from '../../../network/types.ts';
import { capitalised } from '../../../text/sentences.ts';
import { limitOn, type CostName, type Limit } from '../../../wire/limits.ts';
import { boundedBy } from '../../../costs/activations/bounded-target.ts';
import { limitsThatHold, unknownCosts, type UnknownCost } from '../../../costs/limits/holding-limits.ts';
import { SizeExpression } from '../../../costs/weights/expression/size-expression.ts';
import { workRange, workSteps, type WorkRange } from '../../../costs/limits/work-range.ts';
import { feasibilitySteps, refusalText, type Feasibility, type Refusal } from '../../../costs/limits/feasibility.ts';
import { fasterOperators, type FasterOperator } from '../../../costs/cycles/faster-operators.ts';
import { layerWork, type LayerWork } from '../../../costs/cycles/layer-work.ts';
import { activationMemory } from '../../../costs/activations/activation-memory.ts';
import { problemsOfSpace } from '../../../targets/runnable.ts';
import { presetProblem } from '../../../targets/configured.ts';
import { chipNamed, findTarget, type Target } from '../../../targets/find-target.ts';
import { nameOfTarget } from '../../../wire/target-name.ts';
import { dataProblems } from '../problems/data-problems.ts';
import { measureLayer, measureOperations, type LayerMeasure } from './measure.ts';
import { targetProblems } from '../problems/target-problems.ts';

/** A concrete architecture with what its layers cost. */
export class SizedArchitecture {
  readonly architecture: Architecture;
  private readonly layers = new Map<number, LayerMeasure>();
  private memory: ReturnType<typeof activationMemory> | undefined;
  private works: ReturnType<typeof layerWork>;

  constructor(
    network: Network,
    readonly assignment: Assignment,
    private readonly target: Target,
  ) {
    this.architecture = instantiate(network, assignment);
  }

  layer(index: number): LayerMeasure {
    const known = this.layers.get(index);
    if (known) return known;
    const measured = measureLayer(this.architecture, index, this.target);
    this.layers.set(index, measured);
    return measured;
  }

  /** Activation bytes alive at once over the whole network, and while one layer runs. */
  get peakActivationBytes(): number {
    return this.liveBytes().peakBytes;
  }

  layerActivationBytes(index: number): number {
    const { perOperation } = this.liveBytes();
    return this.architecture.operations.reduce(
      (most, operation, i) => (operation.layer === index ? Math.max(most, perOperation[i] ?? 0) : most),
      0,
    );
  }

  /** Where the cycles of a layer go; undefined where it is skipped, or the target has no model of them. */
  layerWork(index: number): LayerWork | undefined {
    return (this.works ??= layerWork(this.architecture, this.target))?.get(index);
  }

  /** Cycles of all layers up to one, and their share; undefined where it is skipped, or the target has no model. */
  workUntil(index: number): Pick<LayerWork, 'cycles' | 'share'> | undefined {
    if (!this.layerWork(index)) return undefined;
    const until = [...this.works!].flatMap(([layer, work]) => (layer <= index ? [work] : []));
    const sum = (key: 'cycles' | 'share'): number => until.reduce((total, work) => total + work[key], 0);
    return { cycles: sum('cycles'), share: sum('share') };
  }

  private liveBytes(): ReturnType<typeof activationMemory> {
    return (this.memory ??= activationMemory(this.architecture, this.target));
  }
}

/** Why no architecture is within the limits. */
export type SizesRefusal = Pick<Refusal, 'limit' | 'needed' | 'means'> & { readonly text: string };

/** The smallest or the largest architecture. */
interface End {
  readonly sized: SizedArchitecture;
  readonly bytes: number;
}

/** The sizes of a definition without errors. Bytes are estimates until weights exist. */
export class NetworkSizes {
  readonly definition: Definition;
  readonly target: Target;
  /** The limits that hold, and the weights' in bytes. */
  readonly limits: readonly Limit[];
  readonly budgetBytes: number | undefined;
  private readonly expression: SizeExpression;
  private smallestEnd: End | undefined;
  private largestEnd: End | undefined;

  /** @param expression of the network on its target, where it was made in steps */
  constructor(
    readonly network: Network,
    expression?: SizeExpression,
  ) {
    this.definition = network.definition;
    const chip = findTarget(nameOfTarget(network.definition.target));
    this.limits = limitsThatHold(network.definition.target, chip);
    this.target = boundedBy(chip, this.limits);
    this.budgetBytes = limitOn(this.limits, 'weights');
    this.expression = expression ?? new SizeExpression(network, this.target);
  }

  /** The sizes with both ends, in steps. */
  static *inSteps(network: Network): Steps<NetworkSizes> {
    const target = findTarget(nameOfTarget(network.definition.target));
    const sizes = new NetworkSizes(network, yield* SizeExpression.inSteps(network, target));
    for (const end of [sizes.smallestArchitecture, sizes.largestArchitecture]) {
      yield;
      void end.peakActivationBytes;
      yield;
    }
    return sizes;
  }

  /** What the hover of a layer needs, in steps. */
  *layerSteps(layer: number): Steps<void> {
    for (const end of [this.smallestArchitecture, this.largestArchitecture]) {
      yield* measureOperations(end.architecture, layer, this.target);
      end.layer(layer);
      yield;
    }
  }

  /** What its architectures take of work, in steps: afterwards it is known. */
  *workSteps(): Steps<void> {
    this.worksOut = true;
    yield* workSteps(this.network, this.target, this.expression);
    for (const end of [this.smallestArchitecture, this.largestArchitecture]) {
      yield;
      end.layerWork(0);
    }
    this.worksOut = false;
  }

  /** Is what its architectures take of cycles being worked out? To ask for it would be to wait. */
  worksOut = false;

  /** What its architectures take of a cost of work; undefined where the target has no number. */
  work(cost: CostName): WorkRange | undefined {
    return workRange(cost, this.network, this.target, this.expression);
  }

  private readonly faster = new Map<number, readonly FasterOperator[]>();
  private fasterIn: ((layer: number) => readonly FasterOperator[]) | undefined;

  /** What would be faster in a layer's place in the largest architecture, by estimate. */
  fasterOperators(layer: number): readonly FasterOperator[] {
    let found = this.faster.get(layer);
    if (!found) {
      this.fasterIn ??= fasterOperators(
        this.network,
        this.largestArchitecture.assignment,
        this.target,
        this.budgetBytes,
      );
      this.faster.set(layer, (found = this.fasterIn(layer)));
    }
    return found;
  }

  private problems: readonly string[] | undefined;
  private judged: Feasibility | undefined;

  /** What the target cannot run of it: every surface that speaks of budgets looks here first. */
  get cannotRun(): readonly string[] {
    return (this.problems ??= problemsOfSpace(this.target, this.network, this.smallestArchitecture.architecture));
  }

  /** Whether no choice is left. */
  get isArchitecture(): boolean {
    return this.network.decisions.length === 0;
  }

  get smallestArchitecture(): SizedArchitecture {
    return this.smallestNow().sized;
  }

  get largestArchitecture(): SizedArchitecture {
    return this.largestNow().sized;
  }

  /** The smallest and the largest architecture with each size of the input; none where it has one. */
  get atInputs(): readonly (readonly [SizedArchitecture, SizedArchitecture])[] {
    const { resolution } = this.network;
    if (!resolution) return [];
    const { decision, networks } = resolution;
    const at = ({ assignment }: SizedArchitecture, input: number): SizedArchitecture => {
      const changed = assignment.map((option, d) => (d === decision ? input : option));
      return new SizedArchitecture(this.network, changed, this.target);
    };
    return networks.map((_, input) => [at(this.smallestArchitecture, input), at(this.largestArchitecture, input)]);
  }

  /** Bytes of the smallest and of the largest architecture. */
  get smallest(): number {
    return this.smallestNow().bytes;
  }

  get largest(): number {
    return this.largestNow().bytes;
  }

  // Looked for when somebody asks: hints of the visible lines must not wait for it.
  private smallestNow(): End {
    return (this.smallestEnd ??= this.end(this.expression.smallest()));
  }

  private largestNow(): End {
    return (this.largestEnd ??= this.end(this.expression.largest()));
  }

  private end({ assignment, bytes }: { readonly assignment: Assignment; readonly bytes: number }): End {
    return { bytes, sized: new SizedArchitecture(this.network, assignment, this.target) };
  }

  /** The limits that hold where a search is given the weight memory in bytes. */
  limitsWith(weights: number): readonly Limit[] {
    return limitsThatHold(this.definition.target, this.target, { weights });
  }

  /**
   * The limits on what nobody knows of the target.
   */
  get unknownCosts(): readonly UnknownCost[] {
    return unknownCosts(this.target, this.limits);
  }

  /**
   * Why no architecture is within the limits, `weights` being that of a search that is about to start; undefined where
   * one is.
   */
  refusal(weights?: number): SizesRefusal | undefined {
    return drained(this.refusalSteps(weights));
  }

  /** Whether `refusal` of the definition's own limits takes no time any more. */
  get isJudged(): boolean {
    return this.judged !== undefined || this.unknownCosts.length > 0;
  }

  /** `refusal`, in steps. */
  *refusalSteps(weights?: number): Steps<SizesRefusal | undefined> {
    const [unknown] = this.unknownCosts;
    if (unknown) return { limit: unknown.limit.cost, needed: {}, text: capitalised(unknown.reason) };
    const { network, target, expression } = this;
    const { refusal } =
      weights === undefined
        ? (this.judged ??= yield* feasibilitySteps(network, target, this.limits, expression))
        : yield* feasibilitySteps(network, target, this.limitsWith(weights), expression);
    if (!refusal) return undefined;
    const { limit, needed, means } = refusal;
    return { limit, needed, ...(means && { means }), text: capitalised(refusalText(refusal)) };
  }

  /** Bytes of one layer's weights over all its choices. */
  layerRange(layer: number): { readonly smallest: number; readonly largest: number } {
    return this.expression.layerRange(layer);
  }

  /**
   * Bytes of one layer for each option of a decision, the other decisions as in the smallest and as in the largest
   * architecture.
   */
  perOption(decision: number, layer: number): readonly { readonly smallest: number; readonly largest: number }[] {
    const bytes = (base: Assignment, option: number): number =>
      this.expression.perLayer(base.map((chosen, i) => (i === decision ? option : chosen)))[layer] ?? 0;
    return (this.network.decisions[decision]?.labels ?? []).map((_, option) => ({
      smallest: bytes(this.smallestArchitecture.assignment, option),
      largest: bytes(this.largestArchitecture.assignment, option),
    }));
  }
}

/** Is there such a target, and has it the presets? */
function isTarget(stated: Definition['target']): boolean {
  const target = chipNamed(stated.npu);
  return target !== undefined && presetProblem(target, stated) === undefined;
}

interface Sized {
  readonly sizes?: NetworkSizes;
}

/** A definition with errors in two readings. */
interface SizedPart extends Sized, Partial<Pick<SizablePart, 'known' | 'channelsKnown' | 'tree'>> {
  readonly other?: NetworkSizes | undefined;
}

function sizesOf(network: Network | undefined): Sized {
  return network && isTarget(network.definition.target) ? { sizes: new NetworkSizes(network) } : {};
}

function* sizesInSteps(network: Network | undefined): Steps<Sized> {
  return network && isTarget(network.definition.target) ? { sizes: yield* NetworkSizes.inSteps(network) } : {};
}

/** A text and what is known of it. */
export class Analysis {
  readonly parsed: ParsedDefinition;
  private sized: Sized | undefined;
  private part: SizedPart | undefined;
  private problems: readonly Diagnostic[] | undefined;

  constructor(
    readonly text: string,
    readonly language: Language = LANGUAGES.yaml,
  ) {
    this.parsed = language.read(text);
  }

  /** The work of sizing in steps: who can wait spreads it over time. Sizes are right without it, only later. */
  *steps(): Steps<void> {
    const { network } = this.parsed;
    if (network) this.sized ??= yield* sizesInSteps(network);
    else if (!this.part) {
      const part = this.language.readSizable(this.text);
      if (!part) this.part ??= {};
      else {
        yield;
        const sized = yield* sizesInSteps(part.network);
        this.part ??= { ...part, ...sized, other: (yield* sizesInSteps(part.other)).sizes };
      }
    }
  }

  /** The work of sizing, then of judging it by its limits, in steps. */
  *judgingSteps(): Steps<void> {
    yield* this.steps();
    yield* this.sizes?.refusalSteps() ?? [];
  }

  /** Absent where the definition has errors, or names no target that is known. */
  get sizes(): NetworkSizes | undefined {
    this.sized ??= sizesOf(this.parsed.network);
    return this.sized.sizes;
  }

  /**
   * The sizes of the layers that do not depend on what is wrong: those that `isSized` names. Their sums are not those
   * of the definition.
   */
  get layerSizes(): NetworkSizes | undefined {
    return this.sizes ?? this.sizablePart.sizes;
  }

  /** Is the layer as the definition says, whatever its errors come to? */
  isSized(layer: number): boolean {
    return this.sizes ? layer < this.sizes.network.layers.length : (this.sizablePart.known?.has(layer) ?? false);
  }

  /** Does the layer store as many bytes as `layerSizes` says, whatever the errors come to? */
  storesAsSaid(layer: number): boolean {
    if (this.isSized(layer)) return true;
    const { sizes, other, channelsKnown } = this.sizablePart;
    return channelsKnown?.has(layer) === true && equalData(sizes?.layerRange(layer), other?.layerRange(layer));
  }

  /** The values with their places; of a text with errors as far as they can be told. */
  get tree(): TreeNode | undefined {
    return this.sizes ? this.parsed.tree : (this.sizablePart.tree ?? this.parsed.tree);
  }

  private get sizablePart(): SizedPart {
    if (this.part) return this.part;
    const part = this.parsed.network ? undefined : this.language.readSizable(this.text);
    this.part = part ? { ...part, ...sizesOf(part.network), other: sizesOf(part.other).sizes } : {};
    return this.part;
  }

  /** What is wrong with the definition, by itself and for its target. */
  get diagnostics(): readonly Diagnostic[] {
    return (this.problems ??= [
      ...this.parsed.diagnostics,
      ...targetProblems(this.text, this.parsed, this.sizes),
      ...dataProblems(this.text, this.parsed),
    ]);
  }

  get errors(): readonly Diagnostic[] {
    return this.diagnostics.filter(({ severity }) => severity === 'error');
  }
}
