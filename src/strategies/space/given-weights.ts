/** Weights that came with a definition, for strategies that keep its network; and tensors in a checkpoint. */
import { SeededRandom } from '../../base/random.ts';
import { initialAssignment } from '../../integer/initial-weights.ts';
import { instantiate } from '../../network/architecture.ts';
import type { Architecture, Operation } from '../../network/types.ts';
import { taskNamed } from '../../tasks/tasks.ts';
import { outsetOf } from '../../training/outset.ts';
import type { SearchContext } from '../../training/problem.ts';
import { begin } from '../../training/start-weights.ts';
import { Supernet } from '../../training/supernet/supernet.ts';
import type { TensorRecord } from '../../training/tensor-checkpoint.ts';
import { inherit } from '../../training/trained/inherit.ts';
import { hasWeights, trainingShape, type OperationTensors } from '../../training/trained/weighted-part.ts';
import type { HostTensors } from '../../training/trainer.ts';
import type { InitialWeightsReport } from '../../wire/run.ts';

export type Initial = (operation: Operation) => OperationTensors;

/** Of all operators of the definition; undefined where it names no weights. */
export async function givenTensors(
  context: SearchContext,
): Promise<{ readonly host: HostTensors; readonly report: InitialWeightsReport } | undefined> {
  if (!context.initial) return undefined;
  const { network, seed } = context;
  const { task, training } = network.definition;
  const random = new SeededRandom(seed);
  const supernet = new Supernet(network, taskNamed(task), random, training.weightDecay, undefined, outsetOf(context));
  try {
    const report = (await begin(supernet, context))!;
    return { host: await supernet.read(), report };
  } finally {
    supernet.dispose();
  }
}

/** A network with weights that came with its definition: its options, everything but the operators at its largest. */
export interface GivenNetwork {
  readonly whole: readonly number[];
  readonly tensors: HostTensors;
  readonly report?: InitialWeightsReport;
}

/** Undefined where the definition names no weights. */
export async function givenNetwork(context: SearchContext): Promise<GivenNetwork | undefined> {
  const given = await givenTensors(context);
  if (!given) return undefined;
  const whole = initialAssignment(context.network, context.initial!.weights);
  const architecture = instantiate(context.network, whole);
  const tensors = tensorsOf(architecture, (operation) => inherit(given.host, architecture, operation));
  return { whole, tensors, report: given.report };
}

/** Tensors of an architecture, in its shapes. */
export function tensorsOf({ operations }: Architecture, initial: Initial): HostTensors {
  return new Map(
    operations.filter(hasWeights).map((operation) => {
      const { w, beta, gamma } = initial(operation);
      return [operation.id, { shape: trainingShape(operation), w, beta, ...(operation.batchNorm && { gamma }) }];
    }),
  );
}

const PARTS = ['w', 'beta', 'gamma'] as const;

/** Puts tensors into a checkpoint, under names that begin with `name`. */
export function saveTensors(name: string, tensors: HostTensors, into: Map<string, TensorRecord>): void {
  for (const [id, one] of tensors)
    for (const part of PARTS) {
      const data = one[part];
      if (data) into.set(`${name}|${id}|${part}`, { shape: [data.length], data: Float32Array.from(data) });
    }
}

/** @throws Error where a tensor is missing or of another shape */
export function loadTensors(
  name: string,
  { operations }: Architecture,
  from: ReadonlyMap<string, TensorRecord>,
): HostTensors {
  const found = (id: string, part: string, length: number): Float32Array => {
    const saved = from.get(`${name}|${id}|${part}`);
    if (saved?.data.length !== length)
      throw new Error(
        `the checkpoint does not fit this definition: ${name}|${id}|${part} is missing or of another shape`,
      );
    return saved.data;
  };
  return new Map(
    operations.filter(hasWeights).map((operation) => {
      const { id, outChannels, batchNorm } = operation;
      const shape = trainingShape(operation);
      const w = found(
        id,
        'w',
        shape.reduce((a, b) => a * b, 1),
      );
      const beta = found(id, 'beta', outChannels);
      return [id, { shape, w, beta, ...(batchNorm && { gamma: found(id, 'gamma', outChannels) }) }];
    }),
  );
}
