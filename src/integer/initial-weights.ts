/** Weights that a search starts from: the operations of a weights file, and how they fit a definition. */
import { instantiate } from '../network/architecture.ts';
import { filterShape } from '../network/operation-counts.ts';
import { largestOption } from '../network/largest-option.ts';
import type { Architecture, Network, Operation, Path, Size2D } from '../network/types.ts';
import { DamagedFileError, reading } from '../base/damage.ts';
import { readSafetensors, type NamedTensor } from '../base/safetensors-file.ts';
import { count, list, number, object, string } from '../base/validate.ts';
import { FORMAT, INPUT_RANGE, realWeights } from './pack-folded.ts';
import type { Range } from './integer-network.ts';

/** One operation of the file, batch normalisation folded. */
export interface GivenOperation {
  /** OHWI; depthwise [channels * multiplier, h, w, 1]. */
  readonly shape: readonly [number, number, number, number];
  /** Real weights, row-major. */
  readonly weights: Float32Array;
  /** Real biases [out]. */
  readonly bias: Float32Array;
  /** Depth multiplier, else 1. */
  readonly factor: number;
  /** Pixels of the map that a flatten before it makes its input channels of, else 1. */
  readonly pixels: number;
}

export interface InitialWeights {
  /** Range of the inputs that the network was made for. */
  readonly input: Range;
  /** By id: '<layer>/<op>/<part>'. */
  readonly operations: ReadonlyMap<string, GivenOperation>;
}

type FileOperation = Pick<Operation, 'id' | 'inputs' | 'factor' | 'inSize'> & { readonly kind: string };

const fileOperation = object<FileOperation>({
  id: string,
  kind: string,
  inputs: list(number),
  factor: count,
  inSize: object<Size2D>({ height: count, width: count }),
});
const fileArchitecture = object<{ readonly operations: readonly FileOperation[] }>({ operations: list(fileOperation) });

function pixelsBefore(
  { inputs }: Pick<Operation, 'inputs'>,
  operations: readonly (Pick<Operation, 'inSize'> & { readonly kind: string })[],
): number {
  const producer = operations[inputs[0] ?? -1];
  return producer?.kind === 'flatten' ? producer.inSize.height * producer.inSize.width : 1;
}

/**
 * Reads a weights file: that of an import, or of a finished run.
 * @throws DamagedFileError saying what is damaged, or that it is another kind of file
 */
export function readInitialWeights(bytes: Uint8Array): InitialWeights {
  return reading('this weights file', () => readGiven(bytes));
}

function readGiven(bytes: Uint8Array): InitialWeights {
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata['format'] !== FORMAT)
    throw new DamagedFileError(
      `not a file of initial weights: "UDC: Import Model" and \`udc import\` write such files, and each run keeps one in its folder (weights.safetensors)`,
    );
  const { operations } = fileArchitecture(JSON.parse(metadata['architecture'] ?? 'null'), 'architecture');
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const found = new Map<string, GivenOperation>();
  for (const operation of operations) {
    const codes = byName.get(`${operation.id}/codes`);
    if (codes)
      found.set(
        operation.id,
        tensorsOf(operation.id, codes, byName, {
          factor: operation.kind === 'depthwise' ? operation.factor : 1,
          pixels: pixelsBefore(operation, operations),
        }),
      );
  }
  const range = byName.get(INPUT_RANGE)?.values;
  if (range?.length !== 2) throw new DamagedFileError(`the range of the inputs, tensor '${INPUT_RANGE}', is missing`);
  return { input: { min: range[0]!, max: range[1]! }, operations: found };
}

function tensorsOf(
  id: string,
  codes: NamedTensor,
  byName: ReadonlyMap<string, NamedTensor>,
  rest: Pick<GivenOperation, 'factor' | 'pixels'>,
): GivenOperation {
  const [o, h, w, i] = codes.shape;
  const steps = byName.get(`${id}/steps`)?.values;
  const bias = byName.get(`${id}/bias`)?.values;
  if (
    !(codes.values instanceof Int8Array) ||
    o === undefined ||
    h === undefined ||
    w === undefined ||
    i === undefined ||
    codes.shape.length !== 4 ||
    codes.values.length === 0
  ) {
    throw new DamagedFileError(
      `tensor '${id}/codes' is ${codes.shape.join('x')}; int8 weights, out x height x width x in, expected`,
    );
  }
  if (!(steps instanceof Float32Array) || !(bias instanceof Float32Array) || steps.length !== o || bias.length !== o)
    throw new DamagedFileError(`operation '${id}' lacks float steps or biases for its ${o} output channels`);
  const { values } = codes;
  let real: Float32Array | undefined;
  // Who only looks whether the file fits, as an editor does at every change, has no use for millions of real numbers.
  return {
    shape: [o, h, w, i],
    get weights() {
      return (real ??= realWeights(values, steps));
    },
    bias,
    ...rest,
  };
}

/** The operator whose operations the file has; where it has none, `skip` if the layer may be left out. */
function givenOperator(paths: readonly Path[], { operations }: InitialWeights): number {
  const scores = paths.map(({ primitives }) =>
    primitives.length === 0 ? 0.5 : primitives.filter(({ id }) => operations.has(id)).length,
  );
  return scores.indexOf(Math.max(...scores));
}

/**
 * The architecture of a search space that is to compute what the file's network does: its operators, everything else at
 * its largest.
 */
export function initialAssignment({ decisions, layers }: Network, given: InitialWeights): number[] {
  return decisions.map((decision) =>
    decision.kind === 'operator'
      ? givenOperator(layers[decision.sites[0]!.layer]!.paths, given)
      : largestOption(decision),
  );
}

/** Why an operation cannot take over its tensors from the file, or undefined. */
export function misfit(
  operation: Operation,
  { operations }: Architecture,
  { shape, factor, pixels }: GivenOperation,
): string | undefined {
  const [, height, width] = filterShape(operation)!;
  const kernel = (h: number, w: number): string => `${h}x${w}`;
  if ((height - shape[1]) % 2 !== 0 || (width - shape[2]) % 2 !== 0)
    return `a kernel of ${kernel(shape[1], shape[2])} in the file and one of ${kernel(height, width)} here have no common centre`;
  if (operation.kind === 'depthwise' && operation.factor !== factor)
    return `the file has ${factor} filters for each input channel, this layer ${operation.factor}`;
  const here = pixelsBefore(operation, operations);
  if (here !== pixels) return `it reads ${here} pixels here and ${pixels} in the file`;
  return undefined;
}

export interface InitialProblem {
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/**
 * What a person should know before a search starts from the file: nothing fits, a layer starts anew, channels are cut.
 */
export function initialProblems(network: Network, given: InitialWeights): InitialProblem[] {
  const architecture = instantiate(network, initialAssignment(network, given));
  const shared = architecture.operations.filter(({ id }) => given.operations.has(id));
  if (shared.length === 0) {
    const names = [...given.operations.keys()];
    return [
      {
        severity: 'error',
        message: `no operation of the file is one of this definition: it has ${names
          .slice(0, 3)
          .map((name) => `\`${name}\``)
          .join(', ')}${names.length > 3 ? ', …' : ''} (layer/operator/part)`,
      },
    ];
  }
  return shared.flatMap((operation): InitialProblem[] => {
    const one = given.operations.get(operation.id)!;
    const problem = misfit(operation, architecture, one);
    if (problem !== undefined)
      return [{ severity: 'warning', message: `\`${operation.layerName}\` (${operation.id}) starts anew: ${problem}` }];
    const [outputs] = filterShape(operation)!;
    return outputs < one.shape[0]
      ? [
          {
            severity: 'warning',
            message: `\`${operation.layerName}\` (${operation.id}) takes the first ${outputs} of the ${one.shape[0]} channels in the file: its widest option has no more`,
          },
        ]
      : [];
  });
}
