/** Compilers and emulators of the machine: found, and asked for their version. */
import { programOutput } from '../formats/vela/program-output.ts';
import type { Around } from './runtime.ts';

/** Milliseconds. */
export const LIMITS = { version: 30_000, compile: 300_000, run: 600_000 } as const;

/** Said of a program whose network rounds once in the file. */
export const ROUNDED = '; all layers round twice, as the evaluation that it is compared with';

export type FoundProgram = { readonly program: string; readonly version: string } | { readonly reason: string };

/** The first of the programs that tells a version. */
export async function firstCompiler(programs: readonly string[], around: Around): Promise<FoundProgram> {
  for (const program of programs) {
    try {
      const text = await programOutput(program, ['--version'], around, LIMITS.version);
      const version = /\d+\.\d+(?:\.\d+)*/.exec(text.split('\n')[0]!)?.[0];
      if (version !== undefined) return { program, version };
    } catch {
      // The next one may be there.
    }
  }
  return { reason: `there is no ${programs.join(', ')} on this computer` };
}
