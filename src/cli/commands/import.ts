/** `udc import`: a definition, with a search space, around an existing network. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { weightsName, withInitialWeights } from '../../export/definition/initial.ts';
import { checkDefinable } from '../../export/definition/refusal.ts';
import { weightsFor } from '../../export/definition/weights.ts';
import { writeDefinition, type WrittenDefinition } from '../../export/definition/write.ts';
import { networkName } from '../../export/network-name.ts';
import { onTarget } from '../../export/network-target.ts';
import { writeOutput } from '../../runs/output.ts';
import { misused, readArguments } from '../arguments.ts';
import { usageOf } from '../usage.ts';
import { networkTarget, readNetwork } from '../imported.ts';
import { CommandError, EXIT, json, type Io } from '../io.ts';
import { typed } from '../outcome.ts';

export const usage = usageOf('import', { MODEL: 'an existing network, .tflite or .onnx: int8 as it is, floats rounded to int8' }, {
  out: {
    type: 'string', value: 'FILE.udc.yaml', required: true,
    about: 'the definition, never replaced; the weights go beside it,\nFILE.safetensors, for a search to start from',
  },
  target: { type: 'string', value: 'NAME', about: 'by default the one that the network was searched for, else ethos-u55-128' },
  fixed: { type: 'boolean', about: 'the network as it is: without a search space around it' },
});

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const { out } = values;
  if (out === undefined) throw misused(usage, '--out FILE is missing');
  const weights = weightsName(out);
  const taken = [out, weights].find((one) => existsSync(one));
  if (taken !== undefined) throw new CommandError(`${taken}: this file exists and may hold your changes: give another name, or delete it first`);
  const file = positionals[0]!;
  const model = await readNetwork(file, io);
  const target = networkTarget(model, values.target);
  const network = onTarget(model.network, target);
  let written: WrittenDefinition;
  try {
    checkDefinable(model);
    written = writeDefinition(network.architecture, { name: networkName(basename(file)), npu: target.name, search: !(values.fixed ?? false) });
  } catch (error) {
    throw new CommandError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  await writeOutput(weights, weightsFor(written, network, target, undefined, model.asIfInt8 !== undefined));
  for (const note of written.notes) io.err(`${file}: note: ${note}\n`);
  if (model.asIfInt8 !== undefined) io.err(`${file}: note: this is ${model.asIfInt8}: its weights are rounded to int8 with a scale for each channel\n`);
  await writeOutput(out, withInitialWeights(written.text, basename(weights)));
  const layers = new Set(written.architecture.operations.map(({ layer }) => layer)).size;
  if (values.json) io.out(json({ file: out, weights, target: target.name, layers, operations: written.operations.length }));
  else io.out(`${out}: ${layers} layers for ${target.name}, their weights in ${weights}. Next: udc check ${typed(out)}; a search needs a \`dataset:\` and a budget, \`weights:\`, in it.\n`);
  return EXIT.done;
}
