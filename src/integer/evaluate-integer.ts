/** Integer-only evaluation, output for output what the TFLite reference kernels compute. */
import { outputsOf } from '../network/network-outputs.ts';
import { outputElements } from '../network/operation-counts.ts';
import type { PrimitiveKind } from '../network/types.ts';
import { quantiseValue } from './activation-grid.ts';
import { PLAIN_KERNELS, type IntegerKernels } from './integer-kernels.ts';
import { convolution, dense, depthwise } from './operators/convolution.ts';
import { add, depthToSpace, flatten } from './operators/elementwise.ts';
import { averagePool, globalAveragePool, maxPool } from './operators/pooling.ts';
import { requantisationTable } from './operators/requantise.ts';
import type { Compile } from './operators/step.ts';
import type { IntegerNetwork } from './integer-network.ts';

const COMPILE: Readonly<Record<PrimitiveKind, Compile>> = {
  conv: convolution,
  depthwise,
  dense,
  add,
  flatten,
  'max-pool': maxPool,
  'average-pool': averagePool,
  'global-average-pool': globalAveragePool,
  'depth-to-space': depthToSpace,
};

/** An operation, and what its codes go through afterwards. @throws Error where it only stands for another operator */
const compile: Compile = (one, grids, kernels) => {
  const { operation, standsFor, stages } = one;
  if (standsFor) throw new Error(`${operation.id}: ${standsFor.operator} cannot be computed here`);
  if (!stages) return COMPILE[operation.kind](one, grids, kernels);
  const step = COMPILE[operation.kind]({ ...one, ...stages.first }, grids, kernels);
  const table = requantisationTable(stages.first.output, stages.then);
  return (sources, target) => {
    step(sources, target);
    for (let i = 0; i < target.length; i++) target[i] = table[target[i]! + 128]!;
  };
};

/** A network prepared for repeated evaluation. */
export class IntegerEvaluator {
  readonly outputElements: number;
  readonly #network: IntegerNetwork;
  readonly #input: Int8Array;
  readonly #run: (() => void)[] = [];
  readonly #outputs: Int8Array[] = [];

  constructor(network: IntegerNetwork, kernels: IntegerKernels = PLAIN_KERNELS) {
    const { input } = network.architecture;
    this.#network = network;
    this.#input = new Int8Array(input.height * input.width * input.channels);
    for (const one of network.operations) {
      const { operation } = one;
      const grids = operation.inputs.map((i) => (i < 0 ? network.input : network.operations[i]!.output));
      const sources = operation.inputs.map((i) => (i < 0 ? this.#input : this.#outputs[i]!));
      const target = new Int8Array(outputElements(operation));
      const step = compile(one, grids, kernels);
      this.#run.push(() => {
        step(sources, target);
      });
      this.#outputs.push(target);
    }
    this.outputElements = this.#outputs.at(-1)?.length ?? this.#input.length;
  }

  /** Evaluates one image of int8 codes (NHWC). Returns a view that the next call overwrites. */
  evaluateCodes(codes: Int8Array): Int8Array {
    this.#input.set(codes);
    return this.#evaluate();
  }

  /** Evaluates one image of normalised real values. Returns a view that the next call overwrites. */
  evaluateImage(images: Float32Array, offset = 0): Int8Array {
    const input = this.#input,
      grid = this.#network.input;
    for (let i = 0; i < input.length; i++) input[i] = quantiseValue(images[offset + i]!, grid);
    return this.#evaluate();
  }

  /** Output codes of operation `index` for the image evaluated last. */
  outputOf(index: number): Int8Array {
    return this.#outputs[index]!;
  }

  #evaluate(): Int8Array {
    for (const run of this.#run) run();
    return this.#outputs.at(-1) ?? this.#input;
  }
}

/**
 * Output codes of the last operation for `count` images (normalised, NHWC): [count * output elements], row-major.
 * Bit-exact to the TFLite reference int8 kernels. Throws RangeError where `images` is too short.
 */
export function evaluateInteger(
  network: IntegerNetwork,
  images: Float32Array,
  count: number,
  kernels?: IntegerKernels,
): Int8Array {
  const all = new Int8Array(count * outputElementsOf(network));
  evaluateEach(network, images, count, kernels, (evaluator, codes, i) => {
    all.set(codes, i * evaluator.outputElements);
  });
  return all;
}

/**
 * The same of every output of a network with early exits: those of the exits in order, then those of its end, each
 * [count * outputs], row-major. Throws RangeError where `images` is too short.
 */
export function evaluateOutputs(network: IntegerNetwork, images: Float32Array, count: number): Int8Array[] {
  const indices = outputsOf(network.architecture.operations);
  const all = indices.map((index) => new Int8Array(count * outputElements(network.operations[index]!.operation)));
  evaluateEach(network, images, count, undefined, (evaluator, _, i) => {
    indices.forEach((index, k) => {
      const codes = evaluator.outputOf(index);
      all[k]!.set(codes, i * codes.length);
    });
  });
  return all;
}

function outputElementsOf({ architecture: { input, operations } }: IntegerNetwork): number {
  const last = operations.at(-1);
  return last ? outputElements(last) : input.height * input.width * input.channels;
}

/** Evaluates images one by one. */
function evaluateEach(
  network: IntegerNetwork,
  images: Float32Array,
  count: number,
  kernels: IntegerKernels | undefined,
  take: (evaluator: IntegerEvaluator, codes: Int8Array, image: number) => void,
): void {
  const { height, width, channels } = network.architecture.input;
  const elements = height * width * channels;
  if (images.length < count * elements)
    throw new RangeError(`${images.length} values are fewer than ${count} images of ${height}x${width}x${channels}`);
  const evaluator = new IntegerEvaluator(network, kernels);
  for (let i = 0; i < count; i++) take(evaluator, evaluator.evaluateImage(images, i * elements), i);
}
