/** `udc search`: searches under a budget, live, to the end. */
import { dirname, resolve } from 'node:path';
import { BACKENDS } from '../../runs/engine.ts';
import { vainSavings } from '../../costs/weights/savings.ts';
import { BY_HAND } from '../../runs/launchers/launcher.ts';
import { RunFolder } from '../../runs/folder/run-folder.ts';
import { startRun } from '../../runs/supervisor.ts';
import { limitOn } from '../../wire/limits.ts';
import { VERSION } from '../../base/version.ts';
import { oneOfOption, readArguments, wholeNumber } from '../arguments.ts';
import { CLUSTER_OPTIONS, clusterOf, refuseClusterOptions } from '../cluster-options.ts';
import { submitRun } from '../sweep/on-slurm.ts';
import { comparedWith } from '../compared-with.ts';
import { STRATEGY_NAMES } from '../../wire/strategies.ts';
import { statedText } from '../../wire/target-name.ts';
import { usageOf } from '../terminal/usage.ts';
import { checkData, checkInitial, limitsOf, readDefinition, targetOf, warnOfIdle } from '../definition-command.ts';
import { refuseImpossible } from '../feasible.ts';
import { LIMIT_OPTIONS } from '../limit-options.ts';
import { launcherFor, WORKER_OPTIONS } from '../worker-options.ts';
import { follow } from '../follow.ts';
import { CommandError, type LiveIo } from '../terminal/io.ts';
import { runsFolderNear } from '../places.ts';

export const usage = usageOf(
  'search',
  { MODEL: 'a model definition' },
  {
    ...LIMIT_OPTIONS,
    seed: { type: 'string', value: 'N', about: 'a whole number: the same seed, data and backend give the same result' },
    backend: {
      type: 'string',
      value: BACKENDS.join('|'),
      about: 'what computes; auto takes the fastest that works here',
    },
    ...WORKER_OPTIONS,
    'run-dir': {
      type: 'string',
      value: 'DIR',
      about: 'where the run folder is made; by default .udc/runs of the workspace',
    },
    strategy: {
      type: 'string',
      value: STRATEGY_NAMES.join('|'),
      about: 'how to search, instead of what the definition says',
    },
    on: { type: 'string', value: 'local|slurm', about: 'where it is worked on: by default here; slurm: as a task' },
    ...CLUSTER_OPTIONS,
    now: { type: 'boolean', about: 'does not wait for other searches of this machine, which it slows down' },
    baselines: { type: 'boolean', about: 'also trains uniform networks of the same size, for comparison' },
    against: {
      type: 'string',
      value: 'evolution,random',
      about: 'also searches by other strategies in as many training steps, for comparison',
    },
  },
);

export async function run(args: string[], io: LiveIo): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const launcher = launcherFor(values);
  const backend = oneOfOption('--backend', values.backend ?? 'auto', BACKENDS);
  const strategy =
    values.strategy === undefined ? undefined : oneOfOption('--strategy', values.strategy, STRATEGY_NAMES);
  const seed = values.seed === undefined ? undefined : wholeNumber('--seed', values.seed, 0);
  const onSlurm = oneOfOption('--on', values.on ?? 'local', ['local', 'slurm']) === 'slurm';
  if (!onSlurm) refuseClusterOptions(values);
  const cluster = await clusterOf(values);
  const read = await readDefinition(positionals[0]!, io);
  const target = targetOf(read);
  if (read.definition.dataset === undefined)
    throw new CommandError(`${read.file}: there is no \`dataset:\`; a search needs one`);
  const limits = limitsOf(read, target, values);
  await checkData(read, io);
  if (limitOn(limits, 'weights') === undefined)
    throw new CommandError(
      `${read.file}: there is no budget: write \`target: { ${statedText(target.name)}, weights: 48 KiB }\` or give --budget 48KiB`,
    );
  await checkInitial(read, io);
  refuseImpossible(read, target, limits);
  if (strategy !== undefined) warnOfIdle(read, [strategy], io);
  const savings = vainSavings(read.network, target);
  if (savings !== undefined) io.err(`${read.file}: note: ${savings}\n`);
  const request = {
    name: read.definition.name,
    definitionText: read.text,
    definitionPath: read.path,
    strategy: strategy ?? read.definition.strategy,
    limits,
    seed: seed ?? read.definition.training.seed,
    backend,
    baselines: comparedWith(values),
    version: VERSION,
  };
  const runs = values['run-dir'] === undefined ? runsFolderNear(dirname(read.path)) : resolve(values['run-dir']);
  if (onSlurm) return submitRun(await RunFolder.create(runs, request), cluster, values.json ?? false, io);
  const place = { ...BY_HAND, ...(values.now && { now: true }) };
  return follow((listener) => startRun(runs, request, listener, launcher, place), io, { json: values.json ?? false });
}
