/** An architecture as numbers for a predictor: its decisions one-hot, zeros for those that it does not use. */
import type { Assignment, Network } from '../../network/types.ts';
import { widthDecisions } from '../../training/supernet/width-masks.ts';

/** The place of an option's number among the features, by decision and option. */
export class DecisionFeatures {
  readonly length: number;
  private readonly first: readonly number[];
  /** Decisions that each path of each layer reads, the layer's operator among them. */
  private readonly read: readonly (readonly ReadonlySet<number>[])[];

  constructor(private readonly network: Network) {
    let length = 0;
    this.first = network.decisions.map(({ labels }) => {
      const first = length;
      length += labels.length;
      return first;
    });
    this.length = length;
    this.read = network.layers.map(({ op, paths }) =>
      paths.map(({ primitives }) => {
        const found = new Set<number>([op.decision]);
        for (const { kernel, bits, sparsity, inWidth, outWidth } of primitives) {
          for (const { decision } of [kernel, bits, sparsity]) found.add(decision);
          for (const width of [inWidth, outWidth]) widthDecisions(width, found);
        }
        found.delete(-1);
        return found;
      }),
    );
  }

  /** Decisions that make a difference to an architecture. */
  live(assignment: Assignment): ReadonlySet<number> {
    const { resolution } = this.network;
    const found = new Set<number>(resolution && [resolution.decision]);
    this.network.layers.forEach(({ op }, layer) => {
      for (const d of this.read[layer]![op.decision < 0 ? 0 : assignment[op.decision]!]!) found.add(d);
    });
    return found;
  }

  /** The features that are 1, in order; all others are 0. */
  of(assignment: Assignment): number[] {
    const live = this.live(assignment);
    return assignment.flatMap((k, d) => (live.has(d) ? [this.first[d]! + k] : []));
  }
}
