/**
 * The file of shared weights that networks are cut from: float tensors of every operator at its widest, the predictor,
 * and what they are of, in one safetensors file.
 */
import { messageOf } from '../../base/error-text.ts';
import { readSafetensors, writeSafetensors, type NamedTensor } from '../../base/safetensors-file.ts';
import { count, list, number, object, oneOf, string, type Check } from '../../base/validate.ts';
import type { Assignment, Network } from '../../network/types.ts';
import { SharedFileError, type SearchContext } from '../../training/problem.ts';
import { channelLast, filterCapacity, isWeighted } from '../../training/supernet/shared-tensors.ts';
import type { HostTensors } from '../../training/trainer.ts';
import { Predictor, type PredictorState } from './predictor.ts';

const FORMAT = 1;
const KEY = 'udc-shared';
const PREDICTOR = 'predictor/';

/** What networks are cut from. */
export interface Shared {
  readonly host: HostTensors;
  readonly predictor: Predictor;
  /** Training steps that the weights have been through. */
  readonly steps: number;
  /** Good architectures of all sizes, the smallest first. */
  readonly founders: readonly Assignment[];
}

interface Facts {
  readonly format: number;
  /** Of each decision its options: the space that the weights are of. */
  readonly space: readonly string[];
  readonly predictor: PredictorState;
  readonly steps: number;
  readonly founders: readonly Assignment[];
}

const pair = list(number, 2) as Check<readonly [number, number]>;
const facts: Check<Facts> = object<Facts>({
  format: oneOf([FORMAT]),
  space: list(string),
  predictor: object<PredictorState>({ hidden: list(count), mean: number, scale: number, metric: list(pair) }),
  steps: count,
  founders: list(list(count)),
});

const spaceOf = ({ decisions }: Network): string[] => decisions.map(({ id, labels }) => `${id}: ${labels.join(' | ')}`);

/** The bytes of the file. */
export function packShared({ network }: Pick<SearchContext, 'network'>, shared: Shared): Uint8Array {
  const { host, predictor, steps, founders } = shared;
  const tensors: NamedTensor[] = [...host].flatMap(([id, { shape, w, gamma, beta }]) => [
    { name: `${id}/w`, shape, values: w },
    { name: `${id}/beta`, shape: [beta.length], values: beta },
    ...(gamma ? [{ name: `${id}/gamma`, shape: [gamma.length], values: gamma }] : []),
  ]);
  predictor.parameters.forEach((values, i) => {
    tensors.push({ name: `${PREDICTOR}${i}`, shape: [values.length], values: Float32Array.from(values) });
  });
  const said: Facts = { format: FORMAT, space: spaceOf(network), predictor: predictor.state, steps, founders };
  return writeSafetensors(tensors, { [KEY]: JSON.stringify(said) });
}

/**
 * Reads the file back.
 * @throws SharedFileError where it is no such file, is of another version, or of another space
 */
export function unpackShared({ network }: Pick<SearchContext, 'network'>, bytes: Uint8Array): Shared {
  const { tensors, said } = read(bytes);
  if (said.space.join('\n') !== spaceOf(network).join('\n'))
    throw new SharedFileError('they are of another search space than the definition of the run');
  const fits = (assignment: Assignment): boolean =>
    assignment.length === network.decisions.length &&
    assignment.every((k, d) => k < network.decisions[d]!.labels.length);
  if (!said.founders.every(fits)) throw new SharedFileError('an architecture in them is none of the space');
  const tensor = (name: string, length: number): Float32Array => {
    const found = tensors.get(name);
    if (found?.length !== length)
      throw new SharedFileError(
        `tensor ${name} is ${found ? `${found.length} numbers long, not ${length}` : 'missing'}`,
      );
    return found;
  };
  const host = new Map<string, NonNullable<ReturnType<HostTensors['get']>>>();
  for (const primitive of network.layers.flatMap(({ paths }) => paths.flatMap(({ primitives }) => primitives))) {
    const { id, kind, batchNorm } = primitive;
    if (!isWeighted(kind)) continue;
    const shape = filterCapacity(primitive);
    const outputs = channelLast(primitive, shape)[3];
    host.set(id, {
      shape,
      w: tensor(
        `${id}/w`,
        shape.reduce((a, b) => a * b, 1),
      ),
      beta: tensor(`${id}/beta`, outputs),
      ...(batchNorm && { gamma: tensor(`${id}/gamma`, outputs) }),
    });
  }
  return { host, predictor: predictorOf(network, said, tensors), steps: said.steps, founders: said.founders };
}

function predictorOf(network: Network, said: Facts, tensors: ReadonlyMap<string, Float32Array>): Predictor {
  const parameters = Array.from(
    { length: 2 * (said.predictor.hidden.length + 1) },
    (_, i) => tensors.get(`${PREDICTOR}${i}`) ?? new Float32Array(),
  );
  try {
    return Predictor.restore(network, said.predictor, parameters);
  } catch (error) {
    throw new SharedFileError(`the predictor: ${messageOf(error)}`);
  }
}

function read(bytes: Uint8Array): { readonly tensors: ReadonlyMap<string, Float32Array>; readonly said: Facts } {
  try {
    const file = readSafetensors(bytes);
    const text = file.metadata[KEY];
    if (text === undefined) throw new SharedFileError('this is no file of shared weights');
    const said: unknown = JSON.parse(text);
    const format = typeof said === 'object' && said !== null && 'format' in said ? said.format : undefined;
    if (typeof format === 'number' && format !== FORMAT)
      throw new SharedFileError(
        `they are of format ${format}; this version reads format ${FORMAT}: search again with it, or use the version that wrote them`,
      );
    const tensors = file.tensors.map(({ name, values }) => {
      if (!(values instanceof Float32Array)) throw new SharedFileError(`tensor ${name} is not float32`);
      return [name, values] as const;
    });
    return { tensors: new Map(tensors), said: facts(said, 'metadata') };
  } catch (error) {
    if (error instanceof SharedFileError) throw error;
    const why = messageOf(error);
    throw new SharedFileError(`they are damaged: ${why}`);
  }
}
