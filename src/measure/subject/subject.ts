/** What is measured: a network in integers, and the forms of it that runtimes take, each made when it is asked for. */
import { narrowMap } from '../../network/narrow-map.ts';
import { IntegerEvaluator } from '../../integer/evaluate-integer.ts';
import type { IntegerNetwork, IntegerOperation } from '../../integer/integer-network.ts';
import { SeededRandom } from '../../base/random.ts';
import { VERSION } from '../../base/version.ts';
import { writeOnnx } from '../../formats/onnx/write-onnx.ts';
import { writeTflite } from '../../formats/tflite/write-tflite.ts';
import type { MeasuredWorth, StoredMeasurement } from '../../wire/measurements.ts';
import { networkHash } from '../network-hash.ts';
import type { Finish } from './file-form.ts';

/** Samples whose outputs are compared, of codes at random. */
const SAMPLES = 4;
const SEED = 20240;

export interface Subject {
  readonly name: string;
  /** SHA-256 of the architecture. */
  readonly hash: string;
  readonly network: IntegerNetwork;
  readonly weights: StoredMeasurement['weights'];
  /** The id of the run that it is of. */
  readonly run?: string;
  /** What the test part of that said of it. */
  readonly worth?: MeasuredWorth;
  /** Why the integer evaluation cannot say what its outputs are. */
  readonly unevaluated?: string;
  /**
   * Codes of samples, one after another, and what the integer evaluation answers to each.
   * @throws RangeError saying why it cannot
   */
  readonly samples: () => { readonly inputs: Int8Array; readonly expected: Int8Array; readonly count: number };
  /** The file for TFLite's runtimes and compilers. @throws RangeError naming what it cannot hold */
  readonly tflite: () => Uint8Array;
  /** What that file answers to the samples, and whether TFLite's reference kernels do so code by code. */
  readonly tfliteAnswers: () => { readonly expected: Int8Array; readonly exact: boolean };
  readonly onnx: () => Uint8Array;
  /**
   * The network as its C program computes it, which rounds twice everywhere, what that answers to the samples, and
   * whether it is the network as it is.
   */
  readonly program: () => { readonly network: IntegerNetwork; readonly expected: Int8Array; readonly same: boolean };
}

/** What is known of a subject before its forms are made. */
export interface SubjectSource extends Pick<Subject, 'name' | 'network' | 'weights' | 'run' | 'worth' | 'unevaluated'> {
  /** The .tflite file that it was read of, which is then measured as it is; `finish`: what it does at its end. */
  readonly file?: { readonly bytes: Uint8Array; readonly finish: Finish };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function refuseNarrow({ architecture }: IntegerNetwork): void {
  const narrow = narrowMap(architecture);
  if (narrow)
    throw new RangeError(
      `such a file has no activations of ${narrow.activationBits!} bits, and \`${narrow.layerName}\` writes such`,
    );
}

function samplesOf(network: IntegerNetwork): ReturnType<Subject['samples']> {
  const { height, width, channels } = network.architecture.input;
  const size = height * width * channels;
  const random = new SeededRandom(SEED);
  const inputs = Int8Array.from({ length: SAMPLES * size }, () => Math.floor(random.next() * 256) - 128);
  return { inputs, expected: evaluated(network, inputs), count: SAMPLES };
}

function evaluated(network: IntegerNetwork, inputs: Int8Array): Int8Array {
  const evaluator = new IntegerEvaluator(network);
  const size = inputs.length / SAMPLES;
  const answers = new Int8Array(SAMPLES * evaluator.outputElements);
  for (let i = 0; i < SAMPLES; i++)
    answers.set(evaluator.evaluateCodes(inputs.subarray(i * size, (i + 1) * size)), i * evaluator.outputElements);
  return answers;
}

const roundingTwice = (one: IntegerOperation): IntegerOperation => {
  const { rounding, ...twice } = one;
  return rounding === undefined ? one : twice;
};

/** Answers of a network as its file gives them. */
function finished({ expected, count }: ReturnType<Subject['samples']>, finish: Finish): Int8Array {
  const size = expected.length / count;
  const answers = expected.slice();
  for (let i = 0; i < count; i++) answers.set(finish(expected.subarray(i * size, (i + 1) * size)), i * size);
  return answers;
}

/** A network as runtimes may ask for it. */
export function subjectOf({ file, ...source }: SubjectSource): Subject {
  const { network, name } = source;
  const samples = once(() => {
    if (source.unevaluated !== undefined)
      throw new RangeError(`its outputs cannot be compared, so that no time is believed: ${source.unevaluated}`);
    return samplesOf(network);
  });
  const roundsOnce = network.operations.some(({ rounding }) => rounding === 'once');
  return {
    ...source,
    hash: networkHash(network.architecture),
    samples,
    tfliteAnswers: once(() => {
      const { expected } = samples();
      const answers = file ? finished(samples(), file.finish) : expected;
      // LiteRT has an exponential of its own, in fixed point; what UDC writes rounds twice throughout.
      return { expected: answers, exact: file ? answers.every((code, i) => code === expected[i]) : !roundsOnce };
    }),
    tflite: once(() => {
      if (file) return file.bytes;
      refuseNarrow(network);
      return writeTflite(network, { description: `${name}, written by UDC ${VERSION} to be measured` });
    }),
    program: once(() => {
      const { inputs, expected } = samples();
      if (!roundsOnce) return { network, expected, same: true };
      const twice = { ...network, operations: network.operations.map(roundingTwice) };
      return { network: twice, expected: evaluated(twice, inputs), same: false };
    }),
    onnx: once(() => {
      refuseNarrow(network);
      return writeOnnx(network, { int4: false, producerVersion: VERSION, description: name });
    }),
  };
}
