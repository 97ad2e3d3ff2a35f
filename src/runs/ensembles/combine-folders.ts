/** Finished runs combined, as plain data in and out: for a thread of the editor. */
import { MEMORY_ADVICE, outOfMemory } from '../../base/memory-limits.ts';
import type { EnsembleReport, EnsembleRule } from '../../wire/ensemble.ts';
import { DataError } from '../../data/data-error.ts';
import { RunError } from '../folder/run-error.ts';
import { RunFolder } from '../folder/run-folder.ts';
import { combine } from './combine-runs.ts';
import { ensembleMembers } from './ensemble-members.ts';
import { CombineError, readMember } from './read-member.ts';

/** What a thread is asked for. */
export interface CombineTask {
  /** Paths of run folders. */
  readonly combine: readonly string[];
  readonly rule: EnsembleRule;
}

/** Its only message: the report, or why there is none. */
export type CombineAnswer = { readonly report: EnsembleReport } | { readonly problem: string };

/** @throws what a person can do nothing about */
export async function combineFolders({ combine: folders, rule }: CombineTask): Promise<CombineAnswer> {
  try {
    const runs = folders.map((path) => new RunFolder(path));
    const found = runs.length === 1 ? await ensembleMembers(runs[0]!) : undefined;
    const members = found?.members ?? (await Promise.all(runs.map((run) => readMember(run))));
    const wanted = { rule, ...(found && { limits: found.limits, against: found.against }) };
    return { report: (await combine(members, wanted)).report };
  } catch (error) {
    if (outOfMemory(error)) return { problem: `The data do not fit into memory. ${MEMORY_ADVICE}` };
    if (error instanceof CombineError || error instanceof RunError || error instanceof DataError)
      return { problem: error.message };
    throw error;
  }
}
