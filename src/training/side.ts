/**
 * Work on networks that do not know of each other, handed to others: orders and answers are plain data, and neither
 * depends on who does it, nor on what else is being done.
 */
import type { Dataset } from '../data/dataset.ts';

/** What a job finds where it is done. */
export interface SidePlace<News> {
  readonly dataset: Dataset;
  /** Says something on the way. */
  tell(news: News): void;
  /** Called between steps; rejects to abort. */
  breathe(): Promise<void>;
}

/** A kind of work by its name. Orders, news and answers can be cloned. */
export interface JobName<Order, News, Answer> {
  readonly name: string;
  /** Is never there: says which types belong together. */
  readonly of?: (order: Order, news: News) => Answer;
}

export interface SideJob<Order, News, Answer> extends JobName<Order, News, Answer> {
  run(order: Order, place: SidePlace<News>): Promise<Answer>;
}

/** Who does jobs, several at once. */
export interface Side {
  /** So many at once, at most. */
  readonly most: number;
  /** How many times as fast as one after another networks usually are. */
  readonly gain: number;
  /** Seconds until the first of them begins; 0 once somebody waits for work. */
  readonly startSeconds: number;
  /**
   * Jobs begin in the order in which they are submitted, as soon as there is room.
   * @param order asked for as the job begins
   * @throws SideError where those who did it ended twice without an answer; what the job itself throws
   */
  submit<Order, News, Answer>(
    job: JobName<Order, News, Answer>,
    order: () => Order,
    hear: (news: News) => void,
  ): Promise<Answer>;
  /** Drops all jobs that are not done. */
  drop(): Promise<void>;
}

/** Those who did a job ended twice without an answer. */
export class SideError extends Error {
  override readonly name = 'SideError';
}

/** How often who waits for a job lets messages in, and looks whether it should stop. */
const LOOK_MS = 50;

/** Waits for an answer. @param breathe rejects to abort: the jobs are dropped then, as where the answer is an error */
export async function awaited<Answer>(
  side: Side,
  answer: Promise<Answer>,
  breathe: () => Promise<void>,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const look = (): Promise<undefined> =>
    new Promise((resolve) => {
      timer = setTimeout(() => {
        resolve(undefined);
      }, LOOK_MS);
    });
  try {
    for (;;) {
      await breathe();
      const found = await Promise.race([answer.then((value) => ({ value })), look()]);
      clearTimeout(timer);
      if (found) return found.value;
    }
  } catch (error) {
    clearTimeout(timer);
    await side.drop();
    throw error;
  }
}
