/**
 * What an agent sees of a layer, ten numbers: of channels as AMC has them (He et al., ECCV 2018), of bits as HAQ (Wang
 * et al., CVPR 2019). What is the layer's own is scaled from its least to its most over all layers.
 */
import { instantiate } from '../../network/architecture.ts';
import { filterShape, macs } from '../../network/operation-counts.ts';
import type { Architecture, Assignment, Network, Operation, Primitive } from '../../network/types.ts';
import type { Open } from './walls.ts';

export const STATE_NUMBERS = 10;

/** Primitives of a network by their ids, which are those of operations. */
export const primitivesOf = ({ layers }: Network): ReadonlyMap<string, Primitive> =>
  new Map(layers.flatMap(({ paths }) => paths.flatMap(({ primitives }) => primitives.map((one) => [one.id, one]))));

/** Each column from 0 to 1; one without differences is 0. */
function scaled(rows: readonly (readonly number[])[]): number[][] {
  const columns = rows[0]?.map((_, c) => rows.map((row) => row[c]!)) ?? [];
  const ends = columns.map((column) => [Math.min(...column), Math.max(...column)] as const);
  return rows.map((row) => row.map((value, c) => (value - ends[c]![0]) / (ends[c]![1] - ends[c]![0] || 1)));
}

const KINDS: readonly Operation['kind'][] = ['depthwise', 'conv', 'dense'];

const totalMacs = ({ operations }: Architecture): number => operations.reduce((sum, one) => sum + macs(one), 0);

/** Of the layers whose channels are decided. */
export class ChannelStates {
  private readonly own: readonly (readonly number[])[];
  /** Multiply-accumulates of what each decision has a part in, in those of the whole network. */
  private readonly shares: readonly number[];
  private readonly total: number;

  constructor(
    private readonly network: Network,
    private readonly open: readonly Open[],
    private readonly whole: Assignment,
  ) {
    const before = instantiate(network, whole);
    this.total = Math.max(1, totalMacs(before));
    const rows = open.map(({ decision, options }, index) => {
      const narrower = [...whole];
      narrower[decision] = options[0]!;
      const { operations } = instantiate(network, narrower);
      const changed = before.operations.filter((one, i) => {
        const other = operations[i];
        return filterShape(one) && (one.inChannels !== other?.inChannels || one.outChannels !== other.outChannels);
      });
      const [made] = changed;
      const work = changed.reduce((sum, one) => sum + macs(one), 0);
      if (!made) return [index, 0, 0, 0, 0, 0, work];
      return [
        index,
        KINDS.indexOf(made.kind),
        made.inChannels,
        made.outChannels,
        made.stride.height,
        made.kernel.height * made.kernel.width,
        work,
      ];
    });
    this.shares = rows.map((row) => row[6]! / this.total);
    this.own = scaled(rows);
  }

  /**
   * Before the decision of one: index, kind, channels in and out, stride, kernel, work; share of the work that is saved
   * so far, and that later layers have a part in; the last action.
   * @param assignment what was decided so far
   */
  of(index: number, assignment: Assignment, last: number): number[] {
    const decided = new Set(this.open.slice(0, index).map(({ decision }) => decision));
    const so = this.whole.map((k, d) => (decided.has(d) ? assignment[d]! : k));
    const left = this.shares.slice(index + 1).reduce((sum, share) => sum + share, 0);
    return [...this.own[index]!, 1 - totalMacs(instantiate(this.network, so)) / this.total, Math.min(1, left), last];
  }
}

/** Of the layers whose bits are decided. */
export class BitStates {
  private readonly own: readonly (readonly number[])[];

  constructor(network: Network, open: readonly Open[], { operations }: Architecture) {
    const primitives = primitivesOf(network);
    this.own = scaled(
      open.map(({ decision }, index) => {
        const mine = operations.filter(
          ({ id }) => primitives.get(id)!.bits.decision === decision && primitives.has(id),
        );
        const [first] = mine.filter(filterShape);
        if (!first) return [0, 0, 0, 0, 0, 0, 0, index];
        const weights = mine.reduce((sum, one) => sum + (filterShape(one)?.reduce((a, b) => a * b, 1) ?? 0), 0);
        const { kind, inChannels, outChannels, stride, kernel, inSize } = first;
        return [
          Number(kind === 'depthwise'),
          inChannels,
          outChannels,
          stride.height,
          kernel.height * kernel.width,
          weights,
          inSize.height * inSize.width,
          index,
        ];
      }),
    );
  }

  /**
   * Is it depthwise, channels in and out, stride, kernel, weights, area of its input, index; the last layer's bits, as
   * a share of the most; 1 for weights (0 would be activations, whose bits are given).
   */
  of(index: number, last: number): number[] {
    return [...this.own[index]!, last, 1];
  }
}
