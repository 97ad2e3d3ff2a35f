/**
 * Collects the operations of a network that is being read: their names, their places, what cannot be part of a
 * definition.
 */
import type { Operation, Size2D } from '../../network/types.ts';
import type { IntegerOperation, MapPadding, Quantisation } from '../../integer/integer-network.ts';
import { filterShape } from '../../network/operation-counts.ts';
import { DamagedFileError } from '../../base/damage.ts';
import { impossible, isPossibleShape } from './plausible.ts';
import { transposed } from './weight-codes.ts';

export interface MapShape {
  readonly size: Size2D;
  readonly channels: number;
}

export type Identity = Pick<Operation, 'id' | 'layer' | 'layerName'>;

const ONE: Size2D = { height: 1, width: 1 };

/** What an operation is where its file says nothing else. */
export const PLAIN = {
  kernel: ONE,
  stride: ONE,
  dilation: ONE,
  padding: 'same',
  factor: 1,
  bits: 8,
  sparsity: 0,
  batchNorm: false,
  activation: 'none',
} as const satisfies Partial<Operation>;
const turned = ({ height, width }: Size2D): Size2D => ({ height: width, width: height });
const turnedPads = ({ top, bottom, left, right }: MapPadding): MapPadding => ({
  top: left,
  bottom: right,
  left: top,
  right: bottom,
});

/** Names that UDC's own exports give to tensors: '<layer>/<op>/<part>'. */
const OWN_NAME = /^([A-Za-z][A-Za-z0-9_-]{0,63})\/([a-z-]+)\/[a-z0-9-]+$/;

/** Most operators of one layer of a definition: three convolutions, a projection, an addition. */
const MOST_OF_A_LAYER = 5;

/**
 * Are these the names of an export of UDC, '<layer>/<op>/<part>' each? Other tools' names may look alike, but not all
 * of a network.
 */
export function areOwnNames(names: readonly string[]): boolean {
  const layers = new Map<string, string[]>();
  for (const name of new Set(names)) {
    const found = OWN_NAME.exec(name);
    if (!found) return false;
    layers.set(found[1]!, [...(layers.get(found[1]!) ?? []), found[2]!]);
  }
  return (
    layers.size > 0 &&
    [...layers.values()].every((operators) => operators.length <= MOST_OF_A_LAYER && new Set(operators).size === 1)
  );
}

export class Operations {
  readonly list: IntegerOperation[] = [];
  readonly obstacles: string[] = [];
  readonly #counts = new Map<string, number>();
  readonly #layers = new Map<string, number>();
  readonly #ids = new Set<string>();

  /**
   * `own`: the file is an export of UDC, whose names say which layer an operator belongs to. Others count their
   * operators.
   */
  constructor(private readonly own: boolean) {}

  get length(): number {
    return this.list.length;
  }

  /** The names of an operator. Ids are unique, whatever the file's own names are. */
  identity(operator: string, tensor: string): Identity {
    const parts = this.own && !this.#ids.has(tensor) ? OWN_NAME.exec(tensor) : null;
    const layerName = parts ? parts[1]! : this.#numbered(operator);
    const layer = this.#layers.get(layerName) ?? this.#layers.size;
    this.#layers.set(layerName, layer);
    const id = parts ? tensor : `${layerName}/${operator.toLowerCase()}`;
    this.#ids.add(id);
    return { id, layer, layerName };
  }

  #numbered(operator: string): string {
    const base = operator
      .toLowerCase()
      .replace(/_2d$/, '')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '');
    const count = (this.#counts.get(base) ?? 0) + 1;
    this.#counts.set(base, count);
    return `${base}${count}`;
  }

  /**
   * Adds an operation and returns its index. A map of one row and one of one column are the same bytes: files change
   * from one to the
   * other by a RESHAPE, so an operation that reads its input the other way round than it was made is turned.
   * @throws Error where no operation can have the sizes that the file claims
   */
  push(one: IntegerOperation, read: MapShape): number {
    checkPossible(one);
    const source = this.list[one.operation.inputs[0] ?? -1]?.operation.outSize;
    const isTurned =
      source !== undefined &&
      (read.size.height !== source.height || read.size.width !== source.width) &&
      read.size.height === source.width &&
      read.size.width === source.height &&
      Math.min(source.height, source.width) === 1;
    return this.list.push(isTurned ? turnedOperation(one) : one) - 1;
  }

  /** Changes an operation that was added. @throws Error as `push` does */
  replace(index: number, one: IntegerOperation): void {
    checkPossible(one);
    this.list[index] = one;
  }

  /** Adds a stand-in for an operator that no operation computes. */
  standIn(
    identity: Identity,
    operator: string,
    inputs: readonly number[],
    output: MapShape,
    grid: Quantisation,
    constantBytes: number,
  ): number {
    const source = this.list[inputs[0] ?? -1]?.operation;
    // Of a file with damaged shapes, one value stands for the map.
    const to = isPossibleShape([output.size.height, output.size.width, output.channels])
      ? output
      : { size: ONE, channels: 1 };
    const operation: Operation = {
      ...identity,
      inputs,
      kind: 'max-pool',
      ...PLAIN,
      inChannels: source?.outChannels ?? to.channels,
      outChannels: to.channels,
      inSize: source?.outSize ?? to.size,
      outSize: to.size,
    };
    return (
      this.list.push({
        operation,
        output: grid,
        clamp: { min: -128, max: 127 },
        standsFor: { operator, constantBytes },
      }) - 1
    );
  }
}

function checkPossible(one: IntegerOperation): void {
  const problem = impossible(one);
  if (problem !== undefined) throw new DamagedFileError(problem);
}

function turnedOperation(one: IntegerOperation): IntegerOperation {
  const { operation: o, weights, pads } = one;
  const shape = filterShape(o);
  return {
    ...one,
    operation: {
      ...o,
      kernel: turned(o.kernel),
      stride: turned(o.stride),
      dilation: turned(o.dilation),
      inSize: turned(o.inSize),
      outSize: turned(o.outSize),
    },
    ...(weights && shape && { weights: { ...weights, codes: transposed(weights.codes, shape) } }),
    ...(pads && { pads: turnedPads(pads) }),
  };
}
