/**
 * Images of one batch at every size of the input: made of those of the largest on the device, by the step of `prepare:`
 * that names the input's size. A network that is trained alone gets them from the files instead.
 */
import * as tf from '@tensorflow/tfjs-core';
import { runSteps } from '../../data/preparation/steps/step-rules.ts';
import { atInput } from '../../network/resolution.ts';
import type { Assignment, Network, Size2D } from '../../network/types.ts';
import { pixelsText } from '../../wire/map-shape.ts';
import type { PrepareStep } from '../../wire/preparation/step-table.ts';

/** Where a definition says nothing of its data. */
const RESIZE = { step: 'resize', fit: 'stretch', filter: 'bilinear' } as const;

/** Both sides of an image, each by itself: [new height, old height] and [new width, old width], row-major. */
interface Sides {
  readonly rows: tf.Tensor;
  readonly columns: tf.Tensor;
}

export class SizedInput {
  private readonly sides = new Map<string, Sides>();
  /** The place of the step among those of `prepare:`; −1 where there is none. */
  private readonly step: number;

  constructor(private readonly network: Network) {
    this.step = network.definition.prepare?.findLastIndex((step) => 'ofInput' in step) ?? -1;
  }

  /** Images [N, H, W, C] at the size that an assignment chooses; themselves where they have it. Inside of tf.tidy. */
  of(images: tf.Tensor4D, choice: Assignment): tf.Tensor4D {
    if (!this.network.resolution) return images;
    const { input, prepare } = atInput(this.network, choice).definition;
    const [count, height, width, channels] = images.shape;
    if (height === input.height && width === input.width) return images;
    const step = prepare?.[this.step] ?? { ...RESIZE, height: input.height, width: input.width };
    const { rows, columns } = this.sidesOf(step, { height, width });
    const lower = tf.matMul(rows, tf.reshape(images, [count, height, width * channels]));
    const made = tf.matMul(columns, tf.reshape(lower, [count * input.height, width, channels]));
    return tf.reshape(made, [count, input.height, input.width, channels]);
  }

  /** What a step does to each side of an image. */
  private sidesOf(step: PrepareStep, old: Size2D): Sides {
    const key = `${pixelsText(old)} ${JSON.stringify(step)}`;
    const known = this.sides.get(key);
    if (known) return known;
    const made = { rows: tf.keep(matrix(step, old, 'height')), columns: tf.keep(matrix(step, old, 'width')) };
    this.sides.set(key, made);
    return made;
  }

  dispose(): void {
    for (const { rows, columns } of this.sides.values()) tf.dispose([rows, columns]);
    this.sides.clear();
  }
}

/** A step is linear and does each side by itself: what it makes of one line alone, along the middle of the other. */
function matrix(step: PrepareStep, old: Size2D, side: 'height' | 'width'): tf.Tensor3D {
  const length = old[side];
  const columns: Float32Array[] = [];
  let size = 0;
  for (let line = 0; line < length; line++) {
    const values = new Float32Array(old.height * old.width);
    for (let at = 0; at < values.length; at++)
      if ((side === 'height' ? Math.floor(at / old.width) : at % old.width) === line) values[at] = 1;
    const { shape, values: made } = runSteps([step], { shape: { ...old, channels: 1 }, values });
    size = shape[side];
    const [y, x] = [Math.floor(shape.height / 2), Math.floor(shape.width / 2)];
    columns.push(
      Float32Array.from({ length: size }, (_, i) =>
        side === 'height' ? made[i * shape.width + x]! : made[y * shape.width + i]!,
      ),
    );
  }
  const values = new Float32Array(size * length);
  columns.forEach((column, line) => {
    column.forEach((value, i) => {
      values[i * length + line] = value;
    });
  });
  return tf.tensor3d(values, [1, size, length]);
}
