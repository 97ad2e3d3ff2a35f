/** A sweep's folder as plain facts: for the table, the panel and reports. */
import { languageOf } from '../../language/language-table.ts';
import { instantiate } from '../../network/architecture.ts';
import type { Network } from '../../network/types.ts';
import type { RunResult } from '../../wire/run.ts';
import type { SweepData, SweepFacts, SweepFile, SweepRow } from '../../wire/sweep-plan.ts';
import type { CellRun, SweepFolder } from './sweep-folder.ts';

/** Reads how a sweep stands. @throws RunError where its file cannot be read */
export async function readFacts(folder: SweepFolder): Promise<SweepFacts> {
  const file = await folder.read();
  return factsOf(file, await folder.cells(file));
}

/** The facts of cells that were read. */
export async function factsOf(file: SweepFile, cells: readonly CellRun[]): Promise<SweepFacts> {
  const { id, name, created, plan, baselines } = file;
  const data = await dataOf(file, cells);
  return { id, name, created, plan, baselines, rows: cells.map(rowOf), ...(data && { data }) };
}

function rowOf({ cell, state, run, reason }: CellRun): SweepRow {
  return {
    cell,
    state,
    ...(run && { runId: run.id }),
    ...(reason !== undefined && { reason }),
    // What else could be made of a run is long, and of no use here.
    ...(run?.result && { result: brief(run.result), ...(run.result.offers && { specialises: true }) }),
  };
}

/** Without what else can be made of it, and what the test part says of single samples: a sweep has many results. */
function brief({ offers, ...rest }: RunResult): RunResult {
  void offers;
  const [first, ...more] = rest.networks.map(({ test, ...network }) => {
    void test;
    return network;
  });
  return { ...rest, networks: [first!, ...more] };
}

async function dataOf(
  { definitionPath, definitionText }: SweepFile,
  cells: readonly CellRun[],
): Promise<SweepData | undefined> {
  const { definition, network } = languageOf(definitionPath).read(definitionText);
  if (!definition || !network) return undefined;
  const { input, task } = definition;
  const done = cells.find(({ state }) => state === 'done')?.run;
  const [first] = done ? (await done.folder.readEvents().catch(() => ({ events: [] }))).events : [];
  return {
    input: [input.height, input.width, input.channels],
    output: outputOf(network),
    task,
    ...(first?.type === 'started' && { testSamples: first.samples.test }),
  };
}

/** Of the last operation, which every architecture ends with. */
function outputOf(network: Network): readonly number[] {
  const last = instantiate(
    network,
    network.decisions.map(() => 0),
  ).operations.at(-1);
  return last ? [last.outSize.height, last.outSize.width, last.outChannels] : [];
}
