/** Everything that a chip or a program needs of an ensemble, as files of one folder. */
import { dataFacts, dataText } from '../../reports/facts.ts';
import { ensembleHtml } from '../../reports/ensemble-html.ts';
import type { ExportInput } from '../../reports/export-input.ts';
import { formatCount, formatLarge, formatShare } from '../../text/format.ts';
import { oneLine } from '../../text/neutral.ts';
import { hasExits, RULE_WORDS, type EnsembleReport } from '../../wire/ensemble.ts';
import type { IntegerNetwork } from '../../integer/integer-network.ts';
import { narrowMap } from '../../network/narrow-map.ts';
import { partsOf } from '../../network/network-outputs.ts';
import type { CUse } from '../c/c-helpers.ts';
import { findFormat } from '../format-table.ts';
import { ensembleHeader, ensembleSource } from './ensemble-c.ts';
import { ensemblePython } from './ensemble-python.ts';
import { exitProgram, memberPrograms } from './members-c.ts';
import { mapsOfPart, writeTflite } from '../tflite/write-tflite.ts';

export interface EnsembleFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/** What every file says of itself first. */
function titleOf(report: EnsembleReport, inputs: readonly ExportInput[]): string {
  const { members, points, chosen, unit, target, version, decider } = report;
  const { test } = points[chosen]!;
  const bytes = members.reduce((sum, one) => sum + one.bytes, 0);
  const data = dataFacts(inputs[0]!);
  const runs = [...new Set(members.map(({ run }) => oneLine(run)))];
  const what = hasExits(report)
    ? `A network for ${target} with ${members.length - 1} early ${members.length === 2 ? 'exit' : 'exits'}, which stops when it is sure (by ${RULE_WORDS[decider.rule]}), by UDC ${version}`
    : `${members.length} networks for ${target} that stop when they are sure (by ${RULE_WORDS[decider.rule]}), combined by UDC ${version}`;
  const leftOut = leftOutOfEnsemble(inputs);
  return [
    what,
    `of the ${runs.length === 1 ? 'run' : 'runs'} ${runs.join(', ')}: ${formatCount(bytes)} B of weights together;`,
    `at the chosen point ${formatShare(test.accuracy)} accuracy on the test part with ${formatLarge(test.work)} mean ${unit}.`,
    ...(data ? [dataText(data)] : []),
    ...(leftOut === undefined ? [] : [leftOut]),
  ]
    .join('\n')
    .replaceAll('\u00a0', ' ');
}

/**
 * What the folder of an ensemble does without, and why, in a sentence; undefined where it has all: TFLite has no maps
 * of fewer bits than 8, the C programs have them.
 */
export function leftOutOfEnsemble(inputs: readonly Pick<ExportInput, 'architecture'>[]): string | undefined {
  const narrow = inputs.map(({ architecture }) => narrowMap(architecture)).find((one) => one !== undefined);
  return (
    narrow &&
    `Without TFLite files and ensemble.py: TFLite has no activations of ${narrow.activationBits!} bits, and ${narrow.layerName} writes such; the C programs have them.`
  );
}

const file = (name: string, content: string): EnsembleFile => ({ name, data: new TextEncoder().encode(content) });

/** The networks of several runs. */
async function networkFiles(
  inputs: readonly ExportInput[],
  networks: readonly IntegerNetwork[],
  title: string,
  use: Pick<CUse, 'normalisation'>,
): Promise<EnsembleFile[]> {
  const titles = inputs.map((_, k) => `Member ${k + 1} of:\n${title}`);
  const { programs, source } = memberPrograms(networks, titles, use);
  const tflite =
    leftOutOfEnsemble(inputs) === undefined
      ? await Promise.all(inputs.map((input) => findFormat('tflite').write(input)))
      : [];
  return [
    ...tflite.map((data, k) => ({ name: `member-${k + 1}.tflite`, data })),
    ...programs.map((program, k) => file(`member-${k + 1}.h`, program.text)),
    file('members.c', source),
  ];
}

async function exitTflite(input: ExportInput, network: IntegerNetwork, title: string): Promise<EnsembleFile[]> {
  // What the target or the format cannot express is told by the format.
  const whole = await findFormat('tflite').write(input);
  const description = title.split('\n')[0]!;
  return [
    { name: 'network.tflite', data: whole },
    ...partsOf(network.architecture.operations).map((part, k) => ({
      name: `part-${k + 1}.tflite`,
      data: writeTflite(network, { description: `Part ${k + 1} of: ${description}` }, part),
    })),
  ];
}

/** One network with early exits: whole, and from exit to exit. */
async function exitFiles(
  input: ExportInput,
  network: IntegerNetwork,
  title: string,
  use: Pick<CUse, 'normalisation'>,
): Promise<EnsembleFile[]> {
  const { program, source } = exitProgram(network, title, use);
  return [
    ...(leftOutOfEnsemble([input]) === undefined ? await exitTflite(input, network, title) : []),
    file('network.h', program.text),
    file('members.c', source),
  ];
}

/**
 * The TFLite files and the C programs of the members, the dispatcher in C and in Python, and the report; without what
 * `leftOutOfEnsemble` names.
 * @param inputs the members' runs, in the order in which they run; of early exits the one run
 * @throws Error where a run has no weights, or naming the layer that a format or the target cannot express
 */
export async function exportEnsemble(
  report: EnsembleReport,
  inputs: readonly ExportInput[],
): Promise<readonly EnsembleFile[]> {
  const networks = inputs.map(({ network, header }) => {
    if (!network) throw new Error(`${header.id}: its folder has no weights`);
    return network.integer;
  });
  const title = titleOf(report, inputs);
  const { normalisation } = dataFacts(inputs[0]!) ?? {};
  const use = { ...(normalisation && { normalisation }) };
  const exits = hasExits(report);
  const [only] = networks;
  const parts = exits
    ? partsOf(only!.architecture.operations).map((part) => mapsOfPart(only!.architecture.operations, part))
    : undefined;
  return [
    ...(exits ? await exitFiles(inputs[0]!, only!, title, use) : await networkFiles(inputs, networks, title, use)),
    file('ensemble.h', ensembleHeader(report, title)),
    file('ensemble.c', ensembleSource(report, title)),
    ...(leftOutOfEnsemble(inputs) === undefined
      ? [file('ensemble.py', ensemblePython(report, title, normalisation, parts))]
      : []),
    file('ensemble.html', ensembleHtml(report)),
    file('ensemble.json', `${JSON.stringify(report, null, 2)}\n`),
  ];
}
