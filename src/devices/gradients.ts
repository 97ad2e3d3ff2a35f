/**
 * Gradients of the tfjs operations that networks and losses are composed of.
 * The package registers its own only through a file that Node cannot load as a module, so this table states them; what
 * is already registered stays.
 */
import * as tf from '@tensorflow/tfjs-core';
import { BETWEEN, passBetween } from './operators/fused.ts';

type Gradient = (
  dy: tf.Tensor,
  saved: tf.Tensor[],
  attributes: Readonly<Record<string, unknown>>,
) => Record<string, () => tf.Tensor>;
interface Entry {
  readonly inputs?: readonly string[];
  readonly outputs?: readonly boolean[];
  readonly all?: boolean;
  readonly gradient: Gradient;
}

/** Sums `dy` over the axes along which an operand of `shape` was broadcast. */
function unbroadcast(dy: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, dy.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(dy, axes) : dy, shape);
}

/** A function of one tensor: `slope` gives dy times the derivative at x (or at y, where `at` says so). */
function unary(slope: (dy: tf.Tensor, at: tf.Tensor) => tf.Tensor, at: 'x' | 'y' = 'x'): Entry {
  return {
    ...(at === 'x' ? { inputs: ['x'] } : { outputs: [true] }),
    gradient: (dy, [saved]) => ({ x: () => slope(dy, saved!) }),
  };
}

/** A broadcasting function of two tensors: `toA` and `toB` give the gradients before the broadcast is undone. */
function binary(
  toA: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  toB: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
): Entry {
  return {
    inputs: ['a', 'b'],
    gradient: (dy, [a, b]) => ({
      a: () => unbroadcast(toA(dy, a!, b!), a!.shape),
      b: () => unbroadcast(toB(dy, a!, b!), b!.shape),
    }),
  };
}

const as01 = (condition: tf.Tensor): tf.Tensor => tf.cast(condition, 'float32');

/** `dy` with the reduced axes back as size 1. */
function keepAxes(dy: tf.Tensor, x: tf.Tensor, axis: unknown): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis as number | number[], x.shape);
  return tf.reshape(
    dy,
    x.shape.map((size, i) => (axes.includes(i) ? 1 : size)),
  );
}

/** `dy` of a sum, spread over the shape of `x`. */
const spread = (dy: tf.Tensor, x: tf.Tensor, axis: unknown): tf.Tensor =>
  tf.broadcastTo(keepAxes(dy, x, axis), x.shape);

/** Gradient of a slice or a split: zeros around. */
const padBack = (dy: tf.Tensor, begin: readonly number[], shape: readonly number[]): tf.Tensor =>
  tf.pad(
    dy,
    dy.shape.map((size, i): [number, number] => [begin[i]!, shape[i]! - begin[i]! - size]),
  );

const run = (kernel: string, inputs: tf.NamedTensorMap, attributes: Readonly<Record<string, unknown>>): tf.Tensor =>
  tf.engine().runKernel(kernel, inputs, attributes as tf.NamedAttrMap);

const ENTRIES: Readonly<Record<string, Entry>> = {
  [tf.Add]: binary(
    (dy) => dy,
    (dy) => dy,
  ),
  [tf.Sub]: binary(
    (dy) => dy,
    (dy) => tf.neg(dy),
  ),
  [tf.Multiply]: binary(
    (dy, _, b) => tf.mul(dy, b),
    (dy, a) => tf.mul(dy, a),
  ),
  [tf.RealDiv]: binary(
    (dy, _, b) => tf.div(dy, b),
    (dy, a, b) => tf.neg(tf.div(tf.mul(dy, a), tf.square(b))),
  ),
  [tf.SquaredDifference]: binary(
    (dy, a, b) => tf.mul(tf.mul(dy, 2), tf.sub(a, b)),
    (dy, a, b) => tf.mul(tf.mul(dy, 2), tf.sub(b, a)),
  ),
  [tf.Maximum]: binary(
    (dy, a, b) => tf.mul(dy, as01(tf.greaterEqual(a, b))),
    (dy, a, b) => tf.mul(dy, as01(tf.less(a, b))),
  ),
  [tf.Minimum]: binary(
    (dy, a, b) => tf.mul(dy, as01(tf.lessEqual(a, b))),
    (dy, a, b) => tf.mul(dy, as01(tf.greater(a, b))),
  ),
  [tf.AddN]: {
    all: true,
    gradient: (dy, saved) => Object.fromEntries(saved.map((_, i) => [String(i), () => tf.clone(dy)])),
  },

  [tf.Neg]: unary((dy) => tf.neg(dy)),
  [tf.Square]: unary((dy, x) => tf.mul(dy, tf.mul(x, 2))),
  [tf.Abs]: unary((dy, x) => tf.mul(dy, tf.sign(x))),
  [tf.Sqrt]: unary((dy, y) => tf.div(dy, tf.mul(y, 2)), 'y'),
  [tf.Rsqrt]: unary((dy, y) => tf.mul(dy, tf.mul(tf.mul(y, tf.square(y)), -0.5)), 'y'),
  [tf.Exp]: unary((dy, y) => tf.mul(dy, y), 'y'),
  [tf.Log]: unary((dy, x) => tf.div(dy, x)),
  [tf.Sigmoid]: unary((dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y))), 'y'),
  [tf.Tanh]: unary((dy, y) => tf.mul(dy, tf.sub(1, tf.square(y))), 'y'),
  [tf.Relu]: unary((dy, y) => passBetween(dy, y, BETWEEN.relu), 'y'),
  [tf.Relu6]: unary((dy, x) => passBetween(dy, x, BETWEEN.relu6)),
  [tf.ClipByValue]: {
    inputs: ['x'],
    gradient: (dy, [x], { clipValueMin, clipValueMax }) => ({
      x: () => passBetween(dy, x!, { low: clipValueMin as number, high: clipValueMax as number }),
    }),
  },

  [tf.Identity]: { gradient: (dy) => ({ x: () => tf.clone(dy) }) },
  [tf.Cast]: { gradient: (dy) => ({ x: () => tf.clone(dy) }) },
  [tf.Reshape]: unary((dy, x) => tf.reshape(dy, x.shape)),
  [tf.ExpandDims]: { inputs: ['input'], gradient: (dy, [input]) => ({ input: () => tf.reshape(dy, input!.shape) }) },
  [tf.Transpose]: {
    gradient: (dy, _, { perm }) => ({
      x: () => tf.transpose(dy, tf.backend_util.getUndoAxesPermutation(perm as number[])),
    }),
  },
  [tf.Tile]: {
    inputs: ['x'],
    gradient: (dy, [x], { reps }) => ({
      x: () => {
        const interleaved = x!.shape.flatMap((size, i) => [(reps as number[])[i]!, size]);
        return tf.sum(
          tf.reshape(dy, interleaved),
          x!.shape.map((_, i) => 2 * i),
        );
      },
    }),
  },
  [tf.Concat]: {
    all: true,
    gradient: (dy, saved, { axis }) => {
      const along = tf.util.parseAxisParam(axis as number, saved[0]!.shape)[0]!;
      const parts = tf.split(
        dy,
        saved.map((part) => part.shape[along]!),
        along,
      );
      return Object.fromEntries(parts.map((part, i) => [String(i), () => part]));
    },
  },
  [tf.Slice]: {
    inputs: ['x'],
    gradient: (dy, [x], { begin }) => ({ x: () => padBack(dy, [begin as number | number[]].flat(), x!.shape) }),
  },
  [tf.PadV2]: {
    inputs: ['x'],
    gradient: (dy, [x], { paddings }) => ({
      x: () =>
        tf.slice(
          dy,
          (paddings as [number, number][]).map(([before]) => before),
          x!.shape,
        ),
    }),
  },
  [tf.Select]: {
    inputs: ['condition'],
    gradient: (dy, [condition]) => ({
      condition: () => tf.zerosLike(condition!),
      t: () => tf.mul(dy, as01(condition!)),
      e: () => tf.mul(dy, as01(tf.logicalNot(condition!))),
    }),
  },

  [tf.Sum]: { inputs: ['x'], gradient: (dy, [x], { axis }) => ({ x: () => spread(dy, x!, axis) }) },
  [tf.Mean]: {
    inputs: ['x'],
    gradient: (dy, [x], { axis }) => ({ x: () => spread(tf.mul(dy, dy.size / x!.size), x!, axis) }),
  },
  [tf.Max]: {
    inputs: ['x'],
    outputs: [true],
    gradient: (dy, [x, y], { reductionIndices }) => ({
      x: () => tf.mul(keepAxes(dy, x!, reductionIndices), as01(tf.equal(x!, keepAxes(y!, x!, reductionIndices)))),
    }),
  },
  [tf.Softmax]: {
    outputs: [true],
    gradient: (dy, [y], { dim }) => ({
      logits: () => {
        const weighted = tf.mul(dy, y!);
        return tf.sub(weighted, tf.mul(tf.sum(weighted, [dim as number], true), y!));
      },
    }),
  },
  [tf.LogSoftmax]: {
    outputs: [true],
    gradient: (dy, [y], { axis }) => ({
      logits: () => tf.sub(dy, tf.mul(tf.sum(dy, axis as number, true), tf.exp(y!))),
    }),
  },
  [tf.BatchMatMul]: {
    inputs: ['a', 'b'],
    gradient: (dy, [a, b], { transposeA, transposeB }) => ({
      a: () =>
        transposeA === true
          ? tf.matMul(b!, dy, transposeB === true, true)
          : tf.matMul(dy, b!, false, transposeB !== true),
      b: () =>
        transposeB === true
          ? tf.matMul(dy, a!, true, transposeA === true)
          : tf.matMul(a!, dy, transposeA !== true, false),
    }),
  },
  [tf.DepthToSpace]: {
    gradient: (dy, _, { blockSize }) => ({ x: () => spaceToDepth(dy as tf.Tensor4D, blockSize as number) }),
  },
  [tf.Conv2D]: {
    inputs: ['x', 'filter'],
    gradient: (dy, [x, filter], { strides, pad, dataFormat, dimRoundingMode }) => {
      const attributes = { strides, pad, dataFormat, dimRoundingMode };
      return {
        x: () => run(tf.Conv2DBackpropInput, { dy, filter: filter! }, { ...attributes, inputShape: x!.shape }),
        filter: () => run(tf.Conv2DBackpropFilter, { x: x!, dy }, { ...attributes, filterShape: filter!.shape }),
      };
    },
  },
  [tf.DepthwiseConv2dNative]: {
    inputs: ['x', 'filter'],
    gradient: (dy, [x, filter], { strides, pad, dilations, dimRoundingMode }) => {
      const attributes = { strides, pad, dilations, dimRoundingMode };
      return {
        x: () =>
          run(tf.DepthwiseConv2dNativeBackpropInput, { dy, filter: filter! }, { ...attributes, inputShape: x!.shape }),
        filter: () =>
          run(tf.DepthwiseConv2dNativeBackpropFilter, { x: x!, dy }, { ...attributes, filterShape: filter!.shape }),
      };
    },
  },
  [tf.MaxPool]: {
    inputs: ['x'],
    outputs: [true],
    gradient: (dy, [x, y], attributes) => ({ x: () => run(tf.MaxPoolGrad, { dy, input: x!, output: y! }, attributes) }),
  },
  [tf.AvgPool]: {
    inputs: ['x'],
    gradient: (dy, [x], attributes) => ({ x: () => run(tf.AvgPoolGrad, { dy, input: x! }, attributes) }),
  },
};

/** The inverse of depth to space (NHWC). */
function spaceToDepth(x: tf.Tensor4D, block: number): tf.Tensor {
  const [n, h, w, c] = x.shape;
  const split = tf.reshape(x, [n * (h / block), block, w / block, block * c]);
  return tf.reshape(tf.transpose(split, [0, 2, 1, 3]), [n, h / block, w / block, block * block * c]);
}

/** Registers the table with tfjs. What another package has registered stays, unless `replace` says otherwise. */
export function registerGradients({ replace = false } = {}): void {
  for (const [kernelName, { inputs, outputs, all, gradient }] of Object.entries(ENTRIES)) {
    if (tf.getGradient(kernelName) !== undefined) {
      if (!replace) continue;
      tf.unregisterGradient(kernelName);
    }
    tf.registerGradient({
      kernelName,
      ...(inputs === undefined ? {} : { inputsToSave: [...inputs] }),
      ...(outputs === undefined ? {} : { outputsToSave: [...outputs] }),
      ...(all === true ? { saveAllInputs: true } : {}),
      gradFunc: (dy, saved, attributes) => gradient(dy as tf.Tensor, saved, attributes),
    });
  }
}
