/** Operators that would be faster in a layer's place, as far as the model of cycles says. */
import { instantiate } from '../../network/architecture.ts';
import { buildNetwork } from '../../network/build-network.ts';
import { ModelError } from '../../network/model-error.ts';
import type { Architecture, Assignment, Network, OperatorName } from '../../network/types.ts';
import type { Target } from '../../targets/find-target.ts';
import { problemsOf } from '../../targets/runnable.ts';
import { weightsCost } from '../weights/weights-cost.ts';
import { cyclesCost } from './cycles-cost.ts';

/** Operators with the same keys and the same output. */
const ALIKE: Partial<Readonly<Record<OperatorName, readonly OperatorName[]>>> = {
  ibn: ['fused-ibn'],
  'fused-ibn': ['ibn'],
  dsconv: ['conv'],
  conv: ['dsconv'],
};

/** What is saved of a network's cycles, at least. */
const WORTH = 0.03;

/** Changes of the whole network, as shares of what it takes now: −0.25 is a quarter less. */
export interface FasterOperator {
  readonly op: OperatorName;
  readonly cycles: number;
  /** Of stored weights, by the rate table. */
  readonly bytes: number;
}

function withOperator(network: Network, layer: number, op: OperatorName): Network | undefined {
  const { definition } = network;
  const layers = definition.layers.map((spec, index) =>
    index === layer ? { ...spec, op: { ...spec.op, options: [op], texts: [op] } } : spec,
  );
  try {
    return buildNetwork({ ...definition, layers });
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

interface Totals {
  readonly cycles: number;
  readonly bytes: number;
}

/**
 * What may take a layer's place so that the network takes at least three hundredths less cycles and no more than the
 * budget, the fastest first, by the index of the layer. None where the layer's operator is a choice, or the target has
 * no model of cycles. The network as it is is looked at once, when the first layer asks.
 * @param assignment the architecture that is compared
 */
export function fasterOperators(
  network: Network,
  assignment: Assignment,
  target: Target,
  budgetBytes = Infinity,
): (layer: number) => FasterOperator[] {
  const totals = (architecture: Architecture): Totals => ({
    cycles: cyclesCost.of(architecture, target),
    bytes: weightsCost.of(architecture, target),
  });
  let now: Totals | undefined;
  return (layer) => {
    const [current, ...choices] = network.definition.layers[layer]!.op.options;
    if (choices.length > 0 || cyclesCost.missing(target) !== undefined) return [];
    return (ALIKE[current!] ?? [])
      .flatMap((op) => {
        const other = withOperator(network, layer, op);
        // The same decisions, or the assignment would say something else.
        if (!other || other.decisions.length !== network.decisions.length) return [];
        const architecture = instantiate(other, assignment);
        if (problemsOf(target, architecture).length > 0) return [];
        const after = totals(architecture);
        if (after.bytes > budgetBytes) return [];
        const before = (now ??= totals(instantiate(network, assignment)));
        return [{ op, cycles: after.cycles / before.cycles - 1, bytes: after.bytes / before.bytes - 1 }];
      })
      .filter(({ cycles }) => cycles <= -WORTH)
      .sort((a, b) => a.cycles - b.cycles);
  };
}
