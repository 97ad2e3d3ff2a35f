/** `--vela`: what a command says of a size that Vela was asked to confirm. */
import type { Confirmation } from '../formats/vela/confirm.ts';
import { formatCount } from '../text/format.ts';
import { EXIT, type Io } from './terminal/io.ts';
import type { Option } from './terminal/usage.ts';

export const VELA_OPTION = {
  type: 'boolean',
  about:
    'where Vela is installed (or UDC_VELA_PYTHON names a Python that has it), compiles the network\nand compares what it stores; exit code 1 where that is more than is promised',
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
  const { confirmed, version, accelerator, storedBytes, promisedBytes } = found;
  const numbers = `stored ${formatCount(storedBytes)} B, promised ${formatCount(promisedBytes)} B`;
  if (!confirmed) {
    io.err(`${about}: Vela ${version} for ${accelerator} stores more than is promised: ${numbers}\n`);
    return EXIT.input;
  }
  if (!silent) io.out(`Confirmed by Vela ${version} for ${accelerator}: ${numbers}\n`);
  return EXIT.done;
}
