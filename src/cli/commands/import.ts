/** `udc import`: a definition, with a search space, around an existing network. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { messageOf } from '../../base/error-text.ts';
import { weightsName, withInitialWeights } from '../../formats/definition/start-settings.ts';
import { checkDefinable, refusalLines } from '../../formats/definition/refusal.ts';
import { importProblems, targetsThatRun } from '../../formats/definition/target-check.ts';
import { weightsFor } from '../../formats/definition/imported-weights.ts';
import { writeDefinition, type WrittenDefinition } from '../../formats/definition/write-definition.ts';
import { networkName } from '../../formats/network-name.ts';
import { onTarget } from '../../formats/network/network-target.ts';
import { checkOutput, DISK_FILES } from '../../runs/files/output-file.ts';
import { writeTogether } from '../../runs/files/write-together.ts';
import { misused, readArguments } from '../arguments.ts';
import { usageOf } from '../terminal/usage.ts';
import { networkTarget, readNetwork } from '../imported.ts';
import { CommandError, EXIT, json, type Io } from '../terminal/io.ts';
import { typed } from '../outcome.ts';

export const usage = usageOf(
  'import',
  { MODEL: 'an existing network, .tflite or .onnx: int8 as it is, floats rounded to int8' },
  {
    out: {
      type: 'string',
      value: 'FILE.udc.yaml',
      required: true,
      about: 'the definition, never replaced; the weights go beside it,\nFILE.safetensors, for a search to start from',
    },
    target: {
      type: 'string',
      value: 'NAME',
      about: 'by default the one that the network was searched for, else ethos-u55-128',
    },
    fixed: { type: 'boolean', about: 'the network as it is: without a search space around it' },
  },
);

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const { out } = values;
  if (out === undefined) throw misused(usage, '--out FILE is missing');
  const weights = weightsName(out);
  const taken = [out, weights].find((one) => existsSync(one));
  if (taken !== undefined)
    throw new CommandError(
      `${taken}: this file exists and may hold your changes: give another name, or delete it first`,
    );
  await checkOutput(out);
  const file = positionals[0]!;
  const model = await readNetwork(file, io);
  const target = networkTarget(model, values.target);
  const network = onTarget(model.network, target);
  const search = !(values.fixed ?? false);
  let written: WrittenDefinition;
  try {
    checkDefinable(model);
    written = writeDefinition(network.architecture, { name: networkName(basename(file)), npu: target.name, search });
  } catch (error) {
    throw new CommandError(`${file}: ${messageOf(error)}`);
  }
  refuseUnrunnable(file, importProblems(written, network, target), target.name, () =>
    targetsThatRun(model.network, search),
  );
  await writeTogether(
    [
      { file: weights, data: weightsFor(written, network, target, undefined, model.asIfInt8 !== undefined) },
      { file: out, data: new TextEncoder().encode(withInitialWeights(written.text, basename(weights))) },
    ],
    DISK_FILES,
  );
  for (const note of written.notes) io.err(`${file}: note: ${note}\n`);
  if (model.asIfInt8 !== undefined)
    io.err(`${file}: note: this is ${model.asIfInt8}: its weights are rounded to int8 with a scale for each channel\n`);
  const layers = new Set(written.architecture.operations.map(({ layer }) => layer)).size;
  if (values.json)
    io.out(json({ file: out, weights, target: target.name, layers, operations: written.operations.length }));
  else
    io.out(
      `${out}: ${layers} layers for ${target.name}, their weights in ${weights}. Next: udc check ${typed(out)}; a search needs a \`dataset:\` and a budget, \`weights:\`, in it.\n`,
    );
  return EXIT.done;
}

/**
 * A definition that its target cannot run would be a file of errors: nothing is written.
 * @throws CommandError saying what the target cannot run, and which targets can
 */
function refuseUnrunnable(
  file: string,
  problems: readonly string[],
  target: string,
  able: () => readonly string[],
): void {
  if (problems.length === 0) return;
  const names = able();
  const { reasons, remedy } = refusalLines(target, problems, names);
  const adapt =
    names.length === 0
      ? ''
      : ` (--target NAME). To adapt the network to ${target}, import it for one of these and change \`npu:\` in the definition`;
  const message = `${file}: ${target} cannot run this network, so nothing was written:\n${reasons.map((reason) => `  ${reason}`).join('\n')}\n${remedy}${adapt}.`;
  throw new CommandError(message, EXIT.input, { target, problems, targets: names });
}
