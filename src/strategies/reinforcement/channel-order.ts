/**
 * Puts the channels of a network into the order of how much they count, without changing what it computes: then every
 * narrower network keeps the first of them. They count by the sum of the magnitudes of the weights that read them (the
 * L1 norm of input channels, as in AMC); channels that additions join count together, and move together.
 */
import type { Architecture } from '../../network/types.ts';
import type { HostTensors } from '../../training/trainer.ts';

/** Channels of one meaning: those of tensors that only go through operations that keep channels apart. */
interface Spaces {
  /** Of each operation's output: the space. */
  readonly of: readonly number[];
  /** Of each operation's input. */
  readonly read: readonly number[];
  /** Channels of each space; 0 where their order is given. */
  readonly channels: ReadonlyMap<number, number>;
}

const GIVEN = 0;

/** Spaces of an architecture: the network's input and output, and what cannot be put in another order, are 0. */
function spacesOf({ operations }: Architecture): Spaces {
  const parents = [GIVEN];
  const sizes = [0];
  const root = (space: number): number => {
    let at = space;
    while (parents[at] !== at) at = parents[at]!;
    return at;
  };
  const join = (a: number, b: number): void => {
    const [first, second] = [root(a), root(b)].sort((x, y) => x - y) as [number, number];
    parents[second] = first;
  };
  const fresh = (channels: number): number => {
    parents.push(parents.length);
    return sizes.push(channels) - 1;
  };
  const out: number[] = [];
  const spaceOf = (input: number): number => (input < 0 ? GIVEN : out[input]!);
  const used = new Set(operations.flatMap(({ inputs }) => inputs));
  operations.forEach(({ kind, inputs, outChannels, factor }, i) => {
    const source = spaceOf(inputs[0]!);
    if (kind === 'conv' || kind === 'dense') out.push(fresh(outChannels));
    else if ((kind === 'depthwise' && factor !== 1) || kind === 'depth-to-space') {
      join(source, GIVEN);
      out.push(GIVEN);
    } else {
      for (const input of inputs.slice(1)) join(source, spaceOf(input));
      out.push(source);
    }
    if (!used.has(i)) join(out[i]!, GIVEN);
  });
  const roots = out.map(root);
  return {
    of: roots,
    read: operations.map(({ inputs }) => (inputs[0]! < 0 ? GIVEN : roots[inputs[0]!]!)),
    channels: new Map(roots.map((space) => [space, space === GIVEN ? 0 : sizes[space]!])),
  };
}

type Order = Uint32Array | undefined;

/** For each space its channels, those that count most first. */
function ordersOf(architecture: Architecture, spaces: Spaces, tensors: HostTensors): Map<number, Order> {
  const sums = new Map([...spaces.channels].map(([space, channels]) => [space, new Float64Array(channels)]));
  architecture.operations.forEach(({ id, kind }, i) => {
    const sum = sums.get(spaces.read[i]!);
    if (!sum || sum.length === 0 || (kind !== 'conv' && kind !== 'dense')) return;
    const { w, shape } = tensors.get(id)!;
    const [inputs, outputs] = [shape[2]!, shape[3]!];
    // Behind a flatten the channels come again with every pixel.
    for (let at = 0; at < w.length; at++) sum[(Math.floor(at / outputs) % inputs) % sum.length]! += Math.abs(w[at]!);
  });
  return new Map(
    [...sums].map(([space, sum]) => [
      space,
      sum.length === 0 ? undefined : Uint32Array.from(sum.keys()).sort((a, b) => sum[b]! - sum[a]! || a - b),
    ]),
  );
}

const moved = (values: Float32Array, order: Order): Float32Array =>
  order ? Float32Array.from(order, (from) => values[from]!) : values;

/**
 * The network's tensors with the channels that count most first.
 * @param tensors of every weighted operation of the architecture, in its shapes
 */
export function byImportance(architecture: Architecture, tensors: HostTensors): HostTensors {
  const spaces = spacesOf(architecture);
  const orders = ordersOf(architecture, spaces, tensors);
  return new Map(
    architecture.operations.flatMap(({ id, kind }, i) => {
      const one = tensors.get(id);
      if (!one) return [];
      const outOrder = orders.get(spaces.of[i]!);
      const inOrder = kind === 'depthwise' ? outOrder : orders.get(spaces.read[i]!);
      const [height, width, inputs, outputs] = one.shape as [number, number, number, number];
      const w = new Float32Array(one.w.length);
      for (let tap = 0; tap < height * width; tap++)
        for (let c = 0; c < inputs; c++) {
          const source = inOrder ? c - (c % inOrder.length) + inOrder[c % inOrder.length]! : c;
          for (let o = 0; o < outputs; o++) {
            const from = kind === 'depthwise' ? o : (outOrder?.[o] ?? o);
            w[(tap * inputs + c) * outputs + o] = one.w[(tap * inputs + source) * outputs + from]!;
          }
        }
      const { gamma, beta } = one;
      const tensor = {
        shape: one.shape,
        w,
        beta: moved(beta, outOrder),
        ...(gamma && { gamma: moved(gamma, outOrder) }),
      };
      return [[id, tensor] as const];
    }),
  );
}
