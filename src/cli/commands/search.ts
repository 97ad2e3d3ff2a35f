/** `udc search`: searches under a budget, live, to the end. */
import { dirname, resolve } from 'node:path';
import { BACKENDS } from '../../runs/engine.ts';
import { vainSavings } from '../../costs/weights/savings.ts';
import { startRun } from '../../runs/supervisor.ts';
import { VERSION } from '../../base/version.ts';
import { oneOfOption, readArguments, wholeNumber } from '../arguments.ts';
import { usageOf } from '../terminal/usage.ts';
import { checkData, checkInitial, limitsOf, readDefinition, targetOf } from '../definition-command.ts';
import { refuseImpossible } from '../feasible.ts';
import { follow } from '../follow.ts';
import { CommandError, type LiveIo } from '../terminal/io.ts';
import { runsFolderNear } from '../places.ts';

export const usage = usageOf(
  'search',
  { MODEL: 'a model definition' },
  {
    budget: {
      type: 'string',
      value: '48KiB',
      about: 'the weight memory, instead of what the definition or the target says',
    },
    seed: { type: 'string', value: 'N', about: 'a whole number: the same seed, data and backend give the same result' },
    backend: {
      type: 'string',
      value: BACKENDS.join('|'),
      about: 'what computes; auto takes the fastest that works here',
    },
    'run-dir': {
      type: 'string',
      value: 'DIR',
      about: 'where the run folder is made; by default .udc/runs of the workspace',
    },
    baselines: { type: 'boolean', about: 'also trains uniform networks of the same size, for comparison' },
  },
);

export async function run(args: string[], io: LiveIo): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const backend = oneOfOption('--backend', values.backend ?? 'auto', BACKENDS);
  const seed = values.seed === undefined ? undefined : wholeNumber('--seed', values.seed, 0);
  const read = await readDefinition(positionals[0]!, io);
  const target = targetOf(read);
  if (read.definition.dataset === undefined)
    throw new CommandError(`${read.file}: there is no \`dataset:\`; a search needs one`);
  const limits = limitsOf(read, target, values.budget);
  await checkData(read);
  const budgetBytes = limits.weights?.bytes;
  if (budgetBytes === undefined)
    throw new CommandError(
      `${read.file}: there is no budget: write \`target: { npu: ${target.name}, weights: 48 KiB }\` or give --budget 48KiB`,
    );
  await checkInitial(read, io);
  refuseImpossible(read, target, limits);
  const savings = vainSavings(read.network, target);
  if (savings !== undefined) io.err(`${read.file}: note: ${savings}\n`);
  const request = {
    name: read.definition.name,
    definitionText: read.text,
    definitionPath: read.path,
    budgetBytes,
    seed: seed ?? read.definition.training.seed,
    backend,
    baselines: values.baselines ?? false,
    version: VERSION,
  };
  const runs = values['run-dir'] === undefined ? runsFolderNear(dirname(read.path)) : resolve(values['run-dir']);
  return follow((listener) => startRun(runs, request, listener), io, { json: values.json ?? false });
}
