/**
 * Arm's compiler Vela where it is installed: found, asked for its version, and run, without a shell and within a time
 * limit.
 */
import { resolve } from 'node:path';
import { programOutput, type Surroundings } from './program-output.ts';

export type { Surroundings };

export interface Vela {
  readonly program: string;
  /** What comes before Vela's own arguments. */
  readonly before: readonly string[];
  /** '5.2.0'. */
  readonly version: string;
}

/** Names a Python that has Vela; nothing else is tried then. */
export const PYTHON_VARIABLE = 'UDC_VELA_PYTHON';

const MODULE = ['-m', 'ethosu.vela'];
/** Where Vela is looked for, in this order. */
const USUAL = [
  { program: 'python3', before: MODULE },
  { program: 'python', before: MODULE },
  { program: 'vela', before: [] },
] as const;
/** A start takes seconds where Python's caches are cold, a large network minutes. */
const LIMITS = { version: 30_000, compile: 300_000 } as const;

const VERSION = /^(\d+\.\d+[\w.+-]{0,60})$/m;

/** Begins the reason where nobody named a Python, and no Vela is there. */
const NOT_FOUND = 'Vela was not found';
/** Is that why there is no answer: that nobody has installed it? */
export const isNotFound = (reason: string): boolean => reason.startsWith(NOT_FOUND);

/** The first Vela that answers; a text says why there is none. @param first Pythons to look in before the usual ones */
export async function findVela(surroundings: Surroundings, first: readonly string[] = []): Promise<Vela | string> {
  const named = surroundings.environment[PYTHON_VARIABLE];
  if (named !== undefined && named !== '') {
    // A path is meant from where the command was typed; a bare name is looked up.
    const program = /[\\/]/.test(named) ? resolve(named) : named;
    const found = await answering({ program, before: MODULE }, surroundings);
    return typeof found === 'string' ? `${PYTHON_VARIABLE} names ${named}, which has no Vela: ${found}` : found;
  }
  for (const candidate of [...first.map((program) => ({ program, before: MODULE })), ...USUAL]) {
    const found = await answering(candidate, surroundings);
    if (typeof found !== 'string') return found;
  }
  return `${NOT_FOUND}: install it (pip install ethos-u-vela, or \`npm run setup:runtimes\`), or name a Python that has it in ${PYTHON_VARIABLE}`;
}

async function answering(
  { program, before }: Omit<Vela, 'version'>,
  surroundings: Surroundings,
): Promise<Vela | string> {
  try {
    const text = await programOutput(program, [...before, '--version'], surroundings, LIMITS.version);
    const version = VERSION.exec(text.trim())?.[1];
    return version === undefined ? 'it does not tell a version' : { program, before, version };
  } catch (error) {
    return (error as Error).message;
  }
}

/** What Vela prints. @throws Error in its last words, or where the time is over */
export function runVela(
  { program, before }: Vela,
  args: readonly string[],
  surroundings: Surroundings,
): Promise<string> {
  return programOutput(program, [...before, ...args], surroundings, LIMITS.compile);
}
