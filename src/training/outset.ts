/**
 * Where networks begin whose outputs have a unit: at what takes no learning, as their task says, and with steps of the
 * size of what is left to learn.
 */
import type { LayerTemplate, Network, Primitive } from '../network/types.ts';
import { taskNamed } from '../tasks/tasks.ts';
import type { SearchContext } from './problem.ts';
import { capacity, widthDecisions } from './supernet/width-masks.ts';
import { isWeighted } from './supernet/shared-tensors.ts';

/** Deviation of what fresh weights put out beside the outset, as a share of what is to be learnt. */
const FRESH = 0.1;

export interface Outset {
  /** Of each channel of the targets. */
  readonly mean: readonly number[];
  /** Deviation of the targets from the outset: the unit of the weights that make the output, and of their steps. */
  readonly spread: number;
  /** What the operators begin with that bring the outset to the output, by their ids; the others begin near zero. */
  readonly carriers: ReadonlyMap<string, Carried>;
}

type Carried = 'mean' | { readonly factor: number };

/** What an operator without normalisation makes its share of the output with. */
export type End = Pick<Primitive, 'id' | 'batchNorm'>;

/** By which factor a linear layer enlarges the network's input that it reads, as it stands before depth to space. */
function enlarges(layer: LayerTemplate, { layers, definition: { input } }: Network): number | undefined {
  const [primitive] = layer.paths[0]!.primitives;
  if (layer.input !== -1 || layer.paths.length !== 1 || layer.paths[0]!.primitives.length !== 1) return undefined;
  const { kind, stride, dilation, padding, activation, batchNorm, outWidth } = primitive!;
  const ones = [stride, dilation].every(({ height, width }) => height === 1 && width === 1);
  if (kind !== 'conv' || batchNorm || !ones || padding !== 'same' || activation !== 'none') return undefined;
  const all = layers.flatMap(({ paths }) => paths.flatMap(({ primitives }) => primitives));
  const spaces = all.filter((other) => other.kind === 'depth-to-space');
  const factor = spaces.length === 0 ? 1 : spaces[0]!.factor;
  const channels = widthDecisions(outWidth).size === 0 ? capacity(outWidth) : undefined;
  const whole = layers.at(-1)!.outSize.height === input.height * factor;
  return whole && spaces.length <= 1 && channels === input.channels * factor ** 2 ? factor : undefined;
}

/** Operators without normalisation, of each way through the last layer that has any; one of a way is enough. */
function lastEnds({ layers }: Network): string[] {
  const ends = layers.map(({ paths }) =>
    paths.flatMap(({ primitives }) =>
      primitives
        .filter(isEnd)
        .slice(-1)
        .map(({ id }) => id),
    ),
  );
  return ends.findLast((ids) => ids.length > 0) ?? [];
}

const isEnd = ({ kind, batchNorm }: Primitive): boolean => isWeighted(kind) && !batchNorm;

/**
 * Is the network's input itself added to what its weights put out? Not where pixels are made of channels behind that:
 * an addition fills missing channels with zeros.
 */
function addsInput(layers: Network['layers'], last = layers.length - 1): boolean {
  if (last < 0) return true;
  const { input, from, paths } = layers[last]!;
  const all = paths.flatMap(({ primitives }) => primitives);
  if (all.some(({ kind }) => isWeighted(kind)))
    return input === -1 && all.some(({ kind, inputs }) => kind === 'add' && inputs.includes(-1));
  if (all.some(({ kind }) => kind === 'depth-to-space')) return false;
  return addsInput(layers, input) || (from !== undefined && addsInput(layers, from));
}

/** Where networks of a space begin; undefined where task or data know nothing of that. */
export function outsetOf({
  network,
  dataset: { outputs },
}: Pick<SearchContext, 'network' | 'dataset'>): Outset | undefined {
  const { outset } = taskNamed(network.definition.task);
  if (!outset || !outputs) return undefined;
  const { mean, deviation, beyondInput } = outputs;
  // The definition says itself where its networks begin.
  if (addsInput(network.layers)) return { mean, spread: beyondInput || deviation || 1, carriers: new Map() };
  if (outset === 'input' && beyondInput !== undefined)
    for (const layer of network.layers) {
      const factor = enlarges(layer, network);
      if (factor === undefined) continue;
      const { id } = layer.paths[0]!.primitives[0]!;
      return { mean, spread: beyondInput || deviation || 1, carriers: new Map([[id, { factor }]]) };
    }
  return { mean, spread: deviation || 1, carriers: new Map(lastEnds(network).map((id) => [id, 'mean'])) };
}

/** Share of the learning rate of an operator's weights and biases; undefined: all of it. */
export const rateOf = ({ batchNorm }: End, outset: Pick<Outset, 'spread'> | undefined): number | undefined =>
  batchNorm ? undefined : outset?.spread;

/** What a pixel at place `at` of `factor` within one of a line takes of this and of both neighbours, linearly. */
function linear(at: number, factor: number): readonly [number, number, number] {
  const offset = (at + 0.5) / factor - 0.5;
  return [Math.max(0, -offset), 1 - Math.abs(offset), Math.max(0, offset)];
}

/** Filters [h, w, in, out] that enlarge linearly; without neighbours by repeating pixels. */
function enlarging([height, width, inputs, outputs]: readonly number[], factor: number): Float32Array {
  const w = new Float32Array(height! * width! * inputs! * outputs!);
  const [middle, centre] = [(height! - 1) / 2, (width! - 1) / 2];
  for (let o = 0; o < outputs!; o++) {
    const part = Math.floor(o / inputs!);
    const down = height! < 3 ? [0, 1, 0] : linear(Math.floor(part / factor), factor);
    const right = width! < 3 ? [0, 1, 0] : linear(part % factor, factor);
    for (let y = -1; y <= 1; y++)
      for (let x = -1; x <= 1; x++) {
        const value = down[y + 1]! * right[x + 1]!;
        const at = ((middle + y) * width! + centre + x) * inputs! + (o % inputs!);
        if (value > 0) w[at * outputs! + o] = value;
      }
  }
  return w;
}

/**
 * Fresh weights and biases of an operator, of those that suit one before a norm.
 * @param shape of the filters, [h, w, in, out]
 */
export function atOutset(
  { id, batchNorm }: End,
  outset: Outset | undefined,
  shape: readonly number[],
  fresh: Float32Array,
  outputs: number,
): { readonly w: Float32Array; readonly beta: Float32Array } {
  const beta = new Float32Array(outputs);
  if (batchNorm || !outset) return { w: fresh, beta };
  const carried = outset.carriers.get(id);
  if (typeof carried === 'object') return { w: enlarging(shape, carried.factor), beta };
  const { mean, spread } = outset;
  return {
    w: fresh.map((value) => value * FRESH * spread),
    beta: carried ? beta.map((_, o) => mean[o % mean.length]!) : beta,
  };
}
