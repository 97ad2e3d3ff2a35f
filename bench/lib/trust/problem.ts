/** A definition with its data, as a benchmark of trust asks about it. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Dataset } from '../../../src/data/dataset.ts';
import { loadDataset } from '../../../src/data/load-dataset.ts';
import { parseDefinition } from '../../../src/language/yaml/parse-definition.ts';
import type { Network } from '../../../src/network/types.ts';
import { limitsThatHold } from '../../../src/costs/limits/holding-limits.ts';
import { findTarget } from '../../../src/targets/find-target.ts';
import type { SearchContext } from '../../../src/training/problem.ts';

/** Which definition, with which budget. */
export interface Question {
  readonly model: string;
  /** Folder of the data, if it is not the definition's. */
  readonly data?: string;
  readonly budgetBytes: number;
}

/** The definition's network, reading its data from `data`. @throws Error with the definition's diagnostics */
export function readNetwork({ model, data }: Pick<Question, 'model' | 'data'>): Network {
  const written = readFileSync(model, 'utf8');
  const text =
    data === undefined
      ? written
      : written.replace(/(\bpath: *)[^,}\s]+/, (_, head: string) => `${head}${resolve(data)}`);
  const { network, diagnostics } = parseDefinition(text);
  if (network === undefined)
    throw new Error(`${model}: ${diagnostics.map(({ line, message }) => `${line}: ${message}`).join('; ')}`);
  return network;
}

export const readData = ({ definition }: Network, { model }: Pick<Question, 'model'>): Promise<Dataset> =>
  loadDataset(definition, dirname(resolve(model)));

export function contextOf(network: Network, dataset: Dataset, { budgetBytes }: Question, seed: number): SearchContext {
  const stated = network.definition.target;
  const target = findTarget(stated.npu);
  return {
    network,
    dataset,
    target,
    limits: limitsThatHold(stated, target, { weights: budgetBytes }),
    seed,
    backend: { name: 'wasm', reason: 'benchmark' },
  };
}
