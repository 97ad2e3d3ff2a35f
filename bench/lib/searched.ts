/** A whole search without a run folder, for benchmarks that look at the network that it comes to. */
import { existsSync } from 'node:fs';
import { writeTflite } from '../../src/formats/tflite/write-tflite.ts';
import { readFoldedNetwork } from '../../src/integer/folded-file.ts';
import { quantise } from '../../src/integer/quantise-network.ts';
import { StrategySearch } from '../../src/strategies/strategy-search.ts';
import { BudgetError, silentHooks, type SearchContext } from '../../src/training/problem.ts';
import type { RunResult } from '../../src/wire/run.ts';
import { interopPython } from '../../scripts/vela/jobs.ts';

export interface Searched {
  readonly result: RunResult;
  /** The best network as a TensorFlow Lite file. */
  readonly tflite: Uint8Array;
}

/** By UDC's own strategy; undefined where nothing is within the limits. */
export async function searched(context: SearchContext): Promise<Searched | undefined> {
  let weights: Uint8Array | undefined;
  const hooks = {
    ...silentHooks(new AbortController().signal),
    keep: (name: string, bytes: Uint8Array) => {
      if (name === 'weights.safetensors') weights = bytes;
      return Promise.resolve();
    },
  };
  try {
    const search = await StrategySearch.create(context, { strategy: 'udc', baselines: [] });
    const result = await search.run(hooks);
    return { result, tflite: writeTflite(quantise(readFoldedNetwork(weights!)), { description: 'searched' }) };
  } catch (error) {
    if (error instanceof BudgetError) return undefined;
    throw error;
  }
}

/** @throws where the Python with Vela is missing: before hours of searching, not after */
export function needsVela(): void {
  if (!existsSync(interopPython()))
    throw new Error(`there is no ${interopPython()}: npm run test:interop makes it, or UDC_INTEROP_PYTHON names it.`);
}
