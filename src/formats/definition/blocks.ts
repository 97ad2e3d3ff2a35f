/**
 * Which layer of a definition one or several operations are: residual blocks, bottlenecks, separable convolutions,
 * single operators.
 */
import type { Activation, Operation, OperatorName, Shortcut, Size2D } from '../../network/types.ts';
import { OPERATORS } from '../../network/operators.ts';
import type { OperationGraph } from './operation-graph.ts';

/** What a layer of a definition says, before it has a name. */
export interface Block {
  readonly op: OperatorName;
  /** Operations in the order in which the layer lowers to them. */
  readonly operations: readonly number[];
  readonly kernel?: Size2D;
  readonly stride?: Size2D;
  readonly dilation?: Size2D;
  readonly padding?: Operation['padding'];
  readonly filters?: number;
  readonly expand?: number;
  readonly multiplier?: number;
  readonly factor?: number;
  readonly activation?: Activation;
  readonly shortcut?: Shortcut;
  /** `add`: the operation whose output is added. */
  readonly from?: number;
}

const isOne = ({ height, width }: Size2D): boolean => height === 1 && width === 1;
const same = (a: Size2D, b: Size2D): boolean => a.height === b.height && a.width === b.width;
const isPointwise = ({ kind, kernel }: Operation): boolean => kind === 'conv' && isOne(kernel);
const isPlain = (o: Operation): boolean => isPointwise(o) && isOne(o.stride);
const isDepthwise = ({ kind, factor }: Operation): boolean => kind === 'depthwise' && factor === 1;
const windowOf = ({
  kernel,
  stride,
  dilation,
  padding,
}: Operation): Pick<Block, 'kernel' | 'stride' | 'dilation' | 'padding'> => ({ kernel, stride, dilation, padding });

/** What a run of operations is, if the block's output has this activation (of the addition, where there is one). */
type Pattern = (
  parts: readonly Operation[],
  activation: Activation,
  added: boolean,
) => Omit<Block, 'operations' | 'shortcut'> | undefined;

const expansion = (inner: Operation, input: Operation): number | undefined => {
  const expand = inner.outChannels / input.inChannels;
  return Number.isInteger(expand) ? expand : undefined;
};

/** Longest first, so that a block is not taken apart. */
const PATTERNS: readonly { readonly length: number; readonly match: Pattern }[] = [
  {
    // Without an addition the projection is linear too, which tells it from a separable convolution after a pointwise
    // one.
    length: 3,
    match: ([a, b, c], activation) => {
      const expand = expansion(a!, a!);
      const fits =
        isPlain(a!) &&
        isDepthwise(b!) &&
        isPlain(c!) &&
        isOne(b!.dilation) &&
        a!.activation === b!.activation &&
        c!.activation === 'none' &&
        activation === 'none';
      return fits && expand
        ? { op: 'ibn', ...windowOf(b!), expand, filters: c!.outChannels, activation: a!.activation }
        : undefined;
    },
  },
  {
    length: 2,
    match: ([a, b], activation, added) => {
      const fits =
        added &&
        a!.kind === 'conv' &&
        b!.kind === 'conv' &&
        !isPointwise(a!) &&
        same(a!.kernel, b!.kernel) &&
        isOne(b!.stride) &&
        isOne(a!.dilation) &&
        isOne(b!.dilation) &&
        a!.padding === 'same' &&
        b!.padding === 'same' &&
        a!.outChannels === b!.outChannels &&
        a!.activation === activation &&
        b!.activation === 'none';
      return fits
        ? { op: 'residual', kernel: a!.kernel, stride: a!.stride, filters: b!.outChannels, activation }
        : undefined;
    },
  },
  {
    length: 2,
    match: ([a, b], activation, added) => {
      const expand = expansion(a!, a!);
      const fits =
        added &&
        a!.kind === 'conv' &&
        !isPointwise(a!) &&
        isPlain(b!) &&
        isOne(a!.dilation) &&
        b!.activation === 'none' &&
        activation === 'none';
      return fits && expand
        ? { op: 'fused-ibn', ...windowOf(a!), expand, filters: b!.outChannels, activation: a!.activation }
        : undefined;
    },
  },
  {
    length: 2,
    match: ([a, b], activation, added) => {
      const fits =
        isDepthwise(a!) && isPlain(b!) && a!.activation === activation && (!added || b!.activation === 'none');
      return fits ? { op: 'dsconv', ...windowOf(a!), filters: b!.outChannels, activation } : undefined;
    },
  },
  {
    length: 1,
    match: ([a], activation, added) => (added && a!.activation !== 'none' ? undefined : single(a!, activation)),
  },
];

/** Most operations of a layer, without its shortcut. */
const LONGEST = Math.max(...PATTERNS.map(({ length }) => length));

/** One operator as a layer; undefined for an addition. */
function single(o: Operation, activation: Activation): Omit<Block, 'operations' | 'shortcut'> | undefined {
  switch (o.kind) {
    case 'conv':
      return isPointwise(o)
        ? { op: 'pwconv', stride: o.stride, filters: o.outChannels, activation }
        : { op: 'conv', ...windowOf(o), filters: o.outChannels, activation };
    case 'depthwise':
      return { op: 'dwconv', ...windowOf(o), multiplier: o.factor, activation };
    case 'dense':
      return { op: 'dense', filters: o.outChannels, activation };
    case 'max-pool':
    case 'average-pool':
      return { op: o.kind, kernel: o.kernel, stride: o.stride, padding: o.padding };
    case 'global-average-pool':
    case 'flatten':
      return { op: o.kind };
    case 'depth-to-space':
      return { op: 'upsample', factor: o.factor };
    case 'add':
      return undefined;
  }
}

function addedBlock(graph: OperationGraph, at: number): Block | undefined {
  const fork = graph.fork(at, LONGEST);
  if (!fork || fork.shortcut.length > 1) return undefined;
  const parts = fork.main.map((index) => graph.operations[index]!);
  const side = fork.shortcut.map((index) => graph.operations[index]!)[0];
  const strides = parts.reduce((s, o) => ({ height: s.height * o.stride.height, width: s.width * o.stride.width }), {
    height: 1,
    width: 1,
  });
  if (side && !(isPointwise(side) && side.activation === 'none' && same(side.stride, strides))) return undefined;
  const activation = graph.operations[fork.join]!.activation;
  for (const { length, match } of PATTERNS) {
    const found = length === parts.length ? match(parts, activation, true) : undefined;
    if (found && OPERATORS[found.op].takes.includes('shortcut'))
      return {
        ...found,
        shortcut: side ? 'projection' : 'identity',
        operations: [...fork.main, ...fork.shortcut, fork.join],
      };
  }
  return undefined;
}

function plainBlock(graph: OperationGraph, start: number): Block | undefined {
  for (const { length, match } of PATTERNS) {
    const run = [start];
    while (run.length < length) {
      const next = graph.next(run.at(-1)!);
      if (next === undefined) break;
      run.push(next);
    }
    const parts = run.map((index) => graph.operations[index]!);
    const found = run.length === length ? match(parts, parts.at(-1)!.activation, false) : undefined;
    if (found) return { ...found, operations: run };
  }
  return undefined;
}

/** A block with the operation whose output it reads (−1: the network's input). */
export interface ReadingBlock extends Block {
  readonly reads: number;
}

function blockFrom(graph: OperationGraph, start: number, reads: number): ReadingBlock {
  const { id, kind, inputs, activation } = graph.operations[start]!;
  if (kind === 'add') {
    const from = inputs.find((input) => input !== reads) ?? reads;
    return { op: 'add', reads, from, activation, operations: [start] };
  }
  const found = plainBlock(graph, start);
  if (!found) throw new Error(`${id} (${kind}): a definition has no layer for this operation`);
  return { ...found, reads };
}

/**
 * The operations of a network as blocks, in an order in which they can run: as far as it goes each block reads the one
 * before it, then the next branch begins.
 * Throws Error naming an operation that no layer of a definition expresses.
 */
export function blocksOf(graph: OperationGraph): ReadingBlock[] {
  const { operations } = graph;
  const blocks: ReadingBlock[] = [];
  const covered = operations.map(() => false);
  const isReady = (index: number): boolean =>
    !covered[index] && operations[index]!.inputs.every((input) => input < 0 || covered[input]);
  /** What is left of a fork that has not begun is one block, if it is any. */
  const shortcutAt = (at: number): Block | undefined =>
    graph.readers(at).length === 2 && !graph.readers(at).some((reader) => covered[reader])
      ? addedBlock(graph, at)
      : undefined;
  const take = (block: ReadingBlock): void => {
    blocks.push(block);
    for (const index of block.operations) covered[index] = true;
  };
  let first = 0;
  for (let at = -1; ;) {
    const ready = graph.readers(at).filter(isReady);
    let start = ready.find((reader) => operations[reader]!.kind !== 'add') ?? ready[0];
    if (start === undefined) {
      // The first operation that is left reads only what is there.
      while (covered[first]) first += 1;
      if (first === operations.length) return blocks;
      start = first;
      at = operations[start]!.inputs[0]!;
    }
    const shortcut = shortcutAt(at);
    take(shortcut ? { ...shortcut, reads: at } : blockFrom(graph, start, at));
    at = blocks.at(-1)!.operations.at(-1)!;
  }
}
