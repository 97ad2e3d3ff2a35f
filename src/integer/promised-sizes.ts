/** The size that is promised for each tensor of a network on an Ethos-U, as far as all have their most at once. */
import { activationMemory } from '../costs/activations/activation-memory.ts';
import { executionOrder, mapBytes } from '../costs/activations/map-layout.ts';
import { copyingOf, placesOf, UNKNOWN, type Copied } from '../costs/weights/ethos/copying.ts';
import { networkStreamBytes, type LayerBounds, type Step } from '../costs/weights/ethos/network-promise.ts';
import { inStrips } from '../costs/weights/ethos/strips.ts';
import { boundsOf, sideBytes, sizeWith } from '../costs/weights/stored-size.ts';
import type { Architecture } from '../network/types.ts';
import type { Target } from '../targets/find-target.ts';
import type { StoredSize, WeightTensor } from '../targets/weight-tensor.ts';

/** `tensors`: what each operation stores. @returns their sizes, operation by operation */
export function promisedSizes(
  architecture: Architecture,
  target: Target,
  tensors: readonly (readonly WeightTensor[])[],
): StoredSize[][] {
  const { operations } = architecture;
  const memory = activationMemory(architecture, target).perOperation;
  const layers: LayerBounds[] = [];
  const layersOf = tensors.map((list, i) =>
    list.map((tensor) => {
      const { inputs } = operations[i]!;
      const streams = boundsOf(target, tensor);
      const staged = inputs.includes(-1);
      return layers.push({ streams, sideBytes: sideBytes(target, tensor), liveBytes: memory[i]!, staged }) - 1;
    }),
  );
  const strips = inStrips(architecture, target, memory);
  const maps = mapBytes(architecture, target);
  const isPacked = (i: number): boolean => (i < 0 ? maps.input : maps.outputs[i]!).packed;
  const places = placesOf(target);
  const fuses = target.engine!.fusesAdditions === true;
  const order = executionOrder(operations, target).filter((i) => operations[i]!.kind !== 'flatten');
  const steps = order.flatMap((i, at): Step[] => {
    const operation = operations[i]!;
    const among = {
      packedInput: operation.inputs.some(isPacked),
      packedOutput: isPacked(i),
      joined: fuses && operations[order[at + 1]!]?.kind === 'add',
    };
    const [layer, ...more] = layersOf[i]!;
    const copied = layer === undefined ? undefined : copiedOf(layers[layer]!);
    // A mean is not run as the operation that it is here.
    const known = !copied || operation.kind !== 'global-average-pool';
    const copying = places.map((place) => (known ? copyingOf(operation, target, place, among, copied) : UNKNOWN));
    const joins = fuses && operation.kind === 'add';
    return [layer, ...more].map((index) => ({
      ...(index !== undefined && { layer: index }),
      strips: strips[i]!,
      joins,
      copying,
    }));
  });
  // Nothing is known of the older core's limits.
  const needed = places.every(({ system }) => system) && {
    least: Math.max(maps.input.bytes, ...strips.map(({ leastBytes }) => leastBytes)),
    most: Math.max(maps.input.bytes, ...memory),
    ...(target.arena && { arena: target.arena.bytes }),
  };
  const bytes = networkStreamBytes(layers, needed || undefined, steps, places);
  return tensors.map((list, i) => list.map((tensor, k) => sizeWith(target, tensor, bytes[layersOf[i]![k]!]!)));
}

const copiedOf = ({ streams: { uncut, least = uncut, forms } }: LayerBounds): Copied => ({
  least,
  ...(forms && { forms }),
});
