/** Samples of any source after the steps of `prepare:`, made when they are asked for. */
import { shapeAfter, type PrepareStep } from '../../wire/preparation/step-table.ts';
import { DataError } from '../data-error.ts';
import type { Pixels, Shape, Source, SourcePart, SourceSet } from '../dataset.ts';
import { isWhole, runSteps, typeAfter } from '../preparation/steps/step-rules.ts';

/** The set with steps done to its samples, and to images to reach where it has them: a definition allows no others. */
export function stepped(set: SourceSet, steps: readonly PrepareStep[]): SourceSet {
  if (steps.length === 0) return set;
  const part = ({ samples, targets, ...rest }: SourcePart): SourcePart => ({
    ...rest,
    samples: new SteppedSource(samples, steps),
    ...(targets && { targets: isImage(targets) ? new SteppedSource(targets, steps) : targets }),
  });
  const { shape } = set.train.samples;
  return { ...set, stored: () => [shape, shape], train: part(set.train), test: part(set.test) };
}

/** Values to reach are no image. */
const isImage = ({ shape: { height, width } }: Source): boolean => height * width > 1;

class SteppedSource implements Source {
  readonly held = false;
  readonly shape: Shape;
  readonly type: Source['type'];

  /** @throws DataError where the steps can make nothing of its samples */
  constructor(
    private readonly source: Source,
    private readonly steps: readonly PrepareStep[],
  ) {
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
    return this.source.close();
  }
}
