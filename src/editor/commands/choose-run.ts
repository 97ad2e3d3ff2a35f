/**
 * Finding the run that a command is about: given by the view or the panel, else the only one, else the one that the
 * user picks.
 */
import * as vscode from 'vscode';
import { runDescription, type RunRecord } from '../runs/run-record.ts';
import { isRecord } from '../runs/runs-view.ts';
import type { RunStore } from '../runs/run-store.ts';
import { formatBytes } from '../../text/format.ts';
import { formatNamedMeasured, integerMeasured } from '../../wire/tasks/metrics.ts';
import type { NetworkResult, RunResult } from '../../wire/run.ts';
import { pick, say } from '../say.ts';

export interface RunChoice {
  readonly title: string;
  /** Which runs the command can be about. */
  readonly accepts: (record: RunRecord) => boolean;
  /** Said when there is none. */
  readonly none: string;
}

/** The run that a command's argument names: a record of the view, or an id from the panel. */
export function runOf(runs: RunStore, called: unknown): RunRecord | undefined {
  if (typeof called === 'string') return runs.get(called);
  return isRecord(called) ? runs.get(called.header.id) : undefined;
}

/** Undefined when there is no such run or the user picks none. */
export async function chooseRun(
  runs: RunStore,
  called: unknown,
  { title, accepts, none }: RunChoice,
): Promise<RunRecord | undefined> {
  await runs.whenListed();
  const given = runOf(runs, called);
  if (given) return given;
  const candidates = runs.all().filter(accepts);
  if (candidates.length === 0) {
    void say.information(none);
    return undefined;
  }
  if (candidates.length === 1) return candidates[0];
  const items = candidates.map((record) => ({
    label: record.name,
    description: runDescription(record),
    detail: `${record.definition}, ${new Date(record.header.created).toLocaleString()}`,
    record,
  }));
  return (await pick(items, { title, matchOnDescription: true, matchOnDetail: true }))?.record;
}

/** The network of a result that a command is about: the only one, else the one that the user picks. */
export async function chooseNetwork(
  { metric, networks }: RunResult,
  title: string,
): Promise<NetworkResult | undefined> {
  if (networks.length === 1) return networks[0];
  const items = networks.map((network, rank) => ({
    label: network.name,
    description:
      rank === 0
        ? vscode.l10n.t(
            '{0}; least loss on the validation part, shown in the panel',
            formatNamedMeasured(metric, integerMeasured(network)),
          )
        : formatNamedMeasured(metric, integerMeasured(network)),
    detail: formatBytes(network.certificate.exactBytes),
    network,
  }));
  return (await pick(items, { title }))?.network;
}
