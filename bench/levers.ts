/**
 * What each lever of training brings: the same architectures trained alone with it and without it, equal steps, the
 * same seeds, and the differences of each pair.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseBytes } from '../src/language/byte-units.ts';
import { largestOption } from '../src/network/largest-option.ts';
import type { Assignment } from '../src/network/types.ts';
import { uniform } from '../src/strategies/uniform/uniform-strategy.ts';
import { openBackend } from '../src/devices/open-device.ts';
import { definitionOf, listed, OF_DEFINITION } from './lib/parameters.ts';
import { decimals, mean, standardError } from './lib/statistics.ts';
import { drawn } from './lib/trust/drawn.ts';
import { drive, drivingBy } from './lib/trust/drive.ts';
import { keyOf, type AloneJob, type AloneResult, type Lever } from './lib/trust/jobs.ts';
import { contextOf, readData, readNetwork, type Question } from './lib/trust/problem.ts';
import type { Benchmark, Row } from './run.ts';

const PARAMETERS = {
  ...OF_DEFINITION,
  budget: '4KiB',
  /** Random architectures that fill the budget, beside the uniform one of 4 bits. */
  random: '1',
  seeds: '1,2,3',
  /** Epochs of both stages together; empty: the definition's. */
  epochs: '',
  /** Names, between semicolons; empty: all; `none`: only the definition as it is. */
  levers: '',
  jobs: '1',
  cache: fileURLToPath(new URL('../out/levers/results.jsonl', import.meta.url)),
};

/** The definition's own settings are the row that all others are compared with. */
const NONE: Lever = { name: 'none' };
const LEVERS: readonly Lever[] = [
  { name: 'labelSmoothing 0.1', training: { labelSmoothing: 0.1 } },
  { name: 'mixup 0.2', training: { mixup: 0.2 } },
  { name: 'cutmix 1', training: { cutmix: 1 } },
  { name: 'entropy 0.05', training: { entropy: 0.05 } },
  { name: 'entropy 0.3', training: { entropy: 0.3 } },
  { name: 'entropy 1', training: { entropy: 1 } },
  { name: 'no crop, no flip', augment: { crop: 0, flip: false } },
  { name: 'brightness 0.2, contrast 0.2', augment: { brightness: 0.2, contrast: 0.2 } },
  { name: 'saturation 0.3', augment: { saturation: 0.3 } },
  { name: 'timeMask 6, frequencyMask 6', augment: { timeMask: 6, frequencyMask: 6 } },
];

/** Its teacher is the widest network at the finest grids, trained alone for as long. */
const TAUGHT = 'teacher: the widest network';

const SPARSIFY_SHARE = 0.7;

/** A lever with stages of so many epochs together. */
function lasting(lever: Lever, epochs: number | undefined): Lever {
  if (epochs === undefined) return lever;
  const sparsify = Math.round(SPARSIFY_SHARE * epochs);
  return {
    ...lever,
    name: `${lever.name}, ${epochs} epochs`,
    training: { ...lever.training, sparsify, settle: epochs - sparsify },
  };
}

/** The uniform 4-bit network of a definition, or the one of the bitwidth nearest to it. */
async function uniformOf(question: Question): Promise<Assignment> {
  const network = readNetwork(question);
  const context = contextOf(network, await readData(network, question), question, 1);
  const chooser = await uniform.create(context, { before: 0, after: 1, race: 1, network });
  try {
    await chooser.prepare();
    const { candidates, names } = await chooser.propose(
      () => Promise.resolve(),
      () => undefined,
    );
    const place = Math.max(0, names?.indexOf('uniform 4-bit') ?? 0);
    return candidates[place]!.assignment;
  } finally {
    chooser.dispose();
  }
}

/** The file of a teacher that is trained for this. */
const teacherFile = (cache: string, question: Question, epochs: number | undefined): string =>
  path.resolve(
    path.dirname(cache),
    `teacher-${path.basename(question.model, '.udc.yaml')}-${epochs ?? 'whole'}.safetensors`,
  );

async function measure(parameters: Readonly<Record<keyof typeof PARAMETERS, string>>): Promise<Row[]> {
  const question: Question = { ...definitionOf(parameters), budgetBytes: parseBytes(parameters.budget) };
  await openBackend('wasm', { threads: 1 });
  const assignments = [await uniformOf(question), ...drawn(question, Number(parameters.random), 0)];
  const seeds = listed(parameters.seeds).map(Number);
  const epochs = parameters.epochs === '' ? undefined : Number(parameters.epochs);
  const teacher = teacherFile(parameters.cache, question, epochs);
  const known = [...LEVERS, { name: TAUGHT, training: { teacher } }];
  const wanted =
    parameters.levers === '' ? known : known.filter(({ name }) => listed(parameters.levers, ';').includes(name));
  const job = (lever: Lever, assignment: Assignment, seed: number): AloneJob => ({
    kind: 'alone',
    question,
    assignment,
    seed,
    lever: lasting(lever, epochs),
  });
  const driving = drivingBy(parameters);
  if (wanted.some(({ name }) => name === TAUGHT)) {
    // Without a budget: it never runs on a chip.
    const boundless = { ...question, budgetBytes: 2 ** 40 };
    const widest = readNetwork(question).decisions.map(largestOption);
    const lever = lasting({ name: TAUGHT }, epochs);
    await drive([{ kind: 'alone', question: boundless, assignment: widest, seed: 1, lever, keep: teacher }], driving);
  }
  const results = await drive(
    // Whole rounds of all levers, so that what is there after any of them can be compared.
    seeds.flatMap((seed) =>
      assignments.flatMap((assignment) => [NONE, ...wanted].map((lever) => job(lever, assignment, seed))),
    ),
    driving,
  );
  const plain = seeds.flatMap((seed) =>
    assignments.flatMap((assignment) => {
      const found = results.get(keyOf(job(NONE, assignment, seed))) as AloneResult | undefined;
      return found ? [100 * found.heldAccuracy] : [];
    }),
  );
  const none: Row = { lever: lasting(NONE, epochs).name, pairs: plain.length, 'without, %': decimals(mean(plain)) };
  const rows = wanted.map((lever): Row => {
    const pairs = seeds.flatMap((seed) =>
      assignments.flatMap((assignment) => {
        const [without, with_] = [NONE, lever].map(
          (one) => results.get(keyOf(job(one, assignment, seed))) as AloneResult | undefined,
        );
        return without && with_ ? [{ without, with: with_ }] : [];
      }),
    );
    const gains = pairs.map((pair) => 100 * (pair.with.heldAccuracy - pair.without.heldAccuracy));
    return {
      lever: lever.name,
      pairs: pairs.length,
      'without, %': decimals(100 * mean(pairs.map(({ without }) => without.heldAccuracy))),
      'with, %': decimals(100 * mean(pairs.map((pair) => pair.with.heldAccuracy))),
      'gain, points': decimals(mean(gains)),
      ...(gains.length > 1 && { '±': decimals(standardError(gains)) }),
      'better in': gains.filter((gain) => gain > 0).length,
      'bytes, %': decimals(100 * (mean(pairs.map((pair) => pair.with.bytes / pair.without.bytes)) - 1)),
    };
  });
  return [none, ...rows];
}

export const benchmark: Benchmark = {
  name: 'levers',
  describe:
    'Held-out accuracy of architectures trained alone with each lever of training and without it: paired differences, ± their standard error. Results are kept in --cache; one thread a process.',
  parameters: Object.keys(PARAMETERS),
  run: ({ parameters = {} }) => measure({ ...PARAMETERS, ...parameters }),
};
