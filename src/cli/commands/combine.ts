/** `udc combine`: finished runs as one ensemble that stops when it is sure, or one with early exits. */
import { join, resolve } from 'node:path';
import { messageOf } from '../../base/error-text.ts';
import { exportEnsemble, leftOutOfEnsemble } from '../../formats/ensembles/export-ensemble.ts';
import { ensembleText, type EnsembleText } from '../../reports/ensemble-text.ts';
import { exportInput } from '../../reports/export-input.ts';
import type { Table } from '../../reports/facts.ts';
import { combine, JointLimitError, type Combined } from '../../runs/ensembles/combine-runs.ts';
import { ensembleMembers } from '../../runs/ensembles/ensemble-members.ts';
import { CombineError, readMember } from '../../runs/ensembles/read-member.ts';
import { makeFolder } from '../../runs/files/make-folder.ts';
import { DISK_FILES } from '../../runs/files/output-file.ts';
import { writeTogether } from '../../runs/files/write-together.ts';
import type { RunFolder } from '../../runs/folder/run-folder.ts';
import { ENSEMBLE_RULES, type EnsembleReport } from '../../wire/ensemble.ts';
import { misused, oneOfOption, readArguments } from '../arguments.ts';
import { givenLimits } from '../limit-options.ts';
import { near } from '../outcome.ts';
import { networkNamed } from '../../wire/result-networks.ts';
import { findRun } from '../places.ts';
import { CommandError, EXIT, json, type LiveIo } from '../terminal/io.ts';
import { plain, reportTable } from '../terminal/table.ts';
import { usageOf } from '../terminal/usage.ts';

const ONE_RUN = 'a finished run: its folder, the beginning of its id, or `latest`';
const FURTHER = 'a further member';

export const usage = usageOf(
  'combine',
  {
    RUN: ONE_RUN,
    '[RUN2]':
      'another of the same data, classes and target; without one, the members that RUN has found\n(`ensemble:` of its definition) or its early exits are combined',
    '[RUN3]': FURTHER,
    '[RUN4]': FURTHER,
    '[RUN5]': FURTHER,
  },
  {
    rule: {
      type: 'string',
      value: ENSEMBLE_RULES.join('|'),
      about:
        'when the members that have run are sure: by the distance of the two largest\nlogits (the default), by the entropy, or by a distance for each class; of a run with `ensemble:` that of its definition',
    },
    budget: { type: 'string', value: '48KiB', about: 'the weight memory that all members share' },
    cycles: { type: 'string', value: '1.2M', about: 'the mean NPU cycles of an inference: chooses the point' },
    latency: { type: 'string', value: '3ms', about: 'the mean time of an inference: chooses the point' },
    out: {
      type: 'string',
      value: 'FOLDER',
      about:
        'the ensemble for a chip: TFLite files and C programs of the members, the dispatcher\nin C and Python, and the report as JSON; made where it is missing',
    },
    against: {
      type: 'string',
      value: 'RUN',
      about:
        'a single network to compare with; by default the one that the run has found beside\nits members, or the best of the members',
    },
  },
);

export async function run(args: string[], io: LiveIo): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const rule = values.rule === undefined ? undefined : oneOfOption('--rule', values.rule, ENSEMBLE_RULES);
  const limits = givenLimits(values);
  const folders: RunFolder[] = [];
  for (const named of positionals) folders.push(await findRun(named));
  const against = values.against === undefined ? undefined : await findRun(values.against);
  if (against && folders.some(({ path }) => path === against.path))
    throw misused(usage, '--against names a member; without it the best member is what the ensemble is compared with');
  const { report, members } = await explained(async () => {
    const found = folders.length === 1 ? await ensembleMembers(folders[0]!) : undefined;
    const members = found?.members ?? (await Promise.all(folders.map((folder) => readMember(folder))));
    const rival = against ? await readMember(against) : found?.against;
    return combine(
      members,
      { rule: rule ?? found?.rule ?? 'margin', limits: { ...found?.limits, ...limits }, against: rival },
      asking(io),
    );
  });
  if (io.columns !== undefined) io.rewriteLine?.('');
  const files = values.out === undefined ? [] : await written(report, members, values.out, io);
  io.out(values.json ? json(report) : `${reportText(report)}${filesText(files)}`);
  return EXIT.done;
}

/** What cannot be combined is told as the command's own error. */
async function explained(work: () => Promise<Combined>): Promise<Combined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof JointLimitError) throw new CommandError(error.message, EXIT.budget);
    if (error instanceof CombineError || error instanceof RangeError) throw new CommandError(error.message);
    throw error;
  }
}

/** Tells how far the members have been asked, a hundredth at a time. */
function asking(io: LiveIo): (done: number, total: number) => void {
  let told = -1;
  return (done, total) => {
    const share = Math.floor((100 * done) / total);
    if (share === told || io.columns === undefined) return;
    told = share;
    io.rewriteLine?.(`asking the members about the validation and test parts: ${share} %`);
  };
}

/** Writes the files of the ensemble, all of them or none. @returns their paths */
async function written(
  report: EnsembleReport,
  members: Combined['members'],
  out: string,
  io: LiveIo,
): Promise<readonly string[]> {
  const contents = await Promise.all(
    members.map(({ folder, chosen }) => folder.readContent((result) => networkNamed(result, chosen.name))),
  );
  const inputs = contents.map((content) => exportInput(content!));
  const files = await exportEnsemble(report, inputs).catch((error: unknown) => {
    throw new CommandError(messageOf(error));
  });
  await makeFolder(resolve(out));
  const named = files.map(({ name, data }) => ({ file: join(out, name), data }));
  await writeTogether(named, DISK_FILES);
  const leftOut = leftOutOfEnsemble(inputs);
  if (leftOut !== undefined) io.err(`note: ${leftOut}\n`);
  return named.map(({ file }) => file);
}

const filesText = (files: readonly string[]): string =>
  files.length === 0 ? '' : ['', 'Written', ...files.map((file) => `  ${near(file)}`), ''].join('\n');

function reportText(report: EnsembleReport): string {
  const { tables, paragraphs, certificate } = ensembleText(report);
  return plain(
    [...tables.map(shown), ...paragraphs.map((text) => `${text}\n`), certificateText(certificate)].join('\n'),
  );
}

function certificateText(rows: EnsembleText['certificate']): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  return ['Certificate', ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`), ''].join('\n');
}

const shown = (one: Table): string => `${one.title}\n\n${reportTable(one)}`;
