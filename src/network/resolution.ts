/**
 * The size of the input as a choice: the network at each of its options. Weights do not depend on it, maps do.
 * Elastic resolution as in Once-for-All (Cai et al., ICLR 2020), section 3.
 */
import { stepsAt } from '../wire/preparation/step-table.ts';
import type { Assignment, Choice, Definition, Network, Size2D } from './types.ts';

/** The network with the maps of the input that an assignment chooses; itself where there is no such choice. */
export function atInput(network: Network, assignment: Assignment): Network {
  const { resolution } = network;
  return resolution ? resolution.networks[assignment[resolution.decision]!]! : network;
}

/** The network with the maps of an input of this size, which is one of its own. */
export const ofInput = (network: Network, input: Size2D): Network =>
  network.resolution?.networks.find(
    ({ definition: { input: own } }) => own.height === input.height && own.width === input.width,
  ) ?? network;

/** The network at each size of its input, in the order of the options; itself alone where it has one. */
export const sizesOf = (network: Network): readonly Network[] => network.resolution?.networks ?? [network];

/** Is one of these larger than another in one direction and smaller in the other, so that neither is the larger? */
export const isMixed = (options: readonly Size2D[]): boolean =>
  options.some((a) => options.some((b) => a.height > b.height && a.width < b.width));

/** Options of a choice of inputs from the smallest to the largest by area, as indices. */
export function byArea(options: readonly Size2D[]): readonly number[] {
  const area = ({ height, width }: Size2D): number => height * width;
  return options.map((_, k) => k).sort((a, b) => area(options[a]!) - area(options[b]!));
}

/** The definition with one of its inputs: the choice is taken, and the preparation is the one for it. */
export const definitionAt = (definition: Definition, size: Size2D): Definition => ({
  ...withLargest(definition, size, false),
  inputs: undefined,
});

/** The definition with some of its inputs left. */
export const definitionWith = (definition: Definition, inputs: Choice<Size2D>): Definition => ({
  ...withLargest(definition, inputs.options[byArea(inputs.options).at(-1)!]!, true),
  inputs,
});

function withLargest(definition: Definition, { height, width }: Size2D, open: boolean): Definition {
  const { prepare } = definition;
  return {
    ...definition,
    input: { ...definition.input, height, width },
    ...(prepare && { prepare: stepsAt(prepare, { height, width }, open) }),
  };
}
