/**
 * Fused batch normalisation, activation and mask for the `tensorflow` backend, from TensorFlow's own fused operations.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { FusedActivation, NormOptions } from '../operators/batch-norm.ts';
import { compute, type Attribute, type Handle, type NativeBackend, type NativeKernel } from './handles.ts';

const ACTIVATIONS: Readonly<
  Record<FusedActivation, { readonly forward: string; readonly backward: string } | undefined>
> = {
  relu: { forward: 'Relu', backward: 'ReluGrad' },
  relu6: { forward: 'Relu6', backward: 'Relu6Grad' },
  none: undefined,
};
const OUTPUTS = { forward: 6, backward: 5 } as const;

/** `fixed`: the statistics are given and constant, not those of the batch. */
type Options = NormOptions & { readonly fixed: boolean };
type Inputs = Readonly<Record<string, tf.TensorInfo>>;

function attributesOf({ binding }: NativeBackend, { epsilon, fixed }: Options): Attribute[] {
  return [
    { name: 'U', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'epsilon', type: binding.TF_ATTR_FLOAT, value: epsilon },
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
    { name: 'is_training', type: binding.TF_ATTR_BOOL, value: !fixed },
  ];
}

const nothings = new WeakMap<NativeBackend, Handle>();

/** An empty vector, which stands for inputs that an operation does not read. */
function nothing(backend: NativeBackend): Handle {
  let handle = nothings.get(backend);
  if (handle === undefined)
    nothings.set(
      backend,
      (handle = {
        id: backend.binding.createTensor([0], backend.binding.TF_FLOAT, new Float32Array(0)),
        shape: [0],
        dtype: backend.binding.TF_FLOAT,
      }),
    );
  return handle;
}

/** Most masks hide nothing; to look is cheaper than to multiply. */
const hidesNothing = (backend: NativeBackend, mask: tf.TensorInfo): boolean =>
  (backend.readSync(mask.dataId) as Float32Array).every((value) => value === 1);

/** y, and the statistics of the batch: mean and biased variance. */
function forward(
  backend: NativeBackend,
  { x, gamma, beta, mask, mean, variance }: Inputs,
  options: Options,
): tf.TensorInfo[] {
  const activation = ACTIVATIONS[options.activation];
  return compute(backend, (run) => {
    const unread = nothing(backend);
    // Every activation leaves 0 as it is, so that a mask may as well hide scale and offset.
    const [scale, offset] = hidesNothing(backend, mask!)
      ? [gamma!, beta!]
      : [gamma!, beta!].map((vector) => run('Mul', [vector, mask!])[0]!);
    const [normalised, , , batchMean, batchVariance] = run(
      'FusedBatchNormV3',
      [x!, scale!, offset!, mean ?? unread, variance ?? unread],
      { attributes: attributesOf(backend, options), outputs: OUTPUTS.forward },
    );
    const y = activation === undefined ? normalised! : run(activation.forward, [normalised!])[0]!;
    return options.fixed ? [y] : [y, batchMean!, batchVariance!];
  });
}

/**
 * Gradients to x, and to scale and offset of a normalisation without a mask.
 * The gradient to x is proportional to the scale, so that a mask before it is a factor of the scale, and what a hidden
 * channel would earn is known nevertheless.
 */
function backward(
  backend: NativeBackend,
  { dy, x, y, gamma, beta, mask, mean, variance }: Inputs,
  options: Options,
): tf.TensorInfo[] {
  const activation = ACTIVATIONS[options.activation];
  return compute(backend, (run) => {
    const open = hidesNothing(backend, mask!);
    // Before the activation: its gradient passes at the same places.
    const unmasked = (): Handle =>
      run('FusedBatchNormV3', [x!, gamma!, beta!, mean!, variance!], {
        attributes: attributesOf(backend, { ...options, fixed: true }),
        outputs: OUTPUTS.forward,
      })[0]!;
    const slope = activation === undefined ? dy! : run(activation.backward, [dy!, open ? y! : unmasked()])[0]!;
    const scale = open ? gamma! : run('Mul', [gamma!, mask!])[0]!;
    return run('FusedBatchNormGradV3', [slope, x!, scale, mean!, variance!, nothing(backend)], {
      attributes: attributesOf(backend, options),
      outputs: OUTPUTS.backward,
    }).slice(0, 3);
  });
}

const optionsOf = (attributes: Readonly<Record<string, unknown>>, fixed: boolean): Options => ({
  ...(attributes as unknown as NormOptions),
  fixed,
});

export const NORM_KERNELS: Readonly<Record<string, NativeKernel>> = {
  UdcNativeBatchNormAct: (backend, inputs, attributes) => forward(backend, inputs, optionsOf(attributes, false)),
  UdcNativeNormAct: (backend, inputs, attributes) => forward(backend, inputs, optionsOf(attributes, true)),
  UdcNativeNormActGrad: (backend, inputs, attributes) => backward(backend, inputs, attributes as unknown as Options),
};

function gradients(
  dy: tf.Tensor,
  saved: Readonly<Record<'x' | 'gamma' | 'beta' | 'mask' | 'y' | 'mean' | 'variance', tf.Tensor>>,
  options: Options,
): Record<string, () => tf.Tensor> {
  const { gamma, beta, mask, x, mean, variance } = saved;
  const [dx, toScale, toOffset] = tf
    .engine()
    .runKernel('UdcNativeNormActGrad', { dy, ...saved }, { ...options }) as unknown as [
    tf.Tensor,
    tf.Tensor1D,
    tf.Tensor1D,
  ];
  const toMask = (): tf.Tensor => {
    // An activation that is a factor of its input: Σ dy · act(scale · x̂ + offset) is what scale and offset get, times
    // themselves.
    if (options.activation !== 'relu6') return tf.add(tf.mul(gamma, toScale), tf.mul(beta, toOffset));
    const [active] = tf
      .engine()
      .runKernel(
        'UdcNativeNormAct',
        { x, gamma, beta, mask: tf.onesLike(mask), mean, variance },
        { ...options },
      ) as unknown as [tf.Tensor];
    return tf.sum(tf.mul(dy, active), [0, 1, 2]);
  };
  const masked = (gradient: tf.Tensor): tf.Tensor =>
    hidesNothing(tf.backend() as NativeBackend, mask) ? gradient : tf.mul(mask, gradient);
  return { x: () => dx, gamma: () => masked(toScale), beta: () => masked(toOffset), mask: toMask };
}

/** Tells tfjs the gradients of both operators. */
export function registerNormGradients(): void {
  tf.registerGradient({
    kernelName: 'UdcNativeBatchNormAct',
    inputsToSave: ['x', 'gamma', 'beta', 'mask'],
    outputsToSave: [true, true, true],
    gradFunc: (dys, [x, gamma, beta, mask, y, mean, variance], attributes) =>
      gradients(
        (dys as tf.Tensor[])[0]!,
        { x: x!, gamma: gamma!, beta: beta!, mask: mask!, y: y!, mean: mean!, variance: variance! },
        optionsOf(attributes, false),
      ),
  });
  tf.registerGradient({
    kernelName: 'UdcNativeNormAct',
    inputsToSave: ['x', 'gamma', 'beta', 'mask', 'mean', 'variance'],
    outputsToSave: [true],
    gradFunc: (dys, [x, gamma, beta, mask, mean, variance, y], attributes) =>
      gradients(
        [dys].flat()[0]!,
        { x: x!, gamma: gamma!, beta: beta!, mask: mask!, y: y!, mean: mean!, variance: variance! },
        optionsOf(attributes, true),
      ),
  });
}
