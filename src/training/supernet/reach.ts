/**
 * How much of the shared tensors a step computes: what its sample uses and, where decisions learn, the options up to a
 * second draw.
 */
import * as tf from '@tensorflow/tfjs-core';
import { centred } from '../../devices/operators/mix-weights.ts';
import { widthValue } from '../../network/architecture.ts';
import { magnitudes } from '../../network/largest-option.ts';
import type { Assignment, Decision, Network, Primitive, Size2D, Width } from '../../network/types.ts';
import type { Sample } from './decisions.ts';

/** Decisions about the number of channels. */
export const WIDENING: ReadonlySet<string> = new Set(['width', 'expansion']);

/** The number of each option of a decision about channels; undefined for others. */
const channelsOf = (decision: Decision): readonly number[] | undefined =>
  WIDENING.has(decision.kind) ? magnitudes(decision) : undefined;

/** What a pass through the supernet runs. */
export interface Course extends Pick<Sample, 'choice' | 'second'> {
  /** For each decision about channels, the option up to which tensors are computed; absent: all of every tensor. */
  readonly reach?: Assignment;
}

/** The course of one architecture, and of nothing beside it. */
export const only = (choice: Assignment): Course => ({
  choice: [...choice],
  second: choice.map(() => -1),
  reach: choice,
});

/**
 * The course of a sample whose decisions learn: for channels the wider of both draws, so that what more of them would
 * bring is seen too.
 */
export function withSeconds({ decisions }: Network, { choice, second }: Sample): Course {
  const reach = choice.map((k, d) => {
    const channels = channelsOf(decisions[d]!);
    const other = second[d]!;
    return channels && other >= 0 && channels[other]! > channels[k]! ? other : k;
  });
  return { choice, second, reach };
}

/** Channels up to which a tensor is computed: the most over the operators that run. */
export function reached(width: Width, course: Course, reach: Assignment): number {
  if (width.kind === 'skippable') {
    const ops = [course.choice[width.op]!, course.second[width.op]!].filter((op) => op >= 0);
    return Math.max(...ops.map((op) => reached(op === width.skipOption ? width.skipped : width.kept, course, reach)));
  }
  if (width.kind === 'times')
    return reached(width.of, course, reach) * width.by.options[width.by.decision < 0 ? 0 : reach[width.by.decision]!]!;
  if (width.kind === 'divided') return reached(width.of, course, reach) / width.by;
  return widthValue(width, reach);
}

/** Options of a decision about channels that a course computes. */
export function withinReach({ decisions }: Network, { reach }: Course, d: number): number[] {
  const decision = decisions[d]!;
  const channels = reach && channelsOf(decision);
  return decision.options.flatMap((_, k) => (channels && channels[k]! > channels[reach[d]!]! ? [] : [k]));
}

/**
 * The part of a filter bank (training layout) that reads `inputs` channels, writes `outputs`, and, where a crop is
 * given, only its window.
 */
export function cut(
  w: tf.Tensor4D,
  primitive: Primitive,
  inputs: number,
  outputs: number,
  crop: Size2D | undefined,
): tf.Tensor4D {
  const [height, width] = w.shape;
  const [top, bottom] = centred(height, crop?.height ?? height);
  const [left, right] = centred(width, crop?.width ?? width);
  const size: [number, number, number, number] = [
    bottom - top,
    right - left,
    inputs,
    primitive.kind === 'depthwise' ? primitive.factor : outputs,
  ];
  return size.every((length, axis) => length === w.shape[axis]) ? w : tf.slice4d(w, [top, left, 0, 0], size);
}

/** The leading elements of a vector. */
export const lead = (vector: tf.Tensor1D, count: number): tf.Tensor1D =>
  count === vector.shape[0] ? vector : tf.slice1d(vector, 0, count);
