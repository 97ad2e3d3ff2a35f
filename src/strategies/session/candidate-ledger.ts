/** Which candidates a search has told of, by what ids; and the events in which it tells of them. */
import type { Assignment } from '../../network/types.ts';
import type { SearchHooks } from '../../training/problem.ts';
import type { Origin, Predicted, Proposed } from '../strategy.ts';
import type { RaceNews } from './race.ts';

/**
 * Of candidates whose loss was foretold and that are never trained, so many have events of their own: the best. The
 * others are counted. (All that are trained have some: their training takes longer than any event.)
 */
export const MOST_UNTRAINED = 24;

/** Plain JSON. */
export interface LedgerState {
  readonly next: number;
  readonly ids: readonly (readonly [assignment: string, id: number])[];
  /** Ids of those that were passed over without training: they may come up again. */
  readonly passed: readonly number[];
}

type Emit = SearchHooks['emit'];

export class CandidateLedger {
  private next: number;
  private readonly ids: Map<string, number>;
  private readonly passed: Set<number>;

  /** @param silent an earlier version began what these events would tell of: a half of it would mislead */
  constructor(
    state?: LedgerState,
    private readonly silent = false,
  ) {
    this.next = state?.next ?? 0;
    this.ids = new Map(state?.ids);
    this.passed = new Set(state?.passed);
  }

  /** Undefined where it tells nothing. */
  state(): LedgerState | undefined {
    return this.silent ? undefined : { next: this.next, ids: [...this.ids], passed: [...this.passed] };
  }

  idOf(assignment: Assignment): number | undefined {
    return this.ids.get(assignment.join());
  }

  private parentsOf({ parents = [] }: Origin): number[] {
    return parents.flatMap((parent) => this.idOf(parent) ?? []);
  }

  /**
   * Candidates that are new get ids and events; those that were passed over come up again.
   * @param bytes exact size of one, where that is to be told
   */
  async enter(
    emit: Emit,
    stage: string,
    proposed: readonly Proposed[],
    bytes?: (assignment: Assignment) => Promise<number>,
  ): Promise<void> {
    if (this.silent) return;
    const fresh = proposed.filter(({ assignment }) => {
      const key = assignment.join();
      const known = this.ids.get(key);
      if (known !== undefined) return this.passed.delete(known);
      this.ids.set(key, this.next++);
      return true;
    });
    // All have their ids by now: a parent may be worse than its offspring, and so come after it.
    for (const { assignment, origin, predictedLoss } of fresh)
      await emit({
        type: 'candidate',
        id: this.idOf(assignment)!,
        stage,
        origin: { kind: origin.kind, parents: this.parentsOf(origin) },
        assignment,
        ...(bytes && { exactBytes: await bytes(assignment) }),
        ...(predictedLoss !== undefined && { predictedLoss }),
      });
  }

  /**
   * What was judged without training, and which of it goes on.
   * @param judged the best first
   * @param chosen what is trained
   */
  async judged(
    emit: Emit,
    stage: string,
    judged: readonly Predicted[],
    chosen: readonly Proposed[],
    bytes: (assignment: Assignment) => Promise<number>,
  ): Promise<void> {
    if (this.silent || judged.length === 0) return;
    const kept = new Set(chosen.map(({ assignment }) => assignment.join()));
    const others = judged.filter(({ assignment }) => !kept.has(assignment.join())).slice(0, MOST_UNTRAINED);
    await this.enter(emit, stage, [...chosen, ...others], bytes);
    const loss = (place: number): number => judged[Math.floor(place * (judged.length - 1))]!.predictedLoss;
    await emit({ type: 'predicted', stage, count: judged.length, best: loss(0), median: loss(0.5), worst: loss(1) });
    const reason = `not ${chosen.length === 1 ? 'the one that is' : `among the ${chosen.length} that are`} trained`;
    for (const other of others) {
      this.passed.add(this.idOf(other.assignment)!);
      await this.drop(emit, other.assignment, judged.indexOf(other) + 1, judged.length, reason);
    }
  }

  async trial(
    emit: Emit,
    assignment: Assignment,
    result: { readonly steps: number; readonly loss: number; readonly exactBytes?: number },
  ): Promise<void> {
    const candidate = this.silent ? undefined : this.idOf(assignment);
    if (candidate !== undefined) await emit({ type: 'trial', candidate, ...result });
  }

  /** @param rank among `of`, from 1 */
  async drop(emit: Emit, assignment: Assignment, rank: number, of: number, reason: string): Promise<void> {
    const candidate = this.silent ? undefined : this.idOf(assignment);
    if (candidate !== undefined) await emit({ type: 'dropped', candidate, rank, of, reason });
  }

  /** What happened to a network of a race. @param stage id of the race's */
  async race(
    emit: Emit,
    stage: string,
    news: RaceNews,
    bytes: (assignment: Assignment) => Promise<number>,
  ): Promise<void> {
    const { assignment } = news;
    if (news.what === 'born') {
      await this.enter(emit, stage, [{ assignment, origin: { kind: 'offspring', parents: [news.parent] } }], bytes);
    } else if (news.what === 'trained') {
      await this.trial(emit, assignment, { steps: news.steps, loss: news.loss });
    } else {
      const { rank, of, survivors, steps } = news;
      const others = survivors === 1 ? 'another' : `${survivors} others`;
      await this.drop(emit, assignment, rank, of, `${others} did no worse in ${steps} training steps`);
    }
  }

  /**
   * Of several networks that were trained whole one is the result, and the others are out.
   * @param order places in `assignments`, the best first
   * @returns the id of the best
   */
  async conclude(
    emit: Emit,
    assignments: readonly Assignment[],
    order: readonly number[],
  ): Promise<number | undefined> {
    if (this.silent) return undefined;
    const [best, ...others] = order.map((place) => assignments[place]!);
    const winner = best && this.idOf(best);
    for (const [i, other] of others.entries()) {
      if (this.idOf(other) === winner) continue;
      const reason = `${i === 0 ? 'another' : `${i + 1} others`} had no more loss on the validation part`;
      await this.drop(emit, other, i + 2, order.length, reason);
    }
    return winner;
  }
}
