/** The last steps that an agent made, and a draw of some of them. */
import type { SeededRandom } from '../../base/random.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';

/** Steps side by side: a row of numbers each. */
export interface Batch {
  readonly count: number;
  readonly states: Float64Array;
  readonly next: Float64Array;
  readonly actions: Float64Array;
  readonly rewards: Float64Array;
  /** 1 where more steps of the episode came after it, 0 after its last. */
  readonly goesOn: Float64Array;
}

export interface Transition {
  readonly state: readonly number[];
  /** Of the step after it; of the last one its own. */
  readonly next: readonly number[];
  readonly action: number;
  readonly reward: number;
  readonly last: boolean;
}

export class ReplayMemory {
  private readonly rows: Float32Array;
  private readonly width: number;
  /** Steps that were ever added. */
  private added = 0;

  /** @param capacity the oldest steps give way to new ones */
  constructor(
    private readonly states: number,
    private readonly capacity: number,
  ) {
    this.width = 2 * states + 3;
    this.rows = new Float32Array(capacity * this.width);
  }

  get size(): number {
    return Math.min(this.added, this.capacity);
  }

  add({ state, next, action, reward, last }: Transition): void {
    this.rows.set([...state, ...next, action, reward, last ? 0 : 1], (this.added % this.capacity) * this.width);
    this.added++;
  }

  /** So many of them, some more than once. */
  draw(count: number, random: SeededRandom): Batch {
    const { states, width, rows } = this;
    const make = (length: number): Float64Array => new Float64Array(count * length);
    const batch = { states: make(states), next: make(states), actions: make(1), rewards: make(1), goesOn: make(1) };
    for (let r = 0; r < count; r++) {
      const from = random.integer(this.size) * width;
      batch.states.set(rows.subarray(from, from + states), r * states);
      batch.next.set(rows.subarray(from + states, from + 2 * states), r * states);
      [batch.actions[r], batch.rewards[r], batch.goesOn[r]] = rows.subarray(
        from + 2 * states,
        from + width,
      ) as unknown as [number, number, number];
    }
    return { count, ...batch };
  }

  save(name: string, into: Map<string, TensorRecord>): number {
    const data = this.rows.slice(0, this.size * this.width);
    if (data.length > 0) into.set(name, { shape: [data.length], data });
    return this.added;
  }

  load(name: string, from: ReadonlyMap<string, TensorRecord>, added: number): void {
    this.added = added;
    const saved = from.get(name)?.data ?? new Float32Array(0);
    if (saved.length !== this.size * this.width)
      throw new Error(`the checkpoint does not fit this search: ${name} is missing or of another length`);
    this.rows.set(saved);
  }
}
