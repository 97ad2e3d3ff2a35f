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
import { combine } from '../../src/runs/ensembles/combine-runs.ts';
import { readMember } from '../../src/runs/ensembles/read-member.ts';
import { ENSEMBLE_RULES } from '../../src/wire/ensemble.ts';
import { scratchFolder } from '../scratch.ts';
import { decisions, madeUpEnsemble } from '../unit/formats/ensembles/ensembles.ts';
import { ENSEMBLE_MODEL, finishedRun } from '../unit/runs/ensembles/finished-runs.ts';
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

  it('runs the members by LiteRT', async () => {
    const runs = [await finishedRun(folder, { seed: 1 }), await finishedRun(folder, { seed: 2, option: 1 })];
    const { report, members } = await combine(await Promise.all(runs.map((run) => readMember(run))), {
      rule: 'entropy',
    });
    const contents = await Promise.all(members.map((member) => member.folder.readContent()));
    const inputs = contents.map((content) => exportInput(content!));
    for (const { name, data } of await exportEnsemble(report, inputs)) writeFileSync(join(folder, name), data);
    const data = await loadDataset(parseDefinition(ENSEMBLE_MODEL).definition!, folder);
    const { images } = await data.test.slice(0, data.test.count);
    await data.close();
    const shape = [data.test.count, 32, 16, 1];
    const { classes } = report.decider;
    const expected = report.points.flatMap(({ thresholds }) =>
      Array.from({ length: data.test.count }, (_, i) => {
        const row = (k: number): Int8Array =>
          members[k]!.answers[0]!.logits.test.subarray(i * classes, (i + 1) * classes);
        const { answer, members: ran } = decide(report.decider, thresholds, row);
        return [answer, ran];
      }).flat(),
    );
    assert.deepEqual(await ask({ images: writeBytes(join(folder, 'images'), images), shape }), expected);
  });
});
