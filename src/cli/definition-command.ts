/** Reading a model definition for a command: the file, its errors as `file:line:column: message`, its budget. */
import { languageOf } from '../language/language-table.ts';
import { dirname, resolve } from 'node:path';
import { messageOf } from '../base/error-text.ts';
import { nodeAt } from '../language/tree.ts';
import { LineIndex } from '../language/lines.ts';
import type { Definition, Network, ScalarPath } from '../network/types.ts';
import type { Limit } from '../wire/limits.ts';
import { limitsThatHold, objectiveProblem, unknownCosts } from '../costs/limits/holding-limits.ts';
import { meanLimits } from '../costs/limits/member-limits.ts';
import { presetProblem } from '../targets/configured.ts';
import { findTarget, type Target } from '../targets/find-target.ts';
import { idleObjective } from '../wire/strategies.ts';
import { nameOfTarget, splitTargetName } from '../wire/target-name.ts';
import { MOST, readRegular } from '../data/files/regular-file.ts';
import type { DataCounts } from '../data/data-counts.ts';
import { lookAtData, type DataProblem } from '../runs/data-check.ts';
import { loadInitial } from '../runs/load-initial.ts';
import { checkTeacher } from '../runs/check-teacher.ts';
import { sayKind } from '../base/file-kinds.ts';
import { outOfMemory } from '../base/memory-limits.ts';
import { givenLimits, optionOf, type LimitValues } from './limit-options.ts';
import type { PresetValues } from './preset-options.ts';
import { CommandError, UsageError, type Io } from './terminal/io.ts';

export interface ReadDefinition {
  /** As given, for messages, and absolute. */
  readonly file: string;
  readonly path: string;
  readonly text: string;
  readonly definition: Definition;
  readonly network: Network;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'this is a folder; a model definition is a file such as model.udc.yaml',
  EACCES: 'reading it is not permitted',
};

/** Reads a regular file of at most `most` bytes. @throws CommandError naming it */
export function readBytes(file: string, most: number = MOST.network): Promise<Uint8Array> {
  return readRegular(file, most).catch((error: unknown) => {
    if (outOfMemory(error)) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new CommandError(`${file}: ${REASONS[code] ?? messageOf(error)}`);
  });
}

/** Reads a text file. @throws CommandError naming it */
export async function readText(file: string): Promise<string> {
  const bytes = await readBytes(file, MOST.text);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CommandError(`${file}: ${sayKind(bytes, 'this is no UTF-8 text')}`);
  }
}

/**
 * Reads and checks a definition. Warnings go to `io.err`.
 * @throws CommandError with one line for each error
 */
export async function readDefinition(file: string, io: Io): Promise<ReadDefinition> {
  const text = await readText(file);
  const { definition, network, diagnostics } = languageOf(file).read(text);
  const say = (severity: string): string[] =>
    diagnostics
      .filter((found) => found.severity === severity)
      .map(
        ({ line, column, message }) =>
          `${file}:${line}:${column}: ${severity === 'error' ? '' : `${severity}: `}${message}`,
      );
  if (definition === undefined || network === undefined) throw new CommandError(say('error').join('\n'));
  for (const warning of say('warning')) io.err(`${warning}\n`);
  return { file, path: resolve(file), text, definition, network };
}

/** The target that an option names. @throws UsageError */
export function targetNamed(name: string): Target {
  try {
    return findTarget(name);
  } catch (error) {
    throw new UsageError(`--target: ${messageOf(error)}`);
  }
}

/**
 * The target of a definition, or the one named instead, with the presets that options name.
 * @throws CommandError or UsageError
 */
export function targetOf(read: ReadDefinition, named?: string, given: PresetValues = {}): Target {
  const { file, definition } = read;
  const { npu, ...presets } = named === undefined ? definition.target : splitTargetName(named);
  const own = named === undefined ? statedTarget(read) : targetNamed(npu);
  const whole = { ...presets, ...given };
  const problem = presetProblem(own, whole);
  if (problem === undefined) return findTarget(nameOfTarget({ npu: own.name, ...whole }));
  const { key, message } = problem;
  if (given[key] !== undefined) throw new UsageError(`--${key}: ${message}`);
  if (named !== undefined) throw new UsageError(`--target: ${message}`);
  throw new CommandError(`${file}${placeOf(read, ['target', key])}: ${message}`);
}

/** The chip that a definition names, without its presets. @throws CommandError */
function statedTarget(read: ReadDefinition): Target {
  try {
    return findTarget(read.definition.target.npu);
  } catch (error) {
    throw new CommandError(`${read.file}${placeOf(read, ['target', 'npu'])}: ${messageOf(error)}`);
  }
}

/** `:7:18`, where the text states a value; nothing where it does not. */
function placeOf({ file, text }: Pick<ReadDefinition, 'file' | 'text'>, path: ScalarPath): string {
  const { tree } = languageOf(file).read(text);
  const { node, depth } = nodeAt(tree, path);
  if (node === undefined || depth !== path.length) return '';
  const { line, column } = new LineIndex(text).position(node.range.start);
  return `:${line}:${column}`;
}

/** The same, or the place of what encloses it. */
function nearestPlace(read: Pick<ReadDefinition, 'file' | 'text'>, path: ScalarPath): string {
  return placeOf(read, path) || (path.length > 1 ? nearestPlace(read, path.slice(0, -1)) : '');
}

/**
 * Reads the weights that a definition starts from, and looks at its teacher, if it has such. Warnings go to `io.err`.
 * @throws CommandError
 */
export async function checkInitial({ file, path, network }: ReadDefinition, io: Io): Promise<void> {
  try {
    for (const warning of (await loadInitial(network, dirname(path)))?.warnings ?? [])
      io.err(`${file}: warning: training.initialWeights: ${warning}\n`);
  } catch (error) {
    throw new CommandError(`${file}: training.initialWeights: ${messageOf(error)}`);
  }
  try {
    await checkTeacher(network, dirname(path));
  } catch (error) {
    throw new CommandError(`${file}: training.teacher: ${messageOf(error)}`);
  }
}

export interface CheckedData {
  readonly counts: DataCounts | undefined;
  readonly warnings: readonly string[];
}

/**
 * Reads the data that a definition names, before anything is started on them. Warnings go to `io.err`.
 * @returns how many samples there are, and the warnings
 * @throws CommandError at the value of the definition that they contradict, or that names them
 */
export async function checkData(read: ReadDefinition, io: Io): Promise<CheckedData> {
  const { path, network } = read;
  const { problems, counts } = await lookAtData(network, path);
  for (const problem of problems) {
    if (problem.severity === 'error') throw problemError(read, problem);
    io.err(`${placed(read, problem)}: warning: ${problem.message}\n`);
  }
  return { counts, warnings: problems.map(({ message }) => message) };
}

/** Says which strategies that options name make nothing of the objective; of the definition's own its reading does. */
export function warnOfIdle(read: ReadDefinition, strategies: readonly string[], io: Io): void {
  const { objective, strategy: own } = read.definition;
  if (!objective) return;
  for (const strategy of strategies) {
    const idle = strategy === own ? undefined : idleObjective(strategy, objective.cost);
    if (idle !== undefined) io.err(`${read.file}${placeOf(read, ['search', 'objective'])}: warning: ${idle}\n`);
  }
}

const placed = (read: ReadDefinition, { path }: DataProblem): string => `${read.file}${nearestPlace(read, path)}`;

/** What is wrong with data, at the value of the definition. */
export const problemError = (read: ReadDefinition, problem: DataProblem): CommandError =>
  new CommandError(`${placed(read, problem)}: ${problem.message}`);

/**
 * The limits that hold; `given`: what options say instead of the definition.
 * @throws CommandError at a limit of the definition on what the target has no number for, UsageError for one that is
 *   given, and for an option that is written in no way that is read
 */
export function limitsOf(read: ReadDefinition, target: Target, given: LimitValues = {}): readonly Limit[] {
  const { file, definition } = read;
  const limits = limitsThatHold(definition.target, target, givenLimits(given));
  for (const { limit, reason } of unknownCosts(target, limits)) {
    if (limit.from === 'given') throw new UsageError(`${optionOf(limit.cost)}: ${reason}`);
    throw new CommandError(`${file}${placeOf(read, ['target', limit.cost])}: ${reason}`);
  }
  const [ofMean] = definition.ensemble ? unknownCosts(target, meanLimits(definition.ensemble)) : [];
  if (ofMean) throw new CommandError(`${file}${placeOf(read, ['ensemble', ofMean.limit.cost])}: ${ofMean.reason}`);
  const problem = objectiveProblem(definition, target);
  if (problem !== undefined) {
    const place = placeOf(read, ['search', 'objective', definition.objective!.cost]);
    throw new CommandError(`${file}${place}: ${problem}`);
  }
  return limits;
}
