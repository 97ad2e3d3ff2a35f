/** Finished runs combined: what is computed again, what is promised of all members, and what is refused. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { decide, runAll, stopAtOnce } from '../../../../src/deploy/ensembles/decide.ts';
import { outcomeOf } from '../../../../src/deploy/ensembles/simulate.ts';
import { tracesOf } from '../../../../src/deploy/ensembles/traces.ts';
import { combine, type Combined, type Wanted } from '../../../../src/runs/ensembles/combine-runs.ts';
import { readMember } from '../../../../src/runs/ensembles/read-member.ts';
import { RunFolder } from '../../../../src/runs/folder/run-folder.ts';
import { ensembleReport } from '../../../../src/wire/ensemble.ts';
import { inFolder } from '../../../scratch.ts';
import { ENSEMBLE_MODEL, finishedRun, type MemberPlan } from './finished-runs.ts';

async function combined(
  folder: string,
  plans: readonly MemberPlan[],
  wanted: Partial<Wanted> & { readonly rival?: MemberPlan } = {},
): Promise<Combined> {
  const members = [];
  for (const plan of plans) members.push(await readMember(await finishedRun(folder, plan)));
  const against = wanted.rival && (await readMember(await finishedRun(folder, wanted.rival)));
  return combine(members, { rule: 'margin', ...wanted, ...(against && { against }) });
}

const refused = (plans: readonly MemberPlan[], message: RegExp, wanted: Partial<Wanted> = {}): Promise<void> =>
  inFolder((folder) => assert.rejects(combined(folder, plans, wanted), message));

const TWO: readonly MemberPlan[] = [{ seed: 2, option: 1 }, { seed: 1 }];

describe('finished runs combined', () => {
  it('say on each part what their networks do, sample for sample', () =>
    inFolder(async (folder) => {
      for (const rule of ['margin', 'entropy', 'per-class'] as const) {
        const { report, members } = await combined(folder, [...TWO, { seed: 3 }], { rule });
        ensembleReport(JSON.parse(JSON.stringify(report)));
        assert.deepEqual(
          report.members.map(({ work }) => work),
          [2000, 3000, 4000],
        );
        const { classes } = report.decider;
        const [first] = members;
        for (const point of report.points) {
          assert.equal(point.test.samples, first!.answers[0]!.logits.test.length / classes);
          const stops = [0, 0, 0];
          for (let i = 0; i < point.test.samples; i++) {
            const row = (k: number): Int8Array =>
              members[k]!.answers[0]!.logits.test.subarray(i * classes, (i + 1) * classes);
            stops[decide(report.decider, point.thresholds, row).members - 1]!++;
          }
          assert.deepEqual(point.test.stops, stops);
        }
        const works = report.points.map(({ validation }) => validation.work);
        assert.deepEqual(
          [...works].sort((a, b) => a - b),
          works,
        );
      }
    }));

  it('are their first member with thresholds 0, and all of them with none', () =>
    inFolder(async (folder) => {
      const { report, members } = await combined(folder, TWO);
      const labels = new Int32Array(members[0]!.answers[0]!.logits.test.length / 6);
      const traces = tracesOf(
        report.decider,
        members.map(({ answers }) => answers[0]!.logits.test),
        labels,
        [1, 1],
      );
      assert.deepEqual(outcomeOf(traces, stopAtOnce(2), 6).stops, [labels.length, 0]);
      assert.deepEqual(outcomeOf(traces, runAll(2), 6).stops, [0, labels.length]);
      assert.equal(report.members[0]!.alone.test, members[0]!.chosen.integerMetric);
      assert.equal(report.members[1]!.alone.test, members[1]!.chosen.integerMetric);
    }));

  it('are asked at the size of the input that was chosen, which has to be that of all', async () => {
    const text = ENSEMBLE_MODEL.replace(
      /input: .*\ndataset: .*\n/,
      'input: 12x12x1 | 16x16x1\ndataset: { format: generated, generator: shapes, samples: 120 }\nprepare: [{ resize: input }]\n',
    );
    for (const option of [0, 1])
      await inFolder(async (folder) => {
        const { report, members } = await combined(folder, [
          { seed: 2, option, text },
          { seed: 1, option, text },
        ]);
        const side = [12, 16][option];
        for (const [i, { network, chosen }] of members.entries()) {
          assert.equal(network.architecture.input.height, side);
          assert.equal(report.members[i]!.alone.test, chosen.integerMetric);
        }
      });
    await refused(
      [
        { seed: 2, option: 1, text },
        { seed: 1, text },
      ],
      /take their inputs otherwise prepared \(size/,
    );
  });

  it('have one certificate over all members', () =>
    inFolder(async (folder) => {
      const { report, members } = await combined(folder, TWO, { limits: { weights: 4096 } });
      const costs = Object.fromEntries(report.certificate.costs.map(({ cost, value }) => [cost, value]));
      const [a, b] = members.map(({ chosen }) => chosen.certificate);
      assert.equal(costs['weights'], a!.exactBytes + b!.exactBytes);
      assert.equal(report.certificate.costs[0]!.limit, 4096);
      assert.equal(costs['activations'], Math.max(...members.map(({ chosen }) => chosen.totals.peakActivationBytes)));
      assert.equal(costs['cycles'], report.points[report.chosen]!.validation.work);
      const hash = createHash('sha256')
        .update(Buffer.from(a!.encodedSha256 + b!.encodedSha256, 'hex'))
        .digest('hex');
      assert.equal(report.certificate.encodedSha256, hash);
    }));

  it('take the point that a limit on the mean leaves, the most accurate on the validation part', () =>
    inFolder(async (folder) => {
      const { report } = await combined(folder, TWO);
      const best = Math.max(...report.points.map(({ validation }) => validation.accuracy));
      assert.equal(report.points[report.chosen]!.validation.accuracy, best);
      const short = await combined(folder, TWO, { limits: { cycles: 2000 } });
      assert.equal(short.report.chosen, 0);
      assert.deepEqual(short.report.points[0]!.test.stops[1], 0);
    }));

  it('are held against a single network, over the same samples', () =>
    inFolder(async (folder) => {
      const own = await combined(folder, TWO);
      assert.ok(own.report.rival.member);
      const best = Math.max(...own.report.members.map(({ alone }) => alone.validation));
      assert.equal(own.report.rival.alone.validation, best);
      const other = await combined(folder, TWO, { rival: { seed: 4, option: 1 } });
      const { rival, points } = other.report;
      assert.ok(!rival.member);
      if (rival.point !== undefined) {
        assert.ok(points[rival.point]!.validation.accuracy >= rival.alone.validation);
        assert.ok(Math.abs(points[rival.point]!.test.accuracy - rival.alone.test - rival.difference!) < 1e-12);
      }
    }));
});

describe('runs that cannot be combined', () => {
  const other = (from: string, to: string): MemberPlan => ({ seed: 1, text: ENSEMBLE_MODEL.replace(from, to) });

  it('are one alone, one twice, or too many', async () => {
    await refused([{ seed: 1 }], /alone has nothing to combine: name a second run .* early exits/);
    await refused(
      Array.from({ length: 6 }, (_, seed) => ({ seed })),
      /2 to 5 members, and 6 runs/,
    );
    await inFolder(async (folder) => {
      const one = await readMember(await finishedRun(folder, { seed: 1 }));
      await assert.rejects(combine([one, one], { rule: 'margin' }), /is given twice/);
    });
  });

  it('were trained on other samples, or on others of them', async () => {
    await refused([{ seed: 2 }, other('samples: 120', 'samples: 130')], /other samples/);
    await refused([{ seed: 2 }, other('samples: 120', 'samples: 120, validation: 0.3')], /validation parts are not/);
  });

  it('take their inputs otherwise', async () => {
    await refused(
      [{ seed: 2 }, other('dataset:', 'prepare: [{ normalise: unit-range }]\ndataset:')],
      /otherwise prepared/,
    );
  });

  it('are no classifiers, or not done', () =>
    inFolder(async (folder) => {
      const run = await finishedRun(folder, { seed: 1 });
      await rm(`${run.path}/result.json`);
      await assert.rejects(readMember(run), /the run is interrupted and has no result yet: let it finish by/);
      await assert.rejects(readMember(new RunFolder(folder)), /no run folder/);
    }));

  it('say what their networks do not do', async () => {
    await refused([{ seed: 2 }, { seed: 1, lie: { accuracy: 0.999 } }], /its result says 0\.999/);
    await refused([{ seed: 2 }, { seed: 1, lie: { bytes: 7 } }], /not the 7 of its certificate/);
  });

  it('are for chips that are not the same', () =>
    refused([{ seed: 2 }, { seed: 1, target: 'ethos-u55-256' }], /the members of an ensemble share one chip/));

  it('are over a joint limit', async () => {
    await refused(TWO, /together the members take \d+ bytes of weights \(\d+ \+ \d+\)/, { limits: { weights: 300 } });
    await refused(TWO, /the first member alone is over the limit: it takes 2000 cycles/, { limits: { cycles: 1999 } });
  });
});
