/**
 * Has Vela compile a network and compares what it stores with what is promised. Vela is never required: where it cannot
 * tell, the reason is the answer.
 */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StreamEncoder } from '../../targets/weight-tensor.ts';
import { presetArguments } from '../../costs/activations/vela-arguments.ts';
import type { Target } from '../../targets/find-target.ts';
import { findVela, runVela, type Surroundings } from './vela-program.ts';
import { readSchedule, readSummary } from './vela-schedule.ts';

/** A .tflite file, and what was counted of it. */
export interface Promised {
  readonly file: Uint8Array;
  readonly target: Target;
  /** Bytes of weights, biases and scales that the compiler does not exceed. */
  readonly bytes: number;
  /** Operators with weights that were counted. */
  readonly weighted: number;
}

export type Confirmation =
  | {
      readonly confirmed: boolean;
      readonly version: string;
      readonly accelerator: string;
      readonly storedBytes: number;
      readonly promisedBytes: number;
    }
  | { readonly confirmed: false; readonly reason: string };

/** How each core is asked for, by the major version that has it as its default. */
const CORES: Readonly<Record<StreamEncoder, (major: number) => readonly string[] | undefined>> = {
  regor: (major) => (major >= 5 ? [] : undefined),
  classic: (major) => (major >= 5 ? ['--debug-force-legacy-core'] : []),
};

const unknown = (reason: string): Confirmation => ({ confirmed: false, reason });

/**
 * Compiles with Vela's defaults for the accelerator and the presets that the target states, in a folder of its own that
 * is removed again.
 * @param environment variables of the process; `UDC_VELA_PYTHON` names a Python that has Vela
 * @param limitMs time limit of each call, instead of the usual ones
 */
export async function confirm(
  promised: Promised,
  environment: NodeJS.ProcessEnv = process.env,
  limitMs?: number,
): Promise<Confirmation> {
  const { engine, encoder, name } = promised.target;
  if (!engine || !encoder) return unknown(`Vela compiles for Ethos-U, and ${name} is none`);
  const folder = await mkdtemp(join(tmpdir(), 'udc-vela-'));
  try {
    return await compared(promised, [engine.accelerator, ...presetArguments(promised.target)], encoder, {
      folder,
      environment,
      ...(limitMs !== undefined && { limitMs }),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compared(
  { file, bytes, weighted }: Promised,
  [accelerator, ...presets]: readonly [accelerator: string, ...presets: string[]],
  encoder: StreamEncoder,
  surroundings: Surroundings,
): Promise<Confirmation> {
  const vela = await findVela(surroundings);
  if (typeof vela === 'string') return unknown(vela);
  const { version } = vela;
  const core = CORES[encoder](Number.parseInt(version, 10));
  if (core === undefined)
    return unknown(`Vela ${version} is too old: the sizes are those of the core that is the default from version 5`);
  const input = join(surroundings.folder, 'network.tflite');
  await writeFile(input, file);
  let text: string;
  try {
    text = await runVela(
      vela,
      [
        input,
        '--accelerator-config',
        accelerator,
        ...presets,
        '--output-dir',
        surroundings.folder,
        '--verbose-schedule',
        ...core,
      ],
      surroundings,
    );
  } catch (error) {
    return unknown(`Vela ${version} did not compile the network for ${accelerator}: ${(error as Error).message}`);
  }
  const { weighted: stored, onProcessor } = readSchedule(text);
  if (stored.length < weighted) {
    return unknown(
      onProcessor
        ? `Vela ${version} leaves ${onProcessor} of the network's operators to the processor`
        : `the schedule that Vela ${version} prints cannot be read`,
    );
  }
  const storedBytes = stored.reduce((sum, size) => sum + size, 0);
  const streams = await summary(surroundings.folder);
  // The summary counts streams alone: with biases and scales it is more.
  if (streams === undefined || streams > storedBytes)
    return unknown(`what Vela ${version} prints and the summary that it writes do not fit together`);
  return { confirmed: storedBytes <= bytes, version, accelerator, storedBytes, promisedBytes: bytes };
}

async function summary(folder: string): Promise<number | undefined> {
  const found = (await readdir(folder)).find((name) => /_summary_.*\.csv$/.test(name));
  return found === undefined ? undefined : readSummary(await readFile(join(folder, found), 'utf8'));
}
