/**
 * An existing network as the editor needs it: its table, and the definitions that may be written around it. Plain data:
 * it comes from a thread.
 */
import { messageOf } from '../base/error-text.ts';
import { sizeNetwork } from '../integer/sizing.ts';
import { writeDefinition, type WrittenDefinition } from './definition/write-definition.ts';
import { checkDefinable } from './definition/refusal.ts';
import { importProblems, targetsThatRun } from './definition/target-check.ts';
import { weightsFor } from './definition/imported-weights.ts';
import { networkName } from './network-name.ts';
import { networkReport } from './network/network-report.ts';
import { networkTable, type NetworkTable } from './network/network-table.ts';
import { onTarget, usualTarget } from './network/network-target.ts';
import { findTarget } from '../targets/find-target.ts';
import { readModel } from './reading/read-model.ts';

/**
 * Definitions of the network, as it is or as the largest architecture of a search space, and the weights file for
 * either.
 */
export interface NetworkDefinitions {
  readonly fixed: OneDefinition;
  readonly search: OneDefinition;
  readonly weights: Uint8Array;
}

/**
 * A definition's text, what its target cannot run of it, and, where that is something, the names of the targets that
 * can run all.
 */
export interface OneDefinition {
  readonly text: string;
  readonly problems: readonly string[];
  readonly able: readonly string[];
}

export interface ImportedNetwork {
  readonly target: string;
  readonly table: NetworkTable;
  /** What of the file is not in the network, and what the target cannot run, in sentences. */
  readonly notes: readonly string[];
  readonly problems: readonly string[];
  /** The definitions' texts, or why no definition can say what the network is. */
  readonly definitions: NetworkDefinitions | { readonly refused: string };
}

/**
 * Reads a network and measures it on its target, weights encoded: seconds for millions of weights.
 * @param file name of the file, without its folder
 * @param targetName by default the one that the network was searched for, else an Ethos-U55-128
 * @throws Error saying what the file is instead, or what in it is damaged
 */
export function importNetwork(bytes: Uint8Array, file: string, targetName?: string): ImportedNetwork {
  const model = readModel(bytes);
  const target = targetName === undefined ? usualTarget(model) : findTarget(targetName);
  const network = onTarget(model.network, target);
  const sized = sizeNetwork(network, target);
  const report = networkReport(network, target, undefined, sized, model.asIfInt8);
  const define = (search: boolean): WrittenDefinition =>
    writeDefinition(network.architecture, { name: networkName(file), npu: target.name, search });
  let definitions: ImportedNetwork['definitions'];
  let notes = model.notes;
  try {
    checkDefinable(model);
    const fixed = define(false);
    const judged = (written: WrittenDefinition, search: boolean): OneDefinition => {
      const problems = importProblems(written, network, target);
      return { text: written.text, problems, able: problems.length === 0 ? [] : targetsThatRun(model.network, search) };
    };
    definitions = {
      fixed: judged(fixed, false),
      search: judged(define(true), true),
      weights: weightsFor(fixed, network, target, sized, model.asIfInt8 !== undefined),
    };
    notes = [...notes, ...fixed.notes];
  } catch (error) {
    definitions = { refused: messageOf(error) };
  }
  return { target: target.name, table: networkTable(report), notes, problems: report.problems, definitions };
}
