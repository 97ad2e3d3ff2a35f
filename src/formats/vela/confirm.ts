/**
 * Has Vela compile a network, as reports say that it is to be called, and compares what it stores, the SRAM and the
 * cycles with what is promised and limited. Vela is never required: where it cannot tell, the reason is the answer.
 */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StreamEncoder } from '../../targets/weight-tensor.ts';
import { presetArguments, velaArguments } from '../../costs/activations/vela-arguments.ts';
import type { Target } from '../../targets/find-target.ts';
import type { Confirmation } from '../../wire/compiler-answer.ts';
import type { CostReport } from '../../wire/limits.ts';
import { contradictions } from './contradictions.ts';
import { findVela, runVela, type Surroundings } from './vela-program.ts';
import { readSchedule, readSummary, type Summary } from './vela-schedule.ts';

/** A .tflite file, and what was counted of it. */
export interface Promised {
  readonly file: Uint8Array;
  readonly target: Target;
  /** Bytes of weights, biases and scales that the compiler does not exceed. */
  readonly bytes: number;
  /** Operators with weights that were counted. */
  readonly weighted: number;
  /** Of the certificate: what the compiler is told of SRAM depends on them. */
  readonly costs: readonly CostReport[];
}

/** How each core is asked for, by the major version that has it as its default. */
const CORES: Readonly<Record<StreamEncoder, (major: number) => readonly string[] | undefined>> = {
  regor: (major) => (major >= 5 ? [] : undefined),
  classic: (major) => (major >= 5 ? ['--debug-force-legacy-core'] : []),
};

const unknown = (reason: string): Confirmation => ({ confirmed: false, reason });

/** How and where Vela is asked. */
export interface Asking {
  /** Variables of the process; `UDC_VELA_PYTHON` names a Python that has Vela. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Time limit of each call, instead of the usual ones. */
  readonly limitMs?: number;
  /** Pythons to look in first. */
  readonly pythons?: readonly string[];
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/**
 * Compiles with the arguments that reports name (`velaArguments`), for the older core with the accelerator and presets
 * alone, in a folder of its own that is removed again.
 */
export async function confirm(
  promised: Promised,
  { environment = process.env, pythons, limitMs, signal }: Asking = {},
): Promise<Confirmation> {
  const { engine, encoder, name } = promised.target;
  if (!engine || !encoder) return unknown(`Vela compiles for Ethos-U, and ${name} is none`);
  const folder = await mkdtemp(join(tmpdir(), 'udc-vela-'));
  try {
    return await compared(promised, engine.accelerator, encoder, {
      folder,
      environment,
      ...(pythons && { pythons }),
      ...(limitMs !== undefined && { limitMs }),
      ...(signal && { signal }),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compared(
  promised: Promised,
  accelerator: string,
  encoder: StreamEncoder,
  surroundings: Surroundings & Pick<Asking, 'pythons'>,
): Promise<Confirmation> {
  const { file, target, bytes, weighted, costs } = promised;
  const vela = await findVela(surroundings, surroundings.pythons);
  if (typeof vela === 'string') return unknown(vela);
  const { version } = vela;
  const core = CORES[encoder](Number.parseInt(version, 10));
  if (core === undefined)
    return unknown(`Vela ${version} is too old: the sizes are those of the core that is the default from version 5`);
  const input = join(surroundings.folder, 'network.tflite');
  await writeFile(input, file);
  const told = [
    ...(velaArguments(target, costs) ?? ['--accelerator-config', accelerator, ...presetArguments(target)]),
    ...core,
  ];
  let text: string;
  try {
    text = await runVela(
      vela,
      [input, ...told, '--output-dir', surroundings.folder, '--verbose-schedule'],
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
  const found = await summary(surroundings.folder);
  // The summary counts streams alone: with biases and scales it is more.
  if (found === undefined || found.streams > storedBytes)
    return unknown(`what Vela ${version} prints and the summary that it writes do not fit together`);
  const { sramBytes, cycles } = found;
  const over = contradictions(promised, { storedBytes, sramBytes, cycles });
  return {
    confirmed: over.length === 0,
    version,
    accelerator,
    arguments: told,
    storedBytes,
    promisedBytes: bytes,
    sramBytes,
    cycles,
    contradictions: over,
  };
}

async function summary(folder: string): Promise<Summary | undefined> {
  const found = (await readdir(folder)).find((name) => /_summary_.*\.csv$/.test(name));
  return found === undefined ? undefined : readSummary(await readFile(join(folder, found), 'utf8'));
}
