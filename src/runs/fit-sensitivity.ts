/**
 * Bits and zeros by what they do to the loss, without training: the harm of every option of every layer under the
 * weights that there are, and the knapsack over exact bytes.
 */
import type { Impossible } from '../costs/allocate/allocation.ts';
import { harmOf } from '../costs/allocate/quantisation-harm.ts';
import {
  architectureToFit,
  bitsOffered,
  fitBits,
  type ChosenWeights,
  type Fit,
  type FitRequest,
} from '../costs/allocate/fit-bits.ts';
import { openBackend } from '../devices/open-device.ts';
import type { InitialWeights } from '../integer/initial-weights.ts';
import { quickBytes, storedBytes } from '../integer/sizing.ts';
import { codesAt, fileWeights } from '../integer/requantised.ts';
import { filterShape } from '../network/operation-counts.ts';
import type { Architecture, LayerSpec, Operation } from '../network/types.ts';
import { leastHarm, type HarmOption } from '../strategies/space/least-harm.ts';
import type { Target } from '../targets/find-target.ts';
import { taskNamed } from '../tasks/tasks.ts';
import { formatNumber, formatShare } from '../text/format.ts';
import { squaredGradients } from '../training/trained/squared-gradients.ts';
import { fittingData } from './data-check.ts';
import { NoWeightsError, type FitWeights } from './fit-weights.ts';

/** Bitwidths that are looked at, where the target stores them and the layer has no choice of its own. */
const LOOKED: readonly number[] = [8, 6, 5, 4, 3, 2];
/** Samples that gradients are measured on, where nobody says how many. */
export const SENSITIVITY_SAMPLES = 256;

/** Times that the limit of the knapsack is lowered by what the exact sizes are over. */
const CORRECTIONS = 8;

interface Option extends HarmOption {
  readonly bits: number;
  readonly sparsity: number;
}

type Grid = Pick<Option, 'bits' | 'sparsity'>;

/** A layer with weights, and what it may be. */
interface Place {
  readonly layer: number;
  readonly options: readonly Option[];
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((all, item) => all + of(item), 0);

/** The layers of an architecture on other grids, with the weights of a file. */
class Regridded {
  constructor(
    private readonly architecture: Architecture,
    private readonly target: Target,
    private readonly weights: InitialWeights,
    private readonly squares: ReadonlyMap<string, Float32Array>,
  ) {}

  operations(layer: number): readonly Operation[] {
    return this.architecture.operations.filter((operation) => operation.layer === layer && filterShape(operation));
  }

  /** Bytes with what lies beside the weights. @param size exactly, or nearly and fast */
  bytes(layer: number, grid: Grid, size: typeof storedBytes): number {
    return sum(this.on(layer, grid), (operation) => size(this.target, operation, codesAt(this.weights, operation)!));
  }

  place({ index: layer, bits: offered, sparsity }: LayerSpec): Place {
    const looked = LOOKED.filter((bits) => this.target.bits.includes(bits));
    const grids = bitsOffered(offered, this.target, looked).flatMap((bits) =>
      sparsity.options.map((zeros): Grid => ({ bits, sparsity: zeros })),
    );
    const options = grids.map((grid): Option => ({
      ...grid,
      bytes: this.bytes(layer, grid, quickBytes),
      harm: sum(this.on(layer, grid), (operation) =>
        harmOf(fileWeights(this.weights, operation)!, this.squares.get(operation.id)!, operation),
      ),
    }));
    return { layer, options };
  }

  private on(layer: number, { bits, sparsity }: Grid): readonly Operation[] {
    return this.operations(layer).map((operation) => ({
      ...operation,
      bits,
      sparsity: this.zeros(operation, sparsity),
    }));
  }

  /** As the definition lowers it: a block's depthwise filters keep all their weights. */
  private zeros({ kind, id }: Operation, sparsity: number): number {
    return kind === 'depthwise' && !id.includes('/dwconv/') ? 0 : sparsity;
  }
}

/**
 * A fit by sensitivity: Σ (Q(w) − w)² · g² least within the limit on weights, g² from `samples` training samples.
 * @param path of the definition; data lie relative to it
 * @throws NoWeightsError, OpenDecisionError, DataError
 */
export async function fitBySensitivity(
  request: FitRequest,
  source: FitWeights | undefined,
  path: string,
  samples: number,
): Promise<Fit> {
  const { network, target, limits } = request;
  const architecture = architectureToFit(request);
  if (!source?.cover(architecture.operations))
    throw new NoWeightsError(
      'this rule needs the weights of the network: fit a finished run, or name a file of them in `training: { initialWeights: … }`',
    );
  const { weights } = source;
  await openBackend('auto');
  const dataset = await fittingData(network, path);
  const squares = await squaredGradients(
    architecture,
    weights,
    taskNamed(network.definition.task),
    dataset,
    samples,
  ).finally(() => dataset.close());
  const regridded = new Regridded(architecture, target, weights, squares);
  const places = network.layers
    .filter((_, layer) => regridded.operations(layer).length > 0)
    .map(({ spec }) => regridded.place(spec));
  const { chosen, impossible } = choose(regridded, places, limits.weights ?? Infinity, network.layers.length);
  return fitBits({
    ...request,
    bytesAt: source.bytesAt(target),
    chosen: { layers: chosen, ...(impossible && { impossible }) },
  });
}

/** The least harm within the limit by exact sizes; where that is impossible, what stores the least. */
function choose(
  regridded: Regridded,
  places: readonly Place[],
  limit: number,
  layers: number,
): { readonly chosen: readonly (ChosenWeights | undefined)[]; readonly impossible?: Impossible } {
  const rows = (picked: readonly Option[], exact: readonly number[]): (ChosenWeights | undefined)[] => {
    const all = sum(picked, ({ harm }) => harm);
    const chosen = new Array<ChosenWeights | undefined>(layers).fill(undefined);
    places.forEach(({ layer }, i) => {
      chosen[layer] = { ...picked[i]!, bytes: exact[i]!, reason: reasonOf(picked[i]!, all) };
    });
    return chosen;
  };
  const exactly = (picked: readonly Option[]): number[] =>
    picked.map((option, i) => regridded.bytes(places[i]!.layer, option, storedBytes));
  let aim = limit;
  for (let round = 0; round <= CORRECTIONS; round++) {
    const found = leastHarm(
      places.map(({ options }) => options),
      aim,
    );
    if (!found) break;
    const picked = found.map((k, i) => places[i]!.options[k]!);
    const exact = exactly(picked);
    const over = sum(exact, (bytes) => bytes) - limit;
    if (over <= 0) return { chosen: rows(picked, exact) };
    aim -= over;
  }
  const least = places.map(({ options }) => options.reduce((a, b) => (b.bytes < a.bytes ? b : a)));
  const exact = exactly(least);
  const heaviest = exact.indexOf(Math.max(...exact));
  const name = regridded.operations(places[heaviest]!.layer)[0]!.layerName;
  const needed = sum(exact, (bytes) => bytes);
  return { chosen: rows(least, exact), impossible: { of: 'weights', at: name, needed, limit } };
}

/** '4 bits, 50 % zeros: harm 0.0031, 12 % of all'. */
function reasonOf({ bits, sparsity, harm }: Option, all: number): string {
  const zeros = sparsity > 0 ? `, ${formatShare(sparsity)} zeros` : '';
  return `${bits} bits${zeros}: harm ${formatNumber(harm)}${all > 0 ? `, ${formatShare(harm / all)} of all` : ''}`;
}
