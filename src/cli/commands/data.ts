/** `udc data`: what the network of a definition sees of its data. */
import { previewHtml } from '../../reports/preview-html.ts';
import { previewTables } from '../../reports/preview-tables.ts';
import { seeData } from '../../runs/see-data.ts';
import { checkOutput, writeOutput } from '../../runs/files/output-file.ts';
import { formatCount } from '../../text/format.ts';
import { brief, oneLine } from '../../text/neutral.ts';
import { firstPart, PARTS, type DataPreview } from '../../wire/data-preview.ts';
import { oneOfOption, readArguments, wholeNumber } from '../arguments.ts';
import { LONGEST_NAME } from '../data-table.ts';
import { problemError, readDefinition } from '../definition-command.ts';
import { EXIT, json, type Io } from '../terminal/io.ts';
import { plain, reportTable } from '../terminal/table.ts';
import { usageOf } from '../terminal/usage.ts';

export const usage = usageOf(
  'data',
  { MODEL: 'a model definition with `dataset:`' },
  {
    samples: { type: 'string', value: 'N', about: 'so many samples of each class are read and shown (4)' },
    part: {
      type: 'string',
      value: 'PART',
      about: `whose samples are shown: ${PARTS.join(', ')} ; train,\nfor the task reconstruction test`,
    },
    seed: { type: 'string', value: 'N', about: 'another one draws other samples (0)' },
    html: { type: 'string', value: 'FILE', about: 'writes a page with the samples as pictures' },
  },
);

/** Classes that are listed. */
const MOST_ROWS = 40;

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const wanted = {
    samples: wholeNumber('--samples', values.samples ?? '4', 1),
    seed: wholeNumber('--seed', values.seed ?? '0', 0),
    from: 0,
  };
  const part = values.part === undefined ? undefined : oneOfOption('--part', values.part, PARTS);
  const { html } = values;
  if (html !== undefined) await checkOutput(html);
  const read = await readDefinition(positionals[0]!, io);
  const request = { ...wanted, part: part ?? firstPart(read.definition.task) };
  const found = await seeData(read.network, read.path, request, true);
  if ('problem' in found) throw problemError(read, found.problem);
  const preview = found.found;
  if (html !== undefined) await writeOutput(html, new TextEncoder().encode(previewHtml(preview)));
  io.out(values.json ? json(asJson(preview)) : describe(preview, html));
  return EXIT.done;
}

/** Without pictures: samples by their numbers, and what is to be reached where that is numbers. */
function asJson({ groups, ...rest }: DataPreview): object {
  return {
    ...rest,
    groups: groups.map(({ label, samples }) => ({
      ...(label !== undefined && { label }),
      samples: samples.map(({ index, target }) => ({
        index,
        ...(target?.type === 'values' && { target: target.values }),
      })),
    })),
  };
}

function describe(preview: DataPreview, html: string | undefined): string {
  const { facts, counts, left, cautions, skipped } = previewTables(preview, MOST_ROWS);
  const width = Math.max(...facts.map(([label]) => label.length));
  const lines = [
    `${oneLine(preview.name)}: what the network sees of its data`,
    '',
    ...facts.map(([label, value]) => `${label.padEnd(width)}  ${oneLine(value)}`),
    '',
    ...(counts
      ? [
          reportTable({
            ...counts,
            rows: counts.rows.map(([name, ...cells]) => [brief(String(name), LONGEST_NAME), ...cells.map(String)]),
          }),
        ]
      : []),
    ...(left > 0 ? [`and ${formatCount(left)} more classes: --json lists all of them`] : []),
    ...cautions.map(oneLine),
    ...(skipped.length > 0 ? ['Left out:', ...skipped.map((text) => `  ${oneLine(text)}`)] : []),
    html === undefined ? '--html FILE writes the samples as pictures.' : `The samples as pictures: ${html}`,
    '',
  ];
  return plain(lines.join('\n'));
}
