/** Where Arm's compiler is installed, it compiles each certified network of a result before that is written. */
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { messageOf } from '../base/error-text.ts';
import { runtimesPython } from '../devices/folders.ts';
import { writeTflite } from '../formats/tflite/write-tflite.ts';
import { confirm } from '../formats/vela/confirm.ts';
import { isNotFound } from '../formats/vela/vela-program.ts';
import { readFoldedNetwork } from '../integer/folded-file.ts';
import { quantise } from '../integer/quantise-network.ts';
import { findTarget } from '../targets/find-target.ts';
import type { Confirmation } from '../wire/compiler-answer.ts';
import type { NetworkResult, RunResult } from '../wire/run.ts';

/** Arm's compiler finds a certified network over what was promised of it. */
export class ContradictedError extends Error {
  override readonly name = 'ContradictedError';
}

/** Turns it off with `off`: options and settings set it for the worker. */
export const CONFIRM_VARIABLE = 'UDC_VELA';
/** A network takes the compiler less than a second; a search does not wait longer than this for an answer. */
const LIMIT_MS = 60_000;

/** Where Vela is looked for first: the Python of `npm run setup:runtimes`, where that is there. */
export function setUpPythons(): readonly string[] {
  const python = runtimesPython();
  return existsSync(python) ? [python] : [];
}

export interface ConfirmOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly limitMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * The result with the compiler's answer to each network; as it is where there is no Vela, or it was turned off.
 * Whatever keeps Vela from an answer is part of the result, never its end.
 * @param fileOf path of the weights of a network
 * @param note told of networks beside the first that are left out, since Vela contradicts them
 * @throws ContradictedError where the first network, or one of an ensemble, is over what was promised or over a limit;
 *   the signal's reason
 */
export async function confirmedResult(
  result: RunResult,
  fileOf: (network: NetworkResult) => string,
  note: (text: string) => void,
  { environment = process.env, limitMs = LIMIT_MS, signal }: ConfirmOptions = {},
): Promise<RunResult> {
  const target = findTarget(result.target);
  if (environment[CONFIRM_VARIABLE] === 'off' || !target.engine || !target.encoder) return result;
  const ask = async (network: NetworkResult): Promise<Confirmation> => {
    try {
      const integer = quantise(readFoldedNetwork(readFileSync(fileOf(network))));
      return await confirm(
        {
          file: writeTflite(integer, { description: network.name }),
          target,
          bytes: network.certificate.exactBytes,
          weighted: integer.operations.filter(({ weights }) => weights).length,
          costs: network.certificate.costs,
        },
        { environment, limitMs, pythons: setUpPythons(), ...(signal && { signal }) },
      );
    } catch (error) {
      return { confirmed: false, reason: messageOf(error) };
    }
  };
  const asked: NetworkResult[] = [];
  for (const network of result.networks) {
    const confirmation = await ask(network);
    signal?.throwIfAborted();
    if ('reason' in confirmation && isNotFound(confirmation.reason)) return result;
    if ('reason' in confirmation || confirmation.confirmed) {
      asked.push({ ...network, confirmation });
      continue;
    }
    const { version, contradictions } = confirmation;
    const text = `${network.name}: Vela ${version} ${contradictions.join('; it ')}`;
    if (network === result.networks[0] || result.ensemble) throw new ContradictedError(text);
    note(`${text}. This network is left out of the result; its weights stay in ${network.weights}`);
  }
  const [first, ...others] = asked;
  return { ...result, networks: [first!, ...others] };
}
