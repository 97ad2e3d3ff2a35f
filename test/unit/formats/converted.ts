/** Small .tflite files as other tools convert them: read wholly, without their ends, or not wholly to be had. */
import {
  ActivationFunctionType,
  BuiltinOperator as Op,
  TensorType,
} from '../../../src/formats/tflite/tflite-schema.generated.ts';
import { ConvertedFile, type Kind, type Tensor } from './converted-file.ts';

const { NONE } = ActivationFunctionType;

type Make = (kind?: Kind) => Uint8Array;

const begin = (
  kind: Kind | undefined,
  seed: number,
  shape: readonly number[] = [1, 12, 10, 8],
): { n: ConvertedFile; x: Tensor } => {
  const n = new ConvertedFile(seed, kind);
  return { n, x: n.activation(shape) };
};

/** Files that are read wholly: what is computed up to their last layer is the file's own arithmetic. */
export const WHOLE: Readonly<Record<string, Make>> = {
  'relu alone behind an addition': (kind) => {
    const { n, x } = begin(kind, 1);
    return n.finish(x, n.classify(n.unary(Op.RELU, n.add(x, n.conv(x, 8, { act: NONE })))));
  },
  'relu6 alone, to another grid': (kind) => {
    const { n, x } = begin(kind, 2);
    return n.finish(x, n.classify(n.unary(Op.RELU6, n.conv(x, 8, { act: NONE }), 6 / 255, -128)));
  },
  'relu, then a requantisation': (kind) => {
    const { n, x } = begin(kind, 3);
    return n.finish(
      x,
      n.classify(n.conv(n.unary(Op.QUANTIZE, n.unary(Op.RELU, n.conv(x, 8, { act: NONE }), 0.04, -128), 0.021, 3), 8)),
    );
  },
  'a requantisation between layers': (kind) => {
    const { n, x } = begin(kind, 4);
    return n.finish(x, n.classify(n.conv(n.unary(Op.QUANTIZE, n.conv(x, 8), 0.02, 3), 8)));
  },
  'padding on all sides': (kind) => {
    const { n, x } = begin(kind, 5);
    return n.finish(x, n.classify(n.conv(n.pad(x, [0, 0, 1, 1, 1, 1, 0, 0]), 8, { stride: [2, 2], padding: 'VALID' })));
  },
  'padding on all sides of a depthwise convolution': (kind) => {
    const { n, x } = begin(kind, 6);
    return n.finish(
      x,
      n.classify(n.depthwise(n.pad(x, [0, 0, 2, 2, 2, 2, 0, 0]), { kernel: [5, 5], stride: [2, 2], padding: 'VALID' })),
    );
  },
  'padding in 64 bits': (kind) => {
    const { n, x } = begin(kind, 7);
    return n.finish(
      x,
      n.classify(n.conv(n.pad(x, [0, 0, 0, 1, 0, 1, 0, 0], true), 8, { stride: [2, 2], padding: 'VALID' })),
    );
  },
  'a mean over negative axes': (kind) => {
    const { n, x } = begin(kind, 8);
    return n.finish(x, n.dense(n.mean(n.conv(x, 8), [-3, -2], false), 4));
  },
  'a mean that keeps its axes': (kind) => {
    const { n, x } = begin(kind, 9);
    return n.finish(x, n.dense(n.mean(n.conv(x, 8), [2, 1], true), 4));
  },
  'a flatten of open size': (kind) => {
    const { n, x } = begin(kind, 10);
    return n.finish(x, n.dense(n.flatten(n.conv(x, 4)), 4));
  },
  'a dense layer that reads a map': (kind) => {
    const { n, x } = begin(kind, 11);
    return n.finish(x, n.dense(n.conv(x, 4), 4));
  },
  'a dense layer at every pixel': (kind) => {
    const { n, x } = begin(kind, 12);
    return n.finish(x, n.classify(n.dense(n.conv(x, 4), 6, 4, [1, 12, 10, 6], true)));
  },
  'a convolution of one axis': (kind) => {
    const { n, x } = begin(kind, 13, [1, 130]);
    const y = n.conv(n.reshape(n.reshape(x, [1, 26, 5]), [1, 1, 26, 5]), 8, { kernel: [1, 3] });
    return n.finish(
      x,
      n.dense(
        n.reshape(n.pool(Op.MAX_POOL_2D, n.reshape(n.reshape(y, [1, 26, 8]), [1, 26, 1, 8]), [2, 1]), [1, 104]),
        3,
      ),
    );
  },
  'a convolution of one axis, turned twice': (kind) => {
    const { n, x } = begin(kind, 14, [1, 1, 24, 5]);
    const y = n.conv(n.reshape(n.conv(x, 8, { kernel: [1, 3], stride: [1, 2] }), [1, 12, 1, 8]), 8, { kernel: [5, 1] });
    return n.finish(x, n.dense(n.reshape(y, [1, 96]), 3));
  },
  'expanded and squeezed': (kind) => {
    const { n, x } = begin(kind, 15, [1, 20, 6]);
    const y = n.conv(n.unary(Op.EXPAND_DIMS, x, x.scale, x.zero, [1, 1, 20, 6], [n.constant(Int32Array.of(1))]), 8, {
      kernel: [1, 5],
      padding: 'VALID',
    });
    return n.finish(x, n.dense(n.mean(n.squeeze(y, 1), [1], false), 3));
  },
  'a vector that becomes a map': (kind) => {
    const { n, x } = begin(kind, 16, [1, 120]);
    return n.finish(x, n.classify(n.conv(n.reshape(x, [1, 12, 10, 1]), 8, { kernel: [4, 3], stride: [2, 2] })));
  },
  'names that are all one': (kind) => {
    const n = new ConvertedFile(17, kind, () => 'conv/conv/main'),
      x = n.activation([1, 8, 8, 4]);
    return n.finish(x, n.classify(n.conv(n.conv(x, 8), 8)));
  },
  'no names': (kind) => {
    const n = new ConvertedFile(18, kind, () => ''),
      x = n.activation([1, 8, 8, 4]);
    return n.finish(x, n.classify(n.conv(n.depthwise(x), 8)));
  },
};

/** Files whose last operators are no part of a definition; the second is the same file without them. */
export const TAILS: Readonly<Record<string, () => readonly [Uint8Array, Uint8Array]>> = Object.fromEntries(
  (
    [
      ['LOGISTIC', (n, y) => n.unary(Op.LOGISTIC, y, 1 / 256, -128)],
      ['SOFTMAX', (n, y) => n.softmax(y)],
      [
        'ARG_MAX',
        (n, y) =>
          n.op(Op.ARG_MAX, [y.index, n.constant(Int32Array.of(1), [])], {
            ...y,
            index: n.builder.tensor({ name: 'class', shape: [1], type: TensorType.INT32 }),
          }),
      ],
      ['SOFTMAX, RESHAPE', (n, y) => n.reshape(n.softmax(y), [1, 1, 1, 4])],
      ['QUANTIZE', (n, y) => n.unary(Op.QUANTIZE, y, 0.1, 0)],
    ] as readonly (readonly [string, (n: ConvertedFile, y: Tensor) => Tensor])[]
  ).map(([name, end]) => [
    name,
    () =>
      [true, false].map((whole) => {
        const { n, x } = begin('int8', 20);
        const y = n.classify(n.conv(x, 8));
        return n.finish(x, whole ? end(n, y) : y);
      }) as unknown as readonly [Uint8Array, Uint8Array],
  ]),
);

/** Files that a definition cannot have: what is named, and how many of their layers are sized. */
export const PARTIAL: Readonly<
  Record<string, { readonly make: () => Uint8Array; readonly obstacle: RegExp; readonly unsized: number }>
> = {
  'a concatenation': {
    make: () => {
      const { n, x } = begin('int8', 30);
      return n.finish(x, n.classify(n.concatenation(n.conv(x, 8), n.conv(x, 4))));
    },
    obstacle: /operator 2 \(CONCATENATION, layer 't\d+'\): a definition has no such layer/,
    unsized: 0,
  },
  'two outputs': {
    make: () => {
      const { n, x } = begin('int8', 31),
        y = n.conv(x, 8);
      return n.finish(x, [n.classify(y), n.classify(y, 2)]);
    },
    obstacle: /1 input and 2 outputs; a definition has one of each/,
    unsized: 0,
  },
  'a multiplication by constants': {
    make: () => {
      const { n, x } = begin('int8', 32),
        y = n.conv(x, 8);
      return n.finish(
        x,
        n.classify(
          n.unary(Op.MUL, y, 0.05, -3, y.shape, [
            n.builder.tensor({
              name: 'factors',
              shape: [8],
              type: TensorType.INT8,
              scales: [0.1],
              data: new Int8Array(8).fill(3),
            }),
          ]),
        ),
      );
    },
    obstacle: /operator 1 \(MUL, layer/,
    unsized: 1,
  },
  'a convolution in groups': {
    make: () => {
      const { n, x } = begin('int8', 33);
      return n.finish(x, n.classify(n.conv(x, 8, { groups: 2 })));
    },
    obstacle: /a convolution in 2 groups: a definition has none/,
    unsized: 0,
  },
  'a relu beside another reader': {
    make: () => {
      const { n, x } = begin('int8', 34),
        y = n.conv(x, 8, { act: NONE });
      return n.finish(x, n.classify(n.add(n.conv(n.unary(Op.RELU, y), 8), y)));
    },
    obstacle: /RELU.*others read what it reads/,
    unsized: 0,
  },
  'more padding than SAME has': {
    make: () => {
      const { n, x } = begin('int8', 35);
      return n.finish(x, n.classify(n.conv(n.pad(x, [0, 0, 3, 3, 3, 3, 0, 0]), 8, { padding: 'VALID' })));
    },
    obstacle: /a padding of 3 above, 3 below, 3 left, 3 right: a definition has `padding: same`/,
    unsized: 0,
  },
  'a state': {
    make: () => {
      const { n, x } = begin('int8', 36);
      n.builder.operator({ code: Op.CALL_ONCE, version: 1, inputs: [], outputs: [] });
      return n.finish(x, n.classify(n.conv(x, 8)));
    },
    obstacle: /CALL_ONCE.*keeps a state/,
    unsized: 0,
  },
};
