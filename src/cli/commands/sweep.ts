/** `udc sweep`: many searches of one definition, side by side; resumable. */
import { dirname, resolve } from 'node:path';
import { BACKENDS } from '../../runs/engine.ts';
import { EXPORTER_NAMES, type ExporterName } from '../../runs/launchers/exported/exporter-table.ts';
import { coresHere, missingCells, parallelHere } from '../../runs/sweep/sweep-driver.ts';
import { SweepFolder, sameSweep, sweepsFolderOf, type SweepRequest } from '../../runs/sweep/sweep-folder.ts';
import { STRATEGY_NAMES } from '../../wire/strategies.ts';
import { cellsOf } from '../../wire/sweep-plan.ts';
import { formatDuration } from '../../text/format.ts';
import { CLUSTER_OPTIONS, clusterOf, refuseClusterOptions } from '../cluster-options.ts';
import { comparedWith } from '../compared-with.ts';
import { misused, oneOfOption, readArguments, wholeNumber } from '../arguments.ts';
import { checkData, checkInitial, readDefinition } from '../definition-command.ts';
import { LIMIT_OPTIONS } from '../limit-options.ts';
import { near, self, typed } from '../outcome.ts';
import { runsFolderNear } from '../places.ts';
import { followSweep, reportSweep } from '../sweep/follow-sweep.ts';
import {
  cancelSweep,
  refuseLive,
  scriptText,
  statusOf,
  submitSweep,
  takeBack,
  type SubmitOptions,
} from '../sweep/on-slurm.ts';
import { writeSweep } from '../sweep/write-sweep.ts';
import { estimated } from '../sweep/estimate.ts';
import { planned, planText } from '../sweep/plan-sweep-command.ts';
import { CommandError, EXIT, UsageError, json, type LiveIo } from '../terminal/io.ts';
import { plain } from '../terminal/table.ts';
import { usageOf } from '../terminal/usage.ts';

const { latency, cycles, macs } = LIMIT_OPTIONS;

/** `local` says so where a cluster has runs of the sweep too. */
const PLACES = ['local', 'slurm', ...EXPORTER_NAMES] as const;

export const usage = usageOf(
  'sweep',
  { '[MODEL]': 'a model definition; needed unless a sweep is resumed' },
  {
    budgets: {
      type: 'string',
      value: '2KiB,4KiB',
      about:
        'weight memories to search for; 2KiB..16KiB doubles from the first to the last;\nby default four, from near the smallest to near the largest that the definition reaches',
    },
    seeds: { type: 'string', value: '1..3', about: "seeds of each; by default the definition's one" },
    strategies: {
      type: 'string',
      value: 'udc,evolution',
      about: `who searches, beside each other: ${STRATEGY_NAMES.join(', ')};\nby default what the definition says`,
    },
    targets: { type: 'string', value: 'NAME,NAME', about: "chips; by default the definition's one" },
    latency,
    cycles,
    macs,
    backend: { type: 'string', value: BACKENDS.join('|'), about: 'what computes, in every run' },
    baselines: { type: 'boolean', about: 'also trains uniform networks of the same size in every run, for comparison' },
    against: {
      type: 'string',
      value: 'evolution,random',
      about: 'also searches by others in every run, for comparison',
    },
    parallel: {
      type: 'string',
      value: 'N',
      about: 'runs side by side, which share the cores; by default one a core, as far as the memory goes',
    },
    now: { type: 'boolean', about: 'does not wait for other searches of this machine' },
    yes: { type: 'boolean', about: 'asks nothing, however long it will take' },
    'dry-run': { type: 'boolean', about: 'says what would be run and how long it would take, and starts nothing' },
    resume: { type: 'string', value: 'FOLDER', about: 'goes on with what is missing of that sweep' },
    new: { type: 'boolean', about: 'begins anew where the same sweep is there already' },
    on: {
      type: 'string',
      value: PLACES.join('|'),
      about:
        'where the runs are worked on: by default this machine; slurm: as tasks of one array;\nthe others: files for them are written (--write)',
    },
    ...CLUSTER_OPTIONS,
    write: { type: 'string', value: 'FOLDER', about: 'where files for a scheduler are written' },
    wait: { type: 'boolean', about: 'with --on slurm: stays until all have ended; Ctrl-C leaves them to the cluster' },
    status: { type: 'string', value: 'FOLDER', about: 'says how that sweep stands, in Slurm too' },
    cancel: { type: 'string', value: 'FOLDER', about: 'stops the runs of that sweep that are in Slurm' },
  },
);

const HALF_AN_HOUR = 1800;

type Values = ReturnType<typeof readArguments<typeof usage.options>>['values'];

export async function run(args: string[], io: LiveIo): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const [model] = positionals;
  const asJson = values.json ?? false;
  if (values.status !== undefined) return statusOf(new SweepFolder(resolve(alone(values.status, model))), asJson, io);
  if (values.cancel !== undefined)
    return cancelSweep(new SweepFolder(resolve(alone(values.cancel, model))), asJson, io);
  const on = values.on === undefined ? undefined : oneOfOption('--on', values.on, PLACES);
  if (on === undefined || on === 'local') refuseClusterOptions(values);
  const exporter = exporterOf(values);
  if ((exporter === undefined) !== (values.write === undefined))
    throw misused(usage, `--write FOLDER and --on ${EXPORTER_NAMES.join('|')} need each other`);
  const parallel = values.parallel === undefined ? undefined : wholeNumber('--parallel', values.parallel, 1);
  if (values.resume !== undefined) {
    if (model !== undefined || values.budgets !== undefined || values.seeds !== undefined)
      throw misused(usage, '--resume goes on with a sweep as it was planned: give it alone');
    return goOn(new SweepFolder(resolve(values.resume)), parallel, values, io);
  }
  if (model === undefined) throw misused(usage, 'MODEL is missing');
  const request = await requestOf(model, values, io);
  const sweeps = sweepsFolderOf(runsFolderNear(dirname(request.definitionPath)));
  const before = values.new === true ? undefined : await sameSweep(sweeps, request);
  if (before && values['dry-run'] !== true) {
    io.err(`this sweep is there already: ${near(before.path)}; going on with it (--new begins anew)\n`);
    return goOn(before, parallel, values, io);
  }
  return begin(request, sweeps, parallel, values, io);
}

/** The folder of an option that asks for no model. @throws UsageError where there is one */
function alone(folder: string, model: string | undefined): string {
  if (model !== undefined) throw misused(usage, `'${model}' is one argument too many beside a sweep's folder`);
  return folder;
}

/** What is to be swept. Says at once what cannot be. @throws CommandError, UsageError */
async function requestOf(model: string, values: Values, io: LiveIo): Promise<SweepRequest> {
  const backend = oneOfOption('--backend', values.backend ?? 'auto', BACKENDS);
  const baselines = comparedWith(values);
  const read = await readDefinition(model, io);
  if (read.definition.dataset === undefined)
    throw new CommandError(`${read.file}: there is no \`dataset:\`; a search needs one`);
  const request = planned(read, values, { backend, baselines }, io);
  await checkData(read, io);
  await checkInitial(read, io);
  return request;
}

async function begin(
  request: SweepRequest,
  sweeps: string,
  given: number | undefined,
  values: Values,
  io: LiveIo,
): Promise<number> {
  const cells = cellsOf(request.plan).filter(({ index }) => !request.leftOut.some((one) => one.index === index));
  const exporter = exporterOf(values);
  if (exporter !== undefined) {
    if (values['dry-run'] === true) {
      io.out(`${cells.length} runs would be written for ${exporter}\n`);
      return EXIT.done;
    }
    return write(() => SweepFolder.create(sweeps, request), exporter, given, values, io);
  }
  if (values.on === 'slurm') return beginOnSlurm(request, sweeps, cells.length, given, values, io);
  const parallel = given ?? parallelHere(cells.length);
  const cores = coresHere(parallel);
  if (values.json !== true) io.err(plain(planText(request, parallel, cores)));
  const time = await estimated(request, cells, { parallel, cores }, io);
  if (values.json !== true) io.err(plain(`${time.text}\n`));
  if (values['dry-run']) {
    const { plan, leftOut } = request;
    if (values.json)
      io.out(
        json({
          plan,
          leftOut,
          runs: cells.length,
          parallel,
          coresEach: cores,
          seconds: time.seconds,
          secondsOf: time.of,
        }),
      );
    return EXIT.done;
  }
  if (time.seconds > HALF_AN_HOUR && values.yes !== true) await ask(time.seconds, io);
  const folder = await SweepFolder.create(sweeps, request);
  if (values.json !== true) io.err(`sweep folder ${near(folder.path)}\n`);
  return work(folder, parallel, values, io);
}

async function beginOnSlurm(
  request: SweepRequest,
  sweeps: string,
  runs: number,
  atOnce: number | undefined,
  values: Values,
  io: LiveIo,
): Promise<number> {
  const options = await submitOptions(atOnce, values);
  if (values['dry-run'] === true) {
    const script = scriptText(sweeps, request.name, runs, options);
    io.out(values.json ? json({ plan: request.plan, leftOut: request.leftOut, runs, script }) : script);
    return EXIT.done;
  }
  const folder = await SweepFolder.create(sweeps, request);
  return submitSweep(folder, options, io);
}

async function submitOptions(atOnce: number | undefined, values: Values): Promise<SubmitOptions> {
  return { settings: await clusterOf(values), atOnce, wait: values.wait ?? false, json: values.json ?? false };
}

/** The scheduler that files are written for; undefined where the runs are worked on from here. */
const exporterOf = ({ on }: Values): ExporterName | undefined => EXPORTER_NAMES.find((name) => name === on);

async function write(
  open: () => Promise<SweepFolder>,
  exporter: ExporterName,
  given: number | undefined,
  values: Values,
  io: LiveIo,
): Promise<number> {
  const { settings, atOnce, json: asJson } = await submitOptions(given, values);
  return writeSweep(open, exporter, { settings, atOnce, into: values.write!, json: asJson }, io);
}

/** @throws UsageError where nobody can be asked, CommandError where the answer is no */
async function ask(seconds: number, io: LiveIo): Promise<void> {
  const long = plain(formatDuration(seconds));
  if (!io.confirm) throw new UsageError(`this would take about ${long}, more than half an hour: add --yes to start it`);
  if (!(await io.confirm(`This will take about ${long}. Start it?`)))
    throw new CommandError('nothing was started', EXIT.interrupted);
}

async function goOn(folder: SweepFolder, given: number | undefined, values: Values, io: LiveIo): Promise<number> {
  const file = await folder.read();
  if (values['dry-run'] !== true) {
    const exporter = exporterOf(values);
    if (exporter !== undefined) return write(() => Promise.resolve(folder), exporter, given, values, io);
    if (values.on === 'slurm') return submitSweep(folder, await submitOptions(given, values), io);
    await (values.on === 'local' ? takeBack(folder) : refuseLive(folder));
  }
  const missing = missingCells(await folder.cells(file));
  if (values['dry-run']) {
    const cells = missing.map(({ cell, state }) => ({ ...cell, state }));
    io.out(
      values.json
        ? json({ sweep: folder.path, missing: cells })
        : `${near(folder.path)}: ${missing.length} of ${cellsOf(file.plan).length - file.leftOut.length} runs are missing\n`,
    );
    return EXIT.done;
  }
  return missing.length === 0
    ? reportSweep(folder, values.json ?? false, io)
    : work(folder, given ?? parallelHere(missing.length), values, io);
}

async function work(folder: SweepFolder, parallel: number, values: Values, io: LiveIo): Promise<number> {
  const cores = coresHere(parallel);
  const { stopped, failed } = await followSweep(
    folder,
    { parallel, cores, now: values.now ?? false, json: values.json ?? false },
    io,
  );
  const code = await reportSweep(folder, values.json ?? false, io);
  // A run that failed before it had done anything leaves no folder that would say so.
  if (!stopped) return failed ? EXIT.input : code;
  io.err(`stopped; it goes on by: ${self()} sweep --resume ${typed(folder.path)}\n`);
  return EXIT.interrupted;
}
