/** Concrete architectures: a network with every decision taken, and the channels that decisions lead to. */

import { KEEPS_GRID } from './keeps-grid.ts';
import { atInput } from './resolution.ts';
import type { Architecture, Assignment, Network, Operation, Param, Primitive, Width } from './types.ts';

function chosen<T>({ options, decision }: Param<T>, assignment: Assignment): T {
  return options[decision < 0 ? 0 : assignment[decision]!]!;
}

/** Channels of a tensor under an assignment. */
export function widthValue(width: Width, assignment: Assignment): number {
  switch (width.kind) {
    case 'param':
      return chosen(width.param, assignment);
    case 'times':
      return widthValue(width.of, assignment) * chosen(width.by, assignment);
    case 'divided':
      return widthValue(width.of, assignment) / width.by;
    case 'skippable':
      return widthValue(assignment[width.op] === width.skipOption ? width.skipped : width.kept, assignment);
  }
}

/**
 * Probability of each value that a width can take, when decisions are drawn independently.
 * `probabilities`: per decision of the network, one per option, summing to 1. Values of probability 0 are left out.
 */
export function widthDistribution(width: Width, probabilities: readonly (readonly number[])[]): Map<number, number> {
  const result = new Map<number, number>();
  const add = (value: number, probability: number): void => {
    if (probability > 0) result.set(value, (result.get(value) ?? 0) + probability);
  };
  const ofParam = (param: Param<number>): readonly (readonly [number, number])[] =>
    param.options.map((option, i) => [option, param.decision < 0 ? 1 : probabilities[param.decision]![i]!] as const);
  switch (width.kind) {
    case 'param':
      for (const [value, p] of ofParam(width.param)) add(value, p);
      break;
    case 'times':
      for (const [value, p] of widthDistribution(width.of, probabilities))
        for (const [by, q] of ofParam(width.by)) add(value * by, p * q);
      break;
    case 'divided':
      for (const [value, p] of widthDistribution(width.of, probabilities)) add(value / width.by, p);
      break;
    case 'skippable': {
      const skip = probabilities[width.op]![width.skipOption]!;
      for (const [value, p] of widthDistribution(width.skipped, probabilities)) add(value, p * skip);
      for (const [value, p] of widthDistribution(width.kept, probabilities)) add(value, p * (1 - skip));
      break;
    }
  }
  return result;
}

function operationOf(
  primitive: Primitive,
  layer: number,
  layerName: string,
  inputs: readonly number[],
  assignment: Assignment,
): Operation {
  const { id, kind, stride, dilation, padding, inSize, outSize, factor, batchNorm, activation } = primitive;
  return {
    id,
    layer,
    layerName,
    kind,
    inputs,
    kernel: chosen(primitive.kernel, assignment),
    stride,
    dilation,
    padding,
    inChannels: widthValue(primitive.inWidth, assignment),
    outChannels: widthValue(primitive.outWidth, assignment),
    inSize,
    outSize,
    factor,
    bits: chosen(primitive.bits, assignment),
    sparsity: chosen(primitive.sparsity, assignment),
    batchNorm,
    activation,
    ...narrow(chosen(primitive.activationBits, assignment)),
  };
}

const narrow = (bits: number): Pick<Operation, 'activationBits'> => (bits < 8 ? { activationBits: bits } : {});

/** Operations that keep the grid of what they read have its bits; what the network puts out has 8. */
export function withMapBits(operations: readonly Operation[]): Operation[] {
  if (operations.every(({ activationBits }) => activationBits === undefined)) return [...operations];
  let output = operations.length - 1;
  while (output >= 0 && KEEPS_GRID.has(operations[output]!.kind)) output = operations[output]!.inputs[0]!;
  const found: Operation[] = [];
  for (const [i, { activationBits = 8, ...operation }] of operations.entries()) {
    const read = found[operation.inputs[0]!]?.activationBits ?? 8;
    const own = KEEPS_GRID.has(operation.kind) ? read : activationBits;
    found.push({ ...operation, ...narrow(i === output ? 8 : own) });
  }
  return found;
}

/**
 * The architecture that an assignment describes: its operations in execution order; skipped layers leave none.
 * @throws RangeError where the assignment does not fit the network's decisions.
 */
export function instantiate(network: Network, assignment: Assignment): Architecture {
  const { decisions } = network;
  if (assignment.length !== decisions.length)
    throw new RangeError(
      `The assignment has ${assignment.length} values; the network has ${decisions.length} decisions`,
    );
  for (const [i, { id, labels }] of decisions.entries()) {
    if (!(assignment[i]! in labels))
      throw new RangeError(
        `The assignment gives ${id} option ${String(assignment[i])}; it has options 0 to ${labels.length - 1}`,
      );
  }
  const { layers, definition } = atInput(network, assignment);
  const operations: Operation[] = [];
  /** Per layer, the operation whose output is the layer's; −1 is the network's input. */
  const outputs: number[] = [];
  const outputOf = (layer: number): number => (layer < 0 ? -1 : outputs[layer]!);
  for (const [index, layer] of layers.entries()) {
    const { primitives } = layer.paths[layer.op.decision < 0 ? 0 : assignment[layer.op.decision]!]!;
    const first = operations.length;
    for (const primitive of primitives) {
      const inputs = primitive.inputs.map((input) =>
        input >= 0 ? first + input : outputOf(input === -1 ? layer.input : layer.from!),
      );
      operations.push(operationOf(primitive, index, layer.spec.name, inputs, assignment));
    }
    outputs.push(primitives.length > 0 ? operations.length - 1 : outputOf(layer.input));
  }
  return { name: definition.name, input: definition.input, operations: withMapBits(operations) };
}

/**
 * Equal for two assignments exactly where they are the same architecture: decisions of skipped layers, and of operators
 * that were not chosen, make no difference.
 * @throws RangeError where the assignment does not fit the network's decisions.
 */
export function architectureKey(network: Network, assignment: Assignment): string {
  const { input, operations } = instantiate(network, assignment);
  const parts = operations.map(({ id, inputs, kernel, inChannels, outChannels, bits, sparsity }) =>
    [id, ...inputs, kernel.height, kernel.width, inChannels, outChannels, bits, sparsity].join(),
  );
  return [...(network.resolution ? [`${input.height},${input.width}`] : []), ...parts].join(';');
}
