/** The operations of a C program: the constants of each, the kernel that it calls, and the call. */
import { messageOf } from '../../base/error-text.ts';
import { additionScales } from '../../integer/operators/elementwise.ts';
import { padsBefore, wholeMapPool } from '../../integer/window-geometry.ts';
import type { IntegerOperation } from '../../integer/integer-network.ts';
import { FLAT_CODERS } from '../../costs/weights/flat-formats.ts';
import type { Operation, PrimitiveKind } from '../../network/types.ts';
import { arrayText } from './c-arrays.ts';
import type { Fragment } from './c-codes.ts';
import { addition, convolution, depthToSpace, depthwise, dot, pool } from './c-kernels.ts';
import type { Tensor } from './c-plan.ts';
import { packScales } from './c-scales.ts';

/** Types of constants that the steps use, by their names. */
export type ConstantType = 'window' | 'weights' | 'addition' | 'dot';

export interface Step {
  readonly kernels: readonly Fragment[];
  readonly types: readonly ConstantType[];
  /** Definitions, with `@` for the prefix. */
  readonly constants: readonly string[];
  /** One statement; none where there is nothing to do. */
  readonly call?: string;
  readonly weightBytes: number;
  /** Of biases and rescalings. */
  readonly sideBytes: number;
  /** The largest size or step among the constants. */
  readonly largest: number;
}

interface Subject {
  readonly one: IntegerOperation;
  readonly index: number;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
}

type Compile = (subject: Subject) => Step;

const NOTHING = { weightBytes: 0, sideBytes: 0, largest: 0 };
const at = ({ offset }: Tensor): string => (offset === 0 ? 'arena' : `arena + ${offset}`);

/** The numbers of a window, in the order of the struct. */
function window({ one, index, inputs, output }: Subject, operation: Operation): { text: string; largest: number } {
  const { inSize, outSize, inChannels, outChannels, kernel, stride, dilation } = operation;
  const { top, left } = padsBefore({ ...one, operation });
  const sizes = [
    ...[inSize.height, inSize.width, inChannels, outSize.height, outSize.width, outChannels],
    ...[kernel, stride, dilation].flatMap(({ height, width }) => [height, width]),
    ...[top, left],
  ];
  const codes = [inputs[0]!.grid.zeroPoint, output.grid.zeroPoint, one.clamp.min, one.clamp.max];
  return {
    text: `static const @window @window_${index} = {${[...sizes, ...codes].join(', ')}};`,
    largest: Math.max(...sizes),
  };
}

/** Weights packed at their bits, least significant first, and the scales of their channels. */
function weights({ one, index }: Subject): Pick<Step, 'constants' | 'weightBytes' | 'sideBytes'> {
  const { bits } = one.operation;
  const { codes, words, shifts, bytes } = packScales(one.weights!);
  const packed = FLAT_CODERS.packed.encode(codes, bits);
  return {
    constants: [
      arrayText('uint8_t', `@codes_${index}`, packed),
      arrayText('uint32_t', `@scales_${index}`, words, (word) => `${word}u`),
      ...(shifts ? [arrayText('int8_t', `@shifts_${index}`, shifts)] : []),
      `static const @weights @weights_${index} = {@codes_${index}, @scales_${index}, ${shifts ? `@shifts_${index}` : '0'}};`,
    ],
    weightBytes: packed.length,
    sideBytes: bytes,
  };
}

function weighted(subject: Subject, operation: Operation, kernels: readonly Fragment[], before = ''): Step {
  const { index, inputs, output } = subject;
  const { text, largest } = window(subject, operation);
  const { constants, ...bytes } = weights(subject);
  return {
    kernels,
    types: ['window', 'weights'],
    constants: [text, ...constants],
    call: `@${kernels.at(-1)!.name}(${before}${at(inputs[0]!)}, ${at(output)}, &@window_${index}, &@weights_${index});`,
    ...bytes,
    largest,
  };
}

const convolve: Compile = (subject) => {
  const { one, inputs, output } = subject;
  const sum = dot(one.operation.bits, inputs[0]!.bits);
  const step = weighted(subject, one.operation, [sum, convolution(output.bits)], `@${sum.name}, `);
  return { ...step, types: [...step.types, 'dot'] };
};

const ONE = { height: 1, width: 1 };

/** A dense layer is a 1x1 convolution over a single pixel. */
const dense: Compile = (subject) => {
  const operation = {
    ...subject.one.operation,
    ...{ kernel: ONE, stride: ONE, dilation: ONE, inSize: ONE, outSize: ONE },
  };
  return convolve({ ...subject, one: { ...subject.one, operation } });
};

function moved(subject: Subject, operation: Operation, kernel: Fragment): Step {
  const { index, inputs, output } = subject;
  const { text, largest } = window(subject, operation);
  return {
    ...NOTHING,
    kernels: [kernel],
    types: ['window'],
    constants: [text],
    call: `@${kernel.name}(${at(inputs[0]!)}, ${at(output)}, &@window_${index});`,
    largest,
  };
}

const pooled =
  (kind: 'max-pool' | 'average-pool'): Compile =>
  (subject) =>
    moved(subject, subject.one.operation, pool(kind, subject.inputs[0]!.bits, subject.output.bits));

const add: Compile = ({ index, one, inputs, output }) => {
  const [a, b] = inputs;
  const { left, right, result } = additionScales(a!.grid, b!.grid, output.grid);
  const kernel = addition(a!.bits, b!.bits, output.bits);
  const wide = [output.elements, left.multiplier, right.multiplier, result.multiplier];
  const narrow = [left.shift, right.shift, result.shift, a!.grid.zeroPoint, b!.grid.zeroPoint, output.grid.zeroPoint];
  const numbers = [...wide, ...narrow, one.clamp.min, one.clamp.max];
  return {
    ...NOTHING,
    kernels: [kernel],
    types: ['addition'],
    constants: [`static const @addition @addition_${index} = {${numbers.join(', ')}};`],
    call: `@${kernel.name}(${at(a!)}, ${at(b!)}, ${at(output)}, &@addition_${index});`,
  };
};

const COMPILE: Readonly<Record<PrimitiveKind, Compile>> = {
  conv: convolve,
  depthwise: (subject) => {
    const { one, inputs, output } = subject;
    return weighted(subject, one.operation, [depthwise(one.operation.bits, inputs[0]!.bits, output.bits)]);
  },
  dense,
  add,
  'max-pool': pooled('max-pool'),
  'average-pool': pooled('average-pool'),
  'global-average-pool': (subject) =>
    moved(
      subject,
      wholeMapPool(subject.one.operation),
      pool('average-pool', subject.inputs[0]!.bits, subject.output.bits),
    ),
  'depth-to-space': (subject) => {
    const { operation } = subject.one;
    const block = { height: operation.factor, width: operation.factor };
    return moved(
      subject,
      { ...operation, kernel: block, padding: 'valid' },
      depthToSpace(subject.inputs[0]!.bits, subject.output.bits),
    );
  },
  // The same codes, seen as a vector: they stay where they are.
  flatten: () => ({ ...NOTHING, kernels: [], types: [], constants: [] }),
};

/** @throws RangeError naming the operation whose multipliers are none */
export function stepOf(subject: Subject): Step {
  const { operation } = subject.one;
  try {
    return COMPILE[operation.kind](subject);
  } catch (error) {
    throw new RangeError(`${operation.id}: ${messageOf(error)}`, { cause: error });
  }
}
