/** `udc specialise`: a network of another budget or target from the weights that a run has trained once. */
import { dirname } from 'node:path';
import { definitionFor, sourceOf, specialiseRequest } from '../../runs/specialise-request.ts';
import { languageOf } from '../../language/language-table.ts';
import { limitsElsewhere } from '../../costs/limits/limits-elsewhere.ts';
import { BY_HAND } from '../../runs/launchers/launcher.ts';
import { startRun } from '../../runs/supervisor.ts';
import { withoutEnsemble } from '../../network/without-ensemble.ts';
import { leftOutText, withinTarget } from '../../targets/within-target.ts';
import { limitOn } from '../../wire/limits.ts';
import { readArguments, wholeNumber } from '../arguments.ts';
import { targetNamed, targetOf, type ReadDefinition } from '../definition-command.ts';
import { refuseImpossible } from '../feasible.ts';
import { follow } from '../follow.ts';
import { givenLimits, LIMIT_OPTIONS, optionOf } from '../limit-options.ts';
import { near, unfinished } from '../outcome.ts';
import { findRun } from '../places.ts';
import { CommandError, UsageError, type LiveIo } from '../terminal/io.ts';
import { plain } from '../terminal/table.ts';
import { usageOf } from '../terminal/usage.ts';

export const usage = usageOf(
  'specialise',
  { RUN: 'a run by once-for-all: its folder, the beginning of its id, or `latest`' },
  {
    ...LIMIT_OPTIONS,
    target: { type: 'string', value: 'NAME', about: 'the chip, instead of the one that the run was for' },
    tune: {
      type: 'string',
      value: 'N',
      about: 'epochs of training in the arithmetic of the chip; 0 (the default): none',
    },
  },
);

export async function run(args: string[], io: LiveIo): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const tune = values.tune === undefined ? 0 : wholeNumber('--tune', values.tune, 0);
  const named = values.target === undefined ? undefined : targetNamed(values.target).name;
  // A network that was specialised stands for the run that it came from.
  const folder = await sourceOf(await findRun(positionals[0]!));
  if ((await folder.readResult()) === undefined) throw await unfinished(folder, 'specialise it');
  await folder.readShared();
  const text = await definitionFor(folder, named);
  const read = definitionOf(near(folder.path), text, (await folder.readHeader()).definitionPath);
  const target = targetOf(read);
  const within = withinTarget(withoutEnsemble(read.network), target);
  if ('refused' in within) throw new CommandError(`${read.file}: ${target.name} cannot run this: ${within.refused}`);
  const { limits, leftOut, refused } = limitsElsewhere(read.definition, target, givenLimits(values));
  if (refused) throw new UsageError(`${optionOf(refused.limit.cost)}: ${refused.reason}`);
  if (limitOn(limits, 'weights') === undefined)
    throw new CommandError(`${read.file}: there is no budget: give one, for example --budget 48KiB`);
  refuseImpossible({ ...read, network: within.network }, target, limits);
  for (const note of [leftOutText(target, within.leftOut), ...leftOut])
    if (note !== undefined) io.err(`${plain(note)}\n`);
  const request = await specialiseRequest(folder, limits, { target: named, tune });
  // Without training it takes seconds, for which nobody should wait.
  const place = { ...BY_HAND, ...(tune === 0 && { now: true }) };
  return follow((listener) => startRun(dirname(folder.path), request, listener, undefined, place), io, {
    json: values.json ?? false,
  });
}

/** The definition that a run was searched for. @throws CommandError where this version cannot read it */
function definitionOf(file: string, text: string, path: string): ReadDefinition {
  const { definition, network } = languageOf(path).read(text);
  if (definition === undefined || network === undefined)
    throw new CommandError(`${file}: this version of UDC cannot read the definition that was searched`);
  return { file, path, text, definition, network };
}
