/**
 * Several TensorFlow operations as one kernel of tfjs: what lies between them is a handle of the library, without the
 * bookkeeping of a tensor.
 */
import type * as tf from '@tensorflow/tfjs-core';

/** A value inside the library. */
export interface Handle {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What this project uses of the addon of @tensorflow/tfjs-node. */
interface Binding {
  executeOp(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number): Handle[];
  createTensor(shape: readonly number[], dtype: number, values: Float32Array): number;
  deleteTensor(id: number): void;
  readonly TF_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_TYPE: number;
}

/** What this project uses of its backend. */
export interface NativeBackend extends tf.KernelBackend {
  readonly binding: Binding;
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  createOutputTensor(handle: Handle): tf.TensorInfo;
}

export type Operand = Handle | tf.TensorInfo;
type Run = (
  operation: string,
  operands: readonly Operand[],
  options?: { readonly attributes?: readonly Attribute[]; readonly outputs?: number },
) => Handle[];

const idOf = (backend: NativeBackend, operand: Operand): number =>
  'id' in operand && !('dataId' in operand) ? operand.id : backend.getInputTensorIds([operand as tf.TensorInfo])[0]!;

/**
 * Runs `work`, whose `run` executes one TensorFlow operation on float32 operands (attribute T is added).
 * @returns the handles that `work` returns, as tensors; all others that it made are freed, also where it throws
 */
export function compute(backend: NativeBackend, work: (run: Run) => readonly Handle[]): tf.TensorInfo[] {
  const { binding } = backend;
  const float = { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
  const made: Handle[] = [];
  let results: readonly Handle[] = [];
  try {
    results = work((operation, operands, { attributes = [], outputs = 1 } = {}) => {
      const handles = binding.executeOp(
        operation,
        [float, ...attributes],
        operands.map((operand) => idOf(backend, operand)),
        outputs,
      );
      made.push(...handles);
      return handles;
    });
  } finally {
    for (const handle of made) if (!results.includes(handle)) binding.deleteTensor(handle.id);
  }
  return results.map((handle) => backend.createOutputTensor(handle));
}

type Inputs = Readonly<Record<string, tf.TensorInfo>>;
type Attributes = Readonly<Record<string, unknown>>;
export type NativeKernel = (
  backend: NativeBackend,
  inputs: Inputs,
  attributes: Attributes,
) => tf.TensorInfo | tf.TensorInfo[];

/** Registers kernels with the `tensorflow` backend. */
export function kernelsOf(kernels: Readonly<Record<string, NativeKernel>>): tf.KernelConfig[] {
  return Object.entries(kernels).map(([kernelName, kernel]) => ({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs, backend }) => kernel(backend as NativeBackend, inputs as Inputs, attrs ?? {}),
  }));
}
