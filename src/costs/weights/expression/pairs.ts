/** The joint distribution of an operator's input and output channels. */
import type { Assignment } from '../../../network/types.ts';
import { DiagramPair } from './diagram.ts';
import { listed } from './listed.ts';
import type { Marginal, Marginals } from './marginals.ts';
import { Recent } from '../../../base/recent.ts';
import type { WidthId, WidthTable } from './width-expressions.ts';

type Probabilities = readonly (readonly number[])[];

export interface ChannelPair {
  /** What the leaves are, as text: equal pairs of channels have equal keys. */
  readonly key: string;
  /** Channels that occur together, [in, out]. */
  readonly leaves: readonly (readonly [number, number])[];
  /** The leaf that an assignment leads to. */
  leafAt(assignment: Assignment): number;
  /** Probability of each leaf, once the marginals are evaluated at `probabilities`. */
  distribution(probabilities: Probabilities): Float64Array;
  /**
   * Adds what leaves are worth to the slopes of what they are made of: of marginals, or straight of the options. Call
   * `distribution` before.
   */
  addSlopes(leafValues: Float64Array, probabilities: Probabilities, slopes: readonly number[][]): void;
}

type Leaves = ChannelPair['leaves'];

/** Layers repeat their channels, and a definition is sized anew with every change of its text. */
const knownLeaves = new Recent<Leaves>(1024);

function leavesOf(key: string, make: () => Leaves): Leaves {
  let leaves = knownLeaves.get(key);
  if (leaves === undefined) knownLeaves.set(key, (leaves = make()));
  return leaves;
}

/** The pair of two widths, in the cheapest form that is exact. */
export function channelPair(widths: WidthTable, marginals: Marginals, input: WidthId, output: WidthId): ChannelPair {
  if (widths.isSimple(input) && input === output) return new EqualPair(widths, marginals.of(input));
  if (widths.isSimple(input) && widths.isSimple(output) && widths.areIndependent(input, output))
    return new IndependentPair(widths, marginals.of(input), marginals.of(output));
  return new DiagramPair(widths, input, output);
}

/** Output channels are input channels: depthwise operators. */
class EqualPair implements ChannelPair {
  readonly key: string;
  readonly leaves: readonly (readonly [number, number])[];

  constructor(
    private readonly widths: WidthTable,
    private readonly marginal: Marginal,
  ) {
    this.key = `=${listed(marginal.values)}`;
    this.leaves = leavesOf(this.key, () => marginal.values.map((value) => [value, value] as const));
  }

  leafAt(assignment: Assignment): number {
    return this.marginal.values.indexOf(this.widths.valueAt(this.marginal.id, assignment));
  }

  distribution(): Float64Array {
    return this.marginal.probabilities;
  }

  addSlopes(leafValues: Float64Array): void {
    for (let i = 0; i < leafValues.length; i++) this.marginal.slopes[i]! += leafValues[i]!;
  }
}

class IndependentPair implements ChannelPair {
  readonly key: string;
  readonly leaves: readonly (readonly [number, number])[];
  #joint: Float64Array | undefined;

  constructor(
    private readonly widths: WidthTable,
    private readonly input: Marginal,
    private readonly output: Marginal,
  ) {
    this.key = `${listed(input.values)}x${listed(output.values)}`;
    this.leaves = leavesOf(this.key, () =>
      input.values.flatMap((inputs) => output.values.map((outputs) => [inputs, outputs] as const)),
    );
  }

  leafAt(assignment: Assignment): number {
    const { widths, input, output } = this;
    return (
      input.values.indexOf(widths.valueAt(input.id, assignment)) * output.values.length +
      output.values.indexOf(widths.valueAt(output.id, assignment))
    );
  }

  distribution(): Float64Array {
    const [inputs, outputs] = [this.input.probabilities, this.output.probabilities];
    const joint = (this.#joint ??= new Float64Array(this.leaves.length));
    for (let i = 0, at = 0; i < inputs.length; i++)
      for (let o = 0; o < outputs.length; o++) joint[at++] = inputs[i]! * outputs[o]!;
    return joint;
  }

  addSlopes(leafValues: Float64Array): void {
    const { input, output } = this;
    for (let i = 0, at = 0; i < input.values.length; i++) {
      for (let o = 0; o < output.values.length; o++, at++) {
        input.slopes[i]! += leafValues[at]! * output.probabilities[o]!;
        output.slopes[o]! += leafValues[at]! * input.probabilities[i]!;
      }
    }
  }
}
