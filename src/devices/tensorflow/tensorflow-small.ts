/** The optimiser's update and the gradients of activations for the `tensorflow` backend. */
import * as tf from '@tensorflow/tfjs-core';
import { BETWEEN, type Bounds } from '../operators/fused.ts';
import { compute, type Handle, type NativeBackend, type NativeKernel } from './handles.ts';

const GRADIENTS: readonly { readonly bounds: Bounds; readonly operation: string }[] = [
  { bounds: BETWEEN.relu, operation: 'ReluGrad' },
  { bounds: BETWEEN.relu6, operation: 'Relu6Grad' },
];

const passBetween: NativeKernel = (backend, { x, dy }, attributes) => {
  const { low, high } = attributes as unknown as Bounds;
  const fused = GRADIENTS.find(({ bounds }) => bounds.low === low && bounds.high === high);
  const [dx] = compute(backend, (run) => {
    if (fused !== undefined) return run(fused.operation, [dy!, x!]);
    const { binding } = backend;
    const scalar = (value: number): Handle => ({
      id: binding.createTensor([], binding.TF_FLOAT, Float32Array.of(value)),
      shape: [],
      dtype: binding.TF_FLOAT,
    });
    const scalars = [low, high, 0].map(scalar);
    try {
      const [above] = run('GreaterEqual', [x!, scalars[0]!]);
      const [below] = run('LessEqual', [x!, scalars[1]!]);
      return run('SelectV2', [above!, run('SelectV2', [below!, dy!, scalars[2]!])[0]!, scalars[2]!]);
    } finally {
      for (const { id } of scalars) binding.deleteTensor(id);
    }
  });
  return dx!;
};

/** Replaces a tensor's values; they reach the library when an operation next reads them. */
function write(backend: NativeBackend, { dataId, shape, dtype }: tf.TensorInfo, values: Float32Array): void {
  backend.disposeData(dataId, true);
  backend.move(dataId, values, shape, dtype, 1);
}

/**
 * Networks of small devices have few parameters in many tensors: a dozen of TensorFlow's operations for each cost
 * several times what one loop over them does.
 * The moments stay on this side, since nothing else reads them.
 */
const adam: NativeKernel = (backend, { value, grad, m, v }, attributes) => {
  const { learningRate, beta1, beta2, epsilon, step, weightDecay, projectNorm } = attributes as Readonly<
    Record<string, number>
  >;
  const [x, g, first, second] = [value, grad, m, v].map(
    (tensor) => backend.readSync(tensor!.dataId) as Float32Array,
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const results = [new Float32Array(x.length), new Float32Array(x.length), new Float32Array(x.length)] as const;
  const [newValue, newM, newV] = results;
  const correction1 = 1 / (1 - beta1! ** step!);
  const correction2 = 1 / (1 - beta2! ** step!);
  const decay = 1 - learningRate! * weightDecay!;
  const rate = learningRate! * correction1;
  let squares = 0;
  for (let i = 0; i < x.length; ++i) {
    const slope = g[i]!;
    const mean = beta1! * first[i]! + (1 - beta1!) * slope;
    const power = beta2! * second[i]! + (1 - beta2!) * slope * slope;
    const updated = decay * x[i]! - (rate * mean) / (Math.sqrt(power * correction2) + epsilon!);
    newM[i] = mean;
    newV[i] = power;
    newValue[i] = updated;
    squares += updated * updated;
  }
  if (projectNorm! > 0 && squares > 0) {
    const factor = projectNorm! / Math.sqrt(squares);
    for (let i = 0; i < newValue.length; ++i) newValue[i]! *= factor;
  }
  [value, m, v].forEach((tensor, i) => {
    write(backend, tensor!, results[i]!);
  });
  return [];
};

export const SMALL_KERNELS: Readonly<Record<string, NativeKernel>> = { UdcPassBetween: passBetween, UdcAdam: adam };
