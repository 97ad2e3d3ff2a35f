/** What bits are fitted to for a command: a definition, or the architecture of a finished run with its weights. */
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { messageOf } from '../base/error-text.ts';
import { isNetworkFile } from '../formats/network-name.ts';
import { applyEdits } from '../language/edit-plan.ts';
import { languageOf } from '../language/language-table.ts';
import { decidedAssignment } from '../network/decided-assignment.ts';
import { definitionWeights, runWeights, type FitWeights } from '../runs/fit-weights.ts';
import type { ScalarPath } from '../network/types.ts';
import { spaceOfRun } from '../targets/within-target.ts';
import { readDefinition, type ReadDefinition } from './definition-command.ts';
import { holdsNetwork } from './imported.ts';
import { near, unfinished } from './outcome.ts';
import { findRun } from './places.ts';
import { CommandError, type Io } from './terminal/io.ts';

/** The text of an architecture, and weights of it where there are some. */
export interface FitSubject extends ReadDefinition {
  readonly weights?: FitWeights;
  /** Of a run: the values of its definition that `text` has as the run chose them. */
  readonly decided?: readonly ScalarPath[];
}

/** @throws CommandError where it is neither a definition nor a run, or one without what is needed */
export async function fitSubject(argument: string, io: Io): Promise<FitSubject> {
  if (!existsSync(argument) || !statSync(argument).isFile()) return ofRun(argument, io);
  if (isNetworkFile(argument) || (await holdsNetwork(argument)))
    throw new CommandError(
      `${argument}: bits are written into a definition: make one of this network by \`udc import ${argument}\`, and fit that`,
    );
  const read = await readDefinition(argument, io);
  const weights = await definitionWeights(read.network, dirname(read.path)).catch((error: unknown) => {
    throw new CommandError(`${argument}: training.initialWeights: ${messageOf(error)}`);
  });
  return { ...read, ...(weights && { weights }) };
}

/** The definition of a run as it is now, with what the run decided, and the run's weights. */
async function ofRun(argument: string, io: Io): Promise<FitSubject> {
  const folder = await findRun(argument);
  const at = near(folder.path);
  const refuse = (problem: string): CommandError => new CommandError(`${at}: ${problem}`);
  const content = await folder.readContent();
  if (content === undefined) throw await unfinished(folder, 'fit its bits');
  const { header, chosen, weights: bytes } = content;
  if (bytes === undefined)
    throw refuse(`its folder has no ${chosen.weights}: search again, or restore the file from a copy`);
  const file = header.definitionPath;
  const language = languageOf(file);
  const { network: whole } = language.read(header.definitionText);
  if (whole === undefined) throw refuse('this version of UDC cannot read the definition that was searched');
  const network = spaceOfRun(whole, header);
  const decided = decidedAssignment(network, chosen.decisions);
  if ('undecided' in decided)
    throw refuse(`the result does not decide \`${decided.undecided}\` of the definition that was searched`);
  const now = await readDefinition(file, io);
  const plan = language.decide(now.text, network, decided.assignment);
  if ('refused' in plan) throw new CommandError(`${file}:${plan.line}:${plan.column}: ${plan.refused}`);
  const text = applyEdits(now.text, plan.edits);
  const read = language.read(text);
  let weights: FitWeights;
  try {
    weights = runWeights(bytes, `the run ${at}`);
  } catch (error) {
    throw refuse(messageOf(error));
  }
  return {
    file,
    path: resolve(file),
    text,
    definition: read.definition!,
    network: read.network!,
    weights,
    decided: plan.paths,
  };
}
