/**
 * Choosing architectures with trained shared weights: the best by the predictor within given limits, the first few of
 * them measured; and the offers, one for each of many sizes.
 */
import { feasibility } from '../../costs/limits/feasibility.ts';
import type { SizeExpression } from '../../costs/weights/expression/size-expression.ts';
import { costsOf } from '../../integer/certificate-costs.ts';
import { layerReports, sizeExactly, totalsOf } from '../../integer/sizing.ts';
import { architectureKey, instantiate } from '../../network/architecture.ts';
import type { Architecture, Assignment, Operation } from '../../network/types.ts';
import { clockOf } from '../../targets/find-target.ts';
import type { SearchContext } from '../../training/problem.ts';
import type { HostTensors } from '../../training/trainer.ts';
import { inheritedCodes } from '../../training/trained/inherit.ts';
import { SeededRandom } from '../../base/random.ts';
import { weightLimit, type Limit } from '../../wire/limits.ts';
import type { Offer } from '../../wire/offers.ts';
import { metricGain, metricOfTask } from '../../wire/tasks/metrics.ts';
import type { Predicted, Proposal } from '../strategy.ts';
import { BudgetedSpace } from '../space/budgeted-space.ts';
import { Objective, scored } from '../space/objective.ts';
import { WorkLimits } from '../space/work-limits.ts';
import { climb } from './measured-climb.ts';
import { BRISK, evolvePredicted, THOROUGH, type EvolutionPlan } from './predicted-evolution.ts';
import type { Foretelling, Measured } from './predictor.ts';
import type { SharedJudge } from './shared-judge.ts';

/** Rounds in which sizes are corrected, until one of the best is within the limits by the encoder. */
const ROUNDS = 3;
/** Of the best by the predictor: so many are encoded, and so many of those within the limits measured. */
interface Finalists {
  readonly encoded: number;
  readonly measured: number;
}
/** Of offers, and of what the predictor learns from. */
export const FEW: Finalists = { encoded: 6, measured: 2 };
const MORE: Finalists = { encoded: 24, measured: 8 };

export class SharedChoice<P extends Foretelling = Foretelling> {
  private readonly random: SeededRandom;
  private readonly objective: Objective | undefined;

  constructor(
    private readonly context: SearchContext,
    private readonly host: HostTensors,
    readonly predictor: P,
    private readonly judge: SharedJudge,
    /** Is corrected here. */
    private readonly size: SizeExpression,
  ) {
    this.random = new SeededRandom(context.seed + 2);
    this.objective = Objective.of(context);
  }

  /** The predicted loss, or the score of that. */
  private readonly predicted = (assignment: Assignment): number =>
    scored(this.objective, assignment, this.predictor.loss(assignment));

  /** Measured, with the score in the place of the loss. */
  private async measure(assignment: Assignment): Promise<Measured> {
    const measured = await this.judge.measure(assignment);
    return { ...measured, loss: scored(this.objective, assignment, measured.loss) };
  }

  private readonly codes = (architecture: Architecture, operation: Operation): Int8Array =>
    inheritedCodes(this.host, architecture, operation);

  /** The space within limits; every option is open, whatever they are. */
  private spaceWithin(limits: readonly Limit[]): BudgetedSpace {
    const { network, target } = this.context;
    const problem = { network, target, limits };
    const all = network.decisions.map(({ labels }) => labels.map(() => true));
    return new BudgetedSpace(problem, this.size, all, this.random, WorkLimits.of(problem, this.size));
  }

  /** What each option is worth at an architecture: what it is predicted to save. One row a decision. */
  logitsAt(assignment: Assignment): number[][] {
    const here = this.predicted(assignment);
    return this.context.network.decisions.map(({ labels }, d) =>
      labels.map((_, k) => here - this.predicted(assignment.map((at, e) => (e === d ? k : at)))),
    );
  }

  /** Exact bytes with the shared weights as they are. */
  exactBytes(assignment: Assignment): number {
    const architecture = instantiate(this.context.network, assignment);
    return sizeExactly(architecture, this.context.target, (operation) => this.codes(architecture, operation))
      .totalBytes;
  }

  /**
   * The best architectures within the limits, measured, the best first; the smallest where none was found.
   * @param founders what evolution begins with beside draws
   */
  async propose(
    limits: readonly Limit[],
    founders: readonly Assignment[],
    breathe: () => Promise<void>,
  ): Promise<Pick<Proposal, 'candidates' | 'judged'>> {
    const first = await this.within(limits, founders, THOROUGH, MORE, breathe);
    const found = first.length > 0 ? await this.climbFrom(first, limits, breathe) : [];
    const smallest = async (): Promise<Measured[]> => [
      await this.measure(this.spaceWithin(limits).field(this.undecided).smallest),
    ];
    const judged = (found.length > 0 ? found : await smallest()).map(({ assignment, loss }): Predicted => ({
      assignment,
      origin: { kind: 'choice' },
      predictedLoss: loss,
    }));
    return { candidates: judged.slice(0, 1), judged };
  }

  private climbFrom(
    judged: readonly Measured[],
    limits: readonly Limit[],
    breathe: () => Promise<void>,
  ): Promise<Measured[]> {
    const space = this.spaceWithin(limits);
    const budget = weightLimit(limits);
    return climb(judged, {
      field: space.field(this.undecided),
      predicted: this.predicted,
      fits: (assignment) => space.sizeOf(assignment, this.codes).totalBytes <= budget,
      measure: async (assignment) => {
        await breathe();
        return this.measure(assignment);
      },
    });
  }

  private get undecided(): number[][] {
    return this.context.network.decisions.map(({ labels }) => labels.map(() => 0));
  }

  /** The best that are within the limits by the encoder, measured, the best first; none where none was found. */
  private async within(
    limits: readonly Limit[],
    founders: readonly Assignment[],
    plan: EvolutionPlan,
    { encoded, measured }: Finalists,
    breathe: () => Promise<void>,
  ): Promise<Measured[]> {
    const space = this.spaceWithin(limits);
    const budget = weightLimit(limits);
    let from = founders;
    for (let round = 0; round < ROUNDS; round++) {
      await breathe();
      const ranked = evolvePredicted(space.field(this.undecided), this.predicted, from, plan);
      const fitting: Assignment[] = [];
      for (const assignment of ranked.slice(0, encoded)) {
        if (space.sizeOf(assignment, this.codes).totalBytes <= budget) fitting.push(assignment);
        if (fitting.length === measured) break;
      }
      const judged: Measured[] = [];
      for (const assignment of fitting) {
        await breathe();
        judged.push(await this.measure(assignment));
      }
      if (judged.length > 0) return judged.sort((a, b) => a.loss - b.loss);
      if (!ranked[0]) return [];
      // Corrects sizes where the encoder disagreed, and leaves what it came to as a founder.
      const fitted = space.fit(ranked[0], this.undecided, this.codes);
      from = [...(fitted ? [fitted] : []), ...ranked.slice(0, encoded)];
    }
    return [];
  }

  /**
   * The best architecture of each of so many sizes, from the smallest to the largest, the smallest first: each begins
   * with what smaller ones came to. What is best is measured on the way (`SharedJudge.measured`).
   */
  async ofSizes(
    count: number,
    founders: readonly Assignment[],
    breathe: () => Promise<void>,
    tell: (step: number, loss: number) => void,
  ): Promise<Measured[]> {
    const { network, target, limits } = this.context;
    const others = limits.filter(({ cost }) => cost !== 'weights');
    const [low, high] = [this.size.smallest().bytes, this.size.largest().bytes];
    const found = new Map<string, Measured>();
    for (let i = 0; i < count; i++) {
      const bytes = Math.ceil(1.01 * low * (high / low) ** (i / (count - 1)));
      const wanted: Limit[] = [{ cost: 'weights', limit: bytes, from: 'given' }, ...others];
      if (feasibility(network, target, wanted, this.size).refusal) continue;
      const smaller = [...found.values()].map(({ assignment }) => assignment);
      const [chosen] = await this.within(wanted, [...smaller, ...founders], BRISK, FEW, breathe);
      if (!chosen) continue;
      found.set(architectureKey(network, chosen.assignment), chosen);
      tell(i + 1, chosen.loss);
    }
    return [...found.values()];
  }

  /** What is offered of these: those that are predicted better than everything smaller, the smallest first. */
  offers(found: readonly Measured[]): Offer[] {
    return this.front(found.map((measured) => this.offer(measured)));
  }

  /** Those that are predicted better than everything smaller. */
  private front(offers: readonly Offer[]): Offer[] {
    const metric = metricOfTask(this.context.network.definition.task);
    const front: Offer[] = [];
    for (const offer of [...offers].sort((a, b) => a.exactBytes - b.exactBytes)) {
      const last = front.at(-1);
      if (!last || metricGain(metric, offer.predictedMetric, last.predictedMetric) > 0) front.push(offer);
    }
    return front;
  }

  private offer({ assignment, metric }: Measured): Offer {
    const { network, target, limits } = this.context;
    const architecture = instantiate(network, assignment);
    const codes = new Map(
      architecture.operations.flatMap((operation) =>
        this.host.has(operation.id) ? [[operation.id, this.codes(architecture, operation)] as const] : [],
      ),
    );
    const sized = sizeExactly(architecture, target, (operation) => codes.get(operation.id)!);
    const layers = layerReports(network, architecture, target, sized, codes);
    const totals = totalsOf(architecture, target, layers, sized);
    const others = limits.filter(({ cost }) => cost !== 'weights');
    return {
      assignment,
      exactBytes: sized.totalBytes,
      predictedMetric: this.predictor.metric(assignment),
      measuredMetric: metric,
      costs: costsOf(totals, others, clockOf(target)),
      layers,
    };
  }
}
