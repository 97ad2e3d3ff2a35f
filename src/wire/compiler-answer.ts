/** What Arm's compiler says of a network that was certified, as results keep it. */
import { boolean, count, list, object, string, such, type Check } from '../base/validate.ts';
import { formatBytes, formatCount, formatLarge } from '../text/format.ts';

/** It compiled the network. */
export interface Compiled {
  /** Is it within all that was promised and limited? */
  readonly confirmed: boolean;
  readonly version: string;
  readonly accelerator: string;
  /** What it was told after the file's name. */
  readonly arguments: readonly string[];
  /** Of weights, biases and scales, and what was promised of them. */
  readonly storedBytes: number;
  readonly promisedBytes: number;
  readonly sramBytes: number;
  /** Of an inference, by its own estimate. */
  readonly cycles: number;
  /** What is over, each in a phrase; empty where it is confirmed. */
  readonly contradictions: readonly string[];
}

export type Confirmation = Compiled | { readonly confirmed: false; readonly reason: string };

const compiled = object<Compiled>({
  confirmed: boolean,
  version: string,
  accelerator: string,
  arguments: list(string),
  storedBytes: count,
  promisedBytes: count,
  sramBytes: count,
  cycles: count,
  contradictions: list(string),
});
const unknown = object<Extract<Confirmation, { reason: string }>>({
  confirmed: such<false>('false', (value) => value === false),
  reason: string,
});

export const confirmation: Check<Confirmation> = (value, path) =>
  typeof value === 'object' && value !== null && 'reason' in value ? unknown(value, path) : compiled(value, path);

/** 'Vela 5.2.0: 3,888 bytes, 41 k cycles, 61 KiB SRAM'; why not, where it could not be told. */
export function confirmationText(found: Confirmation): string {
  if ('reason' in found) return `not confirmed by Vela: ${found.reason}`;
  const { version, storedBytes, cycles, sramBytes } = found;
  return `Vela ${version}: ${formatCount(storedBytes)} bytes, ${formatLarge(cycles)} cycles, ${formatBytes(sramBytes)} SRAM`;
}
