/** Shapes of tensors as maps: height, width, channels. */
import type { MapShape } from '../reading/operations.ts';
import type { Graph, GraphOperator, GraphTensor } from './tflite-graph.ts';
import { integersOf } from './tflite-padding.ts';

export const elements = ({ size, channels }: MapShape): number => size.height * size.width * channels;

export const sameMap = (a: MapShape, b: MapShape): boolean =>
  a.channels === b.channels && a.size.height === b.size.height && a.size.width === b.size.width;

/** Elements of a tensor, with 1 for sizes that are open. */
export const elementsOf = ({ shape }: GraphTensor): number =>
  shape.reduce((product, size) => product * Math.max(1, size), 1);

/**
 * [batch, height, width, channels], [batch, positions, channels] as one row, [batch, channels] or [channels]; undefined
 * of any other shape.
 */
export function mapShape({ shape }: GraphTensor, batch: number): MapShape | undefined {
  const [first, ...rest] = shape.length === 1 ? [1, ...shape] : shape;
  if (first === undefined || rest.length < 1 || rest.length > 3 || (first > 1 && first !== batch)) return undefined;
  const [channels, width = 1, height = 1] = rest.toReversed().map((size) => Math.max(1, size));
  return { size: { height, width }, channels: channels! };
}

/** Does a TRANSPOSE leave all values where they are, since it only moves axes of size 1? */
export function isView({ inputs }: GraphOperator, { shape }: GraphTensor, { tensors }: Graph): boolean {
  const order = integersOf(tensors[inputs[1] ?? -1]);
  const moved = order?.filter((axis) => (shape[axis] ?? 1) > 1);
  return moved !== undefined && moved.every((axis, i) => i === 0 || axis > moved[i - 1]!);
}
