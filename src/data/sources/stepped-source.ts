/** Samples of any source after the steps of `prepare:`, made when they are asked for. */
import { shapeAfter, type PrepareStep } from '../../wire/preparation/step-table.ts';
import { DataError } from '../data-error.ts';
import type { Pixels, Shape, Source, SourcePart, SourceSet } from '../dataset.ts';
import { isWhole, runSteps, typeAfter } from '../preparation/steps/step-rules.ts';

/**
 * Makes of a set the same with steps done to its samples, and to images to reach where it has them: a definition allows
 * no others.
 */
export function steppedSets(set: SourceSet): (steps: readonly PrepareStep[]) => SourceSet {
  const readers = new Map<Source, Readers>();
  const after = (source: Source, steps: readonly PrepareStep[]): Source => {
    const known = readers.get(source) ?? new Readers(source);
    readers.set(source, known);
    return new SteppedSource(known, steps);
  };
  return (steps) => {
    if (steps.length === 0) return set;
    const part = ({ samples, targets, ...rest }: SourcePart): SourcePart => ({
      ...rest,
      samples: after(samples, steps),
      ...(targets && { targets: isImage(targets) ? after(targets, steps) : targets }),
    });
    const { shape } = set.train.samples;
    return { ...set, stored: () => [shape, shape], train: part(set.train), test: part(set.test) };
  };
}

/** Who reads a source: the last of them lets go of it. */
class Readers {
  private count = 0;

  constructor(readonly source: Source) {}

  retain(): Source {
    this.count += 1;
    return this.source;
  }

  async release(): Promise<void> {
    this.count -= 1;
    if (this.count === 0) await this.source.close();
  }
}

/** Values to reach are no image. */
const isImage = ({ shape: { height, width } }: Source): boolean => height * width > 1;

class SteppedSource implements Source {
  readonly held = false;
  readonly shape: Shape;
  readonly type: Source['type'];
  private readonly source: Source;

  /** @throws DataError where the steps can make nothing of its samples */
  constructor(
    private readonly readers: Readers,
    private readonly steps: readonly PrepareStep[],
  ) {
    const source = (this.source = readers.retain());
    const shape = shapeAfter(steps, source.shape);
    if (typeof shape === 'string' || !isWhole(shape))
      throw new DataError(source.name, `\`prepare\`: ${String(shape)}`, {}, ['prepare']);
    this.shape = shape;
    this.type = typeAfter(steps, source.type);
  }

  get name(): string {
    return this.source.name;
  }
  get count(): number {
    return this.source.count;
  }
  get damaged(): Source['damaged'] {
    return this.source.damaged;
  }

  async read(indices: Int32Array): Promise<readonly Pixels[]> {
    return this.after(await this.source.read(indices));
  }

  private after(samples: readonly Pixels[]): readonly Pixels[] {
    return samples.map((values) => runSteps(this.steps, { shape: this.source.shape, values }).values);
  }

  get varied(): Source['varied'] {
    if (this.source.varied === undefined) return undefined;
    return async (indices, seed) => this.after(await this.source.varied!(indices, seed));
  }

  close(): Promise<void> {
    return this.readers.release();
  }
}
