/** The Python of an exported ensemble decides as the project does, on any logits and with LiteRT under its members. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadDataset } from '../../src/data/load-dataset.ts';
import { decide } from '../../src/deploy/ensembles/decide.ts';
import { ensemblePython } from '../../src/formats/ensembles/ensemble-python.ts';
import { exportEnsemble } from '../../src/formats/ensembles/export-ensemble.ts';
import { parseDefinition } from '../../src/language/yaml/parse-definition.ts';
import { exportInput } from '../../src/reports/export-input.ts';
import { combine, type Combined } from '../../src/runs/ensembles/combine-runs.ts';
import type { Answer } from '../../src/runs/ensembles/member-logits.ts';
import { readMember } from '../../src/runs/ensembles/read-member.ts';
import { ENSEMBLE_RULES, type EnsembleReport } from '../../src/wire/ensemble.ts';
import { scratchFolder } from '../scratch.ts';
import { decisions, madeUpEnsemble } from '../unit/formats/ensembles/ensembles.ts';
import { ENSEMBLE_MODEL, EXITS_MODEL, finishedRun } from '../unit/runs/ensembles/finished-runs.ts';
import { python, writeBytes } from './tools.ts';

describe('the Python of an ensemble', () => {
  const folder = scratchFolder('ensemble-python');
  const ask = async (work: object): Promise<unknown> => {
    writeFileSync(join(folder, 'work.json'), JSON.stringify(work));
    return python('ensemble.py', folder, join(folder, 'work.json'));
  };

  for (const rule of ENSEMBLE_RULES)
    it(`decides by ${rule} on any logits`, async () => {
      const made = madeUpEnsemble(rule, 3, 7, 11);
      const { classes } = made.report.decider;
      writeFileSync(join(folder, 'ensemble.py'), ensemblePython(made.report, 'test', undefined));
      writeFileSync(join(folder, 'ensemble.json'), JSON.stringify(made.report));
      const rows = (own: Int8Array): number[][] =>
        Array.from({ length: made.samples }, (_, i) => [...own.subarray(i * classes, (i + 1) * classes)]);
      assert.deepEqual(await ask({ logits: made.logits.map(rows), samples: made.samples }), decisions(made));
    });

  /** What the exported Python answers to every test sample, at every point, beside what the project does. */
  async function checkSamples(model: string, report: EnsembleReport, answers: readonly Answer[]): Promise<void> {
    const data = await loadDataset(parseDefinition(model).definition!, folder);
    const { images } = await data.test.slice(0, data.test.count);
    await data.close();
    const shape = [data.test.count, 32, 16, 1];
    const { classes } = report.decider;
    const expected = report.points.flatMap(({ thresholds }) =>
      Array.from({ length: data.test.count }, (_, i) => {
        const row = (k: number): Int8Array => answers[k]!.logits.test.subarray(i * classes, (i + 1) * classes);
        const { answer, members: ran } = decide(report.decider, thresholds, row);
        return [answer, ran];
      }).flat(),
    );
    assert.deepEqual(await ask({ images: writeBytes(join(folder, 'images'), images), shape }), expected);
  }

  const written = async (report: EnsembleReport, members: Combined['members']): Promise<void> => {
    const contents = await Promise.all(members.map((member) => member.folder.readContent()));
    const inputs = contents.map((content) => exportInput(content!));
    for (const { name, data } of await exportEnsemble(report, inputs)) writeFileSync(join(folder, name), data);
  };

  it('runs the members by LiteRT', async () => {
    const runs = [await finishedRun(folder, { seed: 1 }), await finishedRun(folder, { seed: 2, option: 1 })];
    const { report, members } = await combine(await Promise.all(runs.map((run) => readMember(run))), {
      rule: 'entropy',
    });
    await written(report, members);
    await checkSamples(
      ENSEMBLE_MODEL,
      report,
      members.map(({ answers }) => answers[0]!),
    );
  });

  it('runs a network from early exit to early exit by LiteRT', async () => {
    const run = await finishedRun(folder, { seed: 3, text: EXITS_MODEL });
    for (const rule of ENSEMBLE_RULES) {
      const { report, members } = await combine([await readMember(run)], { rule });
      await written(report, members);
      await checkSamples(EXITS_MODEL, report, members[0]!.answers);
    }
  });
});
