/** An architecture as a graph: who reads which output, and where branches meet. */
import type { Architecture, Operation } from '../../network/types.ts';

/** Two ways from one output to the same addition. */
export interface Fork {
  /** The longer way, in execution order, without the addition. */
  readonly main: readonly number[];
  /** The shorter way: empty where the output itself is added. */
  readonly shortcut: readonly number[];
  readonly join: number;
}

export class OperationGraph {
  readonly operations: readonly Operation[];
  readonly #readers = new Map<number, number[]>();

  constructor({ operations }: Architecture) {
    this.operations = operations;
    operations.forEach(({ inputs }, index) => {
      for (const input of inputs) this.#readers.set(input, [...(this.#readers.get(input) ?? []), index]);
    });
  }

  /** Operations that read the output of `index` (-1: the network's input), in execution order. */
  readers(index: number): readonly number[] {
    return this.#readers.get(index) ?? [];
  }

  /** The only reader of an output, if there is just one. */
  next(index: number): number | undefined {
    const readers = this.readers(index);
    return readers.length === 1 ? readers[0] : undefined;
  }

  /** From an operation on, as long as one operation reads the last: up to an addition, which is left out. */
  #way(start: number): { steps: number[]; end: number | undefined } {
    const steps: number[] = [];
    let at: number | undefined = start;
    while (at !== undefined && this.operations[at]!.kind !== 'add') {
      steps.push(at);
      at = this.next(at);
    }
    return { steps, end: at };
  }

  /** Where the output of `index` goes two ways that meet in one addition. */
  fork(index: number): Fork | undefined {
    const [first, second, ...more] = this.readers(index).map((reader) => this.#way(reader));
    if (!first || !second || more.length > 0 || first.end === undefined || first.end !== second.end) return undefined;
    const [main, shortcut] =
      first.steps.length >= second.steps.length ? [first.steps, second.steps] : [second.steps, first.steps];
    return { main, shortcut, join: first.end };
  }
}
