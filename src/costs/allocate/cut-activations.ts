/**
 * The rule for RAM of memory-driven mixed precision (Rusci, Capotondi, Benini, arXiv 1905.13082; `cut_activation` of
 * the authors' code): what an operation reads and writes must fit, so its output is halved in sweeps forward, its
 * input in sweeps backward, whichever has more bits or, of equals, takes more.
 */
import { bytesIn } from '../activations/map-layout.ts';
import type { AllocatedNode, AllocationProblem, Cut, Impossible } from './allocation.ts';

export interface ActivationCuts {
  /** One for each layer. */
  readonly bits: readonly number[];
  readonly cuts: readonly Cut[];
  readonly impossible?: Impossible;
}

type Direction = 'forward' | 'backward';

/**
 * Halves bits of maps until every operation fits into the activation memory. Beyond the authors, whose networks are
 * chains: maps that lie there for a later operation count too, and are halved, the largest first, where the ends of an
 * operation are as small as they get; maps of one group are halved together.
 */
export function cutActivations({ layers, maps, nodes, limits }: AllocationProblem): ActivationCuts {
  const limit = limits.activations ?? Infinity;
  const levels = layers.map(() => 0);
  const cuts: Cut[] = [];
  const bitsOfLayer = (layer: number): number => layers[layer]!.activationLevels[levels[layer]!]!;
  const bitsOf = (map: number): number => (maps[map]!.group < 0 ? 8 : bitsOfLayer(maps[map]!.group));
  // Whole bytes, where the authors divide.
  const bytesOf = (map: number): number => bytesIn(maps[map]!.elements, bitsOf(map));
  const bytes = ({ inputs, output, held }: AllocatedNode): number =>
    [...new Set([...inputs, output, ...held])].reduce((sum, map) => sum + bytesOf(map), 0);
  const cuttable = (map: number): boolean =>
    maps[map]!.group >= 0 && levels[maps[map]!.group]! < layers[maps[map]!.group]!.activationLevels.length - 1;

  const halve = (map: number, node: AllocatedNode): void => {
    const layer = maps[map]!.group;
    const [from, took] = [bitsOfLayer(layer), bytes(node)];
    levels[layer]!++;
    cuts.push({ of: 'activations', layer, from, to: bitsOfLayer(layer), node: node.name, bytes: took });
  };

  /** What to halve at an operation that does not fit; undefined: that is for the other direction, or for nobody. */
  const choice = (node: AllocatedNode, direction: Direction): number | undefined => {
    const { output, held } = node;
    const input = node.inputs.reduce((most, map) => (bytesOf(map) > bytesOf(most) ? map : most), node.inputs[0]!);
    if (!cuttable(input) && !cuttable(output))
      return [...node.inputs, ...held]
        .filter(cuttable)
        .reduce<number | undefined>(
          (most, map) => (most === undefined || bytesOf(map) > bytesOf(most) ? map : most),
          undefined,
        );
    const [read, written] = [bitsOf(input), bitsOf(output)];
    const first = read > written || (read === written && bytesOf(input) > bytesOf(output));
    const map = cuttable(input) && (first || !cuttable(output)) ? input : output;
    return (map === output) === (direction === 'forward') || input === output ? map : undefined;
  };

  const stuck = (node: AllocatedNode): boolean => ![...node.inputs, node.output, ...node.held].some(cuttable);

  for (;;) {
    let violated = false;
    for (const direction of ['forward', 'backward'] as const) {
      for (const node of direction === 'forward' ? nodes : nodes.toReversed()) {
        while (bytes(node) > limit) {
          violated = true;
          if (stuck(node)) {
            const impossible = { of: 'activations', at: node.name, needed: bytes(node), limit } as const;
            return { bits: layers.map((_, layer) => bitsOfLayer(layer)), cuts, impossible };
          }
          const map = choice(node, direction);
          if (map === undefined) break;
          halve(map, node);
        }
      }
    }
    if (!violated) return { bits: layers.map((_, layer) => bitsOfLayer(layer)), cuts };
  }
}
