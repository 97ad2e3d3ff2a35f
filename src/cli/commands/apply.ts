/** `udc apply`: writes the chosen architecture into a definition, changing only the values that were searched. */
import { limitsNotIn, targetMadeFor } from '../../costs/limits/made-for.ts';
import { languageOf } from '../../language/language-table.ts';
import { dirname, resolve } from 'node:path';
import { messageOf } from '../../base/error-text.ts';
import { decidedAssignment } from '../../network/decided-assignment.ts';
import { applyEdits } from '../../language/edit-plan.ts';
import { spaceOfRun } from '../../targets/within-target.ts';
import type { Definition, ScalarPath } from '../../network/types.ts';
import { networkNamed } from '../../wire/result-networks.ts';
import { amountOf, type Limit } from '../../wire/limits.ts';
import type { NetworkResult, RunResult } from '../../wire/run.ts';
import { writeOutput } from '../../runs/files/output-file.ts';
import { readArguments } from '../arguments.ts';
import { usageOf } from '../terminal/usage.ts';
import { readText } from '../definition-command.ts';
import { CommandError, EXIT, json, type Io } from '../terminal/io.ts';
import { NETWORK_OPTION } from '../network-option.ts';
import { optionOf } from '../limit-options.ts';
import { near, unfinished } from '../outcome.ts';
import { findRun, runsFolderNear } from '../places.ts';
import { plain } from '../terminal/table.ts';

export const usage = usageOf(
  'apply',
  {
    RUN: "a run folder, the beginning of a run's id, or `latest`",
    '[MODEL]': 'the definition to write into; by default the one that was searched',
  },
  {
    out: { type: 'string', value: 'FILE', about: 'writes the result there and leaves MODEL as it is' },
    network: NETWORK_OPTION,
  },
);

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const folder = await findRun(
    positionals[0]!,
    ...(positionals[1] === undefined ? [] : [runsFolderNear(dirname(resolve(positionals[1])))]),
    runsFolderNear(process.cwd()),
  );
  const header = await folder.readHeader();
  const result = await folder.readResult();
  if (result === undefined) throw await unfinished(folder, 'apply it');
  const { network: whole } = languageOf(header.definitionPath).read(header.definitionText);
  if (whole === undefined)
    throw new CommandError(`${near(folder.path)}: this version of UDC cannot read the definition that was searched`);
  const network = spaceOfRun(whole, header);
  const chosen = chosenOf(result, values.network, near(folder.path));
  const decided = decidedAssignment(network, chosen.decisions);
  if ('undecided' in decided)
    throw new CommandError(
      `${near(folder.path)}: the result does not decide \`${decided.undecided}\` of the definition that was searched`,
    );

  const file = positionals[1] ?? header.definitionPath;
  const text = await readText(file);
  const { definition } = languageOf(file).read(text);
  const target = targetMadeFor(header, result, definition?.target, chosen);
  const plan = languageOf(file).decide(text, network, decided.assignment, { ...(target && { target }) });
  if ('refused' in plan) throw new CommandError(`${file}:${plan.line}:${plan.column}: ${plan.refused}`);
  const out = values.out ?? file;
  const written = applyEdits(text, plan.edits);
  await writeOutput(out, written);
  const now = languageOf(file).read(written).definition?.target;
  const names = (paths: readonly ScalarPath[]): readonly string[] => paths.map((path) => valueName(path, definition));
  const dotted = (paths: readonly ScalarPath[]): readonly string[] => paths.map((path) => path.join('.'));
  if (values.json)
    io.out(json({ run: folder.path, model: file, out, changed: dotted(plan.paths), removed: dotted(plan.removed) }));
  else {
    // Who names no definition may have another in mind than that of the newest run.
    const whose = positionals[1] === undefined ? ` (the definition that run ${folder.id} was searched for)` : '';
    io.out(`${near(resolve(out))}${out === file ? whose : ''}: ${summary(names(plan.paths), names(plan.removed))}\n`);
    for (const limit of now ? limitsNotIn(header, now) : []) io.out(plain(`${limitText(limit, now!)}\n`));
  }
  return EXIT.done;
}

/** @throws CommandError naming the networks that there are */
function chosenOf(result: RunResult, wanted: string | undefined, run: string): NetworkResult {
  try {
    return networkNamed(result, wanted);
  } catch (error) {
    throw new CommandError(`${run}: ${messageOf(error)}`);
  }
}

/** A limit that the search was given and the definition does not say, in words. */
function limitText({ cost, limit }: Limit, now: Definition['target']): string {
  const own = now[cost];
  const says = own === undefined ? 'names no such limit' : `says ${amountOf(cost, own)}, as before`;
  return `It was searched within ${amountOf(cost, limit)} (${optionOf(cost)}); the definition ${says}`;
}

/** What was written, in words. */
function summary(changed: readonly string[], removed: readonly string[]): string {
  const counted = (names: readonly string[], what: string): string =>
    `${names.length} ${names.length === 1 ? 'value' : 'values'} ${what}: ${names.join(', ')}`;
  if (changed.length + removed.length === 0) return 'every value was decided already';
  return [
    ...(changed.length > 0 ? [counted(changed, 'written')] : []),
    ...(removed.length > 0 ? [counted(removed, 'removed, of operators that were not chosen')] : []),
  ].join('; ');
}

/** `stem.filters`: a value by the name of its layer, where it has one. */
function valueName([room, index, ...rest]: ScalarPath, definition: Definition | undefined): string {
  const layer = room === 'layers' && typeof index === 'number' ? definition?.layers[index]?.name : undefined;
  return [...(layer === undefined ? [room, ...(index === undefined ? [] : [index])] : [layer]), ...rest].join('.');
}
