/**
 * Cycles as a sum over operations, each as it would take among others: what an expectation over open decisions can be
 * made of. What the whole network adds to that, how maps lie beside each other and which weights are fetched while
 * another operation runs, is left to `estimateCycles`.
 */
import type { Steps } from '../../base/steps.ts';
import { Recent } from '../../base/recent.ts';
import { isExit } from '../../network/layer-graph.ts';
import type { Network, Primitive } from '../../network/types.ts';
import { unbounded } from '../../targets/arena.ts';
import type { Target } from '../../targets/find-target.ts';
import { isReshaped } from '../activations/map-layout.ts';
import { operationAt } from '../macs/macs-cost.ts';
import { byteTable, type ByteTable } from '../weights/expression/byte-table.ts';
import type { ChannelPair } from '../weights/expression/pairs.ts';
import { tableOf, type Summand } from '../weights/expression/summand.ts';
import { isWeighted } from '../weights/stored-kind.ts';
import { operationCycles, planOperation, type CycleModel } from './estimate-cycles.ts';
import type { Shape } from './pass-cycles.ts';

/** Tables by what decides them, for each target: a definition is sized anew with every change of its text. */
const tablesOf = new WeakMap<Target, Recent<ByteTable>>();
const KEPT = 512;
/** Parts of a primitive that its table does not depend on. */
const UNREAD = { id: '', inWidth: 0, outWidth: 0, inputs: 0 };

export function cyclesByTable(network: Network, model: CycleModel): Summand {
  const { target } = model;
  const by = unbounded(target);
  let known = tablesOf.get(by);
  if (!known) tablesOf.set(by, (known = new Recent(KEPT)));
  const tables = known;
  const last = network.layers.flatMap(({ spec, paths }, i) =>
    isExit(spec) || i === network.layers.length - 1
      ? paths.flatMap(({ primitives }) => primitives.at(-1)?.id ?? [])
      : [],
  );
  return {
    counts: (kind) => kind !== 'flatten',
    *table(primitive, pairs, input) {
      const outside = { input: input < 0 && primitive.inputs.includes(-1), output: last.includes(primitive.id) };
      const key = JSON.stringify([{ ...primitive, ...UNREAD }, outside, pairs.key]);
      let table = tables.get(key);
      if (!table) tables.set(key, (table = yield* makeTable(model, primitive, pairs, outside)));
      return table;
    },
  };
}

function* makeTable(
  model: CycleModel,
  primitive: Primitive,
  pairs: ChannelPair,
  outside: Shape['outside'],
): Steps<ByteTable> {
  const bytes = isWeighted(primitive.kind) ? (yield* byteTable(model.target, primitive, pairs)).weights : undefined;
  let at = 0;
  return yield* tableOf(primitive, pairs, (channels, kernel) => {
    const operation = operationAt(primitive, channels, kernel);
    const shape: Shape = { packedInput: outside.input, packedOutput: outside.output || isReshaped(operation), outside };
    const planned = planOperation(model, operation, shape);
    // The operation before is taken to be like this one: it leaves as much time to fetch weights.
    const before = outside.input ? undefined : operationCycles(model, planned, 0, undefined).slack;
    return () => operationCycles(model, planned, bytes?.[at++] ?? 0, before).cycles;
  });
}
