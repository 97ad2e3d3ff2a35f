/** Everything that a chip or a program needs of an ensemble, as files of one folder. */
import { dataFacts, dataText } from '../../reports/facts.ts';
import type { ExportInput } from '../../reports/export-input.ts';
import { formatCount, formatLarge, formatShare } from '../../text/format.ts';
import { oneLine } from '../../text/neutral.ts';
import { RULE_WORDS, type EnsembleReport } from '../../wire/ensemble.ts';
import { findFormat } from '../format-table.ts';
import { ensembleHeader, ensembleSource } from './ensemble-c.ts';
import { ensemblePython } from './ensemble-python.ts';
import { memberPrograms } from './members-c.ts';

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
  return [
    `${members.length} networks for ${target} that stop when they are sure (by ${RULE_WORDS[decider.rule]}), combined by UDC ${version}`,
    `of the runs ${members.map(({ run }) => oneLine(run)).join(', ')}: ${formatCount(bytes)} B of weights together;`,
    `at the chosen point ${formatShare(test.accuracy)} accuracy on the test part with ${formatLarge(test.work)} mean ${unit}.`,
    ...(data ? [dataText(data)] : []),
  ]
    .join('\n')
    .replaceAll('\u00a0', ' ');
}

/**
 * The TFLite file and the C program of each member, the dispatcher in C and in Python, and the report.
 * @param inputs the members' runs, in the order in which they run
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
  const titles = inputs.map((_, k) => `Member ${k + 1} of:\n${title}`);
  const { programs, source } = memberPrograms(networks, titles, { ...(normalisation && { normalisation }) });
  const tflite = await Promise.all(inputs.map((input) => findFormat('tflite').write(input)));
  const text = (name: string, content: string): EnsembleFile => ({ name, data: new TextEncoder().encode(content) });
  return [
    ...tflite.map((data, k) => ({ name: `member-${k + 1}.tflite`, data })),
    ...programs.map((program, k) => text(`member-${k + 1}.h`, program.text)),
    text('members.c', source),
    text('ensemble.h', ensembleHeader(report, title)),
    text('ensemble.c', ensembleSource(report, title)),
    text('ensemble.py', ensemblePython(report, title, normalisation)),
    text('ensemble.json', `${JSON.stringify(report, null, 2)}\n`),
  ];
}
