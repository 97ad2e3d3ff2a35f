/** What `udc measure` is given: a network file, a definition, or a finished run. */
import { existsSync, statSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { messageOf } from '../base/error-text.ts';
import { isNetworkFile } from '../formats/network-name.ts';
import { isTflite } from '../formats/tflite/tflite-graph.ts';
import { finishOf } from '../measure/subject/file-form.ts';
import { subjectOf, type Subject } from '../measure/subject/subject.ts';
import { randomSubject } from '../measure/subject/random-subject.ts';
import { exportInput } from '../reports/export-input.ts';
import { isDefinitionName } from '../wire/definition-names.ts';
import { networkNamed } from '../wire/result-networks.ts';
import { readBytes, readDefinition } from './definition-command.ts';
import { holdsNetwork, readNetwork } from './imported.ts';
import { near, unfinished } from './outcome.ts';
import { findRun } from './places.ts';
import { CommandError, type Io } from './terminal/io.ts';

/**
 * The networks, in their order. Where several have one name, as runs of one definition do, each is called by what tells
 * them apart: a run by its id, others by their file.
 * @throws CommandError where one is none of them, or holds no network that can be measured
 */
export async function measureSubjects(given: readonly string[], io: Io): Promise<readonly Subject[]> {
  const subjects: Subject[] = [];
  for (const argument of given) subjects.push(await measureSubject(argument, io));
  return subjects.map((subject, i) => {
    const alone = subjects.filter(({ name }) => name === subject.name).length === 1;
    return alone ? subject : { ...subject, name: subject.run ?? relative('', given[i]!) };
  });
}

async function measureSubject(argument: string, io: Io): Promise<Subject> {
  if (!existsSync(argument) || !statSync(argument).isFile()) {
    // Nobody calls a run so: a message on runs would lead nowhere.
    if (isNetworkFile(argument) || isDefinitionName(argument)) throw new CommandError(missing(argument));
    return ofRun(argument, io);
  }
  if (isNetworkFile(argument) || (await holdsNetwork(argument))) return ofNetwork(argument, io);
  const { definition, network } = await readDefinition(argument, io);
  io.err(
    `${argument}: note: measured with random weights${network.decisions.length > 0 ? `, and of its ${network.decisions.length} choices the largest options` : ''}\n`,
  );
  return randomSubject(definition.name, network);
}

function missing(file: string): string {
  const kind = existsSync(file) ? 'this is a folder, and no file' : 'there is no such file';
  return `${file}: ${kind}; \`udc measure\` takes a .tflite or .onnx file, a definition (*.udc.yaml), or a finished run (\`udc runs\` lists them)`;
}

async function ofNetwork(file: string, io: Io): Promise<Subject> {
  const model = await readNetwork(file, io);
  const { network, asIfInt8 } = model;
  const stranger = network.operations.find(({ standsFor }) => standsFor)?.standsFor;
  const unevaluated =
    asIfInt8 !== undefined
      ? `the file is ${asIfInt8}, and not the int8 network that is evaluated`
      : stranger && `nothing here computes ${stranger.operator}`;
  const bytes = await readBytes(file);
  const finish = isTflite(bytes) && asIfInt8 === undefined ? finishOf(model) : undefined;
  if (isTflite(bytes) && !finish) io.err(`${file}: note: measured as UDC writes it, without what is left out\n`);
  return subjectOf({
    name: basename(file),
    network,
    weights: 'file',
    ...(finish && { file: { bytes, finish } }),
    ...(unevaluated !== undefined && { unevaluated }),
  });
}

async function ofRun(argument: string, io: Io): Promise<Subject> {
  const folder = await findRun(argument);
  const content = await folder.readContent((result) => networkNamed(result, undefined));
  if (!content) throw await unfinished(folder, 'measure it');
  for (const note of content.notes) io.err(`warning: ${note}\n`);
  try {
    const { network, result, chosen } = exportInput(content);
    if (!network) throw new Error('its folder has no weights.safetensors: search again, or restore the file');
    const worth = { name: result.metric, value: chosen.integerMetric };
    return subjectOf({ name: result.name, network: network.integer, weights: 'run', run: folder.id, worth });
  } catch (error) {
    throw new CommandError(`${near(folder.path)}: ${messageOf(error)}`);
  }
}
