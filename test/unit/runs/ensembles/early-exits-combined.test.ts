/** The early exits of one run combined: what is said of them is what the network does. */
import assert from 'node:assert/strict';
import { deciderOf, decide, runAll, stopAtOnce } from '../../../../src/deploy/ensembles/decide.ts';
import { outcomeOf } from '../../../../src/deploy/ensembles/simulate.ts';
import { tracesOf } from '../../../../src/deploy/ensembles/traces.ts';
import { combine, type Combined, type Wanted } from '../../../../src/runs/ensembles/combine-runs.ts';
import { readMember } from '../../../../src/runs/ensembles/read-member.ts';
import { ENSEMBLE_RULES, ensembleReport, hasExits } from '../../../../src/wire/ensemble.ts';
import { inFolder } from '../../../scratch.ts';
import { EXITS_MODEL, finishedRun, type MemberPlan } from './finished-runs.ts';

const PLAN: MemberPlan = { seed: 3, text: EXITS_MODEL };

const combined = async (folder: string, wanted: Partial<Wanted> = {}): Promise<Combined> =>
  combine([await readMember(await finishedRun(folder, PLAN))], { rule: 'margin', ...wanted });

describe('the early exits of one run', () => {
  it('are answered from, one after another, by every rule', () =>
    inFolder(async (folder) => {
      for (const rule of ENSEMBLE_RULES) {
        const { report, members } = await combined(folder, { rule });
        ensembleReport(JSON.parse(JSON.stringify(report)));
        assert.ok(hasExits(report));
        assert.deepEqual(
          report.members.map(({ exit }) => exit),
          ['early', 'late', 'logits'],
        );
        const { classes } = report.decider;
        const { answers } = members[0]!;
        for (const { thresholds, test } of report.points) {
          const stops = [0, 0, 0];
          for (let i = 0; i < test.samples; i++) {
            const row = (k: number): Int8Array => answers[k]!.logits.test.subarray(i * classes, (i + 1) * classes);
            const { answer, members: ran } = decide(report.decider, thresholds, row);
            stops[ran - 1]!++;
            // The exit that stops answers alone.
            const own = row(ran - 1);
            assert.equal(answer, own.indexOf(Math.max(...own)));
          }
          assert.deepEqual(test.stops, stops);
        }
      }
    }));

  it('are the first with thresholds 0, and the network itself with none', () =>
    inFolder(async (folder) => {
      const { report, members } = await combined(folder);
      const [only] = members;
      const logits = only!.answers.map((answer) => answer.logits.test);
      const labels = new Int32Array(logits[0]!.length / 6);
      const traces = tracesOf(report.decider, logits, labels, [1, 1, 1]);
      assert.deepEqual(outcomeOf(traces, stopAtOnce(3), 6).stops, [labels.length, 0, 0]);
      assert.deepEqual(outcomeOf(traces, runAll(3), 6).stops, [0, 0, labels.length]);
      assert.equal(report.together.logits.test, only!.chosen.integerMetric);
      assert.equal(report.members[2]!.alone.test, only!.chosen.integerMetric);
    }));

  it('have the certificate of the network, with the mean work of the point', () =>
    inFolder(async (folder) => {
      const { report, members } = await combined(folder, { limits: { weights: 4096 } });
      const [{ chosen }] = members as [(typeof members)[number]];
      const costs = Object.fromEntries(report.certificate.costs.map(({ cost, value }) => [cost, value]));
      assert.equal(report.certificate.encodedSha256, chosen.certificate.encodedSha256);
      assert.equal(costs['weights'], chosen.certificate.exactBytes);
      assert.equal(
        report.members.reduce((sum, { bytes }) => sum + bytes, 0),
        chosen.certificate.exactBytes,
      );
      assert.equal(costs['activations'], chosen.totals.peakActivationBytes);
      const { validation } = report.points[report.chosen]!;
      assert.equal(costs['cycles'], validation.work);
      const work = report.members.map((one) => one.work);
      const spent = validation.stops.map((count, k) => count * work.slice(0, k + 1).reduce((sum, one) => sum + one, 0));
      const mean = spent.reduce((sum, one) => sum + one, 0) / validation.samples;
      assert.ok(Math.abs(validation.work - mean) < 1e-6 * mean);
    }));

  it('are held against stopping every sample at one of them, all before it included', () =>
    inFolder(async (folder) => {
      const { report } = await combined(folder);
      const { rival, members } = report;
      const place = members.findIndex(({ exit }) => exit === rival.exit);
      const before = members.slice(0, place + 1);
      assert.equal(
        rival.work,
        before.reduce((sum, { work }) => sum + work, 0),
      );
      assert.equal(
        rival.bytes,
        before.reduce((sum, { bytes }) => sum + bytes, 0),
      );
      assert.equal(rival.alone.validation, Math.max(...members.map(({ alone }) => alone.validation)));
    }));

  it('are missed where the search left them out, which is said', () =>
    inFolder(async (folder) => {
      const text = EXITS_MODEL.replaceAll('op: exit', 'op: exit | skip');
      const without = await readMember(await finishedRun(folder, { seed: 3, option: 1, text }));
      await assert.rejects(
        combine([without], { rule: 'margin' }),
        /alone has nothing to combine: its search left out the exits that it might have had/,
      );
      const others = await readMember(await finishedRun(folder, { seed: 1 }));
      await assert.rejects(combine([others], { rule: 'margin' }), /or a run of a definition with early exits/);
    }));

  it('are not combined with other networks, on neither side', () =>
    inFolder(async (folder) => {
      const exits = await readMember(await finishedRun(folder, PLAN));
      const other = await readMember(await finishedRun(folder, { seed: 1 }));
      await assert.rejects(combine([exits, other], { rule: 'margin' }), /has early exits of its own: combine it alone/);
      await assert.rejects(combine([exits], { rule: 'margin', against: exits }), /has early exits of its own/);
      const { report } = await combine([exits], { rule: 'margin', against: other });
      assert.ok(!report.rival.member && report.rival.exit === undefined);
    }));
});

describe('members that answer alone', () => {
  it('have the entropy of their own logits', () => {
    const decider = deciderOf('entropy', [0.1, 0.1], 3, true);
    assert.equal(decider.alone, true);
    assert.equal(decider.units[0], decider.units[1]);
    const sure = Int8Array.of(127, -128, -128);
    const unsure = Int8Array.of(10, 9, 9);
    assert.equal(decide(decider, [[800]], (k) => [unsure, sure][k]!).members, 2);
    assert.equal(decide(decider, [[800]], () => sure).members, 1);
    // The first is no part of what the second says.
    const late = decide(decider, [[2 ** 30]], (k) => [sure, Int8Array.of(-128, 127, -128)][k]!);
    assert.deepEqual(late, { answer: 1, members: 2 });
  });
});
