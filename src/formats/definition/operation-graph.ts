/** An architecture as a graph: who reads which output, and where branches meet. */
import { filterShape } from '../../network/operation-counts.ts';
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
      for (const input of inputs) {
        const readers = this.#readers.get(input);
        if (readers) readers.push(index);
        else this.#readers.set(input, [index]);
      }
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

  /**
   * From an operation on, as long as one operation reads the last: up to an addition, which is left out. The end is
   * absent where none comes within `most` steps.
   */
  #way(start: number, most: number): { steps: number[]; end: number | undefined } {
    const steps: number[] = [];
    let at: number | undefined = start;
    while (at !== undefined && this.operations[at]!.kind !== 'add') {
      if (steps.length === most) return { steps, end: undefined };
      steps.push(at);
      at = this.next(at);
    }
    return { steps, end: at };
  }

  /** Where the output of `index` goes two ways, of at most so many operations, that meet in one addition. */
  fork(index: number, most: number): Fork | undefined {
    const readers = this.readers(index);
    if (readers.length !== 2) return undefined;
    // Whole networks are asked about at each of their operations: no way is followed further than it matters.
    const [first, second] = readers.map((reader) => this.#way(reader, most));
    if (!first || !second || first.end === undefined || first.end !== second.end) return undefined;
    const [main, shortcut] =
      first.steps.length >= second.steps.length ? [first.steps, second.steps] : [second.steps, first.steps];
    return { main, shortcut, join: first.end };
  }

  /** Operations that none with weights comes after. */
  withoutWeightsAfter(): ReadonlySet<number> {
    const followed = this.operations.map(() => false);
    for (let index = this.operations.length - 1; index >= 0; index--) {
      const operation = this.operations[index]!;
      if (followed[index] || filterShape(operation))
        for (const input of operation.inputs) if (input >= 0) followed[input] = true;
    }
    return new Set(followed.flatMap((is, index) => (is ? [] : [index])));
  }

  /** Operations whose channels, through additions and what keeps or rearranges them, are the network's own. */
  givenChannels(): ReadonlySet<number> {
    const last = this.operations.length - 1;
    const given = new Set([last]);
    // Forwards from the input and backwards from the output, until an addition ties nothing more.
    for (let before = -1; before !== given.size;) {
      before = given.size;
      const tie = ({ kind, inputs }: Operation, index: number): void => {
        if (kind === 'conv' || kind === 'dense') return;
        const tied = [index, ...inputs];
        if (tied.some((at) => at < 0 || given.has(at))) for (const at of tied) if (at >= 0) given.add(at);
      };
      this.operations.forEach(tie);
      for (let index = last; index >= 0; index--) tie(this.operations[index]!, index);
    }
    return given;
  }
}
