/**
 * Networks that are trained whole, several at once: each is told of in its turn, as if it had been trained after the
 * one before.
 */
import { awaited, type Side } from '../../training/side.ts';
import type { UnnumberedEvent } from '../../wire/run.ts';
import { WHOLE, type WholeAnswer, type WholeOrder } from './whole-order.ts';

interface Begun {
  readonly answer: Promise<WholeAnswer>;
  /** What was told, and not passed on. */
  told: UnnumberedEvent[];
  /** Events that were passed on: a second try tells them again. */
  passed: number;
  /** Steps that are done. */
  done: number;
}

/** Who hears of networks in their turn. */
export interface BesideHost {
  /** Called between looks at what happened; rejects to abort. */
  breathe(): Promise<void>;
  /** Told events of a training, in order. */
  emit(event: UnnumberedEvent): Promise<void>;
}

export class TrainedBeside {
  private readonly begun = new Map<number, Begun>();

  /** @param stepped told each step of any of them */
  constructor(
    private readonly side: Side,
    private readonly stepped: (loss: number) => void,
  ) {}

  has(index: number): boolean {
    return this.begun.has(index);
  }

  /** Steps that are done of networks whose turn is not over. */
  get done(): number {
    return [...this.begun.values()].reduce((sum, { done }) => sum + done, 0);
  }

  begin(index: number, order: () => WholeOrder): void {
    let skip = 0;
    const one: Omit<Begun, 'answer'> = { told: [], passed: 0, done: 0 };
    const answer = this.side.submit(
      WHOLE,
      () => {
        one.done = 0;
        // What a try that was lost has told is not told twice.
        skip = one.passed + one.told.length;
        return order();
      },
      (news) => {
        if ('loss' in news) {
          one.done++;
          this.stepped(news.loss);
        } else if (skip > 0) skip--;
        else one.told.push(news.event);
      },
    );
    // It is told of in its turn.
    answer.catch(() => undefined);
    this.begun.set(index, Object.assign(one, { answer }));
  }

  /** The turn of a network: passes on what is told of it until it is trained. */
  async turn(index: number, { breathe, emit }: BesideHost): Promise<WholeAnswer> {
    const one = this.begun.get(index)!;
    const pass = async (): Promise<void> => {
      for (let event = one.told.shift(); event; event = one.told.shift()) {
        one.passed++;
        await emit(event);
      }
    };
    const answer = await awaited(this.side, one.answer, async () => {
      await breathe();
      await pass();
    });
    await pass();
    this.begun.delete(index);
    return answer;
  }
}
