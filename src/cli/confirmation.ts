/** `--vela`: what a command says of a size that Vela was asked to confirm. */
import { formatBytes, formatCount, formatLarge } from '../text/format.ts';
import type { Confirmation } from '../wire/compiler-answer.ts';
import { EXIT, type Io } from './terminal/io.ts';
import { plain } from './terminal/table.ts';
import type { Option } from './terminal/usage.ts';

export const VELA_OPTION = {
  type: 'boolean',
  about:
    'where Vela is installed (or UDC_VELA_PYTHON names a Python that has it), compiles the network\nand compares what it stores, its SRAM and cycles; exit code 1 where they are more than is promised or limited',
} as const satisfies Option;

/**
 * Says what came of it: to `io.out` what holds or could not be told, unless JSON says it, and to `io.err` what is
 * wrong. Returns an exit code.
 */
export function tellConfirmation(about: string, found: Confirmation, io: Io, silent: boolean): number {
  if ('reason' in found) {
    if (!silent) io.out(`Not confirmed by Vela: ${found.reason}.\n`);
    return EXIT.done;
  }
  const { version, accelerator, storedBytes, promisedBytes, sramBytes, cycles, contradictions } = found;
  for (const over of contradictions) io.err(`${about}: Vela ${version} for ${accelerator} ${over}\n`);
  if (contradictions.length > 0) return EXIT.input;
  if (!silent)
    io.out(
      plain(
        `Confirmed by Vela ${version} for ${accelerator}: stored ${formatCount(storedBytes)} B, promised ${formatCount(promisedBytes)} B; ${formatBytes(sramBytes)} of SRAM, ${formatLarge(cycles)} cycles\n`,
      ),
    );
  return EXIT.done;
}
