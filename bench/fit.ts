/**
 * "Fit Bits" on a text that was never met before, from reading it to the edits that are proposed: of the examples that
 * are architectures, and of imported networks, whose real weights are encoded too as `udc fit` does.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { fitBits, OpenDecisionError, type Fit } from '../src/costs/allocate/fit-bits.ts';
import { Analysis } from '../src/editor/language/sizes/analysis.ts';
import { fitted } from '../src/editor/language/sizes/fitted.ts';
import { importNetwork } from '../src/formats/import-network.ts';
import { writeTflite } from '../src/formats/tflite/write-tflite.ts';
import { parameters } from '../src/network/operation-counts.ts';
import { instantiate } from '../src/network/architecture.ts';
import type { Network } from '../src/network/types.ts';
import { quantise } from '../src/integer/quantise-network.ts';
import { readInitialWeights } from '../src/integer/initial-weights.ts';
import { applyEdits } from '../src/language/edit-plan.ts';
import { fittedValues } from '../src/language/fitted-values.ts';
import { languageOf } from '../src/language/language-table.ts';
import { FitWeights } from '../src/runs/fit-weights.ts';
import { foldedOf } from '../test/unit/formats/run.ts';
import { columns, timings } from './lib/measure.ts';
import type { Benchmark, Row } from './run.ts';

const EXAMPLES = fileURLToPath(new URL('../examples', import.meta.url));
/** Of these, written as TFLite files with random weights and imported again. */
const IMPORTED = ['vww-mobilenet.udc.yaml', 'anomaly-autoencoder.udc.yaml'];
/** Of the bytes at 8 bits: what there is. */
const SHARE = 0.6;
const [ROUNDS, WITH_WEIGHTS] = [7, 3];
const LANGUAGE = languageOf('a.udc.yaml');

interface Subject {
  readonly name: string;
  readonly text: string;
  readonly network: Network;
  readonly weights?: FitWeights;
}

function subjectOf(name: string, given: string, weights?: Uint8Array): Subject | undefined {
  const sizes = new Analysis(given).sizes!;
  try {
    const limit = `${Math.floor(SHARE * fitBits({ ...sizes, limits: {} }).bytesBefore)} B`;
    const plan = LANGUAGE.set(given, [{ place: ['target', 'weights'], value: limit }]);
    if ('refused' in plan) throw new Error(`${name}: ${plan.refused}`);
    const text = applyEdits(given, plan.edits);
    return {
      name,
      text,
      network: sizes.network,
      ...(weights && { weights: new FitWeights(readInitialWeights(weights), name) }),
    };
  } catch (error) {
    if (error instanceof OpenDecisionError) return undefined;
    throw error;
  }
}

function examples(): Subject[] {
  const files = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.udc.yaml'))
    .sort()
    .flatMap((file) => subjectOf(path.basename(file), readFileSync(path.join(EXAMPLES, file), 'utf8')) ?? []);
}

/** The definition that is written around the network of another's TFLite file. */
function imported({ name, network }: Subject): Subject {
  const architecture = instantiate(
    network,
    network.decisions.map(() => 0),
  );
  const bytes = writeTflite(quantise(foldedOf(architecture)), { description: name });
  const { definitions } = importNetwork(bytes, 'network.tflite', 'ethos-u55-128');
  if ('refused' in definitions) throw new Error(`${name}: ${definitions.refused}`);
  return subjectOf(`${name}, imported`, definitions.fixed.text, definitions.weights)!;
}

let texts = 0;

async function rowOf({ name, text, network, weights }: Subject): Promise<Row> {
  let layers = 0;
  let fit: Fit | undefined;
  const propose = (): void => {
    // What is remembered of texts is of no use.
    const { sizes, language, text: fresh } = new Analysis(`${text}# ${++texts}\n`);
    fit = fitted(sizes!);
    const plan = language.set(fresh, fittedValues(fit!.rows));
    if ('refused' in plan) throw new Error(`${name}: ${plan.refused}`);
    layers = plan.paths.length;
  };
  const inEditor = columns(await timings(propose, ROUNDS, 2));
  const { operations } = instantiate(
    network,
    network.decisions.map(() => 0),
  );
  const encode = (): void => {
    const { network: fresh, target } = new Analysis(`${text}# ${++texts}\n`).sizes!;
    fitBits({ network: fresh, target, limits: fit!.limits, bytesAt: weights!.bytesAt(target) });
  };
  const encoded = weights && columns(await timings(encode, WITH_WEIGHTS, 1));
  return {
    definition: name,
    weights: operations.reduce((sum, operation) => sum + parameters(operation), 0),
    'layers that change': layers,
    fits: fit!.impossible === undefined ? 'yes' : 'no',
    ...inEditor,
    ...(encoded && { 'encoded, median ms': encoded['median ms'], 'encoded, cpu ms': encoded['cpu ms'] }),
  };
}

export const benchmark: Benchmark = {
  name: 'fit',
  describe: `"Fit Bits" to ${100 * SHARE} % of the bytes, from a text that was never met before to the edits that are proposed, in milliseconds; and with real weights, encoded at every bitwidth that is looked at, as \`udc fit\` has them.`,
  run: async () => {
    const all = examples();
    const subjects = [...all, ...all.filter(({ name }) => IMPORTED.includes(name)).map(imported)];
    const rows: Row[] = [];
    for (const subject of subjects) rows.push(await rowOf(subject));
    return rows;
  },
};
